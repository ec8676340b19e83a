$PICTURES data 4
$VIBRISA train data -r $RECIPE -q --epochs 1
$VIBRISA train --resume --lr 0.1
