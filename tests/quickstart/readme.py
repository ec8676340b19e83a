#!/usr/bin/env python3
"""README.md's example is what ./quickstart prints: readme.py README.md OUTPUT.

Of the first block that begins with "$ ./quickstart", each line must be in the output, in this order, when
numbers and the names of devices may be any. A line "..." stands for what is left out.
"""
import re
import sys


def masked(line):
    line = re.sub(r"^(device \d+:\d+ |run .* on ).*", r"\1NAME", line.strip())
    return re.sub(r"\d[\d,.]*", "N", line)


def example(text):
    return re.search(r"^```\n\$ \./quickstart\n(.*?)^```$", text, re.M | re.S).group(1).splitlines()


def main(readme, output):
    with open(readme, encoding="utf-8") as f:
        wanted = [line for line in example(f.read()) if line and line != "..."]
    with open(output, encoding="utf-8", errors="replace") as f:
        printed = iter([masked(line) for line in f])
    for line in wanted:
        if masked(line) not in printed:  # searches on from the line before
            sys.exit(f"README.md: quickstart does not print, here: {line}")
    print(f"README.md: {len(wanted)} lines are as printed")


main(*sys.argv[1:])
