# The man page has every option of every command's help, and every environment variable, and no others.
page=$TESTS/../../docs/vibrisa.1.scd
for c in $($VIBRISA --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p'); do
    case $c in default | notebook | deeper | mlp | allcnn | mobilenet) continue ;; esac # built-in recipes
    grep -q "^\\*$c\\*" "$page" || echo "not in the man page: $c"
    $VIBRISA $c --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p'
done | sort -u > has
grep -o '\*--[a-z-]*\*' "$page" | tr -d '*' | sort -u |
    grep -vx -e --completion -e --steps-per-epoch -e --batch-size -e --img-size -e --learning-rate -e --top-k \
        -e --start-lr -e --end-lr -e --min-lr -e --max-lr -e --num-it -e --num-training > says
diff has says
# The short ones too.
for c in train lr-find evaluate predict summary devices selftest bench tune; do
    for o in $($VIBRISA $c --help | sed -n 's/^  \(-.\), .*/\1/p'); do
        grep -q "\*$o\*" "$page" || { echo "not in the man page: $o"; exit 1; }
    done
done
# Words of recipes in the other page.
for w in image rescale augment loss optimizer schedule stop train validate evaluate classify conv2d maxpool2d \
    flatten dense relu; do
    grep -q "\*$w\*" "$TESTS/../../docs/vibrisa-recipe.5.scd"
done
