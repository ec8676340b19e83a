#!/usr/bin/env bash
# ./quickstart on a fresh Debian: debootstrap makes the root of one in a scratch folder, with nothing but what
# every Debian has, and the two commands run in it. Needs root, debootstrap and apt's mirror; else exit code 77.
# Takes some minutes and 3 GB. An argument is the folder to work in.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)

# shellcheck source=tests/quickstart/debian.sh
. "$source/tests/quickstart/debian.sh"
# Of others: before this test makes work of its own.
busy=$(awk '{ print ($1 >= 1) }' /proc/loadavg)
fresh_debian "${1:-${TMPDIR:-/tmp}}"
mount -t proc proc "$root/proc" || skip 'nothing can be mounted here'
mount -t sysfs -o ro sysfs "$root/sys" || mount --bind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/dev/shm"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
tracked "$root/srv/vibrisa"

# inside USER COMMAND...: in the fresh root, with its own environment.
inside() {
    local user=$1
    shift
    chroot --userspec="$user" "$root" env -i HOME=/srv PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        sh -c 'cd /srv/vibrisa && exec "$@"' sh "$@"
}

echo '== with nothing installed, --no-install names it'
status=0
inside root:root ./quickstart --no-install 2>"$scratch/missing" || status=$?
cat "$scratch/missing"
[ $status = 1 ]
grep -q 'apt-get install .*gcc.*libjpeg-dev.*libcairo2-dev.*pocl-opencl-icd' "$scratch/missing"

echo '== ./quickstart'
inside root:root ./quickstart | tee "$scratch/output"
accuracy=$(sed -n 's/^accuracy on .* never seen: \([0-9.]*\) .*/\1/p' "$scratch/output")
seconds=$(sed -n 's/^accuracy on .*; \([0-9]*\) s since.*/\1/p' "$scratch/output")
echo "accuracy $accuracy after $seconds s"
case $accuracy in 1.000 | 0.9[5-9]*) ;; *) exit 1 ;; esac
if [ "$busy" = 1 ]; then
    echo 'the machine was busy with other work: its time is not judged'
else
    [ "$seconds" -lt 180 ]
fi

echo '== without root, with the packages there'
chown -R 1000:1000 "$root/srv"
inside 1000:1000 ./quickstart --no-install --count 40 | tail -n 5
