#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "device/device.h"
#include "network/internal.h"

enum { BLOCKS = 5, WARM_UP = 3, PROFILED = 20 };

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Seconds of a step: the median of blocks that take `seconds` together. */
static int step_seconds(vib_bench_steps *steps, double seconds, double *out)
{
    int err = 0;
    double took, blocks[BLOCKS];
    VIB_TRY(vib_bench_steps_run(steps, WARM_UP, NULL));
    VIB_TRY(vib_bench_steps_run(steps, WARM_UP, &took));
    const double each = took / WARM_UP;
    const int n = (int)VIB_MAX(1.0, VIB_MIN(100000.0, seconds / BLOCKS / VIB_MAX(each, 1e-6)));
    for (int i = 0; i < BLOCKS; i++) {
        VIB_TRY(vib_bench_steps_run(steps, n, &took));
        blocks[i] = took / n;
    }
    qsort(blocks, BLOCKS, sizeof *blocks, by_size);
    *out = blocks[BLOCKS / 2];
fail:
    return err;
}

/* ---- the table ---- */

typedef struct table {
    const vib_network *net;
    vib_bench_result *out;
    size_t cap;
    double steps, seconds, gflop;
} table;

static const vib_layer *layer_of(const vib_network *net, const char *name)
{
    for (size_t i = 0; i < net->n; i++)
        if (!strcmp(net->layers[i].name, name))
            return &net->layers[i];
    return NULL;
}

/* Whether a kernel does a layer's multiply-adds: it is named after the layer's word. */
static int is_product(const vib_network *net, const vib_layer *layer, const char *kernel)
{
    const char *word = net->params.graph->layers[layer->index].ops->name;
    return layer->need.multiply_adds && !strncmp(kernel, word, strlen(word)) && kernel[strlen(word)] == '_';
}

static size_t weights_of(const vib_layer *layer)
{
    size_t n = 0;
    for (int i = 0; i < layer->need.n_weights; i++)
        n += layer->weights[i].info.count;
    return n;
}

static int add_launch(void *closure, const char *user, const char *kernel, uint64_t launches, double seconds)
{
    table *t = closure;
    vib_bench_launch row = {.layer = vib_strdup(user),
                            .kernel = vib_strdup(kernel),
                            .launches = (double)launches / t->steps,
                            .ms = 1e3 * seconds / t->steps};
    if (!row.layer || !row.kernel ||
        vib_grow(&t->out->launches, &t->cap, t->out->n + 1, sizeof *t->out->launches) < 0) {
        free((char *)row.layer);
        free((char *)row.kernel);
        return vib_fail(VIB_FAILED, "out of memory");
    }
    const vib_layer *layer = layer_of(t->net, user);
    const double batch = t->net->params.batch, each = row.ms / 1e3;
    double bytes = 0;
    if (layer && is_product(t->net, layer, kernel)) {
        const double gflop = 2e-9 * (double)layer->need.multiply_adds * batch * row.launches;
        const size_t values = vib_shape_count(&layer->in[0]) + vib_shape_count(&layer->out);
        t->gflop += gflop;
        row.gflops = each > 0 ? gflop / each : 0;
        row.peak = t->out->peak_gflops > 0 ? row.gflops / t->out->peak_gflops : 0;
        bytes = sizeof(float) * ((double)values * batch + (double)weights_of(layer)) * row.launches;
    } else if (!strncmp(kernel, "adam_", 5)) {
        /* Four arenas read, three written. */
        for (size_t i = 0; i < t->net->n_weights; i++)
            bytes += 7 * sizeof(float) * (double)t->net->weights[i].info.count;
    }
    row.gbytes = each > 0 ? 1e-9 * bytes / each : 0;
    t->out->launches[t->out->n++] = row;
    t->seconds += seconds;
    return 0;
}

static int slower_first(const void *a, const void *b)
{
    const vib_bench_launch *x = a, *y = b;
    return (x->ms < y->ms) - (x->ms > y->ms);
}

static int forget(void *closure, const char *user, const char *kernel, uint64_t launches, double seconds)
{
    (void)closure, (void)user, (void)kernel, (void)launches, (void)seconds;
    return 0;
}

