#!/usr/bin/env python3
"""Keras's own weights after each step of each optimizer, and its losses: optimizers.py > optimizers.json (needs
tensorflow; in double).

A network `dense 5 tanh; dense` and softmax or sigmoid on a batch of 6 vectors of 8 numbers. Everything that goes in is
u(k) = ((k * 2654435761) mod 2^32) / 2^32 for k = 1, 2, ...: first the weights (2u - 1) / 2, then the batch, bytes
floor(256 u). Labels are k mod K. What comes out: for each of five steps the loss that Keras reports, and the weights
after it."""
import json
import sys

import numpy as np
import tensorflow as tf

K = tf.keras
K.backend.set_floatx("float64")
K.config.set_dtype_policy("float64")
N, INPUTS, UNITS, STEPS = 6, 8, 5, 5

# Recipe lines, classes, options of the first layer, label smoothing, class weights, the optimizer.
CASES = [
    ("optimizer adam lr=0.01", 2, {}, 0, None, lambda: K.optimizers.Adam(0.01)),
    ("optimizer sgd lr=0.1", 3, {}, 0, None, lambda: K.optimizers.SGD(0.1)),
    ("optimizer sgd lr=0.1 momentum=0.9", 3, {}, 0, None, lambda: K.optimizers.SGD(0.1, momentum=0.9)),
    ("optimizer sgd lr=0.1 momentum=0.9 nesterov", 2, {}, 0, None,
     lambda: K.optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
    ("optimizer sgd lr=0.1 weight_decay=0.2", 2, {}, 0, None, lambda: K.optimizers.SGD(0.1, weight_decay=0.2)),
    ("optimizer adamw lr=0.01", 3, {}, 0, None, lambda: K.optimizers.AdamW(0.01)),
    ("optimizer adamw lr=0.01 weight_decay=0.5", 2, {}, 0, None, lambda: K.optimizers.AdamW(0.01, weight_decay=0.5)),
    ("optimizer sgd lr=0.5 clip_norm=0.1", 3, {}, 0, None, lambda: K.optimizers.SGD(0.5, global_clipnorm=0.1)),
    ("optimizer adam lr=0.01 clip_norm=0.05", 2, {}, 0, None, lambda: K.optimizers.Adam(0.01, global_clipnorm=0.05)),
    ("optimizer sgd lr=0.1", 2, {"l1": 0.02, "l2": 0.03}, 0, None, lambda: K.optimizers.SGD(0.1)),
    ("optimizer sgd lr=0.1", 2, {}, 0.2, None, lambda: K.optimizers.SGD(0.1)),
    ("optimizer sgd lr=0.1", 4, {}, 0.3, None, lambda: K.optimizers.SGD(0.1)),
    ("optimizer sgd lr=0.1", 2, {}, 0, [0.5, 2.0], lambda: K.optimizers.SGD(0.1)),
    ("optimizer sgd lr=0.1 momentum=0.5", 3, {"l2": 0.1}, 0.1, [1.5, 1.0, 0.25],
     lambda: K.optimizers.SGD(0.1, momentum=0.5)),
]


def sequence(first, shape):
    n = int(np.prod(shape))
    k = np.arange(first, first + n, dtype=np.uint64)
    return ((k * np.uint64(2654435761)) % np.uint64(2**32) / 2.0**32).reshape(shape)


def case(line, classes, penalty, smoothing, weights, make):
    regularizer = K.regularizers.L1L2(**penalty) if penalty else None
    model = K.Sequential([K.Input((INPUTS,)), K.layers.Dense(UNITS, "tanh", kernel_regularizer=regularizer),
                          K.layers.Dense(1 if classes == 2 else classes)])
    loss = (K.losses.BinaryCrossentropy if classes == 2 else K.losses.CategoricalCrossentropy)(
        from_logits=True, label_smoothing=smoothing)
    k = 1
    for weight in model.weights:
        u = sequence(k, weight.shape)
        weight.assign((2 * u - 1) / 2)
        k += u.size
    x = np.floor(256 * sequence(k, (N, INPUTS))) / 255
    labels = np.arange(N) % classes
    y = labels.reshape(N, 1).astype(float) if classes == 2 else np.eye(classes)[labels]
    model.compile(make(), loss)
    counts = np.ones(N) if weights is None else np.array([weights[c] for c in labels])
    steps = []
    for _ in range(STEPS):
        model.reset_metrics()
        loss = model.train_on_batch(x, y, sample_weight=counts)
        assert all(w.dtype == "float64" for w in model.weights)
        steps.append({"loss": float("%.9g" % loss),
                      "weights": [float("%.9g" % v) for w in model.weights for v in np.asarray(w).ravel()]})
    return {"line": line, "classes": classes, "l1": penalty.get("l1", 0), "l2": penalty.get("l2", 0),
            "smoothing": smoothing, "class_weights": weights or [], "steps": steps}


rows = ",\n".join(json.dumps(case(*c)) for c in CASES)
sys.stdout.write('{"keras": "%s", "cases": [\n%s\n]}\n' % (K.__version__, rows))
