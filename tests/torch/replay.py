#!/usr/bin/env python3
"""Does vibrisa train ResNet-18 as PyTorch does? Replays a run's steps with PyTorch.

    replay.py write W.safetensors [--seed N]      start weights for both, from numpy
    vibrisa train DATA --recipe resnet18-64 --set '+image resize=nearest' --set 'optimizer sgd lr=0.01' \\
        --no-augment --epochs 1 --steps 10 --weights W.safetensors --log-steps 1 --name same
    replay.py compare runs/same W.safetensors DATA

`compare` takes the same start weights and, step by step, the same pictures in the same order as log.jsonl lists,
decodes and resizes them with Pillow, and trains PyTorch's network in single and in double precision. Exit code 1 if
a loss is farther from PyTorch's in double than three times PyTorch's own in single, and farther than 1e-3. Needs
torch, numpy and pillow from PyPI.
"""
import argparse
import hashlib
import json
import os
import re
import struct
import sys

import numpy as np
import torch
from PIL import Image

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, os.path.join(ROOT, "bench"))
from resnet18 import resnet18  # noqa: E402

RECIPE = os.path.join(ROOT, "recipes/resnet18-64.recipe")


# ---- weights: the recipe's layers in its order, and PyTorch's modules in theirs ----


def recipe_layers():
    """(name, word) of the layers that have weights, as the recipe names them or Keras would."""
    stems, seen, layers = {"conv2d": "conv2d", "batchnorm": "batch_normalization"}, {}, []
    with open(RECIPE, encoding="utf-8") as f:
        for line in f:
            word, *options = line.split() or [""]
            if word not in stems:
                continue
            given = [o[len("name="):] for o in options if o.startswith("name=")]
            count = seen[word] = seen.get(word, -1) + (not given)
            layers.append((given[0] if given else stems[word] + (f"_{count}" if count else ""), word))
    return layers + [("dense", "dense")]


def weights_of(model):
    """The names in the model file beside PyTorch's parameters and buffers; a block's shortcut comes last in both."""
    modules = [m for m in model.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.BatchNorm2d, torch.nn.Linear))]
    layers = recipe_layers()
    kinds = {torch.nn.Conv2d: "conv2d", torch.nn.BatchNorm2d: "batchnorm", torch.nn.Linear: "dense"}
    assert [kinds[type(m)] for m in modules] == [word for _, word in layers]
    for (name, word), m in zip(layers, modules):
        if word == "batchnorm":
            yield f"{name}/gamma", m.weight
            yield f"{name}/beta", m.bias
            yield f"{name}/moving_mean", m.running_mean
            yield f"{name}/moving_variance", m.running_var
        else:
            yield f"{name}/kernel", m.weight
            if m.bias is not None:
                yield f"{name}/bias", m.bias


def to_torch(value):
    """(R,S,C,K) -> (K,C,R,S), (in,out) -> (out,in)."""
    return torch.from_numpy(value.transpose({4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[value.ndim]).copy())


def from_torch_shape(shape):
    return tuple(shape[i] for i in {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[len(shape)])


def write(args):
    rng = np.random.default_rng(args.seed)
    header, blobs, offset = {}, [], 0
    model = resnet18(1)
    ends = [m.bn2.weight for m in model.modules() if hasattr(m, "bn2")]
    for name, parameter in weights_of(model):
        shape, kind = from_torch_shape(parameter.shape), name.split("/")[1]
        value = np.full(shape, kind in ("gamma", "moving_variance"), "<f4")
        if kind == "kernel":
            value = rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype("<f4")
        elif any(parameter is end for end in ends):
            value *= np.float32(args.branches)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, offset + value.nbytes]}
        blobs.append(value.tobytes())
        offset += value.nbytes
    with open(RECIPE, encoding="utf-8") as f:
        header["__metadata__"] = {"format": "vibrisa 1", "recipe": f.read(), "classes": '["cats","dogs"]',
                                  "arithmetic": "1", "sha256": "0" * 64}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    blob = struct.pack("<Q", len(text)) + text + b"".join(blobs)
    with open(args.weights, "wb") as f:
        f.write(blob.replace(b"0" * 64, hashlib.sha256(blob).hexdigest().encode(), 1))


