/* A batch that does not fit the device is computed in parts, to the same bits. */
#include "engine.h"

#include <string.h>

#include "base/random.h"
#include "network/internal.h"

#include "../capture.h"
#include "../kernels/check.h"

enum { SIDE = 12, CHANNELS = 3, CLASSES = 5, BATCH = 91, STEPS = 3, PICTURE = SIDE * SIDE * CHANNELS };

static const char layers[] =
    "conv2d 8 3x3 same relu l2=0.01; maxpool2d 2x2; conv2d 6 3x3 same stride=2 groups=2; "
    "depthwise_conv2d 3x3 same relu name=a; conv2d 6 1x1; add with=a; dropout 0.4; flatten; "
    "dense 20 relu; dense 5 softmax";

static vib_network_params params_of(const vib_graph *graph, int batch, int part)
{
    return (vib_network_params){.graph = graph,
                                .loss = VIB_LOSS_CATEGORICAL_CROSSENTROPY,
                                .optimizer = {0.01, 0.9, 0.999, 1e-7, .clip_norm = 0.5},
                                .smoothing = 0.1,
                                .rescale = 1.0 / 255,
                                .augment = {.shear = 0.2, .zoom = {0.8, 1.2}, .hflip = 1},
                                .seed = 11,
                                .batch = batch,
                                .part = part,
                                .training = 1};
}

typedef struct pictures {
    unsigned char pixels[BATCH * PICTURE];
    int32_t labels[BATCH];
    uint64_t presentations[BATCH];
} pictures;

static void fill(pictures *p, uint64_t step)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        p->labels[i] = (int32_t)(vib_random_u32(3, 1, step * BATCH + i, 0) % CLASSES);
        p->presentations[i] = step * BATCH + i;
        for (uint32_t k = 0; k < PICTURE; k++)
            p->pixels[i * PICTURE + k] = (unsigned char)vib_random_u32(3, 2, step * BATCH + i, k);
    }
}

/* Loss, hit and probabilities of each picture, behind what is there. */
static void add_result(vib_network *net, vib_str *out)
{
    vib_result r;
    assert_int_equal(vib_network_result(net, 1, &r), 1);
    assert_int_equal(r.nonfinite, 0);
    vib_str_add_n(out, (const char *)r.loss, (size_t)r.n * sizeof(float));
    vib_str_add_n(out, (const char *)r.hit, (size_t)r.n * sizeof(float));
    vib_str_add_n(out, (const char *)r.output, (size_t)(r.n * r.outputs) * sizeof(float));
}

static void add_weights(vib_network *net, vib_str *out)
{
    for (int kind = VIB_VALUE; kind <= VIB_MOMENT2; kind++)
        for (size_t i = 0; i < vib_network_weights(net); i++) {
            const size_t count = vib_network_weight(net, i)->count;
            float *values = calloc(count, sizeof *values);
            assert_non_null(values);
            assert_int_equal(vib_network_get(net, (vib_weight_kind)kind, i, values), 0);
            vib_str_add_n(out, (const char *)values, count * sizeof *values);
            free(values);
        }
}

