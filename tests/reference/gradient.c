/* Backward in double against central differences of forward in double: every layer of the list, both losses.
 * Numbers keep away from where a function has a corner: a difference across it would be of no use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "network/layers/layers.h"
#include "reference/reference.h"

#include "../kernels/check.h"

/* A step of 1e-6 leaves about 1e-9 of rounding, which small elements feel, and 1e-12 of curvature. */
#define STEP 1e-6
#define TOLERANCE 1e-6

/* One layer as recipe text, over n pictures. */
typedef struct example {
    const char *layer;
    int n, h, w, c;
    double range; /* of its inputs; 0: 1 */
} example;

static const example examples[] = {
    {"conv2d 4 3x3 same relu", 2, 5, 4, 3},
    {"conv2d 3 2x2 valid stride=2", 3, 5, 4, 1},
    {"conv2d 2 5x3 same stride=2x3 sigmoid", 9, 5, 7, 2}, /* two groups of pictures */
    {"conv2d 3 1x1 valid softmax", 2, 3, 2, 2},
    {"conv2d 2 4x4 same stride=3", 1, 7, 6, 2},
    {"conv2d 1 2x3 valid relu", 17, 3, 4, 1},
    {"conv2d 2 3x3 same bias=no", 2, 4, 3, 2},
    {"conv2d 2 3x3 symmetric stride=2", 2, 6, 5, 2},
    {"conv2d 1 1x2 same", 1, 2, 300, 1}, /* leaves of one row */
    {"conv2d 4 2x3 same dilation=2x1 groups=2 relu", 2, 5, 4, 4},
    {"conv2d 3 3x2 valid dilation=1x3 stride=2 groups=3", 9, 6, 7, 3},
    {"conv2d 4 3x3 same relu algorithm=winograd", 2, 5, 4, 3}, /* tiles that hang over */
    {"conv2d 3 3x3 valid bias=no algorithm=winograd", 9, 6, 7, 2},
    {"depthwise_conv2d 3x3 same relu", 2, 5, 4, 3},
    {"depthwise_conv2d 2x3 valid stride=2 dilation=2x1 multiplier=2", 2, 5, 6, 2},
    {"maxpool2d 2x2", 2, 5, 4, 3},
    {"maxpool2d 3x3 stride=2", 2, 7, 8, 2},
    {"maxpool2d 3x2 stride=1x2 same", 1, 4, 5, 2},
    {"maxpool2d 2x2 stride=3", 2, 8, 7, 1},
    {"maxpool2d 3x3 symmetric stride=2", 2, 6, 5, 1},
    {"avgpool2d 2x2", 2, 5, 4, 3},
    {"avgpool2d 3x2 stride=1x2 same", 1, 4, 5, 2},
    {"globalavgpool2d", 2, 5, 4, 3},
    {"globalavgpool2d", 1, 1, 1, 1},
    {"globalmaxpool2d", 2, 5, 4, 3},
    {"globalmaxpool2d", 1, 1, 1, 1},
    {"zeropad2d 1x2", 2, 3, 2, 2},
    {"zeropad2d 0x1 after=2x0", 1, 2, 3, 1},
    {"dropout 0.5", 2, 3, 4, 3},
    {"dropout 0", 1, 2, 1, 1},
    {"batchnorm", 9, 3, 2, 2},
    {"batchnorm epsilon=0.1 tanh", 2, 3, 100, 1}, /* leaves of two rows, and of one */
    {"batchnorm sigmoid", 4, 1, 1, 3},
    {"flatten", 2, 3, 2, 4},
    {"flatten", 1, 1, 1, 1},
    {"dense 5 relu", 3, 1, 1, 7},
    {"dense 1 sigmoid", 9, 1, 1, 4},
    {"dense 4 softmax", 2, 1, 1, 3},
    {"dense 2", 1, 1, 1, 1030}, /* three chunks */
    {"dense 700", 1, 1, 1, 2},
    {"relu", 2, 3, 3, 2},
    {"relu", 1, 1, 1, 5},
    {"relu6", 2, 3, 3, 2, 10},
    {"relu6", 1, 1, 1, 5, 20},
    {"leaky_relu", 2, 3, 3, 2},
    {"leaky_relu slope=0.01", 1, 1, 1, 5},
    {"silu", 2, 3, 3, 2},
    {"silu", 1, 1, 1, 5},
    {"tanh", 2, 3, 3, 2},
    {"tanh", 1, 1, 1, 5},
    {"sigmoid", 2, 3, 3, 2},
    {"sigmoid", 3, 1, 1, 1},
    {"softmax", 2, 2, 3, 4},
    {"softmax", 1, 1, 1, 1},
};

