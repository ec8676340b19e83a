# The table agrees with the figures; the same rows for any number of threads and any batch.
$PICTURES data 32
mv data/validation/cats/003.png "data/validation/cats/a \"b\", c.png"
echo nothing > data/validation/dogs/000.jpg
$VIBRISA train data -r $RECIPE -q --epochs 8 2> errors.txt
$VIBRISA evaluate runs/tiny data -q --json --predictions a.csv > result.json 2>> errors.txt
$VIBRISA evaluate runs/tiny data -q --predictions b.csv -j 7 --batch 5 > /dev/null 2>> errors.txt
cmp a.csv b.csv
test ! -e a.csv.tmp
head -n 1 a.csv
python3 - << 'P'
import csv, json, math
rows = list(csv.DictReader(open("a.csv", newline="")))
r = json.load(open("result.json"))
assert [x["file"] for x in rows] == sorted(x["file"] for x in rows)
assert 'cats/a "b", c.png' in [x["file"] for x in rows]
bad = [x for x in rows if x["error"]]
assert len(bad) == 1 and bad[0]["file"] == "dogs/000.jpg" and bad[0]["truth"] == "dogs" and not bad[0]["answer"]
rows = [x for x in rows if not x["error"]]
assert len(rows) == r["pictures"] == 31 and r["skipped"] == 1
names = r["classes"]
confusion = [[sum(x["truth"] == a and x["answer"] == b for x in rows) for b in names] for a in names]
assert confusion == r["confusion"]
assert math.isclose(sum(float(x["loss"]) for x in rows) / 31, r["loss"], rel_tol=1e-6)
for x in rows:
    p = [float(x["probability_" + c]) for c in names]
    assert math.isclose(sum(p), 1, rel_tol=1e-6)
    assert float(x["probability"]) == p[names.index(x["answer"])] == max(p)
    assert math.isclose(-math.log(p[names.index(x["truth"])]), float(x["loss"]), rel_tol=1e-3, abs_tol=1e-5)
score = {c: [float(x["probability_dogs"]) for x in rows if x["truth"] == c] for c in names}
pairs = [(d > c) + (d == c) / 2 for d in score["dogs"] for c in score["cats"]]
assert math.isclose(r["auc"], sum(pairs) / len(pairs), rel_tol=1e-8)
for k, f in enumerate(r["per_class"]):
    tp, answered, are = confusion[k][k], sum(row[k] for row in confusion), sum(confusion[k])
    assert (f["class"], f["pictures"]) == (names[k], are)
    for got, part, whole in ((f["precision"], tp, answered), (f["recall"], tp, are), (f["f1"], 2 * tp, answered + are)):
        assert got is None if not whole else math.isclose(got, part / whole, rel_tol=1e-8)
P
