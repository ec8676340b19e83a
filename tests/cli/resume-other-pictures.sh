$PICTURES data 8
$VIBRISA train data -r $RECIPE -q
cp data/train/dogs/001.png data/train/dogs/009.png
$VIBRISA train --resume -q
