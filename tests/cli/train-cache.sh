# Where pictures are kept changes nothing but time.
$PICTURES data 8
$VIBRISA train data -r $RECIPE -q --name a
$VIBRISA train data -r $RECIPE -q --name b --cache none
$VIBRISA train data -r $RECIPE -q --name c --cache ram
$VIBRISA train data -r $RECIPE -q --name d --cache-limit 0.5K
for r in b c d; do
    test $($VIBRISA summary runs/a --hash) = $($VIBRISA summary runs/$r --hash)
done
for wrong in '--cache disk' '--cache none --cache-limit 1G' '--cache-limit much'; do
    code=0
    $VIBRISA train data -r $RECIPE $wrong || code=$?
    test $code = 2
done
