#!/usr/bin/env python3
"""PyTorch's own numbers for what Keras has no word for, `symmetric` padding: layers_torch.py > layers_torch.json (needs
torch; in double). What goes in and what comes out is as in layers.py."""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

# Recipe text, height, width, channels, pictures; shapes of the weights; the layer over N,C,H,W.
CASES = [
    ("conv2d 3 3x3 symmetric stride=2", 6, 5, 2, 2, [(3, 3, 2, 3), (3,)],
     lambda x, w, b: F.conv2d(x, w.permute(3, 2, 0, 1), b, 2, 1)),
    ("conv2d 2 7x5 symmetric stride=2x3 bias=no", 8, 9, 3, 1, [(7, 5, 3, 2)],
     lambda x, w: F.conv2d(x, w.permute(3, 2, 0, 1), None, (2, 3), (3, 2))),
    ("depthwise_conv2d 3x3 symmetric stride=2", 6, 7, 3, 2, [(3, 3, 3, 1), (3,)],
     lambda x, w, b: F.conv2d(x, w.permute(2, 3, 0, 1), b, 2, 1, groups=3)),
    ("maxpool2d 3x3 symmetric stride=2", 6, 5, 2, 2, [], lambda x: F.max_pool2d(x, 3, 2, 1)),
    ("avgpool2d 3x5 symmetric stride=2", 6, 7, 2, 2, [],
     lambda x: F.avg_pool2d(x, (3, 5), 2, (1, 2), count_include_pad=False)),
]


def sequence(first, shape):
    n = int(np.prod(shape))
    k = np.arange(first, first + n, dtype=np.uint64)
    return torch.tensor(((k * np.uint64(2654435761)) % np.uint64(2**32) / 2.0**32).reshape(shape))


def case(text, h, w, c, n, shapes, layer):
    k, weights = 1, []
    for shape in shapes:
        weights.append(((2 * sequence(k, shape) - 1) / 2).requires_grad_())
        k += int(np.prod(shape))
    x = (2 * sequence(k, (n, h, w, c)) - 1).requires_grad_()
    k += n * h * w * c
    y = layer(x.permute(0, 3, 1, 2), *weights).permute(0, 2, 3, 1)
    (y * (2 * sequence(k, y.shape) - 1)).sum().backward()
    flat = lambda t: [float("%.9g" % v) for v in t.detach().reshape(-1).tolist()]
    return {"layers": text, "shape": [h, w, c], "n": n, "training": 1, "y": flat(y), "dx": flat(x.grad),
            "dw": [flat(v.grad) for v in weights]}


sys.stdout.write('{"torch": "%s", "cases": [\n%s\n]}\n'
                 % (torch.__version__.partition("+")[0], ",\n".join(json.dumps(case(*c)) for c in CASES)))
