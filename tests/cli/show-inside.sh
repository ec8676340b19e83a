# What a network sees: every kind of picture, of every kind of picture file, in both languages.
$PICTURES data 8
$PICTURES odd odd
$VIBRISA train data -r $RECIPE -q --name m
cat=data/validation/cats/000.jpg
$VIBRISA show batch runs/m data
$VIBRISA show batch default data -o default.png --count 3 --seed 7 -q
$VIBRISA show errors runs/m data
$VIBRISA show filters runs/m
$VIBRISA show features runs/m $cat
$VIBRISA show features runs/m $cat --layer conv2d -o layer.png -q
$VIBRISA show cam runs/m $cat
$VIBRISA show cam runs/m $cat --class dogs --layer max_pooling2d --lang es -o dogs.png -q
$VIBRISA show field runs/m $cat --at 0,7 --json
for picture in odd/*; do
    for what in features cam field; do
        $VIBRISA show $what runs/m $picture -o $what-$(basename $picture .jpg).png -q
    done
done
"$LOOK_AT" *.png
# The first pictures of a run do not depend on how often they are looked at, but on the seed.
$VIBRISA show batch default data -o again.png --count 3 --seed 7 -q
cmp default.png again.png
$VIBRISA show batch default data -o other.png --count 3 --seed 8 -q
cmp -s default.png other.png && exit 1
# As SVG, with its words.
$VIBRISA show field runs/m $cat --layer max_pooling2d --at 1,2 -o field.svg -q
python3 -c 'import sys, xml.dom.minidom as d; t = d.parse(sys.argv[1]).documentElement
assert t.getElementsByTagName("title")[0].firstChild.data == "What one output of max_pooling2d sees"
words = t.getElementsByTagName("desc")[0].firstChild.data
assert "4×4 of 8×8 pixels, rows 1 to 4, columns 3 to 6" in words, words' field.svg
# The animation, where there is giflib.
if $VIBRISA show convolution runs/m $cat -q 2> why; then
    python3 -c 'import sys; data = open(sys.argv[1], "rb").read()
assert data[:6] == b"GIF89a" and data[-1:] == b";" and b"NETSCAPE2.0" in data' convolution.gif
    $VIBRISA show convolution runs/m odd/grey.jpg --filter 3 -o g.gif -q
else
    grep -q 'built without giflib' why
fi
