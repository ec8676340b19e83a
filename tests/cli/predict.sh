$PICTURES data 32
$VIBRISA train data -r $RECIPE -q --epochs 60 --lr 0.01
printf 'data/validation/dogs/000.jpg\n' | $VIBRISA predict runs/tiny -q -
$VIBRISA predict runs/tiny data/validation/cats -q | wc -l
$VIBRISA predict runs/tiny -q --json data/validation/cats/000.jpg \
    missing.jpg data/validation/cats/001.png data/validation/dogs/001.png
