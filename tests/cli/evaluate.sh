$PICTURES data 8
$VIBRISA train data -r $RECIPE -q
$VIBRISA evaluate runs/tiny data
