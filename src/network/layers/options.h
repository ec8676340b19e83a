/* What the recipe says of each layer: plain data, shared by descriptors and the reference. */
#ifndef VIB_NETWORK_LAYERS_OPTIONS_H
#define VIB_NETWORK_LAYERS_OPTIONS_H

#include "base/field.h"

typedef enum vib_padding { VIB_PADDING_VALID, VIB_PADDING_SAME, VIB_PADDING_SYMMETRIC } vib_padding;

typedef enum vib_activation {
    VIB_ACTIVATION_LINEAR,
    VIB_ACTIVATION_RELU,
    VIB_ACTIVATION_SIGMOID,
    VIB_ACTIVATION_SOFTMAX,
    VIB_ACTIVATION_TANH,
    VIB_ACTIVATION_RELU6,
    VIB_ACTIVATION_SILU, /* only as a layer: its gradient is a function of its input, not of its output */
} vib_activation;

/* How the sums of a convolution are made, forward: in one chain, or by fewer products of sums. */
typedef enum vib_algorithm { VIB_ALGORITHM_DIRECT, VIB_ALGORITHM_WINOGRAD } vib_algorithm;

typedef struct vib_conv2d_opts {
    int filters;
    vib_size kernel, stride;
    int padding;    /* vib_padding */
    int activation; /* vib_activation */
    int bias;       /* 0: none */
    double l1, l2;
    vib_size dilation; /* pixels from one tap of the window to the next */
    int groups;        /* of input channels, each seen by its share of the filters */
    int multiplier;    /* of depthwise_conv2d: filters of each input channel, itself a group; else 0 */
    int algorithm;     /* vib_algorithm */
} vib_conv2d_opts;

typedef struct vib_conv2d_opts vib_depthwise_conv2d_opts;

static inline int vib_conv2d_groups(const vib_conv2d_opts *o, int channels)
{
    return o->multiplier ? channels : o->groups;
}

/* Pixels that a window spans. */
static inline vib_size vib_conv2d_span(const vib_conv2d_opts *o)
{
    return (vib_size){(o->kernel.h - 1) * o->dilation.h + 1, (o->kernel.w - 1) * o->dilation.w + 1};
}

typedef struct vib_pool2d_opts {
    vib_size size, stride; /* stride 0x0: the size */
    int padding;
} vib_pool2d_opts;

static inline vib_size vib_pool2d_stride(const vib_pool2d_opts *o)
{
    return (vib_size){o->stride.h ? o->stride.h : o->size.h, o->stride.w ? o->stride.w : o->size.w};
}

typedef struct vib_zeropad2d_opts {
    vib_size size;  /* rows above and below, columns left and right */
    vib_size after; /* below and right, where it differs; -1x-1: it does not */
} vib_zeropad2d_opts;

static inline vib_size vib_zeropad2d_after(const vib_zeropad2d_opts *o)
{
    return (vib_size){o->after.h < 0 ? o->size.h : o->after.h, o->after.w < 0 ? o->size.w : o->after.w};
}

typedef struct vib_batchnorm_opts {
    double momentum, epsilon;
    int activation;
} vib_batchnorm_opts;

/* Its weights, in order. */
enum { VIB_BATCHNORM_GAMMA, VIB_BATCHNORM_BETA, VIB_BATCHNORM_MEAN, VIB_BATCHNORM_VARIANCE };

typedef struct vib_add_opts {
    int activation;
} vib_add_opts;

typedef struct vib_dropout_opts {
    double rate;
} vib_dropout_opts;

typedef struct vib_leaky_relu_opts {
    double slope;
} vib_leaky_relu_opts;

typedef struct vib_dense_opts {
    int units;
    int activation;
    double l1, l2;
} vib_dense_opts;

/* A window sliding along one side: outputs, and pixels of padding before. `same` as Keras (K36: the odd one
 * goes after), `symmetric` as many outputs from PyTorch's place: (size - 1) / 2 before, whatever the stride.
 */
typedef struct vib_window {
    int out, before;
} vib_window;

/* out is 0 when the window does not fit. */
static inline vib_window vib_window_of(int in, int size, int stride, int padding)
{
    if (padding == VIB_PADDING_VALID)
        return (vib_window){in < size ? 0 : (in - size) / stride + 1, 0};
    const int out = (in + stride - 1) / stride;
    if (padding == VIB_PADDING_SYMMETRIC)
        return (vib_window){out, (size - 1) / 2};
    const int total = (out - 1) * stride + size - in;
    return (vib_window){out, total > 0 ? total / 2 : 0};
}

#endif
