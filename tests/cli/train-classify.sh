# A network that knows two classes begins to learn three: all but its last layer goes on.
$PICTURES data 8
$VIBRISA train data -r $RECIPE -q --name two
cp -r data more
for part in train validation; do cp -r more/$part/dogs more/$part/wolves; done
code=0
$VIBRISA train more -r $RECIPE -q --name three --weights runs/two || code=$?
test $code = 5
$VIBRISA train more -r $RECIPE -q --name three --weights runs/two --classify -v --lr 1e-30 2> log.txt
grep -q 'starting from runs/two/best.safetensors, but for its last layer: dense is new' log.txt
# The recipe of a run has its last layer written out.
$VIBRISA train data -r runs/three/recipe.txt -q --name back --weights runs/three --classify --epochs 1
grep -q '^dense *1 sigmoid' runs/back/recipe.txt
grep -q '^loss *binary_crossentropy' runs/back/recipe.txt
python3 - << 'P'
import json, struct
def tensors(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    return {k: (v["shape"], data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]])
            for k, v in header.items() if k != "__metadata__"}
two, three = tensors("runs/two/best.safetensors"), tensors("runs/three/best.safetensors")
# Without a learning rate to speak of, what was loaded is still there.
assert two["conv2d/kernel"] == three["conv2d/kernel"] and two["conv2d/bias"] == three["conv2d/bias"]
assert two["dense/kernel"][0] == [64, 1] and three["dense/kernel"][0] == [64, 3]
P
