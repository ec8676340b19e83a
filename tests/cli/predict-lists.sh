# Paths from standard input, by lines or between zero bytes; a table; the most probable classes.
$PICTURES data 8
for part in train validation; do cp -r data/$part/dogs data/$part/wolves; done
$VIBRISA train data -r $RECIPE -q --epochs 1
cd data/validation/cats
odd=$(printf 'two\nlines.png')
cp 001.png "$odd"
printf '000.jpg\r\n\n001.png' | $VIBRISA predict ../../../runs/tiny -q - | cut -f 1
printf '000.jpg\0%s\0' "$odd" | $VIBRISA predict ../../../runs/tiny -q - --json | grep -c '"file":"two\\nlines.png"'
cd ../../..
code=0
$VIBRISA predict runs/tiny -q --csv --topk 2 data/validation/cats missing.jpg > a.csv 2> errors.txt || code=$?
test $code = 3
head -n 1 a.csv
$VIBRISA predict runs/tiny -q --json --top-k 9 data/validation/dogs/000.jpg > line.json
python3 - << 'P'
import csv, json
rows = list(csv.DictReader(open("a.csv", newline="")))
assert rows[-1]["file"] == "missing.jpg" and rows[-1]["error"] and not rows[-1]["class"]
assert any("\n" in r["file"] for r in rows)
for r in rows[:-1]:
    p = {c: float(r["probability_" + c]) for c in ("cats", "dogs", "wolves")}
    best, second = sorted(p, key=lambda c: -p[c])[:2]
    assert (r["class"], r["class_2"]) == (best, second), r
    assert (float(r["probability"]), float(r["probability_of_2"])) == (p[best], p[second])
line = json.load(open("line.json"))
assert len(line["top"]) == 3 and line["top"][0]["class"] == line["class"]
assert [t["probability"] for t in line["top"]] == sorted(line["probabilities"].values(), reverse=True)
P
$VIBRISA predict runs/tiny -q -k 2 data/validation/dogs/000.jpg | awk -F '\t' '{ print NF }'
