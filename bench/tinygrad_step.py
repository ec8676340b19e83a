#!/usr/bin/env python3
"""Training speed of the notebook's network in tinygrad on OpenCL (DEV=CL), data in memory.

Prints one line, `images_per_second N`. Needs tinygrad from PyPI and an OpenCL driver.
"""
import argparse
import os
import time

os.environ.setdefault("DEV", "CL")

from tinygrad import Context, Tensor, TinyJit, nn


class Network:
    def __init__(self, size, channels):
        self.convs = [nn.Conv2d(3 if i == 0 else channels, channels, 3, padding=1) for i in range(4)]
        self.hidden, self.out = nn.Linear((size // 16) ** 2 * channels, 128), nn.Linear(128, 1)

    def __call__(self, x):
        for conv in self.convs:
            x = conv(x).relu().max_pool2d(2)
        return self.out(self.hidden(x.flatten(1)).relu())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2)
    args = parser.parse_args()

    model = Network(args.size, args.channels)
    optimizer = nn.optim.Adam(nn.state.get_parameters(model), 0.001)
    x = Tensor.rand(args.batch, 3, args.size, args.size).realize()
    y = (Tensor.rand(args.batch, 1) > 0.5).float().realize()

    @TinyJit
    def step():
        with Context(TRAINING=1):
            optimizer.zero_grad()
            loss = model(x).binary_crossentropy_logits(y)
            loss.backward()
            optimizer.step()
            return loss.realize()

    for _ in range(4):
        step().item()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        step().item()
        steps += 1
    print(f"images_per_second {steps * args.batch / (time.perf_counter() - start):.1f}")


main()
