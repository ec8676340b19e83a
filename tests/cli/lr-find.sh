# A search says what it found, draws it, keeps no weights, and its numbers depend on the seed alone.
$PICTURES data 8
$VIBRISA lr-find data -r $RECIPE --from 1e-5 --to 1 --no-augment --seed 2 > lines.txt
cat lines.txt
ls
# The command it prints is one that trains.
eval "$(sed -n 's/^  //p' lines.txt) --epochs 1 -q --no-report"
grep -q "^optimizer *adam lr=$(sed -n 's/^suggested learning rate: //p' lines.txt)" runs/tiny/recipe.txt
rm -r runs
$VIBRISA lr-find data -r $RECIPE --from 1e-5 --to 1 --no-augment --seed 2 -j 1 --json -q > a.json
$VIBRISA lr-find data -r $RECIPE --min-lr 1e-5 --max-lr 1 --no-augment --seed 2 --json -q -o b.svg --lang es > b.json
$VIBRISA lr-find data -r $RECIPE --to 999 --steps 40 --set 'optimizer sgd' --json -q -o c.png > c.json
"$LOOK_AT" *.png
python3 - << 'P'
import json, xml.dom.minidom as dom
a, b, c = (json.load(open(f + ".json")) for f in "abc")
assert a.pop("file") == "lr-find.png" and b.pop("file") == "b.svg" and a == b
assert a["seed"] == 2 and a["skipped"] == 0
n = len(a["rates"])
assert 20 < n <= 400 and n == len(a["losses"]) == len(a["smoothed"])
assert abs(a["rates"][0] - 1e-5) < 1e-12 and a["rates"] == sorted(a["rates"])
assert a["rates"][0] < a["suggestion"] < a["rates"][-1]
assert f"suggested learning rate: {a['suggestion']:.2g}\n" in open("lines.txt").read()
assert c["end"] in ("diverged", "nonfinite") and len(c["rates"]) < 40, c
desc = dom.parse("b.svg").documentElement.getElementsByTagName("desc")[0].firstChild.data
assert "tasa de aprendizaje" in desc and "sugerencia" in desc, desc
P
ls runs 2> /dev/null && exit 1
# At rates this low there is nothing to see.
$VIBRISA lr-find data -r $RECIPE --from 1e-30 --to 1e-29 --steps 20 -q
fails() { # status, part of the line, words...
    status=$1 part=$2
    shift 2
    $VIBRISA lr-find "$@" 2> out > /dev/null && exit 1
    test $? = $status && grep -v '^device' out | grep -q -- "$part" && test $(grep -vc '^device' out) = 1 ||
        { echo "lr-find $*:"; cat out; exit 1; }
}
fails 2 'missing: the folder of pictures (vibrisa lr-find DIR, or --train DIR)'
fails 2 "--from: 'low' is not a number between 0 and 1000" data --from low
fails 2 'the last must be above the first' data -r $RECIPE --from 0.1 --to 0.01
fails 2 'a search takes 20 to 10000 steps, not 3' data -r $RECIPE --steps 3
fails 2 "--steps: 'all' is not a whole number" data --steps all
fails 2 '--lr is not an option of `vibrisa lr-find`' data --lr 0.1
fails 2 '--epochs is not an option of `vibrisa lr-find`' data --epochs 3
fails 2 'written as .png or .svg' data -r $RECIPE -o a.jpg
fails 3 'nowhere' nowhere
fails 5 'no-model' data -r $RECIPE --weights no-model
fails 1 'no/such/a.png' data -r $RECIPE --steps 20 -q -o no/such/a.png