def read(path):
    with open(path, "rb") as f:
        blob = f.read()
    size = struct.unpack_from("<Q", blob)[0]
    header = json.loads(blob[8:8 + size])
    header.pop("__metadata__")
    at = 8 + size
    return {name: np.frombuffer(blob[at + e["data_offsets"][0]:at + e["data_offsets"][1]], "<f4").reshape(e["shape"])
            for name, e in header.items()}


# ---- a run's steps again ----


def steps_of(run):
    with open(os.path.join(run, "recipe.txt"), encoding="utf-8") as f:
        recipe = f.read()
    rate = re.search(r"^optimizer +sgd lr=(\S+) momentum=0 nesterov=no weight_decay=0\b", recipe, re.M)
    if not rate or not re.search(r"^augment +shear=0deg zoom=1..1 hflip=no", recipe, re.M):
        sys.exit(f"replay.py: {run} is not a run with `optimizer sgd` and --no-augment")
    with open(os.path.join(run, "log.jsonl"), encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    return [e for e in events if e.get("event") == "step"], float(rate.group(1))


def batch(files, root, classes):
    pictures, labels = [], []
    for name in files:
        with Image.open(os.path.join(root, name)) as image:
            pictures.append(np.asarray(image.convert("RGB").resize((64, 64), Image.Resampling.NEAREST), np.float32))
        labels.append(classes.index(name.split(os.sep)[0]))
    x = np.stack(pictures) * np.float32(1 / 255)
    return torch.from_numpy(x.transpose(0, 3, 1, 2).copy()), torch.tensor(labels)[:, None]


def replay(steps, root, classes, weights, rate, precision):
    model = resnet18(1)
    with torch.no_grad():
        for name, parameter in weights_of(model):
            parameter.copy_(to_torch(weights[name]))
    model.to(precision).train()
    optimizer = torch.optim.SGD(model.parameters(), rate)
    losses = []
    for step in steps:
        x, y = batch(step["files"], root, classes)
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x.to(precision)), y.to(precision))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def compare(args):
    steps, rate = steps_of(args.run)
    if len(steps) < args.steps:
        sys.exit(f"replay.py: {args.run} logs {len(steps)} steps, {args.steps} are wanted: use --log-steps 1")
    root = os.path.join(args.data, "train")
    classes = sorted(d for d in os.listdir(root) if os.path.isdir(os.path.join(root, d)))
    weights = read(args.weights)
    single, double = (replay(steps, root, classes, weights, rate, p) for p in (torch.float32, torch.float64))
    ours = theirs = 0
    print("step       vibrisa       PyTorch   PyTorch double  of vibrisa from it  of PyTorch from it")
    for step, one, two in zip(steps, single, double):
        a, b = abs(step["loss"] - two) / abs(two), abs(one - two) / abs(two)
        ours, theirs = max(ours, a), max(theirs, b)
        print(f"{step['step']:4}  {step['loss']:12.9f}  {one:12.9f}  {two:14.9f}  {a:19.1e}  {b:18.1e}")
    limit = max(3 * theirs, 1e-3)
    print(f"largest relative difference of {len(steps)} losses from PyTorch in double: {ours:.1e}, limit {limit:.1e}; "
          f"PyTorch in single: {theirs:.1e}")
    return not ours <= limit


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("write", help="write start weights")
    p.add_argument("weights")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--branches", type=float, default=0.25, metavar="G", help="gamma at the end of each block's branch")
    p.set_defaults(run_command=write)
    p = commands.add_parser("compare", help="replay a run and compare its losses")
    p.add_argument("run")
    p.add_argument("weights")
    p.add_argument("data")
    p.add_argument("--steps", type=int, default=10)
    p.set_defaults(run_command=compare)
    args = parser.parse_args()
    sys.exit(args.run_command(args))


main()