enum { INPUT, MAX_TENSORS = 1 + REF_MAX_WEIGHTS };

/* A layer with its numbers. tensors: x, then weights; analytic: their gradients. */
typedef struct work {
    const ref64_layer *layer;
    ref64_site site;
    int n_tensors;
    size_t counts[MAX_TENSORS], n_out;
    double *tensors[MAX_TENSORS], *analytic[MAX_TENSORS], *direction;
} work;

static double *doubles(size_t n)
{
    double *p = calloc(n ? n : 1, sizeof *p);
    assert_non_null(p);
    return p;
}

/* All different by at least 1/n, none nearer to zero than half of that: no ties, no corner of relu. */
static void spread(double *out, size_t n, uint64_t seed, uint32_t stream)
{
    uint32_t *order = calloc(n, sizeof *order);
    assert_non_null(order);
    vib_random_permutation(seed, stream, 0, order, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        out[i] = (2.0 * order[i] + 1.5) / (double)n - 1;
    free(order);
}

static void open_work(work *k, const example *e, const vib_graph *graph)
{
    vib_shape out;
    vib_layer_need need = {0};
    vib_str why = {0};
    const vib_layer_spec *spec = &graph->layers[0];
    vib_shape in = graph->input;
    in.flat = spec->ops == &vib_layer_dense;
    if (spec->ops->infer(spec->opts, &in, 1, &out, &need, &why) < 0)
        fail_msg("%s: %s", e->layer, why.text);
    *k = (work){.layer = ref64_layer_find(spec->ops->name), .n_tensors = 1 + need.n_weights};
    while (k->n_tensors > 1 && need.weights[k->n_tensors - 2].state)
        k->n_tensors--;
    assert_non_null(k->layer);
    k->counts[INPUT] = (size_t)e->n * vib_shape_count(&in);
    for (int j = 0; j < need.n_weights; j++) {
        k->counts[1 + j] = 1;
        for (int d = 0; d < need.weights[j].rank; d++)
            k->counts[1 + j] *= (size_t)need.weights[j].dims[d];
    }
    k->n_out = (size_t)e->n * vib_shape_count(&out);
    k->direction = doubles(k->n_out);
    for (int i = 0; i < 1 + need.n_weights; i++) {
        k->tensors[i] = doubles(k->counts[i]);
        k->analytic[i] = doubles(k->counts[i]);
    }
    k->site = (ref64_site){.opts = spec->opts,
                           .in = {e->n, in.h, in.w, in.c},
                           .out = {e->n, out.h, out.w, out.c},
                           .x = k->tensors[INPUT],
                           .dx = k->analytic[INPUT],
                           .dy = k->direction,
                           .y = doubles(k->n_out),
                           .keep = calloc(k->n_out, 1),
                           .seed = 5,
                           .step = 3,
                           .layer = 1};
    assert_non_null(k->site.keep);
    for (int j = 0; j < need.n_weights; j++) {
        k->site.w[j] = k->tensors[1 + j];
        k->site.dw[j] = k->analytic[1 + j];
    }
}

static void close_work(work *k)
{
    for (int i = 0; i < MAX_TENSORS; i++) {
        free(k->tensors[i]);
        free(k->analytic[i]);
    }
    free(k->direction);
    free(k->site.y);
    free(k->site.keep);
}

/* How near the sums in front of a relu come to its corner. */
static double corner(const work *k, const vib_layer_ops *ops)
{
    int *activation = ops == &vib_layer_conv2d || ops == &vib_layer_depthwise_conv2d
                          ? &((vib_conv2d_opts *)k->site.opts)->activation
                      : ops == &vib_layer_dense ? &((vib_dense_opts *)k->site.opts)->activation
                                                : NULL;
    double least = 1;
    if (!activation || *activation != VIB_ACTIVATION_RELU)
        return least;
    *activation = VIB_ACTIVATION_LINEAR;
    k->layer->forward(&k->site);
    *activation = VIB_ACTIVATION_RELU;
    for (size_t i = 0; i < k->n_out; i++)
        least = fmin(least, fabs(k->site.y[i]));
    return least;
}

/* The layer's output along `direction`, as one number. */
static double measure(const work *k)
{
    double sum = 0;
    k->layer->forward(&k->site);
    for (size_t i = 0; i < k->n_out; i++)
        sum += k->direction[i] * k->site.y[i];
    return sum;
}

/* Differences are held to the larger of the element and a hundredth of the largest one. */
static void compare(const char *what, double numeric, double analytic, double largest)
{
    const double scale = fmax(fmax(fabs(analytic), largest / 100), 1e-3);
    if (!(fabs(numeric - analytic) <= TOLERANCE * scale))
        fail_msg("%s: backward says %.12g, differences %.12g", what, analytic, numeric);
}

static void check_example(const example *e)
{
    static const char *const words[MAX_TENSORS] = {"dx", "d weight 0", "d weight 1"};
    vib_graph graph;
    work k;
    assert_int_equal(vib_check_graph(e->layer, e->h, e->w, e->c, &graph), 0);
    open_work(&k, e, &graph);
    uint64_t seed = 0;
    do {
        seed++;
        assert_true(seed < 100);
        for (int i = 0; i < k.n_tensors; i++)
            spread(k.tensors[i], k.counts[i], seed, 100 + (uint32_t)i);
        for (size_t i = 0; e->range > 0 && i < k.counts[INPUT]; i++)
            k.tensors[INPUT][i] *= e->range;
    } while (corner(&k, graph.layers[0].ops) < 100 * STEP);
    for (size_t i = 0; i < k.n_out; i++)
        k.direction[i] = 2 * (double)vib_random_unit(seed, 99, i, 0) - 1;
    for (int i = 0; i < k.n_tensors; i++) /* what backward leaves unwritten shows */
        for (size_t j = 0; j < k.counts[i]; j++)
            k.analytic[i][j] = NAN;
    k.layer->forward(&k.site);
    k.layer->backward(&k.site);

    for (int i = 0; i < k.n_tensors; i++) {
        double largest = 0;
        for (size_t j = 0; j < k.counts[i]; j++)
            largest = fmax(largest, fabs(k.analytic[i][j]));
        for (size_t j = 0; j < k.counts[i]; j++) {
            char what[120];
            const double at = k.tensors[i][j];
            k.tensors[i][j] = at + STEP;
            const double above = measure(&k);
            k.tensors[i][j] = at - STEP;
            const double below = measure(&k);
            k.tensors[i][j] = at;
            snprintf(what, sizeof what, "%s (%d x %dx%dx%d): %s[%zu]", e->layer, e->n, e->h, e->w, e->c,
                     words[i], j);
            compare(what, (above - below) / (2 * STEP), k.analytic[i][j], largest);
        }
    }
    close_work(&k);
    vib_graph_free(&graph);
}

static void test_layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(examples); i++)
        check_example(&examples[i]);
}

