# From one network to another: what fits is taken, the rest is named; frozen layers stay to the bit.
$PICTURES data 8
cp -r data more
for part in train validation; do cp -r more/$part/dogs more/$part/wolves; done
$VIBRISA train data -r $RECIPE -q --name two
$VIBRISA train more -r $RECIPE -q --name three --weights runs/two --classify --freeze all
grep '^conv2d\|^dense' runs/three/recipe.txt
cat > same.py << 'P'
import json, struct, sys
def tensors(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    return {k: (v["shape"], data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]])
            for k, v in header.items() if k != "__metadata__"}
a, b = tensors(sys.argv[1]), tensors(sys.argv[2])
print(*sorted(k for k in a if a[k] == b[k]), "|", *sorted(k for k in b if a.get(k) != b[k]))
P
python3 same.py runs/two/best.safetensors runs/three/last.safetensors
$VIBRISA train more -r $RECIPE -q --name four --weights runs/two --classify --freeze conv2d --epochs 2
cmp runs/three/last.safetensors runs/four/last.safetensors
# Another network: the first layer fits, the others do not.
sed 's/^flatten/conv2d 5 1x1 name=new\nflatten/' $RECIPE > wider.recipe
$VIBRISA train data -r wider.recipe -q --name wider --weights runs/two --epochs 1
sed 's/^conv2d .*/conv2d 4 3x3 same relu name=first/' $RECIPE > named.recipe
$VIBRISA train data -r named.recipe -q --name named --weights runs/two --epochs 1
$VIBRISA train data -r $RECIPE -q --freeze conv2d,dens && exit 1
$VIBRISA train data -r named.recipe -q --freeze first,dense && exit 1
sed 's/^classify/dense 1 sigmoid frozen\nloss binary_crossentropy/' $RECIPE > stiff.recipe
$VIBRISA train data -r stiff.recipe -q --freeze conv2d && exit 1
exit 0
