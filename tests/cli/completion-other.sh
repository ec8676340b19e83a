$VIBRISA --completion tcsh
