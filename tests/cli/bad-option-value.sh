code=0
$VIBRISA train photos -j 257 || code=$?
test $code = 2
$VIBRISA train photos --epochs many
