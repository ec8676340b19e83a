#!/usr/bin/env bash
# The Containerfile builds, and the program inside does what its head says: draw, train, answer. No registry and no
# daemon: the image it starts from is a fresh Debian of debootstrap's, and buildah builds in a chroot. Needs root,
# buildah, debootstrap and apt's mirror; else exit code 77. Takes some minutes and 5 GB. An argument is the folder
# to work in.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/quickstart/debian.sh
. "$source/tests/quickstart/debian.sh"
command -v buildah >/dev/null || skip 'buildah is not installed'
fresh_debian "${1:-${TMPDIR:-/tmp}}"

# Images are kept in the scratch folder, as plain folders.
export BUILDAH_ISOLATION=chroot TMPDIR=$scratch/tmp
mkdir "$TMPDIR"
box() {
    local command=$1
    shift
    buildah --root "$scratch/store" --runroot "$scratch/run" --storage-driver vfs "$command" "$@"
}

# The name the Containerfile asks for, and nothing is fetched under it.
name=$(sed -n 's/^FROM \([^ ]*\)$/\1/p' "$source/Containerfile" | sort -u)
base=$(box from scratch)
box add -q "$base" "$root" / >/dev/null
box commit -q "$base" "docker.io/library/$name" >/dev/null || skip 'buildah cannot keep an image here'
box rm "$base" >/dev/null

echo '== build'
tracked "$scratch/source"
# What stands about in a working folder must not get in.
mkdir "$scratch/source/build" && echo 'of another machine' >"$scratch/source/build/build.ninja"
box bud --pull=never -f "$scratch/source/Containerfile" -t vibrisa "$scratch/source" >"$scratch/log" 2>&1 || {
    tail -n 20 "$scratch/log"
    exit 1
}
container=$(box from --pull=never localhost/vibrisa)
test "$(box inspect --format '{{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.WorkingDir}}' "$container")" = \
    '[vibrisa] /data'

# inside ARGUMENT...: as `podman run -v FOLDER:/data vibrisa ARGUMENT...`.
mkdir "$scratch/data"
inside() {
    echo "== vibrisa $*"
    box run -v "$scratch/data:/data" "$container" -- vibrisa "$@"
}

inside devices | tee "$scratch/devices"
grep -q '^\*.*cpu ' "$scratch/devices"
inside selftest --tiny
inside draw pets --count 60
inside train pets --epochs 2 --name first
inside predict runs/first pets/validation | tee "$scratch/answers"
test "$(wc -l <"$scratch/answers")" = 25 # 24 pictures, and the command
test -s "$scratch/data/runs/first/best.safetensors"
