# The depthwise network trains on small pictures.
$PICTURES data 8
$VIBRISA train data -r mobilenet --image-size 32 --batch 4 --steps 2 --epochs 1 -q --no-report
python3 -c 'import csv; (r,) = csv.DictReader(open("runs/mobilenet/log.csv"))
assert 0 < float(r["loss"]) < 10 and 0 < float(r["val_loss"]) < 100, r'
$VIBRISA summary runs/mobilenet | sed -n 's/^Total params: //p; s/^Trainable params: //p'