static int measure_launches(const vib_device_params *device, const vib_recipe *resolved, uint64_t seed,
                            vib_bench_result *out)
{
    int err = 0;
    double took;
    vib_device *dev = NULL;
    vib_bench_steps steps = {0};
    vib_device_params measured = *device;
    measured.profile = 1;
    VIB_TRY(vib_device_open(&measured, &dev));
    VIB_TRY(vib_bench_steps_open(dev, resolved, out->batch, 1, seed, &steps));
    VIB_TRY(vib_bench_steps_run(&steps, WARM_UP, NULL));
    VIB_TRY(vib_device_profile_take(dev, forget, NULL));
    VIB_TRY(vib_bench_steps_run(&steps, PROFILED, &took));
    table t = {.net = steps.net, .out = out, .steps = PROFILED};
    VIB_TRY(vib_device_profile_take(dev, add_launch, &t));
    if (out->n)
        qsort(out->launches, out->n, sizeof *out->launches, slower_first);
    out->train_busy = t.seconds / took;
    out->train_gflops = out->train_step_ms > 0 ? t.gflop / (out->train_step_ms / 1e3) : 0;
fail:
    vib_bench_steps_close(&steps);
    vib_device_close(&dev);
    return err;
}

/* ---- all of it ---- */

static int measure_steps(const vib_device_params *device, const vib_bench_params *params,
                         const vib_recipe *resolved, vib_bench_result *out)
{
    int err = 0;
    double seconds;
    vib_device *dev = NULL;
    vib_bench_steps steps = {0};
    VIB_TRY(vib_device_open(device, &dev));
    VIB_CHECK_MEM(out->device = vib_strdup(vib_device_get_info(dev)->name));
    out->family = vib_device_get_family(dev);
    out->exact = vib_device_is_exact(dev);
    VIB_TRY(vib_bench_peak(dev, params->seconds / 4, &out->peak_gflops, &out->bandwidth_gbytes));
    for (int training = 1; training >= 0; training--) {
        VIB_TRY(vib_bench_steps_open(dev, resolved, out->batch, training, params->seed, &steps));
        VIB_TRY(step_seconds(&steps, params->seconds, &seconds));
        vib_bench_steps_close(&steps);
        *(training ? &out->train_step_ms : &out->infer_step_ms) = 1e3 * seconds;
        *(training ? &out->train_images_per_second : &out->infer_images_per_second) = out->batch / seconds;
    }
fail:
    vib_bench_steps_close(&steps);
    vib_device_close(&dev);
    return err;
}

static int say(const vib_bench_params *params, const char *what)
{
    if (params->interrupted && params->interrupted(params->user))
        return VIB_INTERRUPTED;
    if (params->progress)
        params->progress(params->user, what);
    return 0;
}

int vib_bench(const vib_device_params *device, const vib_bench_params *given, vib_bench_result *out)
{
    int err = 0;
    vib_recipe *resolved = NULL;
    vib_device_params plain = *device;
    vib_bench_params params = *given;
    struct rusage usage;
    plain.profile = 0;
    params.seconds = params.seconds > 0 ? params.seconds : 2;
    params.seed = params.seed ? params.seed : 1;
    *out = (vib_bench_result){0};
    if (params.batch < 0)
        VIB_FAIL(VIB_USAGE, "a batch of %d pictures", params.batch);
    VIB_TRY(vib_recipe_resolve(params.recipe, 2, &resolved));
    out->batch = params.batch ? params.batch : resolved->train.batch;
    if (!params.no_start) {
        VIB_TRY(say(&params, "start, cold and warm"));
        VIB_TRY(vib_bench_start(&plain, resolved, out->batch, &out->build_cold, &out->build_warm));
    }
    VIB_TRY(say(&params, "training and inference"));
    VIB_TRY(measure_steps(&plain, &params, resolved, out));
    VIB_TRY(say(&params, "each launch"));
    VIB_TRY(measure_launches(&plain, resolved, params.seed, out));
    if (!params.no_pictures) {
        VIB_TRY(say(&params, "decoding, and epochs from files"));
        VIB_TRY(vib_bench_pictures(&plain, &params, out));
    }
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        out->memory_bytes = (uint64_t)usage.ru_maxrss * 1024;
    err = VIB_OK;
fail:
    vib_recipe_free(&resolved);
    if (err < 0)
        vib_bench_free(out);
    return err;
}

void vib_bench_free(vib_bench_result *result)
{
    for (size_t i = 0; i < result->n; i++) {
        free((char *)result->launches[i].layer);
        free((char *)result->launches[i].kernel);
    }
    free(result->launches);
    free((char *)result->device);
    *result = (vib_bench_result){0};
}
