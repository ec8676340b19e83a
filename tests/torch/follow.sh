#!/usr/bin/env bash
# follow.sh VIBRISA PHOTOGRAPHS: ten steps of resnet18-64 (SGD, lr 0.01) agree with PyTorch's from the same weights and
# the same pictures. Needs photographs in train/ and validation/, and a Python with torch, numpy and pillow, named by
# VIBRISA_TORCH_PYTHON; else exit code 77.
set -euo pipefail
vibrisa=$(realpath "$1")
data=$2
replay=$(cd "$(dirname "$0")" && pwd)/replay.py
python=${VIBRISA_TORCH_PYTHON:-}
if [ -z "$python" ]; then
    echo 'skipped: VIBRISA_TORCH_PYTHON names no Python with torch, numpy and pillow'
    exit 77
fi
if [ ! -d "$data/train" ]; then
    echo "skipped: no photographs in $data"
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$python" "$replay" write start.safetensors
"$vibrisa" train "$data" --recipe resnet18-64 --set '+image resize=nearest' --set 'optimizer sgd lr=0.01' \
    --no-augment --epochs 1 --steps 10 --validation-steps 1 --weights start.safetensors --log-steps 1 --name same -q
"$python" "$replay" compare runs/same start.safetensors "$data"
