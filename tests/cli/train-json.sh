$PICTURES data 8
$VIBRISA train data -r $RECIPE --json > lines.json
python3 -c 'import json; print(*[json.loads(l)["event"] for l in open("lines.json")])'
