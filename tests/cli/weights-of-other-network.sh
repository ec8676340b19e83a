$PICTURES data 4
$VIBRISA train data -r $RECIPE -q --epochs 1
$VIBRISA train data -r $RECIPE -q --set '+image 12x12 grey' --weights runs/tiny
test ! -e runs/tiny-2
