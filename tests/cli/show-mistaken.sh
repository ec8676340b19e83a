# What `show` cannot do, it says in one line, and leaves no file.
$PICTURES data 4
$VIBRISA train data -r $RECIPE -q --name m
sed '/conv2d/d; /maxpool2d/d' $RECIPE > flat.recipe
$VIBRISA train data -r flat.recipe -q --name flat
cat=data/validation/cats/000.jpg
printf 'no picture' > broken.jpg
head -c 200 $cat > cut.jpg
# A PNG that says it is 60,000 pixels wide and high.
python3 -c 'import struct, sys, zlib
def part(name, data): return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)) +
    part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b""))' > huge.png
fails() { # status, part of the line, words...
    status=$1 part=$2
    shift 2
    $VIBRISA show "$@" > out 2>&1 && { echo "show $*: no error"; exit 1; }
    test $? = $status && grep -v '^device' out | grep -q -e "$part" && test $(grep -vc '^device' out) = 1 ||
        { echo "show $*:"; cat out; exit 1; }
}
# Pictures.
for what in features cam field convolution; do
    fails 3 'none.jpg: No such file' $what runs/m none.jpg
    fails 3 'broken.jpg: ' $what runs/m broken.jpg
    fails 3 'cut.jpg: ' $what runs/m cut.jpg
    fails 3 'huge.png: ' $what runs/m huge.png
    fails 3 'data: ' $what runs/m data
    fails 2 'needs the model and a picture' $what runs/m
    fails 5 'none: cannot open' $what none $cat
    fails 2 "no layer 'conv2'; did you mean 'conv2d'?" $what runs/m $cat --layer conv2
    fails 2 "no layer 'something'; there are conv2d" $what runs/m $cat --layer something
done
# Layers and classes.
for what in filters 'cam CAT' 'field CAT' 'convolution CAT'; do
    set -- $what
    fails 5 'runs/flat has no convolution' $1 runs/flat ${2:+$cat}
done
fails 2 "'max_pooling2d' is no convolution" filters runs/m --layer max_pooling2d
fails 2 "'max_pooling2d' is no convolution" convolution runs/m $cat --layer max_pooling2d
fails 2 "layer 'dense' is flat" cam runs/m $cat --layer dense
fails 2 "layer 'dense' has no place" field runs/m $cat --layer dense
fails 2 "no class 'dog'; did you mean 'dogs'?" cam runs/m $cat --class dog
fails 2 "no class 'elephants'; there are cats, dogs" cam runs/m $cat --class elephants
fails 2 "no output at 0,8; its outputs are at 0,0 to 7,7" field runs/m $cat --at 0,8
fails 2 "not a row and a column" field runs/m $cat --at 3
fails 2 "not a row and a column" field runs/m $cat --at 3,-1
fails 2 "no filter 4; it has 4" convolution runs/m $cat --filter 4
# Options and files.
fails 2 '--at is not an option of `vibrisa show cam`' cam runs/m $cat --at 0,0
fails 2 '--class is not an option of `vibrisa show filters`' filters runs/m --class dogs
fails 2 'a preview is of 1 to 256' batch default data --count 300
fails 2 'animations are written as .gif' convolution runs/m $cat -o a.png
fails 2 'written as .png or .svg' cam runs/m $cat -o a.gif
fails 1 'no/a.png' cam runs/m $cat -o no/a.png
fails 3 'no-data' errors runs/m no-data
fails 2 "recipe" batch no-recipe data
test -z "$(ls ./*.gif ./*.svg ./*.tmp* 2> /dev/null)"
test "$(echo ./*.png)" = ./huge.png
