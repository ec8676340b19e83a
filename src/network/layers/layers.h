/* The descriptors, and what several of them share. */
#ifndef VIB_NETWORK_LAYERS_LAYERS_H
#define VIB_NETWORK_LAYERS_LAYERS_H

#include "network/graph.h"
#include "network/layers/options.h"

extern const vib_layer_ops vib_layer_conv2d, vib_layer_depthwise_conv2d, vib_layer_maxpool2d,
    vib_layer_avgpool2d, vib_layer_globalavgpool2d, vib_layer_globalmaxpool2d, vib_layer_zeropad2d,
    vib_layer_batchnorm, vib_layer_flatten, vib_layer_dense, vib_layer_add, vib_layer_concat,
    vib_layer_dropout, vib_layer_relu, vib_layer_relu6, vib_layer_leaky_relu, vib_layer_silu, vib_layer_tanh,
    vib_layer_sigmoid, vib_layer_softmax;

/* Words of the choices, NULL-terminated. */
extern const char *const vib_padding_words[], *const vib_activation_words[], *const vib_algorithm_words[];

#endif
