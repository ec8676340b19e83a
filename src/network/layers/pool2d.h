/* What max-pooling and average pooling have in common: windows. */
#ifndef VIB_NETWORK_LAYERS_POOL2D_H
#define VIB_NETWORK_LAYERS_POOL2D_H

#include "network/layer.h"

/* Needs nothing but the window. */
int vib_pool2d_infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                     vib_str *why);

#endif
