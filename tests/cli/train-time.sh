# The first epoch tells how many fit; from there on the run is the one that --epochs would have been.
$PICTURES data 24
$VIBRISA train data -r $RECIPE --time 2s --name timed > lines.txt
sed -n 2,3p lines.txt
n=$(sed -n 's/^train .*epochs=\([0-9]*\).*/\1/p' runs/timed/recipe.txt)
test $n -gt 2
test $(wc -l < runs/timed/log.csv) = $((n + 1))
$VIBRISA train data -r $RECIPE -q --epochs $n --name counted
cmp runs/timed/recipe.txt runs/counted/recipe.txt
for f in best last; do
    test $($VIBRISA summary runs/timed/$f.safetensors --hash) = $($VIBRISA summary runs/counted/$f.safetensors --hash)
done
# No time for a second one.
$VIBRISA train data -r $RECIPE -q --time 0.000001 --name short
test $(wc -l < runs/short/log.csv) = 2
