$PICTURES data 4
rm -r data/train/dogs data/validation/dogs
$VIBRISA train data -r $RECIPE
