# Keras's own table (its first 65 columns) and the rest.
$VIBRISA summary notebook > all
cut -c 1-65 all | sed -n '1,30p' > keras
cmp keras $TESTS/summary-notebook.keras
sed -n '31,$p' all
$VIBRISA summary notebook --json |
    python3 -c 'import json, sys; s = json.load(sys.stdin)
print(s["parameters"], s["multiply_adds"], len(s["layers"]))'
