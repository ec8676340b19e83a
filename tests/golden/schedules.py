#!/usr/bin/env python3
"""PyTorch's own learning rates, step by step: schedules.py > schedules.json (needs torch).

A case is recipe lines, steps of an epoch and epochs; the schedulers are stepped as PyTorch's pages say."""
import json
import sys

import torch
from torch.optim import lr_scheduler as S

# Lines, lr, steps of an epoch, epochs, a function of the optimizer and these that gives the scheduler and its unit.
CASES = [
    ("schedule step every=2 factor=0.5", 0.1, 3, 7, lambda o, s, e: (S.StepLR(o, 2, 0.5), "epoch")),
    ("schedule step", 0.01, 2, 25, lambda o, s, e: (S.StepLR(o, 10, 0.1), "epoch")),
    ("schedule cosine", 0.1, 5, 6, lambda o, s, e: (S.CosineAnnealingLR(o, s * e), "step")),
    ("schedule cosine min_lr=0.01", 0.5, 7, 3, lambda o, s, e: (S.CosineAnnealingLR(o, s * e, 0.01), "step")),
    ("schedule cosine warmup=2", 0.1, 5, 6,
     lambda o, s, e: (warm(o, 2 * s, S.CosineAnnealingLR(o, s * (e - 2))), "step")),
    ("schedule cosine warmup=0.5 min_lr=1e-4", 0.2, 8, 3,
     lambda o, s, e: (warm(o, s // 2, S.CosineAnnealingLR(o, s * e - s // 2, 1e-4)), "step")),
    ("schedule constant warmup=3", 0.3, 4, 5, lambda o, s, e: (S.LinearLR(o, 1 / 12, 1, 11), "step")),
    ("schedule onecycle", 0.1, 5, 8, lambda o, s, e: (one(o, 0.1, s * e), "step")),
    ("schedule onecycle pct_start=0.4 div_factor=10 final_div_factor=100", 0.02, 11, 4,
     lambda o, s, e: (one(o, 0.02, s * e, pct_start=0.4, div_factor=10, final_div_factor=100), "step")),
]


def warm(o, steps, then):
    return S.SequentialLR(o, [S.LinearLR(o, 1 / steps, 1, steps - 1), then], [steps])


def one(o, lr, steps, **how):
    return S.OneCycleLR(o, lr, total_steps=steps, cycle_momentum=False, **how)


def case(line, lr, steps, epochs, make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr)
    scheduler, unit = make(optimizer, steps, epochs)
    rates = []
    for _ in range(epochs):
        for step in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if unit == "step" or step == steps - 1:
                scheduler.step()
    return {"line": line, "lr": lr, "steps": steps, "epochs": epochs, "rates": [float("%.12g" % r) for r in rates]}


rows = ",\n".join(json.dumps(case(*c)) for c in CASES)
sys.stdout.write('{"torch": "%s", "cases": [\n%s\n]}\n' % (torch.__version__.partition("+")[0], rows))
