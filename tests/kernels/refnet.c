#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check.h"

struct ref_network {
    const vib_graph *graph;
    size_t n, n_weights;
    int batch;
    uint64_t step, seed;
    vib_shape *shapes;
    vib_layer_need *needs;
    float *input_gradient;
    float **y, **dy; /* of each layer */
    struct ref_part {
        int of;
        size_t layer;
        int input;
        float *values;
    } * parts; /* the gradients from readers but for the first, in the order of the recipe */
    size_t n_parts;
    uint8_t **keep;
    float **fold;  /* of each layer with a batchnorm behind it that is folded into it: its weights then */
    size_t *first; /* index of each layer's first weight */
    float **weights[4]; /* by kind, of each weight */
    size_t *counts;
    unsigned char *state; /* not trained */
};

static float *floats(size_t n)
{
    return vib_calloc(n, sizeof(float));
}

/* The gradient from the readers of an output, but for the first. */
static int make_parts(ref_network *r)
{
    int err = 0;
    size_t inputs = 0;
    unsigned char *seen = vib_calloc(r->n + 1, 1);
    for (size_t i = 0; i < r->n; i++)
        inputs += (size_t)r->graph->layers[i].n_inputs;
    r->parts = vib_calloc(inputs, sizeof *r->parts);
    VIB_CHECK_MEM(r->parts && seen);
    for (size_t i = 0; i < r->n; i++)
        for (int k = 0; k < r->graph->layers[i].n_inputs; k++) {
            const int of = r->graph->layers[i].inputs[k];
            const vib_shape *shape = of == VIB_INPUT ? &r->graph->input : &r->shapes[of];
            if (!seen[of + 1]++)
                continue;
            float *values = floats((size_t)r->batch * vib_shape_count(shape));
            VIB_CHECK_MEM(values);
            r->parts[r->n_parts++] = (struct ref_part){of, i, k, values};
        }
fail:
    free(seen);
    return err;
}

/* Kernel and bias of the layers that batchnorms are folded into. */
static int make_folds(ref_network *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const int from = vib_graph_folds_into(r->graph, r->needs, i);
        if (from == VIB_INPUT)
            continue;
        r->fold[from] = floats(r->counts[r->first[from]] + (size_t)r->shapes[i].c);
        if (!r->fold[from])
            return vib_fail(VIB_FAILED, "out of memory");
    }
    return VIB_OK;
}

int ref_network_create(const vib_graph *graph, int batch, ref_network **out)
{
    int err = 0;
    size_t at, k = 0;
    vib_str why = {0};
    ref_network *r = vib_calloc(1, sizeof *r);
    VIB_CHECK_MEM(r);
    r->graph = graph;
    r->n = graph->n;
    r->batch = batch;
    r->seed = VIB_CHECK_SEED;
    r->shapes = vib_calloc(r->n, sizeof *r->shapes);
    r->needs = vib_calloc(r->n, sizeof *r->needs);
    r->y = vib_calloc(r->n, sizeof *r->y);
    r->dy = vib_calloc(r->n, sizeof *r->dy);
    r->keep = vib_calloc(r->n, sizeof *r->keep);
    r->fold = vib_calloc(r->n, sizeof *r->fold);
    r->first = vib_calloc(r->n, sizeof *r->first);
    r->input_gradient = floats((size_t)batch * vib_shape_count(&graph->input));
    VIB_CHECK_MEM(r->shapes && r->needs && r->y && r->dy && r->keep && r->fold && r->first &&
                  r->input_gradient);
    if (vib_graph_infer(graph, r->shapes, r->needs, &at, &why) < 0)
        VIB_FAIL(VIB_USAGE, "%s", why.text);
    for (size_t i = 0; i < r->n; i++)
        r->n_weights += (size_t)r->needs[i].n_weights;
    r->counts = vib_calloc(r->n_weights, sizeof *r->counts);
    r->state = vib_calloc(r->n_weights, 1);
    VIB_CHECK_MEM(r->counts && r->state);
    for (int kind = 0; kind < 4; kind++) {
        r->weights[kind] = vib_calloc(r->n_weights, sizeof **r->weights);
        VIB_CHECK_MEM(r->weights[kind]);
    }
    for (size_t i = 0; i < r->n; i++) {
        const size_t count = (size_t)batch * vib_shape_count(&r->shapes[i]);
        r->y[i] = floats(count);
        r->dy[i] = floats(count);
        r->keep[i] = vib_calloc((size_t)batch * r->needs[i].keep_bytes, 1);
        VIB_CHECK_MEM(r->y[i] && r->dy[i] && r->keep[i]);
        r->first[i] = k;
        for (int j = 0; j < r->needs[i].n_weights; j++, k++) {
            r->counts[k] = 1;
            r->state[k] = r->needs[i].weights[j].state != 0;
            for (int d = 0; d < r->needs[i].weights[j].rank; d++)
                r->counts[k] *= (size_t)r->needs[i].weights[j].dims[d];
            for (int kind = 0; kind < 4; kind++) {
                r->weights[kind][k] = floats(r->counts[k]);
                VIB_CHECK_MEM(r->weights[kind][k]);
            }
        }
    }
    VIB_TRY(make_parts(r));
    VIB_TRY(make_folds(r));
    *out = r;
    r = NULL;
fail:
    vib_str_free(&why);
    ref_network_destroy(&r);
    return err;
}

