#include "network/layer.h"

static const vib_field fields[] = {{0}};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts, (void)n_in, (void)why;
    *out = *in;
    need->rows = need->columns = VIB_REACH_POINT;
    return VIB_OK;
}

enum { FORWARD, BACKWARD };

static int prepare(vib_layer *l, int activation)
{
    const int err = vib_activation_prepare(l, activation, 0, &l->kernels[FORWARD]);
    return err < 0 || !l->dx[0] ? err : vib_activation_prepare(l, activation, 1, &l->kernels[BACKWARD]);
}

static int backward(vib_layer *l, int activation, int n)
{
    const vib_tensor *of = activation == VIB_ACTIVATION_SILU ? l->x[0] : l->y;
    return l->dx[0] ? vib_activation_launch(l->kernels[BACKWARD], activation, l->dx[0], l->dy, of, n)
                    : VIB_OK;
}

#define ACTIVATION(word, which, stem, type, text)                                            \
    static int word##_prepare(vib_layer *l)                                                  \
    {                                                                                        \
        return prepare(l, which);                                                            \
    }                                                                                        \
    static int word##_forward(vib_layer *l, int n)                                           \
    {                                                                                        \
        return vib_activation_launch(l->kernels[FORWARD], which, l->y, l->x[0], l->x[0], n); \
    }                                                                                        \
    static int word##_backward(vib_layer *l, int n)                                          \
    {                                                                                        \
        return backward(l, which, n);                                                        \
    }                                                                                        \
    const vib_layer_ops vib_layer_##word = {                                                 \
        .name = #word,                                                                       \
        .help = text,                                                                        \
        .keras = stem,                                                                       \
        .class_name = type,                                                                  \
        .fields = fields,                                                                    \
        .min_inputs = 1,                                                                     \
        .max_inputs = 1,                                                                     \
        .infer = infer,                                                                      \
        .prepare = word##_prepare,                                                           \
        .forward = word##_forward,                                                           \
        .backward = word##_backward,                                                         \
    }

ACTIVATION(relu, VIB_ACTIVATION_RELU, "re_lu", "ReLU", "max(x, 0)");
ACTIVATION(relu6, VIB_ACTIVATION_RELU6, "re_lu", "ReLU", "max(x, 0), but at most 6");
ACTIVATION(sigmoid, VIB_ACTIVATION_SIGMOID, "activation", "Activation", "1 / (1 + exp(-x))");
ACTIVATION(softmax, VIB_ACTIVATION_SOFTMAX, "softmax", "Softmax",
           "exp(x) over the sum of exp(x), along the channels");
ACTIVATION(tanh, VIB_ACTIVATION_TANH, "activation", "Activation", "the hyperbolic tangent");
ACTIVATION(silu, VIB_ACTIVATION_SILU, "activation", "Activation", "x / (1 + exp(-x)), also called swish");
