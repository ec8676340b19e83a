/* The one list of layers. */
#include "network/layers/layers.h"

#include <string.h>

const vib_layer_ops *const vib_layers[] = {
    &vib_layer_conv2d,
    &vib_layer_depthwise_conv2d,
    &vib_layer_maxpool2d,
    &vib_layer_avgpool2d,
    &vib_layer_globalavgpool2d,
    &vib_layer_globalmaxpool2d,
    &vib_layer_zeropad2d,
    &vib_layer_batchnorm,
    &vib_layer_flatten,
    &vib_layer_dense,
    &vib_layer_add,
    &vib_layer_concat,
    &vib_layer_dropout,
    &vib_layer_relu,
    &vib_layer_relu6,
    &vib_layer_leaky_relu,
    &vib_layer_silu,
    &vib_layer_tanh,
    &vib_layer_sigmoid,
    &vib_layer_softmax,
    NULL,
};

const char *const vib_padding_words[] = {"valid", "same", "symmetric", NULL};
const char *const vib_activation_words[] = {"linear", "relu", "sigmoid", "softmax", "tanh", "relu6", NULL};
const char *const vib_algorithm_words[] = {"direct", "winograd", NULL};

const vib_layer_ops *vib_layer_find(const char *name)
{
    for (size_t i = 0; vib_layers[i]; i++)
        if (!strcmp(vib_layers[i]->name, name))
            return vib_layers[i];
    return NULL;
}
