# Killed at odd moments and resumed, the run ends as if nothing had been.
$PICTURES data 24
echo nothing > data/train/dogs/002.jpg
args="data -r $RECIPE -q --epochs 100 --log-steps 1"
$VIBRISA train $args --name whole 2> /dev/null
$VIBRISA train $args --name killed 2> /dev/null &
pid=$!
kills=0
for lines in 20 200 700; do
    while [ $(cat runs/killed/log.jsonl 2> /dev/null | wc -l) -lt $lines ] && kill -0 $pid 2> /dev/null; do
        sleep 0.01
    done
    if kill -9 $pid 2> /dev/null; then kills=$((kills + 1)); fi
    wait $pid || true
    $VIBRISA train --resume runs/killed -q --log-steps 1 2> /dev/null &
    pid=$!
done
wait $pid
test $kills -ge 1
for f in best last; do
    test $($VIBRISA summary runs/whole/$f.safetensors --hash) = $($VIBRISA summary runs/killed/$f.safetensors --hash)
done
cut -d, -f1-8 runs/whole/log.csv > a
cut -d, -f1-8 runs/killed/log.csv > b
cmp a b
grep '"event":"step"' runs/whole/log.jsonl > a
grep '"event":"step"' runs/killed/log.jsonl > b
cmp a b
