# The depthwise network learns something of small pictures, and all it needs is there.
$PICTURES data 8
$VIBRISA train data -r mobilenet --image-size 32 --batch 4 --steps 2 --epochs 1 -q --no-report
$VIBRISA evaluate runs/mobilenet data -q --json > evaluated.json
python3 -c 'import json; r = json.load(open("evaluated.json")); assert 0 < r["loss"] < 10, r'
$VIBRISA summary runs/mobilenet | sed -n 's/^Total params: //p; s/^Trainable params: //p'
