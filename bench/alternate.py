#!/usr/bin/env python3
"""Runs two commands in turn, so that both see the same machine, and compares the figure each prints.

    alternate.py [-k 5] [--key train_images_per_second] 'COMMAND A' 'COMMAND B'

The figure is the number after the last mention of the key in a command's standard output (a line
`key 123.4` or JSON `"key": 123.4`). Prints every pair, both medians, and A / B of the medians.
"""
import argparse
import re
import statistics
import subprocess
import sys


def figure(command, key):
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True)
    found = re.findall(re.escape(key) + r'"?\s*[:= ]\s*([0-9.eE+-]+)', done.stdout)
    if done.returncode or not found:
        sys.exit(f"alternate.py: no '{key}' from: {command} (exit code {done.returncode})\n{done.stdout}")
    return float(found[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-k", type=int, default=5, help="runs of each")
    parser.add_argument("--key", default="train_images_per_second")
    parser.add_argument("a")
    parser.add_argument("b")
    args = parser.parse_args()
    runs = []
    for i in range(args.k):
        runs.append((figure(args.a, args.key), figure(args.b, args.key)))
        print(f"{i + 1:3}  A {runs[-1][0]:12.1f}  B {runs[-1][1]:12.1f}", flush=True)
    a, b = (statistics.median(column) for column in zip(*runs))
    print(f"median A {a:.1f}  B {b:.1f}  A/B {a / b:.3f}")


main()
