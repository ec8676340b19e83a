$PICTURES data 8
$VIBRISA train data -r $RECIPE --epochs 2 --steps 9 -q
