$PICTURES data 8
$VIBRISA train data -r $RECIPE -q --name whole
$VIBRISA train data -r $RECIPE -q
head -c 700 runs/tiny/last.safetensors > cut
mv cut runs/tiny/last.safetensors
$VIBRISA train --resume -q
test $($VIBRISA summary runs/whole/last.safetensors --hash) = $($VIBRISA summary runs/tiny/last.safetensors --hash)
