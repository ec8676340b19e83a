for t in 10x 0 -5m 5m3h '' inf 1h30; do
    code=0
    $VIBRISA train photos --time "$t" || code=$?
    test $code = 2
done