void ref_network_destroy(ref_network **net)
{
    ref_network *r = *net;
    if (!r)
        return;
    for (size_t i = 0; r->keep && i < r->n; i++) {
        free(r->y[i]);
        free(r->dy[i]);
        free(r->keep[i]);
        free(r->fold ? r->fold[i] : NULL);
    }
    for (int kind = 0; kind < 4; kind++) {
        for (size_t k = 0; r->weights[kind] && k < r->n_weights; k++)
            free(r->weights[kind][k]);
        free(r->weights[kind]);
    }
    for (size_t k = 0; k < r->n_parts; k++)
        free(r->parts[k].values);
    free(r->parts);
    free(r->shapes);
    free(r->needs);
    free(r->y);
    free(r->dy);
    free(r->keep);
    free(r->fold);
    free(r->first);
    free(r->counts);
    free(r->state);
    free(r->input_gradient);
    free(r);
    *net = NULL;
}

static ref_size size_of(const vib_shape *s, int n)
{
    return (ref_size){n, s->h, s->w, s->c};
}

/* Where the gradient of input k of layer i goes. */
static float *gradient_of(ref_network *r, size_t i, int k)
{
    const int of = r->graph->layers[i].inputs[k];
    for (size_t p = 0; p < r->n_parts; p++)
        if (r->parts[p].layer == i && r->parts[p].input == k)
            return r->parts[p].values;
    return of == VIB_INPUT ? r->input_gradient : r->dy[of];
}

static ref_site site_of(ref_network *r, size_t i, const float *x, int n)
{
    const vib_layer_spec *spec = &r->graph->layers[i];
    ref_site s = {.opts = spec->opts,
                  .n_inputs = spec->n_inputs,
                  .out = size_of(&r->shapes[i], n),
                  .y = r->y[i],
                  .dy = r->dy[i],
                  .keep = r->keep[i],
                  .seed = r->seed,
                  .step = spec->frozen ? 0 : r->step, /* a frozen batchnorm is as in use */
                  .layer = (int)i};
    for (int k = 0; k < spec->n_inputs; k++) {
        const int from = spec->inputs[k];
        s.inputs[k].in = size_of(from == VIB_INPUT ? &r->graph->input : &r->shapes[from], n);
        s.inputs[k].x = from == VIB_INPUT ? x : r->y[from];
        s.inputs[k].dx = gradient_of(r, i, k);
    }
    s.in = s.inputs[0].in;
    s.x = s.inputs[0].x;
    s.dx = s.inputs[0].dx;
    for (int j = 0; j < r->needs[i].n_weights; j++) {
        s.w[j] = r->weights[VIB_VALUE][r->first[i] + (size_t)j];
        s.dw[j] = r->weights[VIB_GRADIENT][r->first[i] + (size_t)j];
    }
    return s;
}

/* A layer and the batchnorm i behind it as one. */
static void forward_folded(ref_network *r, size_t before, size_t i, const float *x, int n)
{
    ref_site s = site_of(r, before, x, n);
    const ref_site norm = site_of(r, i, x, n);
    const vib_batchnorm_opts *o = norm.opts;
    float *const w = r->fold[before], *const bias = w + r->counts[r->first[before]];
    const size_t rows = r->counts[r->first[before]] / (size_t)s.out.c;
    ref_batchnorm_fold(o, norm.w, s.w[0], s.w[1], rows, s.out.c, w, bias);
    s.w[0] = w;
    s.w[1] = bias;
    s.y = norm.y;
    ref_layer_find(r->graph->layers[before].ops->name)->forward(&s);
    ref_activate(o->activation, s.y, (size_t)n * (size_t)s.out.h * (size_t)s.out.w, s.out.c);
}

static void forward(ref_network *r, const float *x, int n)
{
    for (size_t i = 0; i < r->n; i++) {
        const int folded = r->step ? VIB_INPUT : vib_graph_folds_into(r->graph, r->needs, i);
        const ref_site s = site_of(r, i, x, n);
        if (folded != VIB_INPUT)
            forward_folded(r, (size_t)folded, i, x, n);
        else if (r->step || !r->fold[i])
            ref_layer_find(r->graph->layers[i].ops->name)->forward(&s);
    }
}

static void add_parts(ref_network *r, int of, float *sum, size_t count)
{
    for (size_t p = 0; p < r->n_parts; p++)
        for (size_t e = 0; r->parts[p].of == of && e < count; e++)
            sum[e] = sum[e] + r->parts[p].values[e];
}

