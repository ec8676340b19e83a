# One seed, one model: for any number of threads. Another seed, another model.
$PICTURES data 24
$VIBRISA train data -r $RECIPE -q -j 1 --name a
$VIBRISA train data -r $RECIPE -q -j 4 --name b
$VIBRISA train data -r $RECIPE -q -j 4 --name c --cache none
$VIBRISA train data -r $RECIPE -q -j 4 --name d --seed 2
for f in best last; do
    test $($VIBRISA summary runs/a/$f.safetensors --hash) = $($VIBRISA summary runs/b/$f.safetensors --hash)
    test $($VIBRISA summary runs/a/$f.safetensors --hash) = $($VIBRISA summary runs/c/$f.safetensors --hash)
    test $($VIBRISA summary runs/a/$f.safetensors --hash) != $($VIBRISA summary runs/d/$f.safetensors --hash)
done
