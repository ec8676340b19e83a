$PICTURES data 4
$VIBRISA train data -r $RECIPE -q --epochs 1
head -c 1000 runs/tiny/best.safetensors > cut.safetensors
$VIBRISA evaluate cut.safetensors data
