# Two folders that share no parent, and names with everything a file system takes.
$PICTURES data 4
mkdir -p "here/my
train" there
mv data/train/* "here/my
train"
mv data/validation "there/-  validation"
cd "here/my
train"
mv cats/000.jpg "cats/ a  b .jpg"
mv cats/002.jpg "cats/$(printf 'esc\033[31m\nline').jpg"
mv dogs/000.jpg dogs/ñandú.jpg
mv dogs/001.png "dogs/$(printf 'caf\351').png"
echo bad > "dogs/$(printf 'bad\nnew\033').jpg"
cd ../..
$VIBRISA train --train "here/my
train" --validation "there/-  validation" -r $RECIPE --epochs 1 -q
head -n 1 runs/tiny/log.csv
