# A class that is never answered has no precision; there is no AUC.
$PICTURES data 8
for part in train validation; do cp -r data/$part/dogs data/$part/wolves; done
$VIBRISA train data -r $RECIPE -q --lr 1e-6 --epochs 1
$VIBRISA evaluate runs/tiny data -q > text.txt
! grep -q AUC text.txt
grep -q '^wolves ' text.txt
$VIBRISA evaluate runs/tiny data -q --json > result.json
python3 - << 'P'
import json
r = json.load(open("result.json"))
assert r["auc"] is None and len(r["per_class"]) == len(r["confusion"]) == 3
unanswered = [f for k, f in enumerate(r["per_class"]) if not sum(row[k] for row in r["confusion"])]
assert unanswered and all(f["precision"] is None and f["recall"] == 0 and f["f1"] == 0 for f in unanswered), r
P
