#!/usr/bin/env python3
"""Training speed of the notebook's network in Keras, data in memory, to set beside vibrisa's.

Prints one line, `images_per_second N`. Needs tensorflow from PyPI.
"""
import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf


def network(size, channels):
    """Ends in the logit: the loss is computed from it, as Keras does behind a sigmoid."""
    layers = [tf.keras.Input((size, size, 3))]
    for _ in range(4):
        layers += [tf.keras.layers.Conv2D(channels, 3, padding="same", activation="relu"),
                   tf.keras.layers.MaxPooling2D(2)]
    layers += [tf.keras.layers.Flatten(), tf.keras.layers.Dense(128, activation="relu"), tf.keras.layers.Dense(1)]
    return tf.keras.Sequential(layers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--xla", action="store_true", help="compile the step with XLA")
    args = parser.parse_args()

    rng = np.random.default_rng(1)
    x = tf.constant(rng.random((args.batch, args.size, args.size, 3), np.float32))
    y = tf.constant(rng.integers(0, 2, (args.batch, 1)).astype(np.float32))
    model = network(args.size, args.channels)
    optimizer = tf.keras.optimizers.Adam(0.001)
    loss_of = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=args.xla)
    def step():
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    for _ in range(5):
        step().numpy()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        for _ in range(5):
            loss = step()
        loss.numpy()
        steps += 5
    print(f"images_per_second {steps * args.batch / (time.perf_counter() - start):.1f}")


main()
