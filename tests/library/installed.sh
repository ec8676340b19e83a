#!/bin/sh
# installed.sh SOURCE BUILD CC: installed somewhere, the library serves a program built by its pkg-config file.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
meson install -C "$2" --no-rebuild --quiet --destdir "$scratch/root" >"$scratch/log" || {
    cat "$scratch/log"
    exit 1
}
lib=$(dirname "$(find "$scratch/root" -name 'libvibrisa.so')")
export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$scratch/root"
for example in "$1"/examples/*.c; do
    # shellcheck disable=SC2046  # compiler flags
    "$3" -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -o "$scratch/program" "$example" \
        $(pkg-config --cflags --libs vibrisa)
    code=0
    LD_LIBRARY_PATH=$lib "$scratch/program" 2>"$scratch/err" || code=$?
    test $code = 2 # without arguments: the usage
    grep -q '^usage: ' "$scratch/err"
done
test "$(pkg-config --modversion vibrisa)" = "$("$2"/src/cli/vibrisa --version | sed 's/vibrisa //')"
for file in bash-completion/completions/vibrisa zsh/site-functions/_vibrisa fish/vendor_completions.d/vibrisa.fish; do
    find "$scratch/root" -path "*/$file" | grep -q . || {
        echo "not installed: $file"
        exit 1
    }
done
