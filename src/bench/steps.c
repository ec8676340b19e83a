#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "bench/bench.h"

int vib_bench_steps_open(vib_device *dev, const vib_recipe *resolved, int batch, int training, uint64_t seed,
                         vib_bench_steps *out)
{
    int err = 0;
    const size_t n = (size_t)batch, picture = vib_shape_count(&resolved->graph.input);
    const vib_network_params params = {
        .graph = &resolved->graph,
        .loss = resolved->loss,
        .optimizer = resolved->optimizer,
        .rescale = resolved->rescale,
        .augment = resolved->augment,
        .seed = seed,
        .batch = batch,
        .training = training,
    };
    *out = (vib_bench_steps){.dev = dev, .batch = batch, .lr = training ? resolved->optimizer.lr : 0};
    VIB_TRY(vib_network_create(dev, &params, &out->net));
    VIB_TRY(vib_network_init(out->net));
    VIB_CHECK_MEM(out->pixels = vib_calloc(n, picture));
    VIB_CHECK_MEM(out->labels = vib_calloc(n, sizeof *out->labels));
    for (size_t i = 0; i < n * picture; i++)
        out->pixels[i] = (unsigned char)vib_random_u32(seed, VIB_STREAM_BENCH, i, 0);
    for (size_t i = 0; i < n; i++)
        out->labels[i] = (int32_t)(i % 2);
    if (training && resolved->has_augment) {
        VIB_CHECK_MEM(out->presentations = vib_calloc(n, sizeof *out->presentations));
        for (size_t i = 0; i < n; i++)
            out->presentations[i] = i;
    }
fail:
    if (err < 0)
        vib_bench_steps_close(out);
    return err;
}

void vib_bench_steps_close(vib_bench_steps *steps)
{
    vib_network_destroy(&steps->net);
    free(steps->pixels);
    free(steps->labels);
    free(steps->presentations);
    *steps = (vib_bench_steps){0};
}

int vib_bench_steps_run(vib_bench_steps *s, int n, double *seconds)
{
    int err = 0, got;
    vib_result result;
    const vib_feed feed = {s->pixels, s->labels, s->presentations, s->batch};
    const double start = vib_clock();
    for (int i = 0; i < n; i++) {
        VIB_TRY(s->lr > 0 ? vib_network_train(s->net, &feed, ++s->done, s->lr)
                          : vib_network_evaluate(s->net, &feed));
        while ((got = vib_network_result(s->net, vib_network_pending(s->net) >= VIB_IN_FLIGHT / 2, &result)) >
               0)
            ;
        VIB_TRY(got);
    }
    while ((got = vib_network_result(s->net, 1, &result)) > 0)
        ;
    VIB_TRY(got);
    if (seconds)
        *seconds = vib_clock() - start;
fail:
    return err;
}
