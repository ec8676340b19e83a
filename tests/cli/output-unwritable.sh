$PICTURES data 2
echo a file > blocked
$VIBRISA train data -r $RECIPE -o blocked/runs
