# Rounds, steps, a reshuffled part for validation, and the evaluation of everything.
$PICTURES data 8
$VIBRISA train data -r $RECIPE --rounds 2 --steps 2 --validation-steps 1 \
    --set 'validate order=reshuffled' --set 'evaluate all'
cut -d, -f1,6,7,8 runs/tiny/log.csv
grep -c '"event":"evaluated","pictures":8' runs/tiny/log.jsonl
