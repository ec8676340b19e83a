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
    uint8_t **keep;
    size_t *first;      /* index of each layer's first weight */
    float **weights[4]; /* by kind, of each weight */
    size_t *counts;
};

static float *floats(size_t n)
{
    return vib_calloc(n, sizeof(float));
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
    r->step = VIB_CHECK_STEP;
    r->shapes = vib_calloc(r->n, sizeof *r->shapes);
    r->needs = vib_calloc(r->n, sizeof *r->needs);
    r->y = vib_calloc(r->n, sizeof *r->y);
    r->dy = vib_calloc(r->n, sizeof *r->dy);
    r->keep = vib_calloc(r->n, sizeof *r->keep);
    r->first = vib_calloc(r->n, sizeof *r->first);
    r->input_gradient = floats((size_t)batch * vib_shape_count(&graph->input));
    VIB_CHECK_MEM(r->shapes && r->needs && r->y && r->dy && r->keep && r->first && r->input_gradient);
    if (vib_graph_infer(graph, r->shapes, r->needs, &at, &why) < 0)
        VIB_FAIL(VIB_USAGE, "%s", why.text);
    for (size_t i = 0; i < r->n; i++)
        r->n_weights += (size_t)r->needs[i].n_weights;
    r->counts = vib_calloc(r->n_weights, sizeof *r->counts);
    VIB_CHECK_MEM(r->counts);
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
            for (int d = 0; d < r->needs[i].weights[j].rank; d++)
                r->counts[k] *= (size_t)r->needs[i].weights[j].dims[d];
            for (int kind = 0; kind < 4; kind++) {
                r->weights[kind][k] = floats(r->counts[k]);
                VIB_CHECK_MEM(r->weights[kind][k]);
            }
        }
    }
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
    }
    for (int kind = 0; kind < 4; kind++) {
        for (size_t k = 0; r->weights[kind] && k < r->n_weights; k++)
            free(r->weights[kind][k]);
        free(r->weights[kind]);
    }
    free(r->shapes);
    free(r->needs);
    free(r->y);
    free(r->dy);
    free(r->keep);
    free(r->first);
    free(r->counts);
    free(r->input_gradient);
    free(r);
    *net = NULL;
}

static ref_size size_of(const vib_shape *s, int n)
{
    return (ref_size){n, s->h, s->w, s->c};
}

static ref_site site_of(ref_network *r, size_t i, const float *x, int n)
{
    const int from = r->graph->layers[i].inputs[0];
    ref_site s = {.opts = r->graph->layers[i].opts,
                  .in = size_of(from == VIB_INPUT ? &r->graph->input : &r->shapes[from], n),
                  .out = size_of(&r->shapes[i], n),
                  .x = from == VIB_INPUT ? x : r->y[from],
                  .dx = from == VIB_INPUT ? r->input_gradient : r->dy[from],
                  .y = r->y[i],
                  .dy = r->dy[i],
                  .keep = r->keep[i],
                  .seed = r->seed,
                  .step = r->step,
                  .layer = (int)i};
    for (int j = 0; j < r->needs[i].n_weights; j++) {
        s.w[j] = r->weights[VIB_VALUE][r->first[i] + (size_t)j];
        s.dw[j] = r->weights[VIB_GRADIENT][r->first[i] + (size_t)j];
    }
    return s;
}

static void forward(ref_network *r, const float *x, int n)
{
    for (size_t i = 0; i < r->n; i++) {
        const ref_site s = site_of(r, i, x, n);
        ref_layer_find(r->graph->layers[i].ops->name)->forward(&s);
    }
}

static void backward(ref_network *r, const float *x, int n)
{
    for (size_t i = r->n; i-- > 0;) {
        const ref_site s = site_of(r, i, x, n);
        ref_layer_find(r->graph->layers[i].ops->name)->backward(&s);
    }
}

void ref_network_run(ref_network *r, const float *x, int n, const float *dy)
{
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

double ref_network_train(ref_network *r, vib_loss loss, const vib_optimizer *adam, const float *x,
                         const int32_t *labels, int n, uint64_t t)
{
    /* The loss takes the logits: the last activation is left out, as src/network/fuse.c does. */
    vib_dense_opts *last = r->graph->layers[r->n - 1].opts;
    const int activation = last->activation, outputs = r->shapes[r->n - 1].c;
    float *scratch = floats((size_t)n * (size_t)(outputs + 2));
    if (!scratch)
        return NAN;
    float *const losses = scratch, *const hits = scratch + n, *const p = scratch + 2 * n;
    last->activation = VIB_ACTIVATION_LINEAR;
    r->step = t;
    forward(r, x, n);
    if (loss == VIB_LOSS_BINARY_CROSSENTROPY)
        ref_binary_crossentropy(r->y[r->n - 1], labels, n, n, p, losses, hits, r->dy[r->n - 1]);
    else
        ref_categorical_crossentropy(r->y[r->n - 1], labels, n, outputs, n, p, losses, hits, r->dy[r->n - 1]);
    backward(r, x, n);
    last->activation = activation;

    const vib_adam_scalars s = vib_adam_scalars_of(adam, t, adam->lr);
    for (size_t k = 0; k < r->n_weights; k++)
        ref_adam(r->weights[VIB_VALUE][k], r->weights[VIB_MOMENT1][k], r->weights[VIB_MOMENT2][k],
                 r->weights[VIB_GRADIENT][k], r->counts[k], s.alpha, s.rate1, s.rate2, s.epsilon);
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += losses[i];
    free(scratch);
    return sum;
}
