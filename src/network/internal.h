/* A network from inside: shared by plan.c, fuse.c, weights.c, guard.c and network.c. */
#ifndef VIB_NETWORK_INTERNAL_H
#define VIB_NETWORK_INTERNAL_H

#include "network/arena.h"
#include "network/layer.h"

/* Arenas of weights, by vib_weight_kind. */
enum { VIB_WEIGHT_KINDS = 4 };

/* One call in flight: what goes up with it and what comes back. */
typedef struct vib_slot {
    vib_staging *staging; /* host side of `upload` */
    vib_buffer *upload;   /* labels, augmentation, pixels */
    vib_event *uploaded;
    vib_buffer *results; /* loss, hit, output, then the flag */
    float *host;         /* the same, read back */
    vib_event *read;
    int n;
    int has_loss;
} vib_slot;

struct vib_network {
    vib_device *dev;
    vib_network_params params;
    vib_program *program;

    vib_shape *shapes; /* of each layer's output */
    vib_layer_need *needs;
    vib_layer *layers;
    size_t n;
    vib_tensor input, input_gradient; /* the latter's buffer NULL when not wanted */
    vib_tensor *values;               /* of each layer's output */
    vib_tensor *gradients;            /* the same; buffer NULL when not wanted */
    vib_weight *weights;              /* of all layers, in order */
    size_t n_weights;

    vib_arena activations; /* values, gradients, kept bytes */
    vib_arena kinds[VIB_WEIGHT_KINDS];
    size_t *keep_chunk, *keep_offset;
    vib_buffer *scratch;
    vib_buffer *nonfinite;

    vib_kernel *scale, *augment, *loss, *adam;
    int adam_vector;

    vib_slot slots[VIB_IN_FLIGHT];
    uint64_t submitted, taken;
    uint64_t step; /* under way; 0: only forward */
};

/* plan.c: shapes and needs → layers with tensors placed in arenas; allocate gives them their buffers. */
int vib_plan(vib_network *net);
int vib_plan_allocate(vib_network *net);

/* fuse.c: what neighbouring layers take over from one another; always the bits of the unfused layers. */
void vib_fuse(vib_network *net);

/* guard.c: with params.guard, gives every tensor its border of zeros and its inside of NaN. */
int vib_guard_fill(vib_network *net);

/* What step t (from 1) of Adam multiplies with. */
typedef struct vib_adam_scalars {
    float alpha, rate1, rate2, epsilon; /* alpha = lr sqrt(1 - beta2^t) / (1 - beta1^t), rate1 = 1 - beta1 */
} vib_adam_scalars;
vib_adam_scalars vib_adam_scalars_of(const vib_optimizer *optimizer, uint64_t t, double lr);

/* affine.c: one picture's row of `how` in kernels/augment.cl, from the numbers themselves, and as drawn for
 * the k-th presentation of the run. */
void vib_affine_row(double shear_degrees, double zx, double zy, int flip, int keras29, int h, int w,
                    float row[8]);
void vib_augment_row(const vib_augment *augment, uint64_t seed, uint64_t presentation, int h, int w,
                     float row[8]);

#endif
