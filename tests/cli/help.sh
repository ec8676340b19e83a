$VIBRISA --version | grep -q '^vibrisa [0-9]'
$VIBRISA --help | grep -q '^Usage: vibrisa COMMAND'
for g in Use Look Device Data; do
    $VIBRISA --help | grep -qx "$g:"
done
for c in train lr-find evaluate predict summary devices selftest bench tune draw; do
    $VIBRISA $c --help | grep -q "^Usage: vibrisa $c"
    $VIBRISA help $c | grep -q '^Examples:'
done
