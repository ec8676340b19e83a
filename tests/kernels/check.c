#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"

enum { MAX_TOKENS = 16 };

/* The layer of that name, in front of the last. */
static int find_layer(const vib_graph *graph, const char *name)
{
    for (size_t i = 0; i + 1 < graph->n; i++)
        if (graph->layers[i].name && !strcmp(graph->layers[i].name, name))
            return (int)i;
    return VIB_INPUT;
}

/* name=a, from=a, with=a,b: as in recipes, but what is not there is the input. 1: it was one of them. */
static int wire(vib_graph *graph, char *token)
{
    vib_layer_spec *spec = &graph->layers[graph->n - 1];
    char *const value = strchr(token, '='), *rest = NULL;
    if (!value)
        return 0;
    if (!strncmp(token, "name=", 5))
        spec->name = vib_strdup(value + 1);
    else if (!strncmp(token, "from=", 5))
        spec->inputs[0] = find_layer(graph, value + 1);
    else if (!strncmp(token, "with=", 5))
        for (char *name = strtok_r(value + 1, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
            spec->inputs[spec->n_inputs++] = find_layer(graph, name);
    else
        return 0;
    return 1;
}

static int add_layer(vib_graph *graph, char *text)
{
    vib_token tokens[MAX_TOKENS];
    size_t n = 0, at;
    char *rest = NULL, *word = strtok_r(text, " ", &rest);
    vib_str why = {0};
    const vib_layer_ops *ops = word ? vib_layer_find(word) : NULL;
    vib_layer_spec *spec = ops ? vib_graph_add(graph, ops) : NULL;
    if (!spec)
        return vib_fail(VIB_USAGE, "%s: not a layer", word ? word : "");
    for (char *t = strtok_r(NULL, " ", &rest); t && n < MAX_TOKENS; t = strtok_r(NULL, " ", &rest))
        if (!wire(graph, t))
            tokens[n++] = (vib_token){t, 1, 1};
    int err = vib_fields_parse(ops->fields, spec->opts, tokens, n, &why, &at);
    if (err < 0)
        err = vib_fail(err, "%s: %s", ops->name, why.text);
    vib_str_free(&why);
    return err;
}

int vib_check_graph(const char *layers, int h, int w, int c, vib_graph *out)
{
    int err = 0;
    char *rest = NULL, *text = vib_strdup(layers);
    *out = (vib_graph){.input = {h, w, c, 0}};
    VIB_CHECK_MEM(text);
    for (char *t = strtok_r(text, ";", &rest); t; t = strtok_r(NULL, ";", &rest))
        VIB_TRY(add_layer(out, t));
    VIB_TRY(vib_graph_name_layers(out));
fail:
    free(text);
    return err;
}

void vib_check_values(float *out, size_t n, uint64_t seed, uint32_t stream, int denormals)
{
    const uint32_t thrown = vib_random_u32(seed, stream, UINT64_MAX, 0) % 6;
    const uint32_t dice = thrown == 1 && !denormals ? 5 : thrown;
    for (size_t i = 0; i < n; i++) {
        const float u = 2 * vib_random_unit(seed, stream, i, 0) - 1;
        const uint32_t other = vib_random_u32(seed, stream, i, 1) % 8;
        switch (dice) {
        case 0:
            out[i] = other < 6 ? 0.0f : u;
            break; /* as behind a max-pool */
        case 1:
            out[i] = other == 0 ? u * 1e-38f : u * 1e-20f;
            break; /* products are denormal or less */
        case 2:
            out[i] = u * 1000;
            break;
        case 3:
            out[i] = other < 2 ? 0.0f : other < 4 ? -0.0f : u;
            break;
        default:
            out[i] = u;
            break;
        }
    }
}

int vib_check_same(const char *what, const float *got, const float *want, size_t n, vib_str *why)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&got[i], &want[i], sizeof *got) && !(got[i] != got[i] && want[i] != want[i])) {
            vib_str_printf(why, "%s[%zu of %zu] is %a (%g), must be %a (%g)", what, i, n, (double)got[i],
                           (double)got[i], (double)want[i], (double)want[i]);
            return VIB_FAILED;
        }
    return VIB_OK;
}

/* ---- layers ---- */

typedef struct run {
    const vib_check_case *test;
    vib_graph graph;
    vib_network *net;
    ref_network *ref;
    float *x, *dy, *buffer;
} run;

