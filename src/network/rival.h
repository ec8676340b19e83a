/* Two ways to do a pass, with --math fast: our kernel, or a library's matrix product. Which of them is
 * faster, on this device and for this shape, is found out with the first batch, and remembered. */
#ifndef VIB_NETWORK_RIVAL_H
#define VIB_NETWORK_RIVAL_H

#include "network/layer.h"

typedef enum vib_way { VIB_WAY_UNKNOWN, VIB_WAY_KERNEL, VIB_WAY_PRODUCT } vib_way;

typedef struct vib_rival {
    int which;        /* place in layer->ways */
    const char *pass; /* as in the keys of tiles: "fwd" */
    int (*kernel)(vib_layer *layer, int n);
    int (*product)(vib_layer *layer, int n); /* writes the same floats, up to the order of its sums */
    vib_buffer *buffer;                      /* where those are */
    uint64_t at;
    size_t count;
} vib_rival;

/* Whether a pass of so many multiply-adds for each picture may have a rival: asked by prepare. */
int vib_rival_wanted(const vib_layer *layer, uint64_t multiply_adds);

/* Does the pass for n pictures, in the way that is known; else in both, one after the other, so both must
 * give the same when repeated. A product that is wrong, or not faster, is never used again. */
int vib_rival_run(vib_layer *layer, const vib_rival *rival, int n);

#endif
