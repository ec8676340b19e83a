#!/usr/bin/env python3
"""What Keras finds inside of models: inside.py > inside.json (needs tensorflow, in double).

Weights are the sequence of layers.py, then the bytes of one picture: floor(256 u), divided by 255. What comes out: what
each layer says (the last one: probabilities); for each class the gradient of its score by the picture, and by each
layer but the last; Grad-CAM for each layer with a place in the picture; and the pixels that units of those layers
depend on (0, 0, 0, 0: none), found as those with a gradient where all weights are 1/16 and every maximum is a mean."""
import numpy as np
import tensorflow as tf

from layers import L, make, sequence, words, write

# Recipe lines, height, width, channels.
CASES = [
    ("conv2d 4 3x3 same relu; maxpool2d 2x2; conv2d 5 3x3 same relu; maxpool2d 2x2; flatten; dense 6 relu; "
     "dense 1 sigmoid", 9, 10, 3),
    ("conv2d 3 2x3 valid stride=2x1 sigmoid name=a; conv2d 3 1x1 relu; add with=a relu; batchnorm; "
     "avgpool2d 3x3 stride=2 same; globalavgpool2d; dense 3 softmax", 8, 7, 3),
    ("zeropad2d 2x1; conv2d 4 5x3 valid stride=2 tanh; leaky_relu; conv2d 2 3x3 same; globalmaxpool2d; dense 4 softmax",
     7, 8, 1),
]


def build(text, shape, plain):
    """The picture, each line's output, and the layers in order; the last line without its activation. plain: no layer
    chooses."""
    at = {"input": tf.keras.Input(shape)}
    x, outputs, layers = at["input"], [], []
    lines = text.split("; ")
    for line in lines:
        word, p, o = words(line)
        if line == lines[-1]:
            p = p[:1]
        if plain:
            word, p = word.replace("maxpool", "avgpool"), [t for t in p if t not in ("relu", "tanh", "sigmoid")]
            word = "globalavgpool2d" if word == "globalmaxpool2d" else word
        x = [x] + [at[name] for name in o["with"].split(",")] if "with" in o else x
        layers.append(L.BatchNormalization() if word == "batchnorm" else make(word, p, o))
        x = layers[-1](x)
        outputs.append(x)
        if "name" in o:
            at[o["name"]] = x
    return tf.keras.Model(at["input"], outputs), layers


def flat(t):
    return [float("%.7g" % v) for v in np.asarray(t).ravel()]


def fill(layers):
    """Sets the weights in the order of the recipe; returns the next number of the sequence."""
    k = 1
    for layer in layers:
        for weight in getattr(layer, "weights", []):
            u = sequence(k, weight.shape)
            weight.assign(u + 0.5 if "variance" in weight.name else (2 * u - 1) / 2)
            k += u.size
    return k


def boxes(text, shape, places):
    """[layer, y, x, top, left, bottom, right] of some outputs."""
    model, _ = build(text, shape, True)
    for weight in model.weights:
        weight.assign(tf.fill(weight.shape, tf.constant(1 / 16, tf.float64)))
    x, found = tf.ones((1, *shape), tf.float64), []
    for i in places:
        _, h, w, _ = model.outputs[i].shape
        for y, z in sorted({(0, 0), (h - 1, w - 1), (h // 2, w // 2), (0, w - 1)}):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = tf.reduce_sum(model(x)[i][0, y, z])
            seen = np.argwhere(np.abs(tape.gradient(value, x)[0]).sum(-1) > 0)
            box = seen.min(0).tolist() + (seen.max(0) + 1).tolist() if len(seen) else [0, 0, 0, 0]
            found.append([i, y, z, *box])
    return found


def case(text, h, w, c):
    model, layers = build(text, (h, w, c), False)
    k = fill(layers)
    x = tf.constant(np.floor(256 * sequence(k, (1, h, w, c))) / 255)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        said = model(x)
        last = said[-1]
        scores = [-last[0, 0], last[0, 0]] if last.shape[1] == 1 else [last[0, k] for k in range(last.shape[1])]
    probabilities = tf.sigmoid(last) if last.shape[1] == 1 else tf.nn.softmax(last)
    gradients = [[flat(g) for g in tape.gradient(score, [x] + said[:-1])] for score in scores]
    places, cams = [i for i, s in enumerate(said) if len(s.shape) == 4], []
    for score in scores:
        weights = [tf.reduce_mean(tape.gradient(score, said[i]), (0, 1, 2)) for i in places]
        cams.append([flat(tf.nn.relu(tf.reduce_sum(said[i] * a, -1))) for i, a in zip(places, weights)])
    return {"layers": text, "shape": [h, w, c], "said": [flat(s) for s in said[:-1]] + [flat(probabilities)],
            "gradients": gradients, "cam_layers": places, "cams": cams, "boxes": boxes(text, (h, w, c), places)}


write(case(*c) for c in CASES)
