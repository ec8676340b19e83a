#!/usr/bin/env python3
"""What Keras's ReduceLROnPlateau and EarlyStopping do after each epoch: monitors.py > monitors.json (needs tensorflow).

The figure of epoch k = 1, 2, ... is 1 / (1 + k / 4) + u(k) / 8, u(k) = ((k * 2654435761) mod 2^32) / 2^32, for an
accuracy taken from 1. A plateau's case has the rate of each epoch, a stop's the last epoch, and the best."""
import json
import sys

import keras

EPOCHS = 40
PLATEAUS = [
    ("schedule plateau", {}),
    ("schedule plateau patience=2", {"patience": 2}),
    ("schedule plateau patience=0 factor=0.5", {"patience": 0, "factor": 0.5}),
    ("schedule plateau patience=1 cooldown=3 min_lr=0.0001", {"patience": 1, "cooldown": 3, "min_lr": 0.0001}),
    ("schedule plateau patience=1 cooldown=1 min_delta=0.02", {"patience": 1, "cooldown": 1, "min_delta": 0.02}),
    ("schedule plateau monitor=val_accuracy patience=3", {"monitor": "val_accuracy", "patience": 3}),
]
STOPS = [
    ("stop", {}),
    ("stop patience=2", {"patience": 2}),
    ("stop patience=4 min_delta=0.01", {"patience": 4, "min_delta": 0.01}),
    ("stop patience=30", {"patience": 30}),
    ("stop monitor=val_accuracy patience=3", {"monitor": "val_accuracy", "patience": 3}),
]


def figure(k, monitor):
    v = 1 / (1 + k / 4) + ((k * 2654435761) % 2**32) / 2.0**32 / 8
    return 1 - v if "acc" in monitor else v


def run(callback, monitor, seen):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = 0.01
    callback.set_model(model)
    callback.on_train_begin()
    model.stop_training = False
    for k in range(1, EPOCHS + 1):
        seen(k, model)
        model.layers[0].bias.assign([float(k)])
        callback.on_epoch_end(k - 1, {monitor: figure(k, monitor)})
        if model.stop_training:
            break
    callback.on_train_end()
    return k, model


def complete(how):
    monitor = how.get("monitor", "val_loss")
    return {**how, "monitor": monitor, "mode": "max" if "acc" in monitor else "min"}, monitor


def plateau(line, how):
    (how, monitor), rates = complete(how), []
    run(keras.callbacks.ReduceLROnPlateau(**how), monitor,
        lambda k, m: rates.append(float("%.6g" % float(m.optimizer.learning_rate))))
    return {"line": line, "rates": rates}


def stop(line, how):
    how, monitor = complete(how)
    last, model = run(keras.callbacks.EarlyStopping(**how, restore_best_weights=True), monitor, lambda k, m: None)
    return {"line": line, "last": last, "best": int(model.layers[0].bias.numpy()[0])}


def rows(cases, make):
    return ",\n".join(json.dumps(make(*c)) for c in cases)


sys.stdout.write('{"keras": "%s", "plateaus": [\n%s\n], "stops": [\n%s\n]}\n'
                 % (keras.__version__, rows(PLATEAUS, plateau), rows(STOPS, stop)))
