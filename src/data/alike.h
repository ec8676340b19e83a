/* Pictures that show the same, among many: no pair is looked at unless their signs nearly agree. */
#ifndef VIB_DATA_ALIKE_H
#define VIB_DATA_ALIKE_H

#include "data/sketch.h"

typedef struct vib_alike {
    uint32_t first, second; /* indices, first < second */
    double correlation;
    int mirrored;
} vib_alike;

/* Finds the pairs among n sketches. `tick` as in base/parallel.h. *out is sorted and owned by the caller
 * (free). Returns 0, VIB_FAILED or what `tick` returned. */
int vib_find_alike(const vib_sketch *sketches, size_t n, int workers, int (*tick)(void *user, size_t done),
                   void *user, vib_alike **out, size_t *n_out);

#endif
