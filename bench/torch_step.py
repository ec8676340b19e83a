#!/usr/bin/env python3
"""Training speed of the notebook's network, or ResNet-18, in PyTorch on the CPU, data in memory, beside vibrisa's.

Prints one line, `images_per_second N`. Needs torch from PyPI.
"""
import argparse
import os
import time

import torch

from resnet18 import resnet18


def network(channels):
    layers, before = [], 3
    for _ in range(4):
        layers += [torch.nn.Conv2d(before, channels, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
        before = channels
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.LazyLinear(128), torch.nn.ReLU(),
                               torch.nn.Linear(128, 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--network", choices=["notebook", "resnet18"], default="notebook")
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    parser.add_argument("--channels-last", action="store_true")
    args = parser.parse_args()

    torch.manual_seed(1)
    torch.set_num_threads(os.cpu_count())
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    x = torch.rand(args.batch, 3, args.size, args.size).contiguous(memory_format=layout)
    y = torch.randint(0, 2, (args.batch, 1)).float()
    model = resnet18(1) if args.network == "resnet18" else network(args.channels)
    model(x)
    model = model.to(memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), 0.001)
    loss_of = torch.nn.BCEWithLogitsLoss()
    forward = torch.compile(lambda: loss_of(model(x), y)) if args.compile else lambda: loss_of(model(x), y)

    def step():
        optimizer.zero_grad()
        loss = forward()
        loss.backward()
        optimizer.step()
        return loss.item()

    for _ in range(5):
        step()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        step()
        steps += 1
    print(f"images_per_second {steps * args.batch / (time.perf_counter() - start):.1f}")


main()
