$VIBRISA evaluate model
