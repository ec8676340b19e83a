$PICTURES data 2
$VIBRISA train data -r $RECIPE -q --epochs 1
$VIBRISA evaluate runs/tiny data -q --predictions nowhere/a.csv
