#!/usr/bin/env python3
"""event_files.py VIBRISA PICTURES RECIPE: what `train --tensorboard` writes, read by TensorBoard's own reader, is what
log.csv says; also of a run that was stopped and went on. Needs the module tensorboard, here or in the Python that
VIBRISA_KERAS_PYTHON names; else exit code 77."""
import csv
import glob
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util
except ImportError as missing:
    other = os.environ.get("VIBRISA_KERAS_PYTHON")
    if other and os.path.realpath(other) != os.path.realpath(sys.executable):
        os.execv(other, [other] + sys.argv)
    print(f"skipped: {missing}")
    sys.exit(77)

STEPS = 8  # of an epoch: two times 16 pictures, 4 at a time


def read(folder):
    """{tag: {step: value}}; a tag's plugin is checked on the way."""
    reader = EventAccumulator(folder, size_guidance={"tensors": 0})  # 0: keep all
    reader.Reload()
    found = {}
    for tag in reader.Tags()["tensors"]:
        assert reader.SummaryMetadata(tag).plugin_data.plugin_name == "scalars", tag
        found[tag] = {e.step: float(tensor_util.make_ndarray(e.tensor_proto)) for e in reader.Tensors(tag)}
    return found


def same(board, rows, column, key=lambda epoch: epoch):
    want = {key(i): float(np.float32(float(row[column]))) for i, row in enumerate(rows)}
    assert board == want, (column, sorted(set(board.items()) ^ set(want.items()))[:4])


def check(run, epochs):
    with open(f"{run}/log.csv", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == epochs, rows
    train, validation = (read(f"{run}/tensorboard/{side}") for side in ("train", "validation"))
    assert set(train) == {"epoch_loss", "epoch_accuracy", "epoch_lr"}, train.keys()
    assert set(validation) == set(train) | {"evaluation_loss_vs_iterations", "evaluation_accuracy_vs_iterations"}
    for word in ("loss", "accuracy"):
        same(train[f"epoch_{word}"], rows, word)
        same(validation[f"epoch_{word}"], rows, f"val_{word}")
        same(validation[f"evaluation_{word}_vs_iterations"], rows, f"val_{word}", lambda epoch: STEPS * (epoch + 1))
    for side in (train, validation):
        assert side["epoch_lr"] == {epoch: float(np.float32(0.01)) for epoch in range(epochs)}, side["epoch_lr"]


def main(vibrisa, pictures, recipe):
    def run(*words, code=0):
        done = subprocess.run([vibrisa, *words, "-q"], capture_output=True, text=True)
        assert done.returncode == code, (words, done)
        return done.stderr
    with tempfile.TemporaryDirectory(prefix="vibrisa-") as scratch:
        os.chdir(scratch)
        subprocess.run([pictures, "data", "16"], check=True)
        run("train", "data", "-r", recipe, "--epochs", "3", "--tensorboard", "--name", "whole")
        check("runs/whole", 3)
        # A run stopped after an epoch goes on, in files beside the first.
        words = ["train", "data", "-r", recipe, "--epochs", "150", "--tensorboard", "--json", "--name", "stopped"]
        stopped = subprocess.Popen([vibrisa, *words], stdout=subprocess.PIPE, text=True)
        while '"epoch"' not in stopped.stdout.readline().replace('"epochs"', ""):
            pass
        stopped.terminate()
        stopped.communicate()
        assert stopped.returncode == 143, stopped.returncode
        run("train", "--resume", "runs/stopped")
        assert len(glob.glob("runs/stopped/tensorboard/train/*.v2")) == 2
        check("runs/stopped", 150)
        # Without validation pictures there is nothing to put in its file; without the option no folder.
        run("train", "data", "-r", recipe, "--name", "without")
        assert not os.path.exists("runs/without/tensorboard")
    print("TensorBoard reads what log.csv says")


main(*(os.path.abspath(path) for path in sys.argv[1:]))
