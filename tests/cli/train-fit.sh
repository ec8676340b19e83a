# Each way to make a picture square, from the recipe to the model.
$PICTURES data 4
for fit in stretch crop pad; do
    $VIBRISA train data -r $RECIPE --epochs 1 --set "image 6x9 rgb fit=$fit" --name $fit -q
    $VIBRISA evaluate runs/$fit data --json -q | grep -c '"loss"'
done
hash() { $VIBRISA summary "runs/$1" --hash; }
test "$(hash crop)" != "$(hash pad)"
test "$(hash crop)" != "$(hash stretch)"
test "$(hash pad)" != "$(hash stretch)"
