# The last layer fits the folders, 1000 classes of them, no recipe edited.
$PICTURES data 2
for classes in 2 1000; do
    python3 - $classes <<'PY'
import os, sys
for k in range(int(sys.argv[1])):
    folder = f"set{sys.argv[1]}/class {k}"
    os.makedirs(folder)
    for name in ("000.jpg", "001.png"):
        os.link("data/train/cats/" + name, folder + "/" + name)
PY
    $VIBRISA train set$classes -r $RECIPE --epochs 1 --batch 256 --name run$classes -q
    $VIBRISA evaluate runs/run$classes set$classes --json -q > out.json
    $VIBRISA predict runs/run$classes data/train/cats/000.jpg --json -q > one.json
    python3 - $classes <<'PY'
import json, math, sys
n = int(sys.argv[1])
e = json.load(open("out.json"))
assert len(e["classes"]) == n == len(e["confusion"]) and e["pictures"] == 2 * n, e["pictures"]
assert math.isfinite(e["loss"])
p = json.loads(open("one.json").readline())
assert len(p["probabilities"]) == n and p["class"].startswith("class "), p
print(n, "classes")
PY
done
