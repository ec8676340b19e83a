# A run ends with its report: one page with everything in it, whatever files and classes are called.
$PICTURES data 12
for part in train validation; do
    mv data/$part/cats "data/$part/<img src=x onerror=alert(1)>"
    mv data/$part/dogs "data/$part/\"&amp;'{{hash}}{answer}"
done
first=$(find "data/validation/<img src=x onerror=alert(1)>" -type f | sort | head -n 1)
mv "$first" "$(dirname "$first")/</script><script>alert(2)</script>.jpg" 2>/dev/null ||
    mv "$first" "$(dirname "$first")/\"><script>alert(2)<.jpg"
$VIBRISA train data -r $RECIPE -q 2> /dev/null
python3 "$TESTS/read_page.py" runs/tiny/report.html en
# Again by itself, in Spanish; elsewhere; of a model alone, on pictures that are named.
$VIBRISA report runs/tiny --lang es -o informe.html
python3 "$TESTS/read_page.py" informe.html es
$VIBRISA report runs/tiny --json
cp runs/tiny/report.html first.html
$VIBRISA report runs/tiny/best.safetensors data -o model.html -q
python3 "$TESTS/read_page.py" model.html en no-run
# The same run gives the same page.
$VIBRISA report runs/tiny -q
cmp first.html runs/tiny/report.html
# What is not wanted is not made, what cannot be is said, and the run does not suffer.
$VIBRISA train data -r $RECIPE -q --no-report --name none 2> /dev/null
test ! -e runs/none/report.html
$VIBRISA train data -r $RECIPE -q --name both --lang es 2> /dev/null
python3 "$TESTS/read_page.py" runs/both/report.html es
mv data moved
$VIBRISA report runs/tiny -o blind.html -q 2> err
grep -q 'warning: the run.s pictures are not where they were' err
python3 "$TESTS/read_page.py" blind.html en no-pictures
$VIBRISA report runs/tiny moved -q
fails() { # status, part of the line, words...
    status=$1 part=$2
    shift 2
    $VIBRISA report "$@" > out 2>&1 && exit 1
    test $? = $status && grep -q "$part" out || { echo "report $*:"; cat out; exit 1; }
}
fails 2 "missing: a run's folder"
fails 2 'one too many' runs/tiny moved moved
fails 2 'not one of en|es' runs/tiny --lang fr
fails 5 'no-run' no-run
fails 3 'no-data' runs/tiny no-data
fails 1 'no/page.html' runs/tiny moved -o no/page.html
ls runs/*/*.tmp* 2>/dev/null && exit 1
true
