#!/usr/bin/env bash
# fault.sh VIBRISA FAULT RECIPE: a driver that hangs, crashes or refuses in the middle of tuning: what failed is
# named, the rest is measured, and the program ends in time and well.
set -euo pipefail
vibrisa=$(realpath "$1") fault=$(realpath "$2") recipe=$(realpath "$3")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export XDG_CACHE_HOME=$scratch/cache ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0

# with KIND: tiles of three pixels fail so; one may take five seconds beyond its time before it counts as hanging.
with() {
    local start=$SECONDS
    FAULT=$1 FAULT_IN=_p3_ LD_PRELOAD=$fault "$vibrisa" tune "$recipe" --batch 4 --budget 15s --json -q >"$1.json"
    [ $((SECONDS - start)) -lt 90 ]
    python3 - "$1" <<'END'
import json, sys
r = json.load(open(sys.argv[1] + ".json"))
assert r["failed"], f"{sys.argv[1]}: nothing failed"
assert all("p=3" in f["tile"] for f in r["failed"]), r["failed"]
assert any(p["default_ms"] for p in r["passes"]), f"{sys.argv[1]}: nothing was measured"
print(f"{sys.argv[1]}: {r['failed'][0]['reason']}")
END
}

with crash
with hang
with refuse
