#!/usr/bin/env python3
"""Training speed of the notebook's network in Keras from a folder of photographs, epoch by epoch.

With the notebook's generator and its augmentation, or with --tf-data through tf.data and a flip. Tracing is not
counted: a step on random numbers goes before. Prints `first_images_per_second N` and `later_images_per_second N`.
"""
import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

SIZE, BATCH = 64, 32


def network():
    layers = [tf.keras.Input((SIZE, SIZE, 3))]
    for _ in range(4):
        layers += [tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
                   tf.keras.layers.MaxPooling2D(2)]
    layers += [tf.keras.layers.Flatten(), tf.keras.layers.Dense(128, activation="relu"),
               tf.keras.layers.Dense(1, activation="sigmoid")]
    model = tf.keras.Sequential(layers)
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def generator(folder):
    from keras.src.legacy.preprocessing.image import ImageDataGenerator
    made = ImageDataGenerator(rescale=1 / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=True)
    pictures = made.flow_from_directory(folder, target_size=(SIZE, SIZE), batch_size=BATCH, class_mode="binary")

    def epoch():
        for i in range(len(pictures)):
            x, y = pictures[i]
            yield x, y[:, None]
        pictures.on_epoch_end()

    shapes = (tf.TensorSpec((None, SIZE, SIZE, 3)), tf.TensorSpec((None, 1)))
    return tf.data.Dataset.from_generator(epoch, output_signature=shapes).prefetch(tf.data.AUTOTUNE), pictures.n


def tf_data(folder):
    pictures = tf.keras.utils.image_dataset_from_directory(folder, label_mode="binary", batch_size=BATCH,
                                                           image_size=(SIZE, SIZE))
    flip = tf.keras.layers.RandomFlip("horizontal")
    n = len(pictures.file_paths)
    pictures = pictures.map(lambda x, y: (flip(x, training=True) / 255, y), num_parallel_calls=tf.data.AUTOTUNE)
    return pictures.prefetch(tf.data.AUTOTUNE), n


class Clock(tf.keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(time.perf_counter() - self.start)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", help="of class folders")
    parser.add_argument("--tf-data", action="store_true")
    parser.add_argument("--epochs", type=int, default=2)
    args = parser.parse_args()
    model, clock = network(), Clock()
    model.fit(np.random.rand(2 * BATCH, SIZE, SIZE, 3).astype(np.float32), np.zeros((2 * BATCH, 1), np.float32),
              batch_size=BATCH, verbose=0)
    pictures, n = (tf_data if args.tf_data else generator)(args.folder)
    model.fit(pictures, epochs=args.epochs, verbose=0, callbacks=[clock])
    print(f"first_images_per_second {n / clock.epochs[0]:.1f}")
    print(f"later_images_per_second {n / clock.epochs[-1]:.1f}")


main()