/* Random inputs and weights on both sides. */
static int feed(run *r, uint64_t seed)
{
    int err = 0;
    vib_network *net = r->net;
    const size_t in = (size_t)r->test->n * vib_shape_count(&net->params.graph->input);
    const size_t out = (size_t)r->test->n * vib_shape_count(&net->shapes[net->n - 1]);
    /* A device that fails the probe, mostly for flushing denormals, may be right about all other numbers. */
    const int denormals = vib_device_is_exact(net->dev);
    vib_check_values(r->x, in, seed, 1, denormals);
    vib_check_values(r->dy, out, seed, 2, denormals);
    for (size_t i = 0; i < net->n_weights; i++) {
        size_t count;
        float *w = ref_network_weight(r->ref, VIB_VALUE, i, &count);
        vib_check_values(w, count, seed, 3 + (uint32_t)i, denormals);
        for (size_t k = 0; strstr(net->weights[i].name, "variance") && k < count; k++)
            w[k] = fabsf(w[k]);
        VIB_TRY(vib_network_set(net, VIB_VALUE, i, w));
    }
    VIB_TRY(vib_tensor_write(&net->input, r->test->n, r->x));
    VIB_TRY(vib_tensor_write(&net->gradients[net->n - 1], r->test->n, r->dy));
fail:
    return err;
}

/* Whether some layer is another one outside of training. */
static int folds(const vib_network *net)
{
    size_t i = 0;
    while (i < net->n && !net->layers[i].fold)
        i++;
    return i < net->n;
}

/* A pass of training, or with step 0 one of evaluation, which goes back where it can. */
static int run_device(vib_network *net, int n, uint64_t step)
{
    int err = 0;
    net->step = step;
    VIB_TRY(vib_buffer_fill(net->nonfinite, 0, sizeof(int32_t), 0)); /* awkward numbers may overflow */
    VIB_TRY(vib_network_forward(net, n));
    if (step || !folds(net))
        VIB_TRY(vib_network_backward(net, n));
    VIB_TRY(vib_buffer_fill(net->nonfinite, 0, sizeof(int32_t), 0));
    if (step)
        VIB_TRY(vib_network_update(net));
fail:
    return err;
}

static int compare(run *r, vib_str *why)
{
    int err = 0;
    vib_network *net = r->net;
    char what[96];
    for (size_t i = 0; i < net->n; i++) {
        if (net->layers[i].hidden || (net->layers[i].fold && !net->step))
            continue;
        VIB_TRY(vib_tensor_read(&net->values[i], r->test->n, r->buffer));
        snprintf(what, sizeof what, "%s: y", net->layers[i].name);
        VIB_TRY(vib_check_same(what, r->buffer, ref_network_output(r->ref, i),
                               (size_t)r->test->n * vib_shape_count(&net->shapes[i]), why));
    }
    for (size_t i = 0; i < net->n_weights; i++) {
        size_t count;
        const int trained = net->weights[i].info.trained;
        const vib_weight_kind kind = trained ? VIB_GRADIENT : VIB_VALUE;
        const float *want = ref_network_weight(r->ref, kind, i, &count);
        VIB_TRY(vib_network_get(net, kind, i, r->buffer));
        snprintf(what, sizeof what, "%s%s", trained ? "d " : "", net->weights[i].name);
        VIB_TRY(vib_check_same(what, r->buffer, want, count, why));
    }
    VIB_TRY(vib_tensor_read(&net->input_gradient, r->test->n, r->buffer));
    VIB_TRY(vib_check_same("dx", r->buffer, ref_network_input_gradient(r->ref),
                           (size_t)r->test->n * vib_shape_count(&net->params.graph->input), why));
    VIB_TRY(vib_network_check_guards(net));
fail:
    return err;
}

/* The largest array anything is compared in. */
static size_t largest(const vib_network *net)
{
    size_t most = vib_shape_count(&net->params.graph->input) * (size_t)net->params.batch;
    for (size_t i = 0; i < net->n; i++)
        most = VIB_MAX(most, vib_shape_count(&net->shapes[i]) * (size_t)net->params.batch);
    for (size_t i = 0; i < net->n_weights; i++)
        most = VIB_MAX(most, net->weights[i].info.count);
    return most;
}

/* Makes both sides of a case; its kernels go into `program`, which is built once for all cases. */
static int open_case(vib_device *dev, vib_program *program, const vib_check_case *test, run *r)
{
    int err = 0;
    r->test = test;
    VIB_TRY(vib_check_graph(test->layers, test->h, test->w, test->c, &r->graph));
    const vib_network_params params = {.graph = &r->graph,
                                       .batch = test->batch,
                                       .training = 1,
                                       .guard = 1,
                                       .input_gradient = 1,
                                       .rescale = 1,
                                       .seed = VIB_CHECK_SEED,
                                       .program = program};
    VIB_TRY(vib_network_create(dev, &params, &r->net));
    VIB_TRY(ref_network_create(&r->graph, test->batch, &r->ref));
    const size_t most = largest(r->net);
    r->x = vib_calloc(most, sizeof *r->x);
    r->dy = vib_calloc(most, sizeof *r->dy);
    r->buffer = vib_calloc(most, sizeof *r->buffer);
    VIB_CHECK_MEM(r->x && r->dy && r->buffer);
fail:
    return err;
}

static void close_case(run *r)
{
    vib_network_destroy(&r->net);
    ref_network_destroy(&r->ref);
    vib_graph_free(&r->graph);
    free(r->x);
    free(r->dy);
    free(r->buffer);
}

