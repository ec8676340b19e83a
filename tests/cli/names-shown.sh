# Names of classes and files, as text shows them: one line each, columns that stay columns, words for a shell.
$PICTURES data 8
for part in train validation; do
    mv data/$part/cats "data/$part/$(printf 'big\ncats')"
    mv data/$part/dogs "data/$part/ひらがなはとても長い名前です"
    mv "data/$part/$(printf 'big\ncats')/000.jpg" "data/$part/$(printf 'big\ncats')/$(printf 'a\tb').jpg"
done
mv data "it's here"
$VIBRISA train "it's here" -r $RECIPE --epochs 1 --name 'a run' | sed -n "s:$VIBRISA:vibrisa:; 1p; /^written/,\$p"
$VIBRISA evaluate 'runs/a run' "it's here" -q | sed -n '/^class/,$p' | sed 's/[0-9]\.[0-9]*/N.NNNN/g; s/ [0-9]\b/ N/g'
$VIBRISA predict 'runs/a run' "it's here/validation" -q --topk 2 | cut -f 1 | head -n 2
$VIBRISA summary 'runs/a run' | grep classes
$VIBRISA check "it's here" | sed -n '/^class/,/^$/p'
# Many classes: no table as wide as a book, but what was mistaken most often.
mkdir many
for k in $(seq 10 34); do cp -r "it's here/train/$(printf 'big\ncats')" many/c$k; done
$VIBRISA train many -r $RECIPE --epochs 1 --name many | sed -n 1p
$VIBRISA summary runs/many | grep classes
$VIBRISA evaluate runs/many many -q >all
grep -A 1 '^confusion' all
test "$(sed '1,/^true class/d' all | wc -l)" = 20
# A name that no text can hold.
mkdir -p bad/a "bad/$(printf 'b\377')"
cp "it's here/train/$(printf 'big\ncats')"/*.png bad/a
cp "it's here/train/$(printf 'big\ncats')"/*.png "bad/$(printf 'b\377')"
code=0
$VIBRISA train bad -r $RECIPE -q || code=$?
test $code = 3