/* Everything that comes of a few steps, the last one short, and of an evaluation. */
static void train(vib_device *dev, int batch, int part, vib_str *out)
{
    vib_graph graph;
    vib_network *net = NULL;
    static pictures p;
    assert_int_equal(vib_check_graph(layers, SIDE, SIDE, CHANNELS, &graph), 0);
    const vib_network_params params = params_of(&graph, batch, part);
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    assert_int_equal(vib_network_init(net), 0);
    for (uint64_t t = 1; t <= STEPS; t++) {
        fill(&p, t);
        const vib_feed feed = {p.pixels, p.labels, p.presentations, t == STEPS ? batch / 2 + 3 : batch};
        assert_int_equal(vib_network_train(net, &feed, t, 0.01), 0);
        add_result(net, out);
    }
    const vib_feed feed = {p.pixels, p.labels, NULL, batch};
    assert_int_equal(vib_network_evaluate(net, &feed), 0);
    add_result(net, out);
    add_weights(net, out);
    assert_int_equal(vib_network_part(net), part ? part : batch);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

static void test_same_bits(void **state)
{
    static const struct {
        vib_family family;
        int part;
    } runs[] = {{VIB_FAMILY_CPU, 8}, {VIB_FAMILY_CPU, 16}, {VIB_FAMILY_CPU, 64}, {VIB_FAMILY_GPU, 32}};
    const vib_family own = vib_device_get_family(*state);
    vib_str whole = {0};
    train(*state, BATCH, 0, &whole);
    for (size_t i = 0; i < VIB_COUNT(runs); i++) {
        vib_str parts = {0};
        vib_device_use_family(*state, runs[i].family);
        train(*state, BATCH, runs[i].part, &parts);
        assert_int_equal(parts.len, whole.len);
        assert_memory_equal(parts.text, whole.text, whole.len);
        vib_str_free(&parts);
    }
    vib_device_use_family(*state, own);
    vib_str_free(&whole);
}

static void test_parts(void **state)
{
    static const int smaller[][2] = {
        {1, 0}, {8, 0}, {9, 8}, {16, 8}, {17, 16}, {100, 64}, {128, 64}, {129, 128}, {2147483647, 1 << 30}};
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(smaller); i++)
        assert_int_equal(vib_split_smaller(smaller[i][0]), smaller[i][1]);
}

/* Opens a network on some of what it needs, or fails with a status; the message is captured. */
static int open_on(vib_device *dev, const char *text, int training, int batch, uint64_t memory,
                   uint64_t *bytes)
{
    vib_graph graph;
    vib_network *net = NULL;
    assert_int_equal(vib_check_graph(text, SIDE, SIDE, CHANNELS, &graph), 0);
    vib_network_params params = params_of(&graph, batch, 0);
    params.memory = memory;
    params.training = training;
    capture_start();
    vib_log_set(capture, NULL, VIB_LOG_INFO);
    int err = vib_network_create(dev, &params, &net);
    if (err >= 0) {
        err = vib_network_part(net);
        if (bytes)
            *bytes = vib_plan_bytes(net);
        assert_true(!memory || vib_plan_bytes(net) <= memory);
    }
    vib_network_destroy(&net);
    vib_graph_free(&graph);
    return err;
}

static void test_small_device(void **state)
{
    static const char normal[] = "conv2d 8 3x3 same; batchnorm relu; flatten; dense 5 softmax";
    uint64_t bytes = 0;
    assert_int_equal(open_on(*state, layers, 1, BATCH, 0, &bytes), BATCH);
    assert_int_equal(captured_count, 0);
    const int part = open_on(*state, layers, 1, BATCH, bytes * 3 / 4, NULL);
    assert_true(part == 8 || part == 16 || part == 32 || part == 64);
    assert_captured("a batch of 91 pictures is computed ");
    assert_int_equal(open_on(*state, layers, 1, BATCH, 1000, NULL), VIB_BAD_MODEL);
    assert_captured("do not fit the device");

    /* What a batch is normalized by are all of its pictures; an evaluation looks at each by itself. */
    assert_int_equal(open_on(*state, normal, 1, BATCH, 0, &bytes), BATCH);
    assert_int_equal(open_on(*state, normal, 1, BATCH, bytes / 2, NULL), VIB_BAD_MODEL);
    assert_captured("batch_normalization needs a whole batch: use --batch ");
    const int largest = atoi(strstr(captured, "--batch ") + 8);
    assert_in_range(largest, 8, BATCH - 1);
    assert_int_equal(open_on(*state, normal, 1, largest, bytes / 2, NULL), largest);
    assert_int_equal(open_on(*state, normal, 1, largest + 1, bytes / 2, NULL), VIB_BAD_MODEL);
    assert_int_equal(open_on(*state, normal, 0, BATCH, 0, &bytes), BATCH);
    assert_in_range(open_on(*state, normal, 0, BATCH, bytes * 3 / 4, NULL), 8, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_small_device),
    };
    return cmocka_run_group_tests_name("batches in parts", tests, engine_setup, engine_teardown);
}
