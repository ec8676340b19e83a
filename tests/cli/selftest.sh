$VIBRISA selftest --tiny -q --json --only pool2d |
    python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["failed"], len(r["cases"]) == r["passed"] > 0)'
$VIBRISA selftest --tiny -q --only dropout
code=0
$VIBRISA selftest --tiny -q --only 'no such case' 2> /dev/null || code=$?
echo $code
