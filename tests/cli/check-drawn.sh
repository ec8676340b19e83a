# Of 20 near-duplicates planted among drawn pictures at least 18 are found, with at most 1 false alarm in 1,000.
$VIBRISA draw data --count 500 -q > draw.txt 2>&1 || { cat draw.txt; exit 77; }
k=0
for f in data/train/cats/*; do
    test $k -lt 20 || break
    $NEAR "$f" "data/train/cats/zz-near-$k.jpg" $k
    echo "$f data/train/cats/zz-near-$k.jpg" >> planted.txt
    k=$((k + 1))
done
$VIBRISA check --train data/train --json -q > report.json
python3 - <<'PY'
import json
r = json.load(open("report.json"))
assert r["pictures"] >= 1020, r["pictures"]
planted = {tuple(line.split()) for line in open("planted.txt")}
found = {(d["of"], d["file"]) for d in r["near_duplicates"]}
print(len(planted & found), "of", len(planted), "found,", len(found - planted), "others")
assert len(planted) == 20 and len(planted & found) >= 18, planted - found
assert len(found - planted) + len(r["duplicates"]) <= r["pictures"] // 1000, found - planted
PY
