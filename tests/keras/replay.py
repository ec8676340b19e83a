#!/usr/bin/env python3
"""Does vibrisa compute what Keras computes? Replays a run's training steps with TensorFlow.

    replay.py write W.safetensors [--seed N]      start weights for both, from numpy
    vibrisa train DATA --recipe notebook --rounds 1 --epochs 2 --lr 1e-4 --no-augment \\
        --weights W.safetensors --log-steps 1 --name same
    replay.py compare runs/same W.safetensors DATA [--steps 20] [--limit 1e-4]

`compare` takes the same start weights and, step by step, the same pictures in the same order as log.jsonl
lists, decodes and resizes them with Pillow as Keras does, trains the network in Keras, in single and in
double precision, and compares the losses. Exit code 1 if one differs from Keras's in single precision by more
than the limit, relatively, or from Keras's in double by more than that and twice what Keras's in single does.
Needs tensorflow and pillow from PyPI.

Rounding grows from step to step, and faster with larger steps: docs/testing.md has figures.
"""
import argparse
import json
import os
import re
import sys

import notebook as nb
import numpy as np
from PIL import Image

RECIPE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../recipes/notebook.recipe")


def write(args):
    with open(RECIPE, encoding="utf-8") as f:
        recipe = f.read()
    metadata = {"format": "vibrisa 1", "recipe": recipe, "classes": json.dumps(args.classes.split(",")),
                "arithmetic": "1"}
    nb.write_safetensors(args.weights, nb.random_weights(args.seed), metadata)


def training_folder(data):
    train = os.path.join(data, "train")
    return train if os.path.isdir(train) else data


def picture(path):
    """Keras's load_img with its defaults, then rescale=1/255 (KERAS K10-K19)."""
    with Image.open(path) as image:
        image = image.convert("RGB").resize((64, 64), Image.Resampling.NEAREST)
    return np.asarray(image, np.float32) * np.float32(1 / 255)


def batch(files, root, classes):
    """Pictures and labels; the class is the first folder below the training folder."""
    found = [os.path.join(root, name) for name in files]
    missing = [name for name in found if not os.path.isfile(name)]
    if missing:
        sys.exit(f"replay.py: {missing[0]} is in the log but not there: is this the run's data?")
    labels = [classes.index(os.path.relpath(name, root).split(os.sep)[0]) for name in found]
    return np.stack([picture(name) for name in found]), np.array(labels, np.float32)[:, None]


def steps_of(run):
    with open(os.path.join(run, "log.jsonl"), encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    return [e for e in events if e.get("event") == "step"]


def learning_rate(run):
    with open(os.path.join(run, "recipe.txt"), encoding="utf-8") as f:
        recipe = f.read()
    if "resize=nearest" not in recipe or not re.search(r"^augment +shear=0deg zoom=1..1 hflip=no", recipe, re.M):
        sys.exit(f"replay.py: {run} is not a run of --recipe notebook --no-augment")
    return float(re.search(r"^optimizer +adam\b.*\blr=(\S+)", recipe, re.M).group(1))


def replay(steps, root, classes, weights, rate, precision):
    """Keras's loss of each step."""
    model = nb.network(rate, precision)
    model.set_weights([weights[name] for name in nb.names()])
    losses = []
    for step in steps:
        x, y = batch(step["files"], root, classes)
        losses.append(float(model.train_on_batch(x.astype(precision), y, return_dict=True)["loss"]))
        model.reset_metrics()
    return losses


def compare(args):
    steps = steps_of(args.run)[:args.steps]
    if len(steps) < args.steps:
        sys.exit(f"replay.py: {args.run} logs {len(steps)} steps, {args.steps} are wanted: use --log-steps 1")
    root = training_folder(args.data)
    classes = sorted(d for d in os.listdir(root) if os.path.isdir(os.path.join(root, d)))
    weights, _ = nb.read_safetensors(args.weights)
    rate = learning_rate(args.run)
    single, double = (replay(steps, root, classes, weights, rate, p) for p in ("float32", "float64"))
    worst = worst_double = keras_itself = mixed = 0
    print("step       vibrisa         Keras  difference   Keras double  of Keras from it")
    for step, one, two in zip(steps, single, double):
        ours, difference = step["loss"], abs(step["loss"] - one) / abs(one)
        worst = max(worst, difference)
        worst_double = max(worst_double, abs(ours - two) / abs(two))
        keras_itself = max(keras_itself, abs(one - two) / abs(two))
        mixed += len({name.split("/")[-2] for name in step["files"]}) > 1
        print(f"{step['step']:4}  {ours:12.9f}  {one:12.9f}  {difference:10.1e}   {two:12.9f}  "
              f"{abs(one - two) / abs(two):16.1e}")
    print(f"largest relative difference of {len(steps)} losses: {worst:.1e} from Keras, "
          f"{worst_double:.1e} from Keras in double, limit {args.limit:g}; {keras_itself:.1e} between the two; "
          f"{mixed} batches hold both classes")
    return worst > args.limit or worst_double > max(args.limit, 2 * keras_itself)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("write", help="write start weights")
    p.add_argument("weights")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--classes", default="cats,dogs")
    p.set_defaults(run_command=write)
    p = commands.add_parser("compare", help="replay a run and compare its losses")
    p.add_argument("run")
    p.add_argument("weights")
    p.add_argument("data")
    p.add_argument("--steps", type=int, default=20)
    p.add_argument("--limit", type=float, default=1e-4)
    p.set_defaults(run_command=compare)
    args = parser.parse_args()
    sys.exit(args.run_command(args))


main()
