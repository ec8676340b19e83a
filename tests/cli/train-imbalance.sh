# Unbalanced folders: the way out is named, and taken; weights by hand are one a class.
$PICTURES data 12
rm data/train/dogs/00[3-9].* data/train/dogs/01*
$VIBRISA train data -r $RECIPE --epochs 1 --name plain > lines.txt
$VIBRISA train data -r $RECIPE -v --epochs 1 --name balanced --set "+train class_weight=balanced" > lines.txt
grep '^train ' runs/balanced/recipe.txt
$VIBRISA train data -r $RECIPE --epochs 1 -q --name numbers --set '+train class_weight=0.5,2'
test $($VIBRISA summary runs/balanced --hash) != $($VIBRISA summary runs/numbers --hash)
$VIBRISA train data -r $RECIPE --epochs 1 -q --set '+train class_weight=1,2,3' && exit 1
echo "exit status $?"
