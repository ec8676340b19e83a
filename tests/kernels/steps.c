/* Whole steps: bytes to floats, loss, backward, Adam, against the same in plain C. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "check.h"

/* What else a check of whole steps turns on. */
typedef struct extras {
    vib_optimizer optimizer;
    double smoothing;
    const float *class_weights; /* NULL: none */
    int part;                   /* pictures at a time; 0: all */
    unsigned frozen;            /* bit i: layer i */
} extras;

static const extras adam = {.optimizer = {0.01, 0.9, 0.999, 1e-7}};

/* Three steps of a network over every loss and the augmentation; compares the weights and moments. */
static int train(vib_device *dev, uint64_t seed, const char *layers, vib_loss loss, int h, int w, int batch,
                 const extras *more, vib_str *why)
{
    int err = 0;
    vib_graph graph = {0};
    vib_network *net = NULL;
    ref_network *ref = NULL;
    float *x = NULL, *buffer = NULL;
    unsigned char *pixels = NULL;
    int32_t *labels = NULL;
    uint64_t *presentations = NULL;
    VIB_TRY(vib_check_graph(layers, h, w, 3, &graph));
    for (size_t i = 0; i < graph.n; i++)
        graph.layers[i].frozen = more->frozen >> i & 1;
    const vib_network_params params = {
        .graph = &graph,
        .loss = loss,
        .optimizer = more->optimizer,
        .smoothing = more->smoothing,
        .rescale = 1.0 / 255,
        .augment = {.shear = 10, .zoom = {0.8, 1.2}, .hflip = 1},
        .seed = VIB_CHECK_SEED,
        .batch = batch,
        .part = more->part,
        .training = 1,
        .guard = 1,
    };
    const size_t picture = (size_t)h * (size_t)w * 3;
    VIB_TRY(vib_network_create(dev, &params, &net));
    VIB_TRY(vib_network_init(net));
    VIB_TRY(ref_network_create(&graph, batch, &ref));
    size_t most = picture * (size_t)batch;
    for (size_t i = 0; i < vib_network_weights(net); i++)
        most = VIB_MAX(most, vib_network_weight(net, i)->count);
    x = vib_calloc(most, sizeof *x);
    buffer = vib_calloc(most, sizeof *buffer);
    pixels = vib_calloc(most, 1);
    labels = vib_calloc((size_t)batch, sizeof *labels);
    presentations = vib_calloc((size_t)batch, sizeof *presentations);
    VIB_CHECK_MEM(x && buffer && pixels && labels && presentations);
    if (more->class_weights)
        VIB_TRY(vib_network_set_class_weights(net, more->class_weights, 2));
    for (size_t i = 0; i < vib_network_weights(net); i++)
        VIB_TRY(vib_network_get(net, VIB_VALUE, i, ref_network_weight(ref, VIB_VALUE, i, NULL)));

    for (uint64_t t = 1; t <= 3; t++) {
        const int n = batch - (t == 3), classes = loss == VIB_LOSS_BINARY_CROSSENTROPY ? 2 : 5;
        for (size_t i = 0; i < picture * (size_t)n; i++)
            pixels[i] = (unsigned char)vib_random_u32(seed, 100, i, (uint32_t)t);
        for (int i = 0; i < n; i++) {
            labels[i] = (int32_t)(vib_random_u32(seed, 101, (uint64_t)i, (uint32_t)t) % (uint32_t)classes);
            presentations[i] = t * 1000 + (uint64_t)i;
            vib_augment_row how;
            vib_augment_draw(&params.augment, params.seed, presentations[i], h, w, &how);
            ref_augment(x + (size_t)i * picture, pixels + (size_t)i * picture, h, w, 3, (float)params.rescale,
                        &params.augment, t == 2 ? NULL : &how);
        }
        const vib_feed feed = {pixels, labels, t == 2 ? NULL : presentations, n};
        vib_result result;
        VIB_TRY(vib_network_train(net, &feed, t, params.optimizer.lr));
        VIB_TRY(vib_network_result(net, 1, &result));
        double sum = 0;
        for (int i = 0; i < result.n; i++)
            sum += result.loss[i];
        float penalty;
        const double want = ref_network_train(ref, &params, more->class_weights, x, labels, n, t, &penalty);
        if (sum != want || result.penalty != penalty) {
            vib_str_printf(why, "loss of step %d is %a and %a, must be %a and %a", (int)t, sum,
                           (double)result.penalty, want, (double)penalty);
            VIB_TRY(VIB_FAILED);
        }
    }
    static const vib_weight_kind kinds[] = {VIB_GRADIENT, VIB_MOMENT1, VIB_MOMENT2, VIB_VALUE};
    for (size_t k = 0; k < VIB_COUNT(kinds); k++)
        for (size_t i = 0; i < vib_network_weights(net); i++) {
            if (!vib_network_has(net, kinds[k]) ||
                (!vib_network_weight(net, i)->trained && kinds[k] != VIB_VALUE))
                continue;
            VIB_TRY(vib_network_get(net, kinds[k], i, buffer));
            VIB_TRY(vib_check_same(vib_network_weight(net, i)->name, buffer,
                                   ref_network_weight(ref, kinds[k], i, NULL),
                                   vib_network_weight(net, i)->count, why));
        }
    VIB_TRY(vib_network_check_guards(net));
fail:
    vib_network_destroy(&net);
    ref_network_destroy(&ref);
    vib_graph_free(&graph);
    free(x);
    free(buffer);
    free(pixels);
    free(labels);
    free(presentations);
    return err;
}

