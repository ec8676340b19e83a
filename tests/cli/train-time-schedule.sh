# Until the number of epochs is known, rates are those of the recipe's own.
$PICTURES data 24
$VIBRISA train data -r $RECIPE -q --time 2s --set 'schedule cosine' --log-steps 1 --name timed
n=$(sed -n 's/^train .*epochs=\([0-9]*\).*/\1/p' runs/timed/recipe.txt)
test $n -gt 2
$VIBRISA train data -r $RECIPE -q --epochs $n --set 'schedule cosine' --log-steps 1 --name counted
$VIBRISA train data -r $RECIPE -q --set 'schedule cosine' --log-steps 1 --name own
rates() { sed -n 's/^{"event":"step","step":\([0-9]*\),.*"lr":\([^,]*\),.*/\1 \2/p' runs/$1/log.jsonl; }
rates timed > timed.txt
(rates own | head -12; rates counted | tail -n +13) | diff - timed.txt
