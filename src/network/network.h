/* A network on a device: planned memory, built kernels, and the steps of training. */
#ifndef VIB_NETWORK_NETWORK_H
#define VIB_NETWORK_NETWORK_H

#include "device/device.h"
#include "network/augment.h"
#include "network/graph.h"
#include "network/tile.h"

typedef struct vib_optimizer {
    double lr, beta1, beta2, epsilon; /* Adam, K44 */
    enum { VIB_METHOD_ADAM, VIB_METHOD_ADAMW, VIB_METHOD_SGD } method;
    double momentum; /* of SGD; 0: none */
    int nesterov;
    double weight_decay; /* times lr, what each step takes off a value: AdamW, SGD */
    double clip_norm;    /* what the norm of all gradients may be; 0: anything */
} vib_optimizer;

typedef struct vib_network_params {
    const vib_graph *graph; /* borrowed for the network's life */
    vib_loss loss;
    vib_optimizer optimizer;
    double smoothing; /* of labels: the share of a picture's weight that all classes have alike */
    double rescale;   /* bytes are multiplied by (float) rescale */
    vib_augment augment;
    uint64_t seed;
    int batch;            /* largest */
    int part;             /* most pictures computed at a time, as vib_split_smaller says; 0: the batch */
    uint64_t memory;      /* bytes on the device to make do with; 0: what it has */
    int training;         /* 0: forward only, no gradients or moments in memory */
    int unfused;          /* 1: every layer by itself, its output stored */
    int input_gradient;   /* 1: also of the input, for pictures of what the network sees */
    vib_program *program; /* NULL: one of its own. Else its kernels are added to this one, which the caller
                             builds before the first step and destroys after the network */
    const vib_tile_chooser *tiles; /* NULL: what the device's table says; borrowed for the call */
    int products; /* 1: tests: with --math fast, every matrix product is the library's if it is right */
    int guard;    /* 1: tests: 0x99 around tensors and behind scratch memory, see vib_network_check_guards */
} vib_network_params;

typedef struct vib_network vib_network;

/* A batch that does not fit the device's memory is computed in parts, to the same bits; where that cannot be,
 * VIB_BAD_MODEL with the largest batch that fits. */
int vib_network_create(vib_device *dev, const vib_network_params *params, vib_network **out);
/* Pictures computed at a time. */
int vib_network_part(const vib_network *net);
void vib_network_destroy(vib_network **net);

/* ---- weights ---- */

typedef struct vib_weight_info {
    const char *name; /* "conv2d/kernel" */
    int rank, dims[4];
    size_t count;
    int trained; /* 0: state, which has a value only */
} vib_weight_info;

typedef enum vib_weight_kind { VIB_VALUE, VIB_GRADIENT, VIB_MOMENT1, VIB_MOMENT2 } vib_weight_kind;

size_t vib_network_weights(const vib_network *net);
const vib_weight_info *vib_network_weight(const vib_network *net, size_t i);
/* Keras's initialisers (K41) from the seed. Moments are set to zero. */
int vib_network_init(vib_network *net);
/* Blocking copies of one tensor, info->count floats. */
int vib_network_get(vib_network *net, vib_weight_kind kind, size_t i, float *out);
int vib_network_set(vib_network *net, vib_weight_kind kind, size_t i, const float *values);

/* What a picture of each class counts in training; 1 each to begin with. */
int vib_network_set_class_weights(vib_network *net, const float *weights, size_t classes);
/* Whether anything is trained: not all layers are frozen. */
int vib_network_has_trained(const vib_network *net);
/* Whether there are tensors of that kind: moments depend on the optimizer. */
int vib_network_has(const vib_network *net, vib_weight_kind kind);

/* ---- steps: asynchronous ---- */

/* A batch of pictures; everything is copied before the call returns. */
typedef struct vib_feed {
    const unsigned char *pixels;   /* n × h × w × c */
    const int32_t *labels;         /* n class indices; NULL: none, so no loss (results->loss is NULL) */
    const uint64_t *presentations; /* n numbers that choose the augmentation; NULL: none */
    int n;                         /* 1 to batch */
} vib_feed;

/* Forward, loss, backward, optimizer with step t (from 1) at learning rate lr. */
int vib_network_train(vib_network *net, const vib_feed *feed, uint64_t t, double lr);
/* Forward and loss only; no augmentation. */
int vib_network_evaluate(vib_network *net, const vib_feed *feed);

/* The figures of one call, in the order of the calls. Arrays belong to the network, valid until the next call
 * of any function on it. */
typedef struct vib_result {
    int n;
    const float *loss;   /* n */
    const float *hit;    /* n: 1 right, 0 wrong */
    const float *output; /* n × outputs: probabilities */
    int outputs;
    float penalty; /* what l1 and l2 add to the mean loss */
    int nonfinite; /* a gradient of this step was not finite: from this step on weights stay */
} vib_result;

/* How many calls have not been answered yet; at most VIB_IN_FLIGHT, after which a result must be taken. */
enum { VIB_IN_FLIGHT = 8 };
int vib_network_pending(const vib_network *net);
/* The oldest result: 1 and *out; 0 when none is pending, or none is ready and !wait; < 0 failed. */
int vib_network_result(vib_network *net, int wait, vib_result *out);

/* ---- inside: blocking, when no result is pending ---- */

/* What the pictures are when they come in, augmented or not: n × h × w × c floats. */
int vib_network_feed(vib_network *net, const vib_feed *feed, float *out);

/* Of an unfused network: output of a layer (VIB_INPUT: what comes in) for the n pictures of the last step, n
 * × h × w × c. Of the last layer: what the loss works from, before an activation that the loss has taken
 * over. */
int vib_network_read_output(vib_network *net, int layer, int n, float *out);

/* Of an unfused network for training, with input_gradient, after vib_network_evaluate: `last`, a gradient of
 * read_output of the last layer, followed back to that of a layer's output. */
int vib_network_read_gradient(vib_network *net, const float *last, int layer, int n, float *out);

/* After a result that was not finite, before the next call: what was first, as "the output of conv2d_1", or
 * nothing when it cannot be found again. 1 found, 0 not, < 0 failed. */
int vib_network_find_nonfinite(vib_network *net, vib_str *where);

/* Tests: VIB_FAILED naming the tensor (or scratch memory) whose guard or border was written. */
int vib_network_check_guards(vib_network *net);

/* Bytes planned on the device, for summary: weights with gradients and moments; activations and the rest. */
void vib_network_memory(const vib_network *net, uint64_t *weights, uint64_t *activations);

#endif