static int binary(vib_device *dev, uint64_t seed, vib_str *why)
{
    return train(dev, seed,
                 "conv2d 4 3x3 same; batchnorm relu; maxpool2d 2x2; flatten; dropout 0.5; dense 1 sigmoid",
                 VIB_LOSS_BINARY_CROSSENTROPY, 7, 6, 10, &adam, why);
}

static int categorical(vib_device *dev, uint64_t seed, vib_str *why)
{
    return train(dev, seed, "flatten; dense 5 softmax", VIB_LOSS_CATEGORICAL_CROSSENTROPY, 5, 4, 3, &adam,
                 why);
}

static int sgd(vib_device *dev, uint64_t seed, vib_str *why)
{
    static const float weights[] = {0.75f, 1.5f};
    const extras plain = {.optimizer = {.method = VIB_METHOD_SGD, .lr = 0.1}, .class_weights = weights};
    const extras momentum = {.optimizer = {.method = VIB_METHOD_SGD,
                                           .lr = 0.1,
                                           .momentum = 0.9,
                                           .weight_decay = 0.01,
                                           .clip_norm = 0.25},
                             .smoothing = 0.1};
    const extras nesterov = {
        .optimizer = {.method = VIB_METHOD_SGD, .lr = 0.1, .momentum = 0.9, .nesterov = 1, .clip_norm = 1e6}};
    const int err =
        train(dev, seed, "flatten; dense 1 sigmoid", VIB_LOSS_BINARY_CROSSENTROPY, 3, 4, 3, &plain, why);
    if (err < 0)
        return err;
    const int err2 = train(dev, seed, "flatten; dense 40 relu l1=0.01 l2=0.02; dense 5 softmax l2=0.1",
                           VIB_LOSS_CATEGORICAL_CROSSENTROPY, 9, 8, 9, &momentum, why);
    return err2 < 0 ? err2
                    : train(dev, seed, "flatten; dense 5 softmax", VIB_LOSS_CATEGORICAL_CROSSENTROPY, 2, 3, 2,
                            &nesterov, why);
}

static int adamw(vib_device *dev, uint64_t seed, vib_str *why)
{
    const extras more = {
        .optimizer = {0.01, 0.9, 0.999, 1e-7, .method = VIB_METHOD_ADAMW, .weight_decay = 0.1},
        .smoothing = 0.2};
    return train(dev, seed, "conv2d 3 3x3 same relu l1=0.1; flatten; dense 1 sigmoid",
                 VIB_LOSS_BINARY_CROSSENTROPY, 4, 3, 3, &more, why);
}

/* 19 pictures, 8 at a time, and in the last step 18. */
static int parts(vib_device *dev, uint64_t seed, vib_str *why)
{
    const extras more = {.optimizer = {0.01, 0.9, 0.999, 1e-7, .clip_norm = 0.5}, .part = 8};
    return train(dev, seed, "conv2d 2 3x3 same relu; dropout 0.5; flatten; dense 1 sigmoid",
                 VIB_LOSS_BINARY_CROSSENTROPY, 4, 3, 19, &more, why);
}

/* Layers that are not trained, in the middle and at the bottom. */
static int frozen(vib_device *dev, uint64_t seed, vib_str *why)
{
    static const char layers[] = "conv2d 24 3x3 same relu; batchnorm relu; conv2d 8 3x3 same relu l2=0.1; "
                                 "maxpool2d 2x2; flatten; dense 3 tanh l2=0.1; dense 1 sigmoid";
    extras more = adam;
    more.frozen = 1u << 1 | 1u << 2 | 1u << 5;
    const int err = train(dev, seed, layers, VIB_LOSS_BINARY_CROSSENTROPY, 6, 5, 9, &more, why);
    more.frozen = 1u << 0 | 1u << 1 | 1u << 2;
    return err < 0 ? err : train(dev, seed, layers, VIB_LOSS_BINARY_CROSSENTROPY, 6, 5, 9, &more, why);
}

const vib_check_step vib_check_steps[] = {
    {"three steps, binary_crossentropy, augment, adam", VIB_CHECK_TINY, binary},
    {"three steps, categorical_crossentropy", VIB_CHECK_LARGE, categorical},
    {"augmentation, everything at once", VIB_CHECK_TINY, vib_check_augment},
    {"augmentation, a dozen recipes", VIB_CHECK_LARGE, vib_check_augment_parts},
    {"multiply-adds and copies of bench", VIB_CHECK_NORMAL, vib_check_bench},
    {"around matrix products", VIB_CHECK_TINY, vib_check_product},
    {"three steps, sgd, clip_norm, l1, l2, smoothing, class weights", VIB_CHECK_LARGE, sgd},
    {"three steps, adamw, l1, smoothing", VIB_CHECK_LARGE, adamw},
    {"batches in parts", VIB_CHECK_TINY, parts},
    {"three steps, frozen layers", VIB_CHECK_LARGE, frozen},
    {0},
};
