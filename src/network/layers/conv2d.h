/* The passes of a convolution by family of kernels, behind the one descriptor of conv2d.c. */
#ifndef VIB_NETWORK_LAYERS_CONV2D_H
#define VIB_NETWORK_LAYERS_CONV2D_H

#include "network/layer.h"

/* Places in vib_layer.kernels. */
enum {
    VIB_CONV2D_FORWARD,
    VIB_CONV2D_BACKWARD_WEIGHT,
    VIB_CONV2D_BACKWARD_DATA,
    VIB_CONV2D_REDUCE,
    VIB_CONV2D_ACTIVATION_FORWARD,
    VIB_CONV2D_ACTIVATION_BACKWARD,
    VIB_CONV2D_IM2COL,
    VIB_CONV2D_FINISH,
    VIB_CONV2D_PACK,
    VIB_CONV2D_PACK_DATA,
    VIB_CONV2D_FILTERS,
};

/* n pictures each; backward_data is for a layer whose input's gradient is wanted. What is prepared widens
 * layer->scratch and layer->aside. */
typedef struct vib_conv2d_passes {
    int (*prepare_forward)(vib_layer *layer);
    int (*prepare_backward)(vib_layer *layer);
    int (*forward)(vib_layer *layer, int n);
    int (*backward_weight)(vib_layer *layer, int n);
    int (*backward_data)(vib_layer *layer, int n);
} vib_conv2d_passes;

extern const vib_conv2d_passes vib_conv2d_cpu;
/* Also with `fused`, a max-pooling behind it. */
extern const vib_conv2d_passes vib_conv2d_gpu;
/* Groups of one input channel, both families. */
extern const vib_conv2d_passes vib_conv2d_depthwise;

/* Adds kernels[which]: an instance of a file for this layer's sizes and its fused activation, with the macros
 * of a tile behind them. `word` is what the pass is called, `tile` the end of the instance's name. */
int vib_conv2d_add(vib_layer *layer, int which, const char *file, const char *pass, const size_t local[3],
                   const vib_define *defines, size_t n, const char *word, const char *tile);

/* The bias as kernel arguments; without one, something that is not read. */
#define VIB_CONV2D_BIAS(l) VIB_WEIGHT(l, (l)->need.n_weights - 1)

/* By the layer's algorithm: forward is Winograd's, or as in `direct`; backward always is. */
int vib_conv2d_prepare(vib_layer *layer, const vib_conv2d_passes *direct);
int vib_conv2d_forward(vib_layer *layer, const vib_conv2d_passes *direct, int n);
int vib_conv2d_backward(vib_layer *layer, const vib_conv2d_passes *direct, int n);

/* Both families, also with `fused`, a max-pooling 2x2 behind it. */
int vib_conv2d_winograd_prepare(vib_layer *layer);
int vib_conv2d_winograd_forward(vib_layer *layer, int n);

/* Forward as a library's matrix product where that is wanted and faster, else by `kernel`. */
int vib_conv2d_product_prepare(vib_layer *layer);
int vib_conv2d_product_forward(vib_layer *layer, int (*kernel)(vib_layer *layer, int n), int n);

/* What forward or the input gradient writes. */
const vib_shape *vib_conv2d_written(const vib_layer *layer, int which);

/* Leaves of a picture (docs/arithmetic.md). */
int vib_conv2d_leaves(const vib_layer *layer);

#endif