/* y of a layer over two or three inputs, along `direction`. */
static double joined(const ref64_layer *layer, const ref64_site *site, const double *direction, size_t n)
{
    double sum = 0;
    layer->forward(site);
    for (size_t i = 0; i < n; i++)
        sum += direction[i] * site->y[i];
    return sum;
}

enum { JOINED = 3, MOST = 64 };

static void check_join(const char *word, const void *opts, const ref_size *in, int n_inputs, ref_size out)
{
    double x[JOINED][MOST], dx[JOINED][MOST], y[MOST], dy[MOST];
    const ref64_layer *layer = ref64_layer_find(word);
    ref64_site site = {.opts = opts, .in = in[0], .out = out, .n_inputs = n_inputs, .y = y, .dy = dy};
    const size_t n = (size_t)(out.n * out.h * out.w * out.c);
    assert_true(n <= MOST);
    spread(dy, n, 1, 50);
    for (int k = 0; k < n_inputs; k++) {
        spread(x[k], (size_t)(in[k].n * in[k].h * in[k].w * in[k].c), 1, 60 + (uint32_t)k);
        site.inputs[k].in = in[k];
        site.inputs[k].x = x[k];
        site.inputs[k].dx = dx[k];
    }
    layer->forward(&site);
    layer->backward(&site);
    for (int k = 0; k < n_inputs; k++)
        for (int i = 0; i < in[k].n * in[k].h * in[k].w * in[k].c; i++) {
            const double at = x[k][i];
            x[k][i] = at + STEP;
            const double above = joined(layer, &site, dy, n);
            x[k][i] = at - STEP;
            const double below = joined(layer, &site, dy, n);
            x[k][i] = at;
            compare(word, (above - below) / (2 * STEP), dx[k][i], 1);
        }
}

