#!/usr/bin/env python3
"""Our files in Python's safetensors, and its files here: safetensors_py.py PROGRAM, the program being
test_safetensors. Exit code 77: the module is not installed."""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

WANT = {
    "conv2d/kernel": np.array([0.0, -0.0, 1.5, -2.25, 2.0 ** -149, float.fromhex("0x1.fffffep+127")],
                              "<f4").reshape(1, 1, 3, 2),
    "conv2d/bias": np.array([3, -4], "<f4"),
    "none": np.zeros((0, 7), "<f4"),
    "step": np.array(-4, "<f4"),
}


def same(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def python_reads_ours(program, path):
    subprocess.run([program, "write", path], check=True)
    with safe_open(path, "np") as f:
        assert set(f.keys()) == set(WANT), f.keys()
        for name, want in WANT.items():
            assert same(f.get_tensor(name), want), name
        metadata = f.metadata()
    assert metadata["recipe"] == 'vibrisa 1\n# "quotes", \\ and \u00f1\n'
    assert len(metadata["sha256"]) == 64 and metadata["vibrisa"] == "1"


def we_read_python(program, path):
    save_file(WANT, path, {"format": "pt"})
    lines = subprocess.run([program, "read", path], check=True, capture_output=True, text=True).stdout
    got = {}
    for line in lines.splitlines():
        kind, rest = line.split(" ", 1)
        if kind == "metadata":
            assert rest == "format=pt", rest
            continue
        head, values = rest.split(":")
        name, *dims = head.split()
        floats = [float.fromhex(v) for v in values.split()]
        got[name] = np.array(floats, "<f4").reshape([int(d) for d in dims])
    assert set(got) == set(WANT), got.keys()
    for name, want in WANT.items():
        assert same(got[name], want), name


def other_types_are_refused(program, path):
    save_file({"half": np.zeros(3, "<f2")}, path)
    run = subprocess.run([program, "read", path], capture_output=True, text=True)
    assert run.returncode == 1 and "type F16" in run.stderr, run


with tempfile.TemporaryDirectory() as folder:
    for check in python_reads_ours, we_read_python, other_types_are_refused:
        check(sys.argv[1], os.path.join(folder, check.__name__))
