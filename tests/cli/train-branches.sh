# A network with branches, batchnorm and dropout: resumed to the same bits, whatever the number of threads; evaluated to
# the figures of its best epoch.
$PICTURES data 24
recipe=$(dirname $RECIPE)/branches.recipe
$VIBRISA train data -r $recipe -q -j 1 --name a
$VIBRISA train data -r $recipe -q -j 4 --name b &
pid=$!
while [ ! -e runs/b/best.safetensors ] && kill -0 $pid 2> /dev/null; do sleep 0.01; done
kill -9 $pid 2> /dev/null || true
wait $pid || true
$VIBRISA train --resume runs/b -q -j 4 2> /dev/null
for f in best last; do
    test $($VIBRISA summary runs/a/$f.safetensors --hash) = $($VIBRISA summary runs/b/$f.safetensors --hash)
done
$VIBRISA evaluate runs/a data/validation --json | python3 -c '
import csv, json, sys
best = max(csv.DictReader(open("runs/a/log.csv")), key=lambda r: (float(r["val_accuracy"]), -float(r["val_loss"])))
e = json.load(sys.stdin)
assert abs(e["loss"] - float(best["val_loss"])) < 1e-9 and e["accuracy"] == float(best["val_accuracy"]), (e, best)'
$VIBRISA summary runs/a --json | python3 -c '
import json, sys
s = json.load(sys.stdin)
print(s["parameters"], s["trained"])'
