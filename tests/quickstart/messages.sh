#!/usr/bin/env bash
# What ./quickstart says when something is missing, and which driver it reads out of `vibrisa devices`.
set -eu
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A system on which pkg-config finds no library.
printf '#!/bin/sh\nexit 1\n' >"$scratch/pkg-config"
chmod +x "$scratch/pkg-config"
status=0
PATH=$scratch:$PATH ./quickstart --no-install >"$scratch/out" 2>&1 || status=$?
cat "$scratch/out"
[ $status = 1 ]
for package in ocl-icd-opencl-dev libjpeg-dev libpng-dev libcairo2-dev; do
    grep -q "apt-get install .*\<$package\>" "$scratch/out"
done

for wrong in --no-instal '--count' '--count 0' '--count x'; do
    status=0
    # shellcheck disable=SC2086  # an option and its value
    ./quickstart $wrong 2>"$scratch/out" || status=$?
    [ $status = 2 ]
    grep -q '^quickstart: ' "$scratch/out"
done

# shellcheck disable=SC1090  # one function of it
. <(sed -n '/^driver_package()/,/^}/p' quickstart)
gpu='vibrisa: warning: the XXX GPU at PCI 0000:01:00.0 is not used:'
package=$(printf '%s\n' "$gpu it has no OpenCL driver: install intel-opencl-icd" | driver_package)
[ "$package" = intel-opencl-icd ]
package=$(driver_package <<END
$gpu no right to use /dev/dri/renderD128: run \`sudo usermod -aG render \$USER\` and log in again
$gpu it has no OpenCL driver: install ROCm, or Mesa 23.1 or newer (mesa-opencl-icd) and set RUSTICL_ENABLE=radeonsi
$gpu it has no OpenCL driver: install NVIDIA's driver (on Debian nvidia-driver and nvidia-opencl-icd)
END
)
[ -z "$package" ]
# The advice these lines are made of is still the program's.
grep -q '"install intel-opencl-icd"' src/device/pci.c
