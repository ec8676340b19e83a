/* The parts of a measurement; bench.c puts them together. */
#ifndef VIB_BENCH_BENCH_H
#define VIB_BENCH_BENCH_H

#include <vibrisa/bench.h>

#include "network/network.h"
#include "recipe/recipe.h"

/* peak.c: multiply-adds and bytes of a copy, 10^9 a second. */
int vib_bench_peak(vib_device *dev, double seconds, double *gflops, double *gbytes);

/* steps.c: a network on a device with pictures in memory. */
typedef struct vib_bench_steps {
    vib_device *dev;
    vib_network *net;
    unsigned char *pixels;
    int32_t *labels;
    uint64_t *presentations; /* NULL: not augmented */
    int batch;
    double lr;
    uint64_t done; /* training steps */
} vib_bench_steps;

int vib_bench_steps_open(vib_device *dev, const vib_recipe *resolved, int batch, int training, uint64_t seed,
                         vib_bench_steps *out);
void vib_bench_steps_close(vib_bench_steps *steps);
/* Runs n steps and waits for the last; *seconds may be NULL. */
int vib_bench_steps_run(vib_bench_steps *steps, int n, double *seconds);

/* start.c: seconds to the end of the first step in a fresh process, with nothing cached and then again. */
int vib_bench_start(const vib_device_params *device, const vib_recipe *resolved, int batch, double *cold,
                    double *warm);

/* pictures.c: decoding, and epochs from files. */
int vib_bench_pictures(const vib_device_params *device, const vib_bench_params *params,
                       vib_bench_result *out);

#endif
