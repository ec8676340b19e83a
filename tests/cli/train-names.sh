# A second run of the same name gets a number; --name and --output choose.
$PICTURES data 2
$VIBRISA train data -r $RECIPE --epochs 1 -q
$VIBRISA train data -r $RECIPE --epochs 1 -q
$VIBRISA train data -r $RECIPE --epochs 1 -q -o elsewhere/deep --name mine
ls -d runs/* elsewhere/deep/*
