#!/usr/bin/env python3
"""The parts of bench/compare that need no peers: what it reads, what it decides, what it writes."""
import importlib.machinery
import importlib.util
import io
import contextlib
import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("compare", os.path.join(HERE, "../../bench/compare"))
compare = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", loader))
loader.exec_module(compare)

assert compare.figure("a 1\nimages_per_second 12.5\n", "images_per_second") == 12.5
assert compare.figure('{"a": 3, "b": -1e-2}', "b") == -0.01
try:
    compare.figure("nothing", "images_per_second")
    raise SystemExit("a missing figure was not noticed")
except ValueError as error:
    assert "images_per_second" in str(error)

# The page: only what is between the marks changes; a mark that is not there is an error.
page = "a\n<!-- start -->\nold\n<!-- end -->\nb\n<!-- cost -->\n<!-- end -->\n"
assert compare.replace(page, "start", ["new"]) == page.replace("old", "new")
try:
    compare.replace(page, "peers", ["x"])
    raise SystemExit("a missing mark was not noticed")
except SystemExit as error:
    assert "peers" in str(error)
with open(compare.PAGE) as f:
    text = f.read()
for name in ("machine", "peers", "start", "cost", "step", "cuda"):
    compare.replace(text, name, [])

# Rows: medians, ratios, the best of a peer's settings; what is missing is said; what rows share is measured once.
speeds = iter([100.0, 300.0, 200.0])
counted = []


def missing(args):
    raise compare.Missing("no such environment")


def peer(args):
    counted.append(1)
    return {"speed": 80.0, "later": 400.0}


choices = {"slow": lambda a: {"speed": 10.0}, "fast": peer}
rows = [
    ("training", "training", [
        ("Peer", choices, "speed", 2.2, 3.0), ("Nobody", {"one": missing, "two": missing}, "speed", 1, 1)]),
    ("later", "later", [("Peer", choices, "later", 0.1, 0.2)])]
said = io.StringIO()
with contextlib.redirect_stdout(said):
    lines = compare.compare(types.SimpleNamespace(k=3), lambda a: {"training": next(speeds), "later": 100.0}, rows)
assert lines == ["| training | fast | 200 | 80 | 2.50 | 2.2 / 3.0 | met |",
                 "| later | fast | 100 | 400 | 0.25 | 0.1 / 0.2 | aim met |"], lines
assert "Nobody: not measured: no such environment" in said.getvalue()
assert len(counted) == 2 + 3

# On a GPU each of PyTorch's settings is another command, and each says so to the script.
ran = []
compare.python = lambda args, environment, script, *more: ran.append(more) or "images_per_second 7"
for _, rows in compare.CUDA_ROWS:
    for peer in rows[0][2]:
        for choice in peer[1].values():
            assert choice(types.SimpleNamespace(seconds=1)) == {"speed": 7.0}
assert len(ran) == len(set(ran)) == 3 * 2 * 4 and all("cuda" in more for more in ran), ran
