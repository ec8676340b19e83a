#!/bin/sh
# exports.sh LIBRARY: its dynamic symbols are functions of the public headers, all of them, and no others.
set -eu
headers=$(dirname "$0")/../../include/vibrisa
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
nm -D --defined-only "$1" | sed 's/.* //' | grep -v '^_\(init\|fini\|edata\|end\|_bss_start\)$' |
    sort >"$scratch/exported"
cat "$headers"/*.h | tr '\n' ' ' | grep -o 'VIB_API [^();]*(' |
    sed 's/ *($//; s/.*[ *]//' | grep '^vib_' | sort >"$scratch/declared"
test "$(wc -l <"$scratch/declared")" -gt 20
diff "$scratch/declared" "$scratch/exported"
soname=$(readelf -d "$1" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
case $soname in
libvibrisa.so.[0-9]*.[0-9]*) ;;
*) echo "the soname '$soname' does not carry major and minor version" && exit 1 ;;
esac
