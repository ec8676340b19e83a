#!/usr/bin/env python3
"""Training speed of the notebook's network in Keras, data in memory, to set beside vibrisa's.

Prints one line, `train_images_per_second N`. Needs tensorflow from PyPI.
"""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/keras"))

import notebook as nb
import numpy as np
import tensorflow as tf


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--xla", action="store_true", help="compile the step with XLA")
    args = parser.parse_args()

    rng = np.random.default_rng(1)
    x = tf.constant(rng.random((args.batch, 64, 64, 3), np.float32))
    y = tf.constant(rng.integers(0, 2, (args.batch, 1)).astype(np.float32))
    model = nb.network()
    optimizer, loss_of = model.optimizer, model.loss
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=args.xla)
    def step():
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    for _ in range(args.warmup):
        loss = step()
    loss.numpy()
    start = time.perf_counter()
    for _ in range(args.steps):
        loss = step()
    loss.numpy()
    print(f"train_images_per_second {args.steps * args.batch / (time.perf_counter() - start):.1f}")


main()
