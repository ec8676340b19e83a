$VIBRISA devices | grep -c '^\*'
$VIBRISA devices --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(sum(x["chosen"] for x in d))'
