$VIBRISA summary $RECIPE | tail -n 7
