$PICTURES data 4
$VIBRISA train data -r $RECIPE -q --epochs 1
f=runs/tiny/best.safetensors
printf '\377' | dd of=$f bs=1 seek=$(($(wc -c < $f) - 2)) conv=notrunc 2>/dev/null
$VIBRISA evaluate $f data
