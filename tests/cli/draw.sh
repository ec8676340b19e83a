# Pictures, what is said of them, and no second drawing into the same folder.
$VIBRISA draw pets --count 3 -q 2>why || { cat why; grep -q 'without cairo' why && exit 77; exit 1; }
find pets -type f | sort
$VIBRISA draw json --count 3 --seed 1 -j 1 --json | grep -q '"train": 6'
diff -r pets json
$VIBRISA draw pets --count 3
