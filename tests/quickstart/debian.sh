#!/usr/bin/env bash
# Sourced by the tests that need a machine with nothing on it: debootstrap makes the root of a fresh Debian in a
# scratch folder, which goes when the test ends. Needs root, debootstrap and apt's mirror.

skip() {
    echo "skipped: $*"
    exit 77
}

# Unmounts what a test mounted in the fresh root, deepest first, then removes it: never the machine's own folders.
clean_up() {
    local at
    for at in dev/shm sys proc; do
        mountpoint -q "$root/$at" && umount "$root/$at"
    done
    rm -rf --one-file-system "$scratch"
}

# fresh_debian FOLDER: makes $scratch in FOLDER and $root in it, the release this machine has, from where its own
# apt gets it. Skips the test where that cannot be.
fresh_debian() {
    local codename mirror
    [ "$(id -u)" = 0 ] || skip 'not root'
    command -v debootstrap >/dev/null || skip 'debootstrap is not installed'
    command -v apt-get >/dev/null || skip 'not a Debian'
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    # shellcheck disable=SC2016  # apt's names, not the shell's
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' "Codename: $codename" 'Component: main' \
        'Created-By: Packages' | sort -u | head -n 1)
    [ -n "$mirror" ] || skip 'apt knows no mirror of Debian'
    scratch=$(mktemp -d "$1/fresh-XXXXXX")
    root=$scratch/debian
    trap clean_up EXIT
    debootstrap --variant=minbase "$codename" "$root" "$mirror" >"$scratch/debootstrap.log" 2>&1 || {
        tail -n 5 "$scratch/debootstrap.log"
        skip 'debootstrap failed: is the mirror reachable?'
    }
    cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
}

# tracked FOLDER: copies the files git knows, as a clean checkout has them.
tracked() {
    mkdir -p "$1"
    (cd "$(dirname "${BASH_SOURCE[0]}")/../.." && git ls-files -z | tar --null -T - -cf -) | tar -C "$1" -xf -
}
