# Bare class folders: a part of each class is set aside, the same one each time.
$PICTURES data 10
$VIBRISA train data/train -r $RECIPE --epochs 1 --name a | head -n 1
$VIBRISA train data/train -r $RECIPE --epochs 1 --name b --validation-split 0.5 | head -n 1
$VIBRISA train data/train -r $RECIPE --epochs 1 --name c --validation-split 0.5 -q
cmp runs/b/pictures.txt runs/c/pictures.txt
code=0
$VIBRISA train data -r $RECIPE --validation-split 1.5 2> err.txt || code=$?
test $code = 2
