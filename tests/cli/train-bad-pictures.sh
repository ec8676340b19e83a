# Named once, left out, and the rest is trained on; `stop` stops.
$PICTURES data 8
echo nothing > data/train/cats/000.jpg
$VIBRISA train data -r $RECIPE -q --log-steps 1
! grep -q 'cats/000.jpg' runs/tiny/log.jsonl
sed -n '2,$p' runs/tiny/log.csv | cut -d, -f8
code=0
$VIBRISA train data -r $RECIPE -q --bad-images stop 2> stop.txt || code=$?
echo $code
