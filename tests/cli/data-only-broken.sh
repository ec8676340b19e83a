$PICTURES data 4
for f in data/*/*/*; do echo nothing > "$f"; done
$VIBRISA train data -r $RECIPE -q
