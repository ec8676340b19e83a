/* A layer on a device, as its forward and backward see it. */
#ifndef VIB_NETWORK_LAYER_H
#define VIB_NETWORK_LAYER_H

#include "network/layers/layers.h"
#include "network/network.h"

/* Pictures whose gradients share a running sum (docs/arithmetic.md). */
enum { VIB_GROUP_PICTURES = 8, VIB_LEAF_PIXELS = 256, VIB_REDUCE_CHAINS = 4 };

/* n pictures of h × w × c floats inside a border of zeros that nobody writes. */
typedef struct vib_tensor {
    vib_buffer *buffer;
    uint64_t base; /* element of pixel (0,0) of picture 0 */
    int h, w, c, border;
    int row;        /* elements between rows */
    uint64_t image; /* elements between pictures */
    size_t chunk;   /* while planning: of its arena */
} vib_tensor;

#define VIB_TENSOR(t) \
    vib_arg_buffer((t)->buffer), vib_arg_u64((t)->base), vib_arg_i32((t)->row), vib_arg_u64((t)->image)

/* A tensor of a layer. A trained one has the same place in the arenas of values, gradients and moments, the
 * others are in an arena of their own. */
typedef struct vib_weight {
    vib_weight_info info;
    char *name; /* owned */
    size_t chunk;
    uint64_t offset; /* elements */
} vib_weight;

enum { VIB_MAX_KERNELS = 14 };

typedef struct vib_layer {
    vib_network *net;
    const vib_layer_ops *ops;
    const void *opts;
    const char *name;
    int index;
    vib_shape in[VIB_MAX_INPUTS], out;
    vib_layer_need need;
    int n_inputs;

    vib_tensor *x[VIB_MAX_INPUTS], *y;
    vib_tensor *dx[VIB_MAX_INPUTS], *dy; /* NULL: not wanted */
    int frozen;                          /* its weights are not trained */
    int readers;                         /* inputs that y is; 0: the network's answer */
    int y_is_view, dy_is_view;           /* of x[0], of dx[0] */
    vib_weight *weights;                 /* need.n_weights */
    vib_buffer *keep;
    uint64_t keep_base; /* bytes; then, behind those of all pictures, need.layer_bytes */

    /* Set by fuse.c. */
    struct vib_layer *fused; /* the layer behind, run with this one */
    int hidden;              /* neither y nor dy is stored */
    int activation;          /* what is left of need.activation: LINEAR when the loss takes it */
    int masked;              /* dy already comes through the relu */
    int masks;               /* dx goes through the relu in front */
    struct vib_fold *fold;   /* what it is outside of training; NULL: the same */
    int folded;              /* outside of training it is in the weights of the layer in front */

    /* Set by prepare. */
    uint64_t scratch, aside; /* floats wanted for a full batch; for its gradients of weights */
    vib_kernel *kernels[VIB_MAX_KERNELS];
    vib_tile tiles[VIB_MAX_KERNELS];
    int ways[VIB_MAX_KERNELS]; /* vib_way, of passes that may be a matrix product */
    vib_kernel *transpose;
} vib_layer;

/* A layer with the batchnorm behind it in its weights. */
typedef struct vib_fold {
    vib_layer layer;       /* its output is the batchnorm's, `weights` are these: */
    vib_weight weights[2]; /* kernel, bias */
    const vib_layer *norm;
    vib_kernel *kernel; /* that computes them */
    uint64_t changes;   /* vib_layer_changes when it did */
} vib_fold;

/* ---- what layers ask of their network ---- */

vib_device *vib_layer_device(const vib_layer *layer);
/* Compute units of its device, at least one. */
int vib_layer_units(const vib_layer *layer);
vib_program *vib_layer_program(const vib_layer *layer);
/* Pictures that there is room for, and the place of the first in its batch. */
int vib_layer_batch(const vib_layer *layer);
int vib_layer_first(const vib_layer *layer);
/* Whether it has a backward: training has something to learn at or before it. */
int vib_layer_training(const vib_layer *layer);
/* The step being trained, from 1; 0: only forward. */
uint64_t vib_layer_step(const vib_layer *layer);
uint64_t vib_layer_seed(const vib_layer *layer);
/* How often the network's weights have been set or moved. */
uint64_t vib_layer_changes(const vib_layer *layer);
/* Whether its kernels are those of the cpu family. */
int vib_layer_on_cpu(const vib_layer *layer);
/* Shared by all layers, one after the other; gradients of weights have their own. */
vib_buffer *vib_layer_scratch(const vib_layer *layer);
vib_buffer *vib_layer_values(const vib_layer *layer, int weight);
vib_buffer *vib_layer_gradients(const vib_layer *layer, int weight);
/* Raised by a gradient that is not finite. */
vib_buffer *vib_layer_nonfinite(const vib_layer *layer);

