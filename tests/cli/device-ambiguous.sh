# PoCL can offer one processor twice.
$PICTURES data 2
POCL_DEVICES='basic pthread' $VIBRISA train data -r $RECIPE --platform portable --device c
