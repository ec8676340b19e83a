# Everything there is to find, in text, as JSON, and in the exit code.
$PICTURES data 2
rm data/*/*/001.png
cp data/train/cats/000.jpg data/validation/cats/again.jpg
cp data/train/dogs/000.jpg data/train/cats/dog.png
head -c 300 data/train/dogs/000.jpg > data/train/dogs/short.jpg
echo page > "data/train/dogs/new
line.jpg"
$VIBRISA check data
$VIBRISA check data --json > report.json
code=0
$VIBRISA check data --strict -q > /dev/null || code=$?
echo "exit $code"
python3 - <<'PY'
import json
r = json.load(open("report.json"))
assert r["pictures"] == 8 and r["leaks"] == 1 and r["two_classes"] == 1, r
assert [c["name"] for c in r["classes"]] == ["cats", "dogs"], r
assert r["misnamed"] == [{"file": "data/train/cats/dog.png", "format": "JPEG"}], r
assert {u["file"] for u in r["unreadable"]} == {"data/train/dogs/new\nline.jpg", "data/train/dogs/short.jpg"}, r
assert [d["of"] for d in r["duplicates"]] == ["data/train/cats/dog.png", "data/train/cats/000.jpg"], r
assert r["width"] == {"min": 16, "median": 16, "max": 16}, r
PY
# Two folders, one in the other's stead.
$VIBRISA check --train data/train --validation data/validation -q | grep LEAK:
code=0
$VIBRISA check data extra || code=$?
echo "exit $code"
