/* What a network is: layers with their options and how they are joined. No OpenCL here. */
#ifndef VIB_NETWORK_GRAPH_H
#define VIB_NETWORK_GRAPH_H

#include "base/common.h"
#include "base/field.h"

enum { VIB_MAX_INPUTS = 8, VIB_MAX_WEIGHTS = 4, VIB_INPUT = -1 };

/* Of one picture. A flat tensor is 1 × 1 × c. */
typedef struct vib_shape {
    int h, w, c;
    int flat;
} vib_shape;

static inline size_t vib_shape_count(const vib_shape *s)
{
    return (size_t)s->h * (size_t)s->w * (size_t)s->c;
}

static inline uint64_t vib_pixels(const vib_shape *s)
{
    return (uint64_t)s->h * (uint64_t)s->w;
}

/* A tensor a layer asks for, that is kept in files. */
typedef struct vib_weight_need {
    const char *name; /* "kernel", "bias": Keras's word */
    int rank, dims[4];
    enum { VIB_INIT_ZERO, VIB_INIT_GLOROT_UNIFORM, VIB_INIT_ONE } init;
    int fan_in, fan_out;
    int state;     /* 1: not trained: running statistics, or all weights of a frozen layer */
    double l1, l2; /* what the magnitudes, and the squares, add to the loss */
} vib_weight_need;

/* What an output sees of the layer's inputs, along rows or columns: output i the inputs i * step - before to
 * i * step - before + size - 1. size 0: everything. */
typedef struct vib_reach {
    int size, step, before;
} vib_reach;

#define VIB_REACH_POINT ((vib_reach){1, 1, 0})

/* What a layer needs, stated by infer. */
typedef struct vib_layer_need {
    int border;              /* pixels of zeros it reads around its inputs */
    int grad_border;         /* the same around the gradient of its output */
    vib_reach rows, columns; /* of its windows, for the receptive field */
    vib_weight_need weights[VIB_MAX_WEIGHTS];
    int n_weights;
    int activation;         /* vib_activation that ends the layer */
    int whole_batch;        /* 1: in training, what it does with a picture depends on the others */
    int alias;              /* 1: the output is the input, seen in another shape */
    size_t keep_bytes;      /* per picture, kept from forward to backward */
    size_t layer_bytes;     /* kept, whatever the number of pictures */
    uint64_t multiply_adds; /* per picture, forward */
} vib_layer_need;

struct vib_layer;

/* One descriptor a layer; the list is in layers.c. Everything the recipe, summary, files and help know of a
 * layer comes from here. */
typedef struct vib_layer_ops {
    const char *name; /* recipe word: "maxpool2d" */
    const char *help;
    const char *keras;      /* stem of automatic names: "max_pooling2d" */
    const char *class_name; /* Keras's class: "MaxPooling2D" */
    size_t opts_size;
    const vib_field *fields;
    int min_inputs, max_inputs;

    /* Output shape and needs from the input shapes; writes the reason into why and returns VIB_USAGE when
     * they do not fit. */
    int (*infer)(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why);

    /* Device side, see network/layer.h. */
    int (*prepare)(struct vib_layer *layer);
    int (*forward)(struct vib_layer *layer, int n);
    int (*backward)(struct vib_layer *layer, int n);
    int (*update)(struct vib_layer *layer); /* of state, when all gradients are known; optional */
} vib_layer_ops;

/* Ends with NULL. */
extern const vib_layer_ops *const vib_layers[];
const vib_layer_ops *vib_layer_find(const char *name);

typedef struct vib_layer_spec {
    const vib_layer_ops *ops;
    void *opts;                 /* ops->opts_size bytes, owned */
    char *name;                 /* owned: given, or Keras's automatic one ("conv2d_1") */
    int named;                  /* given by the recipe */
    int frozen;                 /* training leaves its weights as they are */
    int inputs[VIB_MAX_INPUTS]; /* indices of earlier layers, or VIB_INPUT */
    int n_inputs;
    vib_token at; /* its place in the recipe (text unused) */
} vib_layer_spec;

typedef struct vib_graph {
    vib_shape input;
    vib_layer_spec *layers;
    size_t n, cap;
} vib_graph;

void vib_graph_free(vib_graph *graph);

/* Appends a layer fed by the one before; opts hold defaults. NULL when out of memory. */
vib_layer_spec *vib_graph_add(vib_graph *graph, const vib_layer_ops *ops);

/* Gives unnamed layers Keras's names: the stem, then stem_1, ... */
int vib_graph_name_layers(vib_graph *graph);

/* Shapes and needs of every layer, in arrays of graph->n. On a mistake: VIB_USAGE, *at = the layer, why. */
int vib_graph_infer(const vib_graph *graph, vib_shape *shapes, vib_layer_need *needs, size_t *at,
                    vib_str *why);

/* The layer that layer i, a batchnorm, is folded into outside of training: what it normalizes is that layer's
 * sums alone, and nobody else reads them. VIB_INPUT: none. */
int vib_graph_folds_into(const vib_graph *graph, const vib_layer_need *needs, size_t i);

typedef enum vib_loss {
    VIB_LOSS_NONE,
    VIB_LOSS_BINARY_CROSSENTROPY,
    VIB_LOSS_CATEGORICAL_CROSSENTROPY
} vib_loss;

/* Whether the last layer fits the loss and the number of classes: VIB_BAD_MODEL with the reason in why. */
int vib_graph_check_loss(const vib_graph *graph, vib_loss loss, size_t classes, vib_str *why);

#endif
