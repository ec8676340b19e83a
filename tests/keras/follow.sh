#!/usr/bin/env bash
# follow.sh VIBRISA PHOTOGRAPHS: twenty losses agree with Keras's within 1e-4, step by step, from the same weights and
# the same pictures: in shuffled order, and in the order of the folders at the notebook's own learning rate. Needs
# photographs in train/ and validation/, and a Python with tensorflow and pillow, named by VIBRISA_KERAS_PYTHON;
# else exit code 77.
set -euo pipefail
vibrisa=$(realpath "$1")
data=$2
replay=$(cd "$(dirname "$0")" && pwd)/replay.py
python=${VIBRISA_KERAS_PYTHON:-}
if [ -z "$python" ]; then
    echo 'skipped: VIBRISA_KERAS_PYTHON names no Python with tensorflow and pillow'
    exit 77
fi
if [ ! -d "$data/train" ]; then
    echo "skipped: no photographs in $data"
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export TF_CPP_MIN_LOG_LEVEL=3

# follow NAME SEED OPTION...: a run, and Keras after it.
follow() {
    local name=$1 seed=$2
    shift 2
    echo "== vibrisa train --recipe notebook --no-augment --seed $seed $*"
    "$python" "$replay" write "$name.safetensors" --seed "$seed" 2>errors || { cat errors && exit 1; }
    "$vibrisa" train "$data" --recipe notebook --rounds 1 --epochs 2 --validation-steps 1 --no-augment --seed "$seed" \
        --weights "$name.safetensors" --log-steps 1 --name "$name" -q "$@"
    "$python" "$replay" compare "runs/$name" "$name.safetensors" "$data" 2>errors || { cat errors && exit 1; }
}

follow shuffled 2 --lr 1e-4
follow folders 1 --no-shuffle
