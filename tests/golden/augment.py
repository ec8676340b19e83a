#!/usr/bin/env python3
"""Keras's augmented pictures, both of its ways: augment.py > augment_keras.json

Needs keras-preprocessing 1.1.2, scipy and pillow, and tensorflow for the image generator of Keras 2.9 and later.

A picture is byte((37 i + 11 j j + 53 c + 7 i j) mod 256) for row i, column j, channel c. Each case has the parameters
of Keras's apply_transform and the result, all channels in 0 to 255, every `rows`-th row of it."""
import json

import numpy as np
from scipy import ndimage

ndimage.interpolation = ndimage  # where keras-preprocessing looks for it
from keras.src.legacy.preprocessing.image import ImageDataGenerator as R22  # noqa: E402
from keras_preprocessing.image import ImageDataGenerator as R20  # noqa: E402

FILLS = ["nearest", "constant", "reflect", "wrap"]
TURN = {"theta": -10, "tx": 1.25, "ty": -0.5, "shear": 12, "zx": 0.8, "zy": 1.3}
TONE = {"channel_shift_intensity": 35.5, "brightness": 1.3}
FLIPS = {"flip_horizontal": True, "flip_vertical": True}

CASES = (
    [(9, 7, fill, 40, p) for fill in FILLS for p in (TURN, {"tx": 3, "ty": -4.25}, {"theta": 75, "zx": 2.5, "zy": 1.7})]
    + [(9, 7, "nearest", 0, p) for p in (
        {"theta": 30}, {"tx": -2}, {"ty": 2.5}, {"shear": -20}, {"flip_vertical": True}, FLIPS, {**TURN, **FLIPS},
        {"channel_shift_intensity": 60}, {"channel_shift_intensity": -200.25}, {"brightness": 0.6},
        {"brightness": 1.75}, TONE, {**TONE, **FLIPS, "tx": 2, "ty": 1})]
    + [(9, 7, "reflect", 0, {**TURN, **TONE, **FLIPS}), (6, 6, "constant", 255, {**TURN, "brightness": 0.5})]
    + [(64, 48, fill, 0, {"theta": 25, "tx": 7.7, "ty": -3.3, "shear": 10, "zx": 0.9, "zy": 1.15})
       for fill in ("nearest", "reflect")]
)


def picture(h, w):
    i, j, c = np.ogrid[:h, :w, :3]
    return ((37 * i + 11 * j * j + 53 * c + 7 * i * j) % 256).astype("float32")


def apply(generator, x, fill, cval, parameters):
    y = generator(fill_mode=fill, cval=cval).apply_transform(x.copy(), dict(parameters))
    return [[float("%.9g" % v) for v in row.ravel()] for row in np.asarray(y, "float32")[:: 1 if len(y) < 32 else 9]]


cases = []
for h, w, fill, cval, parameters in CASES:
    x = picture(h, w)
    cases.append({
        "h": h, "w": w, "rows": 1 if h < 32 else 9, "fill": fill, "cval": cval, "parameters": parameters,
        "keras-2.3": apply(R20, x, fill, cval, parameters), "keras-2.9": apply(R22, x, fill, cval, parameters)})
print('{"cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}")
