# Bare class folders: a part of each class is set aside, the same one each time.
$PICTURES data 10
$VIBRISA train data/train -r $RECIPE --epochs 1 --name a | head -n 1
$VIBRISA train data/train -r $RECIPE --epochs 1 --name b --validation-split 0.5 | head -n 1
$VIBRISA train data/train -r $RECIPE --epochs 1 --name c --validation-split 0.5 -q
cmp runs/b/pictures.txt runs/c/pictures.txt
code=0
$VIBRISA train data -r $RECIPE --validation-split 1.5 2> err.txt || code=$?
test $code = 2
# The part a model has not seen is what the next command looks at, and nothing else.
$VIBRISA train data/train -r $RECIPE --epochs 1 --name d --validation-split 0.3 | sed -n "s:^  $VIBRISA evaluate ::p"
$VIBRISA train data -r $RECIPE --epochs 1 --name e | sed -n "s:^  $VIBRISA evaluate ::p"
loss=$(sed -n '2s/^[^,]*,[^,]*,[^,]*,[^,]*,\([^,]*\),.*/\1/p' runs/d/log.csv)
$VIBRISA evaluate runs/d data/train --validation-split 0.3 -q --json | python3 -c '
import json, sys
e = json.load(sys.stdin)
assert e["pictures"] == 6 and abs(e["loss"] - float(sys.argv[1])) < 1e-6, (e, sys.argv[1])' "$loss"
