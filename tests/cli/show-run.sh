# A run has its curves and its confusion matrix; `show` makes them again, and compares runs.
$PICTURES data 8
$VIBRISA train data -r $RECIPE -q
$VIBRISA train data -r $RECIPE -q --seed 2 --no-report
test ! -e runs/tiny-2/confusion.png
$VIBRISA show curves runs/tiny
cmp curves.png runs/tiny/curves.png
$VIBRISA show confusion runs/tiny data -q
cmp confusion.png runs/tiny/confusion.png
$VIBRISA show compare runs/tiny runs/tiny-2 --json
$VIBRISA show curves runs/tiny --lang es -o es.png -q
$VIBRISA show confusion runs/tiny data -o c.svg -q
"$LOOK_AT" *.png runs/*/*.png
python3 -c 'import sys, xml.dom.minidom as d; t = d.parse(sys.argv[1]).documentElement
assert t.tagName == "svg" and t.getElementsByTagName("title")[0].firstChild.data == "Confusion matrix"
words = t.getElementsByTagName("desc")[0].firstChild.data
assert all(w in words for w in ("cats", "dogs", "true class", "answer")), words' c.svg
# Nothing is left behind, and what cannot be is said.
ls *.tmp* 2>/dev/null && exit 1
fails() { # status, part of the line, words...
    status=$1 part=$2
    shift 2
    $VIBRISA show "$@" > out 2>&1 && exit 1
    test $? = $status && grep -v '^device' out | grep -q "$part" && test $(grep -vc '^device' out) = 1 ||
        { echo "show $*:"; cat out; exit 1; }
}
fails 2 "did you mean 'curves'" curve runs/tiny
fails 2 'there are curves, compare' everything runs/tiny
fails 2 'missing: what to show'
fails 2 "show curves needs a run's folder" curves
fails 2 'one too many' curves runs/tiny runs/tiny-2
fails 2 'two or more runs' compare runs/tiny
fails 2 'written as .png or .svg' curves runs/tiny -o curves.jpg
fails 2 'not one of en|es' curves runs/tiny --lang fr
fails 5 'no-run/log.csv: cannot read' curves no-run
fails 5 'no-model' confusion no-model data
fails 3 'no-data' confusion runs/tiny no-data
fails 1 'no/c.png' confusion runs/tiny data -o no/c.png
