#!/usr/bin/env python3
"""Does vibrisa compute what Keras computes? Replays a run's training steps with TensorFlow.

    replay.py write W.safetensors [--seed N]      start weights for both, from numpy
    vibrisa train DATA --recipe notebook --no-augment --weights W.safetensors --log-steps 1 --name same
    replay.py compare runs/same W.safetensors DATA [--steps 20] [--limit 1e-4]

`compare` takes the same start weights and, step by step, the same pictures in the same order as log.jsonl
lists, decodes and resizes them with Pillow as Keras does, trains the network in Keras, and compares the
losses. Exit code 1 if one differs by more than the limit, relatively. Needs tensorflow and pillow from PyPI.
"""
import argparse
import json
import os
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


def compare(args):
    steps = steps_of(args.run)[:args.steps]
    if len(steps) < args.steps:
        sys.exit(f"replay.py: {args.run} logs {len(steps)} steps, {args.steps} are wanted: use --log-steps 1")
    root = training_folder(args.data)
    classes = sorted(d for d in os.listdir(root) if os.path.isdir(os.path.join(root, d)))
    weights, _ = nb.read_safetensors(args.weights)
    model = nb.network()
    model.set_weights([weights[name] for name in nb.names()])
    worst = mixed = 0
    print("step        vibrisa          Keras  difference")
    for step in steps:
        x, y = batch(step["files"], root, classes)
        mixed += 0 < y.sum() < len(y)
        theirs = float(model.train_on_batch(x, y, return_dict=True)["loss"])
        model.reset_metrics()
        difference = abs(step["loss"] - theirs) / abs(theirs)
        worst = max(worst, difference)
        print(f"{step['step']:4}  {step['loss']:13.9f}  {theirs:13.9f}  {difference:10.2e}")
    print(f"largest relative difference of {len(steps)} losses: {worst:.2e}, limit {args.limit:g}; "
          f"{mixed} batches hold both classes")
    return worst > args.limit


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
