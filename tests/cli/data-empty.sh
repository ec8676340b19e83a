mkdir empty
$VIBRISA train empty -r $RECIPE
