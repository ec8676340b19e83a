"""The notebook's network in TensorFlow/Keras, and weights files that vibrisa and these scripts share."""
import hashlib
import json
import os
import struct

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

# Keras's layouts: kernels HWIO, dense (in, out).
SHAPES = [("conv2d", (3, 3, 3, 32)), ("conv2d_1", (3, 3, 32, 32)), ("conv2d_2", (3, 3, 32, 32)),
          ("conv2d_3", (3, 3, 32, 32)), ("dense", (512, 128)), ("dense_1", (128, 1))]


def network(rate=0.001, precision="float32"):
    """Ends in the logit: the loss is computed from it, as Keras does behind a sigmoid."""
    tf.keras.backend.set_floatx(precision)
    tf.keras.config.set_dtype_policy(precision)  # what layers go by, once the first of them has been made
    layers = [tf.keras.Input((64, 64, 3))]
    for _ in range(4):
        layers += [tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
                   tf.keras.layers.MaxPooling2D(2)]
    layers += [tf.keras.layers.Flatten(), tf.keras.layers.Dense(128, activation="relu"),
               tf.keras.layers.Dense(1)]
    model = tf.keras.Sequential(layers)
    model.compile(optimizer=tf.keras.optimizers.Adam(rate), metrics=[],
                  loss=tf.keras.losses.BinaryCrossentropy(from_logits=True))
    assert all(w.dtype == precision for w in model.weights)
    return model


def names():
    return [f"{layer}/{kind}" for layer, _ in SHAPES for kind in ("kernel", "bias")]


def random_weights(seed):
    """Glorot uniform kernels and zero biases, from numpy."""
    rng = np.random.default_rng(seed)
    weights = {}
    for layer, shape in SHAPES:
        window = int(np.prod(shape[:-2]))
        limit = np.sqrt(6.0 / (window * shape[-2] + window * shape[-1]))
        weights[f"{layer}/kernel"] = rng.uniform(-limit, limit, shape).astype("<f4")
        weights[f"{layer}/bias"] = np.zeros(shape[-1], "<f4")
    return weights


def write_safetensors(path, weights, metadata):
    """Writes tensors, and the SHA-256 of the file with that field as 64 zeros into its metadata."""
    header, offset = {"__metadata__": dict(metadata, sha256="0" * 64)}, 0
    for name, value in weights.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape),
                        "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    blob = struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in weights.values())
    digest = hashlib.sha256(blob).hexdigest().encode()
    with open(path, "wb") as f:
        f.write(blob.replace(b"0" * 64, digest, 1))


def read_safetensors(path):
    with open(path, "rb") as f:
        blob = f.read()
    size = struct.unpack_from("<Q", blob)[0]
    header = json.loads(blob[8:8 + size])
    metadata, weights = header.pop("__metadata__", {}), {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        weights[name] = np.frombuffer(blob[8 + size + first:8 + size + last], "<f4").reshape(entry["shape"])
    return weights, metadata
