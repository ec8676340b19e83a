# The recipe's word goes into the model, has its own bits, the same in both families and with tiles that were tuned.
export XDG_CACHE_HOME=$PWD/cache
$PICTURES data 8
sed 's/^conv2d .*/& algorithm=winograd/' $RECIPE > winograd.recipe
$VIBRISA train data -r $RECIPE -q --name direct > /dev/null
$VIBRISA train data -r winograd.recipe -q --name cpu --family cpu > /dev/null
$VIBRISA train data -r winograd.recipe -q --name gpu --family gpu > /dev/null
for budget in 2s 10s 60s; do
    $VIBRISA tune winograd.recipe --batch 4 --budget $budget --json -q > tune.json
    grep -q '"tried": [1-9]' tune.json && break
done
python3 - << 'END'
import json
passes = {p['pass']: p for p in json.load(open('tune.json'))['passes']}
forward = passes['cpu fwd 8x8x3: conv2d 4 3x3 same relu algorithm=winograd; maxpool2d 2x2; batch 4']
assert forward['tried'] + forward['left'] > 1 and not forward['failed'], forward
END
$VIBRISA train data -r winograd.recipe -q --name tuned > /dev/null
grep -c 'conv2d  *4 3x3 same relu algorithm=winograd' runs/cpu/recipe.txt
cpu=$($VIBRISA summary runs/cpu --hash)
test "$cpu" = "$($VIBRISA summary runs/gpu --hash)"
test "$cpu" = "$($VIBRISA summary runs/tuned --hash)"
test "$cpu" != "$($VIBRISA summary runs/direct --hash)"
# A model computes as it was trained.
$VIBRISA evaluate runs/cpu data -q > /dev/null
