#!/usr/bin/env python3
"""Keras's own numbers for layers in a row: layers.py > layers.json (needs tensorflow, in double).

Everything that goes in is u(k) = ((k * 2654435761) mod 2^32) / 2^32 for k = 1, 2, ...: first the weights, layer by
layer in Keras's order (w = (2u - 1) / 2, a moving variance u + 1/2), then the input (2u - 1), then the gradient of the
output. What comes out: the output and the gradients of the input and of each trained weight."""
import json
import sys

import numpy as np
import tensorflow as tf

tf.keras.backend.set_floatx("float64")
L = tf.keras.layers

# Recipe text, height, width, channels, pictures, and whether it is training.
CASES = [
    ("conv2d 3 3x3 same tanh; silu", 4, 5, 2, 2, 1),
    ("conv2d 4 2x3 valid stride=2 sigmoid", 5, 6, 3, 2, 1),
    ("conv2d 4 3x2 same dilation=2x1", 6, 5, 2, 2, 1),
    ("conv2d 2 2x3 valid dilation=2 relu", 5, 7, 3, 1, 1),
    ("conv2d 6 3x3 same groups=2 tanh", 4, 5, 4, 2, 1),
    ("conv2d 3 3x3 valid stride=2 groups=3", 5, 6, 3, 2, 1),
    ("depthwise_conv2d 3x3 same relu", 5, 4, 3, 2, 1),
    ("depthwise_conv2d 3x3 same stride=2 multiplier=2 tanh", 5, 6, 2, 2, 1),
    ("depthwise_conv2d 2x3 valid dilation=2", 5, 7, 3, 1, 1),
    ("avgpool2d 2x2", 5, 4, 3, 2, 1),
    ("avgpool2d 3x3 stride=2 same", 5, 6, 2, 1, 1),
    ("avgpool2d 2x3 stride=1x2 same", 3, 4, 2, 1, 1),
    ("maxpool2d 3x3 stride=2 same", 5, 6, 2, 1, 1),
    ("globalavgpool2d; dense 3 softmax", 3, 4, 2, 2, 1),
    ("relu; globalmaxpool2d; dense 3 tanh", 3, 4, 2, 2, 1),
    ("zeropad2d 1x2; relu", 2, 3, 2, 1, 1),
    ("zeropad2d 0x0 after=1x1; silu", 2, 3, 2, 1, 1),
    ("add with=input,input,input,input,input,input,input relu6; conv2d 2 1x1 relu6; relu6", 3, 3, 2, 2, 1),
    ("flatten; dense 4 sigmoid; dense 3 relu", 3, 2, 2, 2, 1),
    ("conv2d 3 2x2 same bias=no softmax; softmax; sigmoid", 3, 4, 2, 2, 1),
    ("leaky_relu; tanh", 3, 3, 2, 2, 1),
    ("leaky_relu slope=0.01", 2, 3, 2, 1, 1),
    ("dropout 0.5; sigmoid", 2, 3, 2, 1, 0),
    ("conv2d 3 3x3 same tanh name=a; conv2d 3 1x1; add with=a sigmoid name=b; concat with=a,input", 3, 4, 2, 2, 1),
    ("conv2d 3 3x3 same; batchnorm relu", 3, 4, 2, 3, 1),
    ("batchnorm momentum=0.9 epsilon=0.01; conv2d 2 1x1; batchnorm", 3, 2, 2, 2, 1),
    ("batchnorm tanh", 3, 2, 2, 2, 0),
    ("relu name=a; add with=a,input; globalavgpool2d name=g; globalmaxpool2d from=a; concat with=g; dense 2",
     3, 4, 2, 2, 1),
]


def sequence(first, shape):
    n = int(np.prod(shape))
    k = np.arange(first, first + n, dtype=np.uint64)
    return ((k * np.uint64(2654435761)) % np.uint64(2**32) / 2.0**32).reshape(shape)


def size(text):
    a, _, b = text.partition("x")
    return int(a), int(b or a)


def words(line):
    """The word, what stands bare, what has a name."""
    word, *rest = line.split()
    return word, [t for t in rest if "=" not in t], dict(t.split("=") for t in rest if "=" in t)


