# A folder of somebody's: pictures below it by name, what other programs leave passed over, other formats counted.
$PICTURES data 4
$VIBRISA train data -r $RECIPE -q --epochs 1
mkdir -p "mine/c d" mine/@eaDir mine/.trash
cp data/train/cats/000.jpg mine/b.JFIF
cp data/train/cats/000.jpg mine/e.jpe
cp data/train/cats/001.png "mine/c d/1.PNG"
cp data/train/cats/001.png mine/@eaDir
cp data/train/cats/001.png mine/.trash
cp data/train/cats/001.png mine/.hidden.png
echo notes > mine/notes.txt
echo ftypheic > mine/a.heic
echo ftypheic > "mine/c d/b.HEIC"
ln -s ../data/train mine/link
$VIBRISA predict runs/tiny mine -q | cut -f 1
# Those folders are no classes either.
cp -r mine/* data/train/dogs
$VIBRISA train data -r $RECIPE --epochs 1 -v | sed -n 's/ pictures to train.*//p'
