# Rates in the log, Keras's words on a plateau and at an early stop, also as JSON.
$PICTURES data 12
sed 's/^train .*/train epochs=9 batch=4\nschedule plateau patience=1 min_delta=9\nstop patience=3 min_delta=9/' \
    $RECIPE > r.recipe
$VIBRISA train data -r r.recipe --no-report --name a > lines.txt
sed -n '/^Epoch/p;/^Restoring/p' lines.txt
cut -d, -f1,4 runs/a/log.csv
grep -c '  lr ' lines.txt
grep -v '"event":"\(epoch\|begin\)"' runs/a/log.jsonl
$VIBRISA train data -r r.recipe --no-report --name b --json | grep '"event":"\(rate\|stop\)"'
cmp runs/a/last.safetensors runs/b/last.safetensors
# Its last weights are those of its best epoch.
$VIBRISA evaluate runs/a data -q --json > best.json
$VIBRISA evaluate runs/a/last.safetensors data -q --json > last.json
cmp best.json last.json
