/* Neighbouring layers run as one: what fuse.c puts in the place of their descriptors. A file an operation;
 * always the bits of the layers it stands for. */
#ifndef VIB_NETWORK_FUSED_FUSED_H
#define VIB_NETWORK_FUSED_FUSED_H

#include "network/layer.h"

/* Runs conv2d and, through its `fused`, the maxpool2d behind it. */
extern const vib_layer_ops vib_fused_conv2d_maxpool2d;
int vib_fused_conv2d_maxpool2d_fits(const vib_layer *conv, const vib_layer *pool);

/* A convolution or a dense layer that is another one outside of training, by its `fold`. */
extern const vib_layer_ops vib_fused_fold;

/* A layer that another one runs. */
extern const vib_layer_ops vib_fused_away;

#endif
