# Where pictures are kept changes nothing but time.
$PICTURES data 8
mkdir room
TMPDIR=$PWD/room
export TMPDIR
$VIBRISA train data -r $RECIPE -q --name a
k=0
for how in '--cache none' '--cache ram' '--cache disk' '--cache disk --cache-limit 1K' '--cache-limit 0.5K' \
    '--cache-limit 0.5K -j 1' '--cache-limit 2K -j 5' '--cache ram --cache-limit 0.5K'; do
    k=$((k + 1))
    $VIBRISA train data -r $RECIPE -q --name b$k $how
    test $($VIBRISA summary runs/a --hash) = $($VIBRISA summary runs/b$k --hash)
done
test -z "$(ls -A room)"
for wrong in '--cache none --cache-limit 1G' '--cache-limit much'; do
    code=0
    $VIBRISA train data -r $RECIPE $wrong || code=$?
    test $code = 2
done
# Nowhere to put a file: an error when it was asked for, otherwise only slower.
TMPDIR=not/there
code=0
$VIBRISA train data -r $RECIPE -q --name c --cache disk || code=$?
test $code = 1
$VIBRISA train data -r $RECIPE -q --name d --cache-limit 0.5K
test $($VIBRISA summary runs/a --hash) = $($VIBRISA summary runs/d --hash)
