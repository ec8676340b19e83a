#!/usr/bin/env python3
"""Training speed of the notebook's network, or ResNet-18, in PyTorch, data in the device's memory, beside vibrisa's.

Prints one line, `images_per_second N`. Needs torch from PyPI; --device cuda also a GPU. There nothing waits for the
device within the time that is measured, and --graph records a step once and launches it as one.
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


def recorded(step):
    """What CUDA's graphs make of a step: some steps on a stream of their own, then one that is recorded."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(5):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--network", choices=["notebook", "resnet18"], default="notebook")
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--tf32", action="store_true", help="10-bit fractions, as PyTorch convolves by default")
    parser.add_argument("--graph", action="store_true", help="a step as a CUDA graph")
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    parser.add_argument("--channels-last", action="store_true")
    args = parser.parse_args()

    cuda = args.device == "cuda"
    torch.manual_seed(1)
    torch.set_num_threads(os.cpu_count())
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = args.tf32
    torch.backends.cudnn.benchmark = True
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    x = torch.rand(args.batch, 3, args.size, args.size).contiguous(memory_format=layout)
    y = torch.randint(0, 2, (args.batch, 1)).float()
    model = resnet18(1) if args.network == "resnet18" else network(args.channels)
    model(x)
    x, y = x.to(args.device), y.to(args.device)
    model = model.to(args.device, memory_format=layout)
    more = {"fused": True, "capturable": True} if cuda else {}
    optimizer = torch.optim.Adam(model.parameters(), 0.001, **more)
    loss_of = torch.nn.BCEWithLogitsLoss()
    forward = torch.compile(lambda: loss_of(model(x), y)) if args.compile else lambda: loss_of(model(x), y)

    def eager():
        optimizer.zero_grad()
        loss = forward()
        loss.backward()
        optimizer.step()
        return loss if cuda else loss.item()

    step = recorded(eager) if args.graph else eager
    for _ in range(5):
        step()
    steps, seconds, start = 0, 0, time.perf_counter()
    while seconds < args.seconds:
        for _ in range(100 if cuda else 1):
            step()
            steps += 1
        if cuda:
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
    print(f"images_per_second {steps * args.batch / seconds:.1f}")


main()
