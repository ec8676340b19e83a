#!/usr/bin/env python3
"""Inference speed of the notebook's network in ONNX Runtime on the CPU, data in memory.

Prints one line, `images_per_second N`. Needs onnx, onnxruntime and numpy from PyPI.
"""
import argparse
import os
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def network(size, channels):
    """With random weights; channels first, as ONNX wants them."""
    rng = np.random.default_rng(1)
    nodes, weights, at, before = [], [], "x", 3

    def add(op, inputs, shape=None, **attributes):
        nonlocal at
        names = [at]
        for kind, dims in inputs:
            name = f"{len(weights)}_{kind}"
            weights.append(numpy_helper.from_array((rng.random(dims, np.float32) - 0.5) / 8, name))
            names.append(name)
        at = f"{op}_{len(nodes)}"
        nodes.append(helper.make_node(op, names, [at], **attributes))

    for _ in range(4):
        add("Conv", [("kernel", (channels, before, 3, 3)), ("bias", (channels,))], pads=[1, 1, 1, 1])
        add("Relu", [])
        add("MaxPool", [], kernel_shape=[2, 2], strides=[2, 2])
        before = channels
    add("Flatten", [])
    add("Gemm", [("kernel", ((size // 16) ** 2 * channels, 128)), ("bias", (128,))])
    add("Relu", [])
    add("Gemm", [("kernel", (128, 1)), ("bias", (1,))])
    add("Sigmoid", [])
    graph = helper.make_graph(nodes, "notebook",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, size, size])],
                              [helper.make_tensor_value_info(at, TensorProto.FLOAT, ["n", 1])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2)
    args = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count()
    session = onnxruntime.InferenceSession(network(args.size, args.channels).SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    x = {"x": np.random.default_rng(2).random((args.batch, 3, args.size, args.size), np.float32)}
    for _ in range(10):
        session.run(None, x)
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        session.run(None, x)
        steps += 1
    print(f"images_per_second {steps * args.batch / (time.perf_counter() - start):.1f}")


main()
