$PICTURES data 8
$VIBRISA train data -r $RECIPE --log-steps 1
cd runs/tiny
ls
head -n 1 log.csv
test $(wc -l < log.csv) = 3
test $(grep -c '"event":"step"' log.jsonl) = 8
grep -q '"files":\["' log.jsonl