def bare(positional, choices, default):
    found = [t for t in positional if t in choices]
    return found[0] if found else default


ACTIVATIONS = ["linear", "relu", "sigmoid", "softmax", "tanh", "relu6"]


def make(word, p, o):
    """The Keras layer for one recipe line."""
    padding, activation = bare(p, ["valid", "same"], "valid"), bare(p, ACTIVATIONS, None)
    stride = size(o["stride"]) if "stride" in o else None
    window = {"strides": stride or 1, "dilation_rate": size(o.get("dilation", "1")), "padding": padding,
              "activation": activation, "use_bias": o.get("bias") != "no"}
    if word == "conv2d":
        return L.Conv2D(int(p[0]), size(p[1]), groups=int(o.get("groups", 1)), **window)
    if word == "depthwise_conv2d":
        return L.DepthwiseConv2D(size(p[0]), depth_multiplier=int(o.get("multiplier", 1)), **window)
    if word == "dense":
        return L.Dense(int(p[0]), activation=activation)
    if word in ("maxpool2d", "avgpool2d"):
        pool = L.MaxPooling2D if word == "maxpool2d" else L.AveragePooling2D
        return pool(size(p[0]), strides=stride, padding=padding)
    if word == "zeropad2d":
        (t, l), (b, r) = size(p[0]), size(o.get("after", p[0]))
        return L.ZeroPadding2D(((t, b), (l, r)))
    if word == "leaky_relu":
        return L.LeakyReLU(float(o.get("slope", 0.3)))
    if word == "dropout":
        return L.Dropout(float(p[0]))
    if word == "batchnorm":
        norm = L.BatchNormalization(momentum=float(o.get("momentum", 0.99)), epsilon=float(o.get("epsilon", 0.001)))
        return lambda x: L.Activation(activation or "linear")(norm(x))
    if word in ("add", "concat"):
        join = L.Add() if word == "add" else L.Concatenate()
        return lambda x: L.Activation(activation or "linear")(join(x))
    plain = {"globalavgpool2d": L.GlobalAveragePooling2D, "globalmaxpool2d": L.GlobalMaxPooling2D, "flatten": L.Flatten}
    return plain[word]() if word in plain else L.Activation("swish" if word == "silu" else word)


def build(text, shape):
    at = {"input": tf.keras.Input(shape)}
    x = at["input"]
    for line in text.split("; "):
        word, p, o = words(line)
        x = at[o["from"]] if "from" in o else x
        x = [x] + [at[name] for name in o["with"].split(",")] if "with" in o else x
        x = make(word, p, o)(x)
        if "name" in o:
            at[o["name"]] = x
    return tf.keras.Model(at["input"], x)


def case(text, h, w, c, n, training):
    model, k = build(text, (h, w, c)), 1
    for layer in model.layers:
        for weight in layer.weights:
            u = sequence(k, weight.shape)
            weight.assign(u + 0.5 if "variance" in weight.name else (2 * u - 1) / 2)
            k += u.size
    x = tf.constant(2 * sequence(k, (n, h, w, c)) - 1)
    k += n * h * w * c
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x, training=bool(training))
        dy = tf.constant(2 * sequence(k, y.shape) - 1)
        loss = tf.reduce_sum(y * dy)
    trained = [v for layer in model.layers for v in layer.trainable_weights]
    dx, *dw = tape.gradient(loss, [x] + trained)
    flat = lambda t: [float("%.9g" % v) for v in np.asarray(t).ravel()]
    out = {"layers": text, "shape": [h, w, c], "n": n, "training": training, "y": flat(y), "dx": flat(dx),
           "dw": [flat(g) for g in dw]}
    state = [v for layer in model.layers for v in layer.non_trainable_weights]
    return {**out, "state": [flat(v) for v in state]} if state else out


def write(rows):
    sys.stdout.write('{"keras": "%s", "cases": [\n%s\n]}\n' % (tf.__version__, ",\n".join(json.dumps(r) for r in rows)))


if __name__ == "__main__":
    write(case(*c) for c in CASES)
