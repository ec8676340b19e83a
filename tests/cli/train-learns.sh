# Bars lying or standing: a network that learns at all tells them apart.
$PICTURES data 64
$VIBRISA train data -r $RECIPE -q --epochs 30
$VIBRISA evaluate runs/tiny data --json -q > result.json
python3 -c 'import json; r = json.load(open("result.json"))
assert r["accuracy"] >= 0.9, r
assert sum(map(sum, r["confusion"])) == 64, r'
