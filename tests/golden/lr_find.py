#!/usr/bin/env python3
"""What fastai's "valley" suggests for made-up curves: lr_find.py > lr_find.json (needs fastai's source; nothing of it
is imported, for that would want all that fastai wants).

A curve is flat, falls, and rises, with noise u(k) = ((k * 2654435761) mod 2^32) / 2^32 smoothed as fastai smooths. What
comes out: the index of the suggestion."""
import ast
import importlib.metadata
import importlib.util
import json
import os
import sys

# Points, where it begins to fall and to rise, as parts of all; how much noise.
CASES = [(85, 0.4, 0.8, 0.1), (85, 0.5, 0.9, 0.5), (60, 0.1, 0.3, 0.02), (40, 0.2, 1.0, 0), (30, 0.0, 0.0, 0),
         (25, 1.0, 1.0, 0), (90, 1.0, 1.0, 1), (6, 0.2, 0.7, 0.3), (1, 0.5, 0.5, 0)]


def valley():
    root = os.path.dirname(importlib.util.find_spec("fastai").origin)
    tree = ast.parse(open(os.path.join(root, "callback", "schedule.py"), encoding="utf-8").read())
    tree.body = [f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name == "valley"]
    tree.body[0].decorator_list = []
    names = {}
    exec(compile(tree, "fastai", "exec"), names)
    return names["valley"]


def curve(n, fall, rise, noise, first):
    points, running = [], 0
    for i in range(n):
        x, u = i / n, ((first + i) * 2654435761) % 2**32 / 2.0**32
        loss = 1 - (min(max(x, fall), rise) - fall) + 9 * max(x - rise, 0)**2 + noise * (u - 0.5)
        running = 0.9 * running + 0.1 * loss
        points.append(float("%.9g" % (running / (1 - 0.9**(i + 1)))))
    return points


suggest = valley()
rows = []
for k, case in enumerate(CASES):
    losses = curve(*case, 1 + 100 * k)
    rows.append(json.dumps({"losses": losses, "index": int(suggest(list(range(len(losses))), losses, len(losses))[0])}))
sys.stdout.write('{"fastai": "%s", "cases": [\n%s\n]}\n' % (importlib.metadata.version("fastai"), ",\n".join(rows)))
