$VIBRISA trian photos
