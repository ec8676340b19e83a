$VIBRISA train nowhere -r $RECIPE
