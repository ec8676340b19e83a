# What tuning says; a damaged table costs a line, and changes no bit.
export XDG_CACHE_HOME=$PWD/cache
$PICTURES data 8
# A slow machine needs more time to come to a tile at all.
for budget in 2s 10s 60s; do
    $VIBRISA tune $RECIPE --batch 4 --budget $budget --json -q > tune.json
    grep -q '"tried": [1-9]' tune.json && break
done
python3 - << 'END'
import json
r = json.load(open('tune.json'))
assert not r['failed'] and r['batch'] == 4 and len(r['passes']) >= 4, r
assert any(p['tried'] for p in r['passes'])
for p in r['passes']:
    assert p['default_ms'] is None or p['best_ms'] <= p['default_ms'], p
    assert p['best_tile'] == p['default_tile'] or p['gain'] >= 1.03, p
open('file', 'w').write(r['file'])
END
$VIBRISA train data -r $RECIPE --epochs 1 --name tuned -q > /dev/null
mkdir -p cache/vibrisa
echo '{"format": 1, "tiles": {' > "$(cat file)"
$VIBRISA train data -r $RECIPE --epochs 1 --name damaged -q 2>&1 > /dev/null |
    grep -c 'not used; `vibrisa tune` writes it anew'
test "$($VIBRISA summary runs/tuned --hash)" = "$($VIBRISA summary runs/damaged --hash)"

# tunes RECIPE BATCH PASS: nothing fails, and the pass has been tried.
tunes() {
    for budget in 5s 10s 60s; do
        $VIBRISA tune $1 --batch $2 --budget $budget --json -q > tune.json
        python3 -c '
import json, sys
r = json.load(open("tune.json"))
assert not r["failed"], r["failed"]
sys.exit(not [p for p in r["passes"] if sys.argv[1] in p["pass"] and p["tried"]])' "$3" && return
    done
    return 1
}
# Weights that are packed for a tile are packed for the one that is tried.
printf 'vibrisa 1\nimage 6x6\nconv2d 64 3x3 same relu\nglobalavgpool2d\nclassify\n' > wide.recipe
tunes wide.recipe 4 " fwd 6x6"
# An activation's backward is in place: however many rounds are timed, the bits are those of one.
printf 'vibrisa 1\nimage 64x64\nconv2d 16 3x3 same sigmoid\nglobalavgpool2d\nclassify\n' > place.recipe
tunes place.recipe 32 " bwd_weight 64x64"
$VIBRISA tune $RECIPE --budget soon 2>&1 | grep -c budget
