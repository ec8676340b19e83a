#include "network/layers/layers.h"

static const vib_field fields[] = {{0}};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts, (void)n_in, (void)why;
    *out = *in;
    need->kernel = need->stride = 1;
    return VIB_OK;
}

#define ACTIVATION(word, stem, type, text)   \
    const vib_layer_ops vib_layer_##word = { \
        .name = #word,                       \
        .help = text,                        \
        .keras = stem,                       \
        .class_name = type,                  \
        .fields = fields,                    \
        .min_inputs = 1,                     \
        .max_inputs = 1,                     \
        .infer = infer,                      \
    }

ACTIVATION(relu, "re_lu", "ReLU", "max(x, 0)");
ACTIVATION(sigmoid, "activation", "Activation", "1 / (1 + exp(-x))");
ACTIVATION(softmax, "softmax", "Softmax", "exp(x) over the sum of exp(x), along the channels");