static int run_case(run *r, uint64_t seed, int repeats, vib_str *why)
{
    int err = 0;
    const int folded = folds(r->net);
    for (int i = 0; i < repeats + folded; i++) {
        VIB_TRY(feed(r, seed + (uint64_t)i));
        const uint64_t step = i % 4 == 3 || i == repeats ? 0 : VIB_CHECK_STEP;
        VIB_TRY(run_device(r->net, r->test->n, step));
        ref_network_run(r->ref, r->x, r->test->n, step || !folded ? r->dy : NULL, step);
        VIB_TRY(compare(r, why));
    }
fail:
    return err;
}

/* ---- all of them ---- */

typedef struct tally {
    const vib_selftest_params *params;
    size_t passed, failed;
} tally;

static int wanted(const tally *t, const char *name, vib_check_size size)
{
    if (t->params->only && !strstr(name, t->params->only))
        return 0;
    return size == VIB_CHECK_TINY || (!t->params->tiny && (size == VIB_CHECK_NORMAL || t->params->all));
}

static void count(tally *t, const char *name, int err, vib_str *why)
{
    if (err < 0 && !why->len)
        vib_str_add(why, "could not run: see the message above");
    *(err < 0 ? &t->failed : &t->passed) += 1;
    if (t->params->report)
        t->params->report(t->params->user, name, err < 0 ? why->text : NULL);
    vib_str_free(why);
}

/* "cpu: conv2d 4 3x3 same relu (2 of 2 x 5x5x3)" */
static void name_of(const vib_device *dev, const vib_check_case *c, char *out, size_t size)
{
    snprintf(out, size, "%s: %s (%d of %d x %dx%dx%d)",
             vib_device_get_family(dev) == VIB_FAMILY_CPU ? "cpu" : "gpu", c->layers, c->n, c->batch, c->h,
             c->w, c->c);
}

enum { MAX_CASES = 256, NAME_BYTES = 192 };

const vib_check_case *const vib_check_lists[] = {
    vib_check_conv2d,
    vib_check_depthwise_conv2d,
    vib_check_maxpool2d,
    vib_check_avgpool2d,
    vib_check_globalpool2d,
    vib_check_zeropad2d,
    vib_check_conv2d_maxpool2d,
    vib_check_conv2d_winograd,
    vib_check_batchnorm,
    vib_check_dense,
    vib_check_join,
    vib_check_activation,
    vib_check_leaky_relu,
    vib_check_dropout,
    NULL,
};

static int run_layers(vib_device *dev, tally *t, uint64_t seed)
{
    int err = 0;
    size_t n = 0;
    char name[NAME_BYTES];
    vib_program *program = NULL;
    run *runs = vib_calloc(MAX_CASES, sizeof *runs);
    VIB_CHECK_MEM(runs);
    VIB_TRY(vib_program_create(dev, &program));
    for (size_t l = 0; vib_check_lists[l]; l++)
        for (const vib_check_case *c = vib_check_lists[l]; c->layers && n < MAX_CASES; c++) {
            name_of(dev, c, name, sizeof name);
            if (wanted(t, name, c->size))
                VIB_TRY(open_case(dev, program, c, &runs[n++]));
        }
    if (n)
        VIB_TRY(vib_program_build(program));
    for (size_t i = 0; i < n; i++) {
        vib_str why = {0};
        name_of(dev, runs[i].test, name, sizeof name);
        const int failed = run_case(&runs[i], seed, t->params->tiny ? 1 : 4, &why);
        count(t, name, failed, &why);
    }
fail:
    for (size_t i = 0; runs && i < n; i++)
        close_case(&runs[i]);
    free(runs);
    vib_program_destroy(&program);
    return err;
}

static void run_family(vib_device *dev, tally *t)
{
    const char *const family = vib_device_get_family(dev) == VIB_FAMILY_CPU ? "cpu" : "gpu";
    const uint64_t seed = t->params->seed ? t->params->seed : 1;
    char name[NAME_BYTES];
    vib_str why = {0};
    snprintf(name, sizeof name, "%s: layers", family);
    if (run_layers(dev, t, seed) < 0)
        count(t, name, VIB_FAILED, &why);
    for (const vib_check_step *s = vib_check_steps; s->name; s++) {
        snprintf(name, sizeof name, "%s: %s", family, s->name);
        if (wanted(t, name, s->size)) {
            const int failed = s->run(dev, seed, &why);
            count(t, name, failed, &why);
        }
    }
}

int vib_selftest(vib_device *dev, const vib_selftest_params *params, size_t *passed, size_t *failed)
{
    static const vib_selftest_params none = {0};
    tally t = {.params = params ? params : &none};
    const vib_family own = vib_device_get_family(dev);
    vib_device_use_family(dev, VIB_FAMILY_CPU);
    run_family(dev, &t);
    vib_device_use_family(dev, VIB_FAMILY_GPU);
    run_family(dev, &t);
    vib_device_use_family(dev, own);
    if (passed)
        *passed = t.passed;
    if (failed)
        *failed = t.failed;
    return t.failed ? VIB_FAILED : VIB_OK;
}
