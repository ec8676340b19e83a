/* What the recipe says of each layer: plain data, shared by descriptors and the reference. */
#ifndef VIB_NETWORK_LAYERS_OPTIONS_H
#define VIB_NETWORK_LAYERS_OPTIONS_H

#include "base/field.h"

typedef enum vib_padding { VIB_PADDING_VALID, VIB_PADDING_SAME } vib_padding;

typedef enum vib_activation {
    VIB_ACTIVATION_LINEAR,
    VIB_ACTIVATION_RELU,
    VIB_ACTIVATION_SIGMOID,
    VIB_ACTIVATION_SOFTMAX,
} vib_activation;

typedef struct vib_conv2d_opts {
    int filters;
    vib_size kernel, stride;
    int padding;    /* vib_padding */
    int activation; /* vib_activation */
} vib_conv2d_opts;

typedef struct vib_maxpool2d_opts {
    vib_size size, stride; /* stride 0x0: the size */
    int padding;
} vib_maxpool2d_opts;

static inline vib_size vib_maxpool2d_stride(const vib_maxpool2d_opts *o)
{
    return (vib_size){o->stride.h ? o->stride.h : o->size.h, o->stride.w ? o->stride.w : o->size.w};
}

typedef struct vib_dense_opts {
    int units;
    int activation;
} vib_dense_opts;

/* A window sliding along one side: outputs, and pixels of padding before (K36: the odd one goes after). */
typedef struct vib_window {
    int out, before;
} vib_window;

/* out is 0 when the window does not fit. */
static inline vib_window vib_window_of(int in, int size, int stride, int padding)
{
    if (padding == VIB_PADDING_VALID)
        return (vib_window){in < size ? 0 : (in - size) / stride + 1, 0};
    const int out = (in + stride - 1) / stride;
    const int total = (out - 1) * stride + size - in;
    return (vib_window){out, total > 0 ? total / 2 : 0};
}

#endif
