$PICTURES data 2
$VIBRISA train data -r $RECIPE -d 'no such card'
