/* One pass over a list of pictures: loader → network → results, with several batches under way at a time. */
#ifndef VIB_TRAIN_PASS_H
#define VIB_TRAIN_PASS_H

#include "data/loader.h"
#include "network/network.h"

/* A batch whose result is awaited. */
typedef struct vib_pass_step {
    uint64_t number; /* of the batch in the order, from 0 */
    size_t n;        /* pictures present */
    size_t asked;    /* places it covers, from `place` on */
    size_t place;
    uint32_t *items;  /* n: indices in the data set */
    uint32_t *places; /* n: places in the order, ascending */
    int32_t *labels;  /* n */
} vib_pass_step;

typedef struct vib_pass {
    vib_network *net;
    vib_loader *loader;
    const uint32_t *order;
    vib_batches batches; /* of order[0..batches.n) */
    size_t first, last;  /* batches to run: first to last - 1 */
    int unlabelled;      /* 1: no labels, so no loss */

    /* All optional; a negative return ends the pass with it. */
    int (*before)(void *user);                                        /* each batch */
    int (*issue)(void *user, const vib_batch *batch, vib_feed *feed); /* NULL: evaluate */
    int (*after)(void *user, const vib_pass_step *step,
                 const vib_result *result); /* result: NULL if n is 0 */
    void *user;

    /* internal */
    vib_pass_step flight[VIB_IN_FLIGHT];
    size_t head, pending;
} vib_pass;

int vib_pass_run(vib_pass *pass);

/* Waits for every result under way; for `before`, so that what it saves is complete. */
int vib_pass_drain(vib_pass *pass);

#endif
