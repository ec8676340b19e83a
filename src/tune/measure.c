#include "tune/measure.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "device/program.h"

#include "../../tests/kernels/check.h"

/* Multiply-adds that plain C may spend, and pictures that are enough: a group of 8 and one more. */
static const double most_work = 6e7;
enum { MOST_PICTURES = 9 };

/* Timing goes on for so long, in so many rounds. */
static const double seconds_of_rounds = 0.04;
enum { LEAST_ROUNDS = 3, MOST_ROUNDS = 40 };

/* Less is no time: the launch did nothing. */
static const double no_time = 1e-8;

/* ---- what is fed ---- */

/* Zeros of both signs, as behind a relu or a max-pooling, among numbers in [-1, 1]. */
static void fill(float *out, size_t n, uint32_t stream)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t dice = vib_random_u32(VIB_CHECK_SEED, stream, i, 1) % 8;
        out[i] = dice == 0 ? 0.0f : dice == 1 ? -0.0f : 2 * vib_random_unit(VIB_CHECK_SEED, stream, i, 0) - 1;
    }
}

/* The pictures there are, again and again. */
static int feed_tensor(const vib_tensor *t, int n, const float *values, int pictures)
{
    const size_t each = (size_t)t->h * (size_t)t->w * (size_t)t->c;
    float *all = vib_calloc((size_t)n * each, sizeof *all);
    if (!all)
        return vib_fail(VIB_FAILED, "out of memory");
    for (int i = 0; i < n; i++)
        memcpy(all + (size_t)i * each, values + (size_t)(i % pictures) * each, each * sizeof *all);
    const int err = vib_tensor_write(t, n, all);
    free(all);
    return err;
}

static int feed(const vib_group *g, vib_network *net, int n)
{
    const int err = feed_tensor(&net->input, n, g->x, g->pictures);
    return err < 0 ? err : feed_tensor(&net->gradients[net->n - 1], n, g->dy, g->pictures);
}

/* Plain C's answer, once. */
static int ask_reference(vib_group *g, const vib_network *net)
{
    int err = 0;
    double work = 1;
    const size_t in = vib_shape_count(&g->graph.input), out = vib_shape_count(&net->shapes[net->n - 1]);
    for (size_t i = 0; i < net->n; i++)
        work += 3 * (double)net->needs[i].multiply_adds;
    g->pictures = (int)VIB_MAX(1, VIB_MIN(most_work / work, VIB_MIN(MOST_PICTURES, g->batch)));
    const int n = g->pictures;
    g->x = vib_calloc((size_t)n * in, sizeof *g->x);
    g->dy = vib_calloc((size_t)n * out, sizeof *g->dy);
    VIB_CHECK_MEM(g->x && g->dy);
    fill(g->x, (size_t)n * in, 1);
    fill(g->dy, (size_t)n * out, 2);
    VIB_TRY(ref_network_create(&g->graph, n, &g->ref));
    for (size_t i = 0; i < net->n_weights; i++) {
        size_t count;
        float *w = ref_network_weight(g->ref, VIB_VALUE, i, &count);
        fill(w, count, 3 + (uint32_t)i);
    }
    ref_network_run(g->ref, g->x, n, g->dy, VIB_CHECK_STEP);
fail:
    return err;
}

/* ---- what is run ---- */

/* Calls `see` with each result of n pictures: outputs, gradients of weights, of the input. */
typedef int see_fn(void *user, const char *what, const float *got, const float *want, size_t n, vib_str *why);

static int see_results(const vib_group *g, vib_network *net, int n, see_fn *see, void *user, vib_str *why)
{
    int err = 0;
    size_t most = (size_t)n * vib_shape_count(&g->graph.input);
    for (size_t i = 0; i < net->n; i++)
        most = VIB_MAX(most, (size_t)n * vib_shape_count(&net->shapes[i]));
    for (size_t i = 0; i < net->n_weights; i++)
        most = VIB_MAX(most, net->weights[i].info.count);
    float *got = vib_calloc(most, sizeof *got);
    VIB_CHECK_MEM(got);
    for (size_t i = 0; i < net->n; i++) {
        if (net->layers[i].hidden)
            continue;
        VIB_TRY(vib_tensor_read(&net->values[i], n, got));
        VIB_TRY(see(user, "y", got, ref_network_output(g->ref, i),
                    (size_t)n * vib_shape_count(&net->shapes[i]), why));
    }
    for (size_t i = 0; i < net->n_weights; i++) {
        size_t count;
        const float *want = ref_network_weight(g->ref, VIB_GRADIENT, i, &count);
        VIB_TRY(vib_network_get(net, VIB_GRADIENT, i, got));
        VIB_TRY(see(user, "a weight's gradient", got, want, count, why));
    }
    if (g->input_gradient) {
        VIB_TRY(vib_tensor_read(&net->input_gradient, n, got));
        VIB_TRY(see(user, "dx", got, ref_network_input_gradient(g->ref),
                    (size_t)n * vib_shape_count(&g->graph.input), why));
    }
fail:
    free(got);
    return err;
}

