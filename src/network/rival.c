#include "network/rival.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "device/blas.h"
#include "device/tiles.h"
#include "network/internal.h"

/* Multiply-adds of a batch from which a product is worth its launches, and the time to try it. */
static const double least_work = 1 << 26;

/* Of the largest value: what another order of thousands of terms may change. */
static const double tolerance = 1e-4;

enum { ROUNDS = 3 };

int vib_rival_wanted(const vib_layer *layer, uint64_t multiply_adds)
{
    const vib_network *net = layer->net;
    return vib_blas_usable(net->dev) &&
           (net->params.products || (double)multiply_adds * net->params.batch >= least_work);
}

/* Seconds of the shortest of a few rounds; the first, in which kernels may be built, does not count. */
static int measure(vib_layer *l, int (*pass)(vib_layer *, int), int n, double *seconds)
{
    int err = 0;
    *seconds = INFINITY;
    for (int i = 0; i <= ROUNDS; i++) {
        const double before = vib_clock();
        VIB_TRY(pass(l, n));
        VIB_TRY(vib_device_finish(l->net->dev));
        if (i)
            *seconds = VIB_MIN(*seconds, vib_clock() - before);
    }
fail:
    return err;
}

/* Largest difference, in parts of the largest value; NaN: there is nothing to compare. */
static double difference(const float *got, const float *want, size_t n)
{
    double most = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(want[i]))
            return NAN;
        const double d = fabs((double)got[i] - (double)want[i]);
        most = VIB_MAX(most, fabs((double)want[i]));
        off = isfinite(d) ? VIB_MAX(off, d) : INFINITY;
    }
    return off / most;
}

static int read(const vib_rival *r, float *out)
{
    return vib_buffer_read(r->buffer, (size_t)r->at * sizeof *out, out, r->count * sizeof *out, NULL);
}

/* Both ways. A batch of zeros, or of what is not finite, decides nothing. */
static int contest(vib_layer *l, const vib_rival *r, int n, vib_way *way)
{
    int err = 0;
    double kernel, product;
    float *want = vib_calloc(r->count, sizeof *want), *got = vib_calloc(r->count, sizeof *got);
    VIB_CHECK_MEM(want && got);
    VIB_TRY(measure(l, r->kernel, n, &kernel));
    VIB_TRY(read(r, want));
    if (measure(l, r->product, n, &product) < 0) {
        VIB_TRY(vib_device_finish(l->net->dev));
        vib_warn("%s %s: the matrix product failed: vibrisa's own kernel is used", l->name, r->pass);
        *way = VIB_WAY_KERNEL;
        goto fail;
    }
    VIB_TRY(read(r, got));
    const double off = difference(got, want, r->count);
    if (isnan(off))
        goto fail;
    if (off > tolerance)
        vib_warn("%s %s: the matrix product is wrong by %.2g of the largest value: not used", l->name,
                 r->pass, off);
    else
        vib_info("%s %s: %.3f ms, as a matrix product %.3f ms", l->name, r->pass, 1e3 * kernel,
                 1e3 * product);
    *way =
        off <= tolerance && (product < kernel || l->net->params.products) ? VIB_WAY_PRODUCT : VIB_WAY_KERNEL;
fail:
    free(want);
    free(got);
    return err;
}

/* What the table says, else what a contest does. */
static int decide(vib_layer *l, const vib_rival *r, int n)
{
    int err = 0;
    vib_way way = VIB_WAY_UNKNOWN;
    vib_device *const dev = l->net->dev;
    vib_str key = {0};
    vib_tile_key(l, r->pass, &key);
    VIB_CHECK_MEM(!key.failed);
    if (!l->net->params.products)
        way = (vib_way)vib_tiles_get(vib_device_tiles(dev), key.text, "product");
    if (way != VIB_WAY_KERNEL && way != VIB_WAY_PRODUCT) {
        way = VIB_WAY_UNKNOWN;
        VIB_TRY(contest(l, r, n, &way));
        if (way && !l->net->params.products)
            VIB_TRY(vib_device_keep_tile(dev, key.text, "product", way));
    }
    l->ways[r->which] = way;
fail:
    vib_str_free(&key);
    return err;
}

int vib_rival_run(vib_layer *l, const vib_rival *r, int n)
{
    int err = 0;
    if (l->ways[r->which] == VIB_WAY_UNKNOWN)
        VIB_TRY(decide(l, r, n));
    VIB_TRY(l->ways[r->which] == VIB_WAY_PRODUCT ? r->product(l, n) : r->kernel(l, n));
fail:
    return err;
}
