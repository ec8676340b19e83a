/* One layer, with what is fused to it, as a network of its own: run with a tile, compared, timed. */
#ifndef VIB_TUNE_MEASURE_H
#define VIB_TUNE_MEASURE_H

#include "network/internal.h"
#include "tune/worker.h"

typedef struct ref_network ref_network;

/* A layer, and one behind it. */
enum { VIB_GROUP_LAYERS = 2 };

/* A layer's shape. Begin with {0} and what is above the line. */
typedef struct vib_group {
    vib_graph graph; /* borrows the options of its layers */
    int batch, input_gradient;

    vib_program *program; /* with usual tiles, built */
    vib_kernel *kernels[VIB_GROUP_LAYERS][VIB_MAX_KERNELS], *transpose[VIB_GROUP_LAYERS];
    ref_network *ref; /* what plain C makes of x and dy; NULL: not asked yet */
    int pictures;     /* in x and dy */
    float *x, *dy;
    uint64_t digest; /* of a whole batch with usual tiles */
    int by_clock;    /* the driver gives no times: whole passes, by our clock */
} vib_group;

/* Builds, compares and times; kernel < 0: all with usual tiles, to be done first. Seconds of the shortest
 * launch, by kernel. A failure's reason is in why, or logged when that is empty. *spoilt: memory may be. */
int vib_group_measure(vib_device *dev, vib_group *group, int kernel, const vib_tile *tile,
                      double seconds[VIB_TUNE_PASSES], int *spoilt, vib_str *why);

void vib_group_free(vib_group *group);

#endif
