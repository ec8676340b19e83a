/* What a recipe says, read. Source of the grammar: docs/recipes.md. */
#ifndef VIB_RECIPE_RECIPE_H
#define VIB_RECIPE_RECIPE_H

#include <vibrisa/recipe.h>

#include "image/image.h"
#include "network/network.h"

/* In the order of the word's choices. */
enum { VIB_CLASS_WEIGHT_NONE, VIB_CLASS_WEIGHT_BALANCED };

typedef enum vib_schedule_method {
    VIB_SCHEDULE_CONSTANT,
    VIB_SCHEDULE_STEP,
    VIB_SCHEDULE_COSINE,
    VIB_SCHEDULE_ONECYCLE,
    VIB_SCHEDULE_PLATEAU
} vib_schedule_method;

typedef enum vib_monitor {
    VIB_MONITOR_LOSS,
    VIB_MONITOR_ACCURACY,
    VIB_MONITOR_VAL_LOSS,
    VIB_MONITOR_VAL_ACCURACY
} vib_monitor;

/* How the learning rate goes; optimizer.lr is its largest. */
typedef struct vib_schedule {
    int method;                                        /* vib_schedule_method */
    double warmup;                                     /* epochs over which it rises to what it is then */
    int every;                                         /* step: epochs between drops */
    double factor;                                     /* step, plateau: what a drop multiplies with */
    double min_lr;                                     /* cosine, plateau */
    double pct_start, div_factor, final_div_factor;    /* onecycle */
    int monitor /* vib_monitor */, patience, cooldown; /* plateau */
    double min_delta;                                  /* plateau */
} vib_schedule;

/* Early stopping. */
typedef struct vib_stop {
    int on;
    int monitor, patience; /* vib_monitor, epochs */
    double min_delta;
} vib_stop;

typedef enum vib_order { VIB_ORDER_FIXED, VIB_ORDER_RESHUFFLED } vib_order;

struct vib_recipe {
    vib_preprocess preprocess;
    double rescale;
    int has_augment;
    vib_augment augment;
    vib_graph graph;
    int classify; /* 1: the last layer and the loss are chosen by vib_recipe_resolve */
    vib_loss loss;
    double label_smoothing;
    vib_optimizer optimizer;
    vib_schedule schedule;
    vib_stop stop;
    struct {
        int epochs, batch, steps /* 0: all */, rounds, shuffle;
        vib_list_value class_weight;
    } train;
    struct {
        int steps /* 0: all */;
        vib_order order;
    } validate;
    int evaluate_all; /* evaluate everything after the last epoch */
    int keras;        /* `compat keras`: Keras's quirks (K1, K4, K10, K12) */
    char *text;       /* canonical */
};

/* The recipe for n classes: `classify` replaced by the layer and loss that fit; otherwise a copy after
 * checking that the last layer fits n. VIB_BAD_MODEL when it does not (logged with the way out). */
int vib_recipe_resolve(const vib_recipe *recipe, size_t classes, vib_recipe **out);

/* A resolved recipe with another number of epochs in each round. */
int vib_recipe_with_epochs(const vib_recipe *recipe, size_t classes, int epochs, vib_recipe **out);

/* The recipe with `classify` for its last dense layer and loss. VIB_BAD_MODEL when it does not end in one. */
int vib_recipe_reclassify(const vib_recipe *recipe, vib_recipe **out);

#endif