/* Values of weight i as kernel arguments: buffer, offset. */
#define VIB_WEIGHT(l, i) vib_arg_buffer(vib_layer_values((l), (i))), vib_arg_u64((l)->weights[i].offset)

/* The bytes a layer keeps for backward as kernel arguments: buffer, offset. */
#define VIB_KEEP(l) vib_arg_buffer((l)->keep), vib_arg_u64((l)->keep_base)

/* ---- steps several layers share (ops.c) ---- */

/* How channels are cut: vectors of v floats, kb of them at a time; v × kb divides channels. */
typedef struct vib_blocks {
    int v, kb, registers; /* registers: accumulating vectors the device has room for */
} vib_blocks;
vib_blocks vib_blocks_of(const vib_layer *layer, int channels);

/* The largest divisor of `of` that is at most `most`. */
int vib_divisor(int of, int most);

/* The largest p <= most that wastes least when `count` is covered by runs of p, the last one moved back. */
int vib_tile_of(int count, int most);

/* Whether channels can be cut into kb vectors of v at a time, with `rows` of them in registers: more than
 * there are may be worth a try, many more only cost time to build. */
int vib_vectors_fit(const vib_tile *tile, int channels, int rows);

/* Whether a full batch of `shape`, written in runs of that many floats, goes past the caches: runs are whole
 * lines, and there is more of it than caches keep until it is read. */
int vib_streams(const vib_layer *layer, const vib_shape *shape, int floats);

/* Adds one instance; name is built from the printf arguments. */
int vib_add_kernel(const vib_layer *layer, const char *file, const char *pass, const vib_define *defines,
                   size_t n, const size_t local[3], vib_kernel **out, const char *name, ...) VIB_PRINTF(8, 9);

/* Work-groups of 64 that cover n items; how many of `each` cover count. */
size_t vib_groups64(uint64_t n);
size_t vib_cover(size_t count, size_t each);

/* What kernels do to their output themselves: relu and relu6, else LINEAR; and how their names say it. */
int vib_activation_fused(int activation);
const char *vib_activation_suffix(int fused);

/* The activation kernels of a layer whose activation is not fused, or that needs backward. */
int vib_activation_prepare(const vib_layer *layer, int activation, int backward, vib_kernel **out);
/* to = act(from), or to = from × act'(y), for silu of x in the place of y; n pictures. */
int vib_activation_launch(vib_kernel *kernel, int activation, const vib_tensor *to, const vib_tensor *from,
                          const vib_tensor *y, int n);

/* Rows of y whose sums over pixels are one chain (docs/arithmetic.md). */
int vib_leaf_rows(const vib_layer *layer);

/* Pixels of padding before, of a conv2d. */
vib_size vib_conv2d_before(const vib_layer *layer);

/* to = a + b, element by element; with an instance of kernels/add.cl. `to` may be a. */
int vib_add_launch(vib_kernel *kernel, const vib_tensor *to, const vib_tensor *a, const vib_tensor *b, int n);

/* Sums of the batch: kernel and bias gradients of a layer from its leaves or groups in scratch. */
int vib_reduce_prepare(const vib_layer *layer, vib_kernel **out);
/* A pass of kernels/reduce.cl, of v floats at a time, and its work-groups for vectors of them. */
int vib_reduce_add(const vib_layer *layer, const char *pass, int v, const char *name, vib_kernel **out);
size_t vib_reduce_groups(const vib_layer *layer, uint64_t vectors);
uint64_t vib_reduce_stride(const vib_layer *layer);  /* floats of one leaf */
uint64_t vib_reduce_bias_at(const vib_layer *layer); /* where in it the bias is */
int vib_reduce_launch(const vib_layer *layer, vib_kernel *kernel, int leaves, int per_group);

/* The gradients of a layer's weights, unless it is frozen: nothing behind needs them before the optimizer. */
int vib_backward_weight(vib_layer *layer, int (*pass)(vib_layer *layer, int n), int n);

/* Weights 0, (rows, cols) → (cols, rows) at the start of scratch. */
int vib_transpose_prepare(const vib_layer *layer, vib_kernel **out);
int vib_transpose_launch(const vib_layer *layer, vib_kernel *kernel, int rows, int cols);

#endif