static void backward(ref_network *r, const float *x, int n)
{
    for (size_t i = r->n; i-- > 0;) {
        const ref_site s = site_of(r, i, x, n);
        add_parts(r, (int)i, r->dy[i], (size_t)n * vib_shape_count(&r->shapes[i]));
        ref_layer_find(r->graph->layers[i].ops->name)->backward(&s);
    }
    add_parts(r, VIB_INPUT, r->input_gradient, (size_t)n * vib_shape_count(&r->graph->input));
}

void ref_network_run(ref_network *r, const float *x, int n, const float *dy, uint64_t step)
{
    r->step = step;
    forward(r, x, n);
    if (!dy)
        return;
    memcpy(r->dy[r->n - 1], dy, (size_t)n * vib_shape_count(&r->shapes[r->n - 1]) * sizeof *dy);
    backward(r, x, n);
}

float *ref_network_input_gradient(ref_network *r)
{
    return r->input_gradient;
}

float *ref_network_output(ref_network *r, size_t layer)
{
    return r->y[layer];
}

float *ref_network_weight(ref_network *r, vib_weight_kind kind, size_t i, size_t *count)
{
    if (count)
        *count = r->counts[i];
    return r->weights[kind][i];
}

/* The weight and its need, for each that is trained. */
static const vib_weight_need *need_of(const ref_network *r, size_t k)
{
    size_t i = r->n - 1;
    while (r->first[i] > k)
        i--;
    return &r->needs[i].weights[k - r->first[i]];
}

static float penalty_of(ref_network *r)
{
    float sum = 0;
    for (size_t k = 0; k < r->n_weights; k++) {
        const vib_weight_need *need = need_of(r, k);
        const float *w = r->weights[VIB_VALUE][k];
        if (need->state)
            continue;
        if (need->l1 > 0)
            sum = fmaf((float)need->l1, ref_sum_of(w, r->counts[k], 1), sum);
        if (need->l2 > 0)
            sum = fmaf((float)need->l2, ref_sum_of(w, r->counts[k], 0), sum);
    }
    return sum;
}

static void optimize(ref_network *r, const vib_optimizer *o, uint64_t t)
{
    const vib_adam_scalars s = vib_adam_scalars_of(o, t, o->lr);
    const float decay = (float)(o->lr * o->weight_decay);
    float squares = 0;
    for (size_t k = 0; k < r->n_weights; k++) {
        const vib_weight_need *need = need_of(r, k);
        float *g = r->weights[VIB_GRADIENT][k];
        if (!need->state && (need->l1 > 0 || need->l2 > 0))
            ref_regularize(g, r->weights[VIB_VALUE][k], r->counts[k], (float)need->l1, (float)(2 * need->l2));
        if (!r->state[k])
            squares = fmaf(1, ref_sum_of(g, r->counts[k], 0), squares);
    }
    for (size_t k = 0; k < r->n_weights; k++) {
        float *w = r->weights[VIB_VALUE][k], *g = r->weights[VIB_GRADIENT][k];
        float *m = r->weights[VIB_MOMENT1][k], *v = r->weights[VIB_MOMENT2][k];
        if (r->state[k])
            continue;
        if (o->clip_norm > 0)
            ref_clip(g, r->counts[k], squares, (float)o->clip_norm);
        if (o->method == VIB_METHOD_SGD)
            ref_sgd(w, o->momentum != 0 ? m : NULL, g, r->counts[k], (float)o->lr, (float)o->momentum,
                    o->nesterov, decay);
        else
            ref_adam(w, m, v, g, r->counts[k], s.alpha, s.rate1, s.rate2, s.epsilon, decay);
    }
}

double ref_network_train(ref_network *r, const vib_network_params *params, const float *class_weights,
                         const float *x, const int32_t *labels, int n, uint64_t t, float *penalty)
{
    /* The loss takes the logits: the last activation is left out, as src/network/fuse.c does. */
    vib_dense_opts *last = r->graph->layers[r->n - 1].opts;
    const int activation = last->activation, outputs = r->shapes[r->n - 1].c;
    const double off = params->smoothing / VIB_MAX(outputs, 2);
    const ref_target target = {(float)(1 - params->smoothing + off), (float)off, class_weights};
    float *scratch = floats((size_t)n * (size_t)(outputs + 2));
    if (!scratch)
        return NAN;
    float *const losses = scratch, *const hits = scratch + n, *const p = scratch + 2 * n;
    last->activation = VIB_ACTIVATION_LINEAR;
    r->step = t;
    forward(r, x, n);
    if (params->loss == VIB_LOSS_BINARY_CROSSENTROPY)
        ref_binary_crossentropy(r->y[r->n - 1], labels, n, n, &target, p, losses, hits, r->dy[r->n - 1]);
    else
        ref_categorical_crossentropy(r->y[r->n - 1], labels, n, outputs, n, &target, p, losses, hits,
                                     r->dy[r->n - 1]);
    *penalty = penalty_of(r);
    backward(r, x, n);
    last->activation = activation;
    optimize(r, &params->optimizer, t);
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += losses[i];
    free(scratch);
    return sum;
}
