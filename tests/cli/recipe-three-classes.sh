$PICTURES data 2
cp -r data/train/cats data/train/birds
cp -r data/validation/cats data/validation/birds
$VIBRISA train data -r notebook -q
