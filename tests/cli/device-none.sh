$PICTURES data 2
OCL_ICD_VENDORS=/nonexistent $VIBRISA train data -r $RECIPE
