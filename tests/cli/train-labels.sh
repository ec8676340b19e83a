# A table instead of folders, with its own parts, whatever the files are called.
$PICTURES data 4
mkdir photos
for f in data/*/*/*; do cp "$f" "photos/$(echo "$f" | tr / ' ')"; done
cd photos
echo 'path,label,split' > labels.csv
for f in *.jpg *.png; do
    set -- $f
    echo "\"$f\",the $3,$2" >> labels.csv
done
cd ..
$VIBRISA train photos -r $RECIPE --epochs 1 -q
$VIBRISA evaluate runs/tiny photos -q | head -n 1
$VIBRISA summary runs/tiny --json | grep -o '"the [a-z]*"'
echo 'lost.jpg,the cats,somewhere' >> photos/labels.csv
code=0
$VIBRISA train photos -r $RECIPE -q 2> message.txt || code=$?
echo "exit $code"
cat message.txt
