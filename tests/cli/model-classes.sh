$PICTURES data 4
$VIBRISA train data -r $RECIPE -q --epochs 1
mv data/validation/cats data/validation/apes
$VIBRISA evaluate runs/tiny data/validation -q
