$PICTURES data 2
VIBRISA_DEVICE='no such card' $VIBRISA train data -r $RECIPE
