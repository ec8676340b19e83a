/* A network from inside: shared by plan.c, fuse.c, split.c, weights.c, guard.c and network.c. */
#ifndef VIB_NETWORK_INTERNAL_H
#define VIB_NETWORK_INTERNAL_H

#include "network/arena.h"
#include "network/layer.h"

/* Arenas of weights, by vib_weight_kind. */
enum { VIB_WEIGHT_KINDS = 4 };

/* Sums of parts that wait for their right neighbours: one for each doubling. */
enum { VIB_MAX_WAITING = 28 };

typedef struct vib_optimizer_kernels {
    vib_kernel *step, *squares, *magnitudes, *total, *regularize, *clip;
    int vector;       /* values of a work-item of step */
    int penalizes;    /* some weight has l1 or l2 */
    vib_buffer *sums; /* the penalty, the sum of the squares of all gradients */
} vib_optimizer_kernels;

/* Passes of kernels/augment.cl, in the order they run. */
enum {
    VIB_INPUT_SCALE,
    VIB_INPUT_AFFINE,
    VIB_INPUT_RANGE,
    VIB_INPUT_FOLD_RANGE,
    VIB_INPUT_GREY,
    VIB_INPUT_FOLD_GREY,
    VIB_INPUT_TONE,
    VIB_INPUT_PASSES,
};

/* One call in flight: what goes up with it and what comes back. */
typedef struct vib_slot {
    vib_staging *upload; /* labels, augmentation, pixels */
    vib_buffer *results; /* loss, hit, output, then the penalty and the flag */
    float *host;         /* the same, read back */
    vib_event *read;
    int n;
    int has_loss, augmented;
    uint64_t step; /* 0: only forward */
} vib_slot;

/* The gradient from one of several readers of output `of`, but for the first. */
typedef struct vib_part {
    int of; /* layer, or VIB_INPUT */
    vib_tensor tensor;
} vib_part;

struct vib_network {
    vib_device *dev;
    vib_network_params params;
    vib_program *program;

    vib_shape *shapes; /* of each layer's output */
    vib_layer_need *needs;
    vib_layer *layers;
    size_t n;
    vib_fold *folds;                  /* of each layer; used where layer->fold says so */
    vib_tensor input, input_gradient; /* the latter's buffer NULL when not wanted */
    vib_tensor *values;               /* of each layer's output */
    vib_tensor *gradients;            /* the same; buffer NULL when not wanted */
    unsigned char *wanted;            /* whether there is something to learn at or before each layer */
    vib_part *parts;                  /* in the order of the recipe */
    size_t n_parts;
    vib_weight *weights; /* of all layers, in order */
    size_t n_weights;

    vib_arena activations;             /* values, gradients, kept bytes */
    vib_arena kinds[VIB_WEIGHT_KINDS]; /* of what is trained */
    vib_arena state;                   /* values of what is not, and of folds */
    size_t *keep_chunk, *keep_offset;
    vib_buffer *scratch, *aside; /* aside NULL: scratch is for both */
    vib_buffer *nonfinite;

    vib_kernel *input_passes[VIB_INPUT_PASSES]; /* NULL: not wanted */
    vib_buffer *input_statistics;
    vib_kernel *loss, *sum;
    vib_optimizer_kernels optimizer;
    vib_buffer *class_weights;

    vib_slot slots[VIB_IN_FLIGHT];
    uint64_t submitted, taken;
    uint64_t step;    /* under way; 0: only forward */
    uint64_t changes; /* of weights, from 1 */

    int part;  /* pictures of a batch that are computed at a time: all, or whole groups, as many as a power of
                  2 */
    int first; /* of those under way, their place in the batch */
    vib_arena waiting[VIB_MAX_WAITING]; /* of gradients: those of 2^l parts at l */
    int n_waiting;
    vib_kernel *join;
};

/* network.c: bytes on the device of all calls in flight. */
uint64_t vib_slots_bytes(const vib_network *net);

/* Bytes a layer keeps from forward to backward. */
size_t vib_kept_bytes(const vib_layer *layer);

/* plan.c: shapes and needs → layers with tensors placed in arenas; allocate gives them their buffers. */
int vib_plan(vib_network *net);
int vib_plan_allocate(vib_network *net);

/* Bytes on the device of all that is planned so far; whether that is more than it has, and then why. */
uint64_t vib_plan_bytes(const vib_network *net);
int vib_plan_is_too_much(const vib_network *net, vib_str *why);

/* split.c: batches that do not fit the device at once. The gradients of parts are added up as the tree of
 * docs/arithmetic.md adds those of groups: after backward of the k-th part (from 0), with `last` the whole
 * sum. */
int vib_split_prepare(vib_network *net);
int vib_split_allocate(vib_network *net);
int vib_split_add(vib_network *net, int k, int last);
/* The next smaller part to try; 0: there is none. */
int vib_split_smaller(int part);

/* fuse.c: what neighbouring layers take over from one another: always the bits of the unfused layers, but for
 * a batchnorm outside of training, whose folding docs/arithmetic.md defines. */
void vib_fuse(vib_network *net);

/* Every layer, one after the other; backward begins from the gradient of the last output. */
int vib_network_forward(vib_network *net, int n);
int vib_network_backward(vib_network *net, int n);
/* The same only as far as the gradient of a layer's output. */
int vib_network_backward_to(vib_network *net, int layer, int n);
int vib_network_backward_layer(vib_network *net, size_t i, int n);
/* The loss of n pictures of a slot, from net->first on, into its results; the gradient too when training. */
int vib_network_loss(vib_network *net, const vib_slot *s, int n, int training);
/* The batch that another network of the same shapes has in a slot, its step and class weights, into slots[0].
 */
int vib_network_borrow(vib_network *net, const vib_network *from, const vib_slot *s);
/* Of state, after a backward. */
int vib_network_update(vib_network *net);

/* inside.c: n pictures of a tensor from and to an array without gaps. */
int vib_tensor_read(const vib_tensor *t, int n, float *values);
int vib_tensor_write(const vib_tensor *t, int n, const float *values);

/* guard.c: with params.guard, gives every tensor its border of zeros and its inside of NaN, and scratch
 * memory NaN and a guard behind it. */
int vib_guard_fill(vib_network *net);

/* optimizer.c: what regularizes, clips and moves the weights. */
int vib_optimizer_prepare(vib_network *net);
uint64_t vib_optimizer_scratch(const vib_network *net); /* floats */
/* What l1 and l2 add to the loss, into net->optimizer.sums. */
int vib_optimizer_penalty(vib_network *net);
/* From the gradients to the new weights. */
int vib_optimizer_step(vib_network *net, uint64_t t, double lr);

/* What step t (from 1) of Adam multiplies with. */
typedef struct vib_adam_scalars {
    float alpha, rate1, rate2, epsilon; /* alpha = lr sqrt(1 - beta2^t) / (1 - beta1^t), rate1 = 1 - beta1 */
} vib_adam_scalars;
vib_adam_scalars vib_adam_scalars_of(const vib_optimizer *optimizer, uint64_t t, double lr);

/* input.c: a batch in a slot, and from its bytes to the first tensor. */
int vib_input_prepare(vib_network *net);
int vib_input_allocate(vib_network *net);
size_t vib_input_bytes(const vib_network *net);              /* of a slot */
uint64_t vib_input_statistics_bytes(const vib_network *net); /* of all pictures of a part */
int vib_input_upload(vib_network *net, vib_slot *slot, const vib_feed *feed);
/* n pictures of the slot from net->first on. */
int vib_input_launch(vib_network *net, const vib_slot *slot, int n);

#endif