static int compare(void *user, const char *what, const float *got, const float *want, size_t n, vib_str *why)
{
    (void)user;
    if (vib_check_same(what, got, want, n, why) == VIB_OK)
        return VIB_OK;
    vib_str_add(why, ": wrong bits");
    return VIB_FAILED;
}

/* FNV-1a over words. */
static int digest(void *user, const char *what, const float *got, const float *want, size_t n, vib_str *why)
{
    (void)what, (void)want, (void)why;
    uint64_t *hash = user;
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        memcpy(&word, &got[i], sizeof word);
        *hash = (*hash ^ word) * 0x100000001b3u;
    }
    return VIB_OK;
}

/* Forward and backward of n pictures that are fed anew, and their results. */
static int run_once(const vib_group *g, vib_network *net, int n, see_fn *see, void *user, vib_str *why)
{
    int err = 0;
    VIB_TRY(feed(g, net, n));
    VIB_TRY(vib_network_forward(net, n));
    VIB_TRY(vib_network_backward(net, n));
    VIB_TRY(see_results(g, net, n, see, user, why));
fail:
    return err;
}

/* A few pictures against plain C. */
static int check(const vib_group *g, vib_network *net, int *spoilt, vib_str *why)
{
    int err = 0;
    for (size_t i = 0; i < net->n_weights; i++)
        VIB_TRY(vib_network_set(net, VIB_VALUE, i, ref_network_weight(g->ref, VIB_VALUE, i, NULL)));
    VIB_TRY(run_once(g, net, g->pictures, compare, NULL, why));
fail:
    *spoilt |= err < 0;
    return err;
}

/* ---- what it takes ---- */

typedef struct rounds {
    double forward, backward; /* shortest, by our clock */
} rounds;

static int run_rounds(vib_network *net, int n, rounds *out)
{
    int err = 0;
    const double start = vib_clock();
    *out = (rounds){1e9, 1e9};
    for (int i = 0; i < MOST_ROUNDS; i++) {
        const double before = vib_clock();
        if (i >= LEAST_ROUNDS && before - start > seconds_of_rounds)
            break;
        VIB_TRY(vib_network_forward(net, n));
        VIB_TRY(vib_device_finish(net->dev));
        const double between = vib_clock();
        VIB_TRY(vib_network_backward(net, n));
        VIB_TRY(vib_device_finish(net->dev));
        out->forward = VIB_MIN(out->forward, between - before);
        out->backward = VIB_MIN(out->backward, vib_clock() - between);
    }
fail:
    return err;
}

/* A whole batch: its results are those of the usual tiles. They come from one more round, as an activation's
 * backward is in place: what was fed goes through it in every round. */
static int time_batch(vib_group *g, vib_network *net, int kernel, double seconds[VIB_TUNE_PASSES],
                      int *spoilt, vib_str *why)
{
    int err = 0, wrong = 1;
    rounds clock;
    uint64_t hash = 0xcbf29ce484222325u;
    const vib_layer *l = &net->layers[0];
    VIB_TRY(vib_guard_fill(net));
    VIB_TRY(feed(g, net, g->batch));
    VIB_TRY(vib_device_finish(net->dev));
    vib_device_clear_profile(net->dev);
    VIB_TRY(run_rounds(net, g->batch, &clock));
    VIB_TRY(run_once(g, net, g->batch, digest, &hash, why));
    VIB_TRY(vib_network_check_guards(net));
    if (kernel < 0) {
        g->digest = hash;
        g->by_clock = !vib_device_profiles(net->dev);
        for (int k = 0; k < VIB_TUNE_PASSES && k < VIB_MAX_KERNELS && !g->by_clock; k++)
            g->by_clock = l->tiles[k].v + l->tiles[k].wm > 0 && vib_kernel_least(l->kernels[k]) < no_time;
    } else if (hash != g->digest) {
        vib_str_printf(why, "wrong bits in a batch of %d", g->batch);
        goto bad;
    }
    wrong = 0;
    for (int k = 0; k < VIB_TUNE_PASSES && k < VIB_MAX_KERNELS; k++) {
        if (!l->kernels[k] || (kernel >= 0 && k != kernel))
            continue;
        seconds[k] =
            g->by_clock ? (k == 0 ? clock.forward : clock.backward) : vib_kernel_least(l->kernels[k]);
        if (kernel >= 0 && seconds[k] < no_time) {
            vib_str_add(why, "reports 0 ms");
            goto bad;
        }
    }
    goto fail;
bad:
    err = VIB_FAILED;
fail:
    *spoilt |= err < 0 && wrong;
    return err;
}