static void test_joins(void **state)
{
    static const ref_size same[] = {{2, 2, 3, 2}, {2, 2, 3, 2}, {2, 2, 3, 2}};
    static const ref_size other[] = {{2, 2, 3, 1}, {2, 2, 3, 3}, {2, 2, 3, 1}};
    (void)state;
    check_join("add", &(vib_add_opts){VIB_ACTIVATION_LINEAR}, same, 2, same[0]);
    check_join("add", &(vib_add_opts){VIB_ACTIVATION_SIGMOID}, same, 3, same[0]);
    check_join("concat", NULL, other, 3, (ref_size){2, 2, 3, 5});
}

/* A layer that is added to the list needs two examples here. */
static void test_every_layer_has_examples(void **state)
{
    (void)state;
    for (size_t l = 0; vib_layers[l]; l++) {
        const char *name = vib_layers[l]->name;
        const size_t length = strlen(name);
        int found = 0;
        if (vib_layers[l]->min_inputs > 1)
            continue; /* in test_joins */
        for (size_t i = 0; i < VIB_COUNT(examples); i++)
            found += !strncmp(examples[i].layer, name, length) &&
                     (examples[i].layer[length] == 0 || examples[i].layer[length] == ' ');
        if (found < 2)
            fail_msg("%s: %d examples, two are wanted", name, found);
    }
}

enum { PICTURES = 5, CLASSES = 4 };

typedef struct losses {
    double p[PICTURES * CLASSES], loss[PICTURES], hit[PICTURES], dz[PICTURES * CLASSES];
} losses;

/* The mean over the batch. */
static double loss_of(const double *z, const int32_t *labels, int classes, const ref64_target *target,
                      losses *out)
{
    double sum = 0;
    if (classes == 1)
        ref64_binary_crossentropy(z, labels, PICTURES, PICTURES, target, out->p, out->loss, out->hit,
                                  out->dz);
    else
        ref64_categorical_crossentropy(z, labels, PICTURES, classes, PICTURES, target, out->p, out->loss,
                                       out->hit, out->dz);
    for (int i = 0; i < PICTURES; i++)
        sum += out->loss[i];
    return sum / PICTURES;
}

static void check_loss(int classes, const ref64_target *target)
{
    static const int32_t labels[CLASSES][PICTURES] = {{0, 1, 1, 0, 1}, {1, 0, 1, 1, 0}, {0}, {3, 0, 1, 2, 0}};
    double z[PICTURES * CLASSES];
    losses there, beside;
    spread(z, (size_t)(PICTURES * classes), 1, 1);
    for (int i = 0; i < PICTURES * classes; i++)
        z[i] *= 4;
    loss_of(z, labels[classes - 1], classes, target, &there);
    for (int i = 0; i < PICTURES * classes; i++) {
        char what[40];
        const double at = z[i];
        z[i] = at + STEP;
        const double above = loss_of(z, labels[classes - 1], classes, target, &beside);
        z[i] = at - STEP;
        const double below = loss_of(z, labels[classes - 1], classes, target, &beside);
        z[i] = at;
        snprintf(what, sizeof what, "loss of %d outputs: dz[%d]", classes, i);
        compare(what, (above - below) / (2 * STEP), there.dz[i], 0);
    }
}

static void test_losses(void **state)
{
    static const double weights[CLASSES] = {0.5, 2, 1.25, 3};
    static const struct {
        double smoothing;
        const double *weights;
    } how[] = {{0, NULL}, {0.1, NULL}, {0, weights}};
    static const int outputs[] = {1, 2, CLASSES};
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(how); i++)
        for (size_t k = 0; k < VIB_COUNT(outputs); k++) {
            const double off = how[i].smoothing / (outputs[k] > 1 ? outputs[k] : 2);
            check_loss(outputs[k], &(ref64_target){1 - how[i].smoothing + off, off, how[i].weights});
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layer_has_examples),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_losses),
    };
    return cmocka_run_group_tests_name("finite differences", tests, NULL, NULL);
}