/* ---- all of it ---- */

typedef struct forced {
    int kernel;
    vib_tile tile;
} forced;

static void choose(void *user, const vib_layer *layer, int kernel, const char *pass, vib_tile *tile,
                   vib_tile_fits *fits)
{
    const forced *f = user;
    (void)layer, (void)pass, (void)fits;
    if (kernel == f->kernel)
        *tile = f->tile;
}

/* A network with usual tiles, whose kernels are kept for those that follow. */
static int create_usual(vib_group *g, vib_network *net)
{
    int err = vib_program_build(g->program);
    for (size_t i = 0; i < net->n; i++) {
        memcpy(g->kernels[i], net->layers[i].kernels, sizeof g->kernels[i]);
        g->transpose[i] = net->layers[i].transpose;
    }
    return err;
}

/* Only the pass in question is built, and what else its tile changes: what packs weights for it. The other
 * kernels are the usual ones. */
static int create_other(const vib_group *g, vib_network *net, int which, vib_program *program)
{
    enum { MOST = VIB_GROUP_LAYERS * VIB_MAX_KERNELS };
    vib_kernel *own[MOST];
    size_t n = 0;
    for (size_t i = 0; i < net->n; i++) {
        for (int k = 0; k < VIB_MAX_KERNELS; k++) {
            vib_kernel **const kernel = &net->layers[i].kernels[k], *const usual = g->kernels[i][k];
            const int asked = i == 0 && k == which;
            if (*kernel && usual && !asked && vib_kernel_is_same(*kernel, usual))
                *kernel = usual;
            else if (*kernel)
                own[n++] = *kernel;
        }
        net->layers[i].transpose = g->transpose[i];
    }
    vib_program_keep_only(program, own, n);
    return vib_program_build(program);
}

int vib_group_measure(vib_device *dev, vib_group *g, int kernel, const vib_tile *tile,
                      double seconds[VIB_TUNE_PASSES], int *spoilt, vib_str *why)
{
    int err = 0;
    vib_network *net = NULL;
    vib_program *own = NULL;
    forced f = {kernel, *tile};
    const vib_tile_chooser chooser = {choose, &f};
    *spoilt = 0;
    memset(seconds, 0, VIB_TUNE_PASSES * sizeof *seconds);
    VIB_TRY(vib_program_create(dev, kernel < 0 ? &g->program : &own));
    const vib_network_params params = {.graph = &g->graph,
                                       .batch = g->batch,
                                       .training = 1,
                                       .guard = 1,
                                       .input_gradient = g->input_gradient,
                                       .rescale = 1,
                                       .seed = VIB_CHECK_SEED,
                                       .program = kernel < 0 ? g->program : own,
                                       .tiles = &chooser};
    VIB_TRY(vib_network_create(dev, &params, &net));
    VIB_TRY(kernel < 0 ? create_usual(g, net) : create_other(g, net, kernel, own));
    if (!g->ref)
        VIB_TRY(ask_reference(g, net));
    VIB_TRY(check(g, net, spoilt, why));
    VIB_TRY(time_batch(g, net, kernel, seconds, spoilt, why));
fail:
    vib_network_destroy(&net);
    vib_program_destroy(&own);
    return err;
}

void vib_group_free(vib_group *g)
{
    vib_program_destroy(&g->program);
    ref_network_destroy(&g->ref);
    free(g->graph.layers);
    free(g->x);
    free(g->dy);
    *g = (vib_group){0};
}
