/* What a network refuses, and what it does when numbers stop being numbers. */
#include "engine.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "network/internal.h"

#include "../capture.h"
#include "../kernels/check.h"

static int setup(void **state)
{
    const int err = engine_setup(state);
    capture_start();
    return err;
}

static int teardown(void **state)
{
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    return engine_teardown(state);
}

static const vib_optimizer adam = {0.001, 0.9, 0.999, 1e-7};

static vib_network_params params_of(const vib_graph *graph, int batch)
{
    return (vib_network_params){.graph = graph,
                                .loss = VIB_LOSS_BINARY_CROSSENTROPY,
                                .optimizer = adam,
                                .rescale = 1.0 / 255,
                                .seed = 1,
                                .batch = batch,
                                .training = 1};
}

/* Creation fails with a status and one message that holds `part`. */
static void assert_refused(vib_device *dev, const vib_network_params *params, int status, const char *part)
{
    vib_network *net = NULL;
    capture_start();
    assert_int_equal(vib_network_create(dev, params, &net), status);
    assert_null(net);
    assert_captured(part);
}

/* The same for layers as recipe text. */
static void assert_layers_refused(vib_device *dev, const char *layers, int h, int w, const char *part)
{
    vib_graph graph;
    assert_int_equal(vib_check_graph(layers, h, w, 3, &graph), 0);
    const vib_network_params params = params_of(&graph, 2);
    assert_refused(dev, &params, VIB_USAGE, part);
    vib_graph_free(&graph);
}

static void test_shapes(void **state)
{
    assert_layers_refused(*state, "conv2d 2 5x5 valid; flatten; dense 1 sigmoid", 4, 9, "does not fit");
    assert_layers_refused(*state, "maxpool2d 2x2; maxpool2d 2x2; maxpool2d 2x2; flatten; dense 1", 5, 5,
                          "max_pooling2d_2: a 2x2 window does not fit in the 1x1 input");
    assert_layers_refused(*state, "dense 1 sigmoid", 4, 4, "put `flatten` before it");
    assert_layers_refused(*state, "flatten; conv2d 2 1x1 valid; dense 1", 4, 4,
                          "a convolution needs a picture");
    assert_layers_refused(*state, "flatten; maxpool2d 2x2; dense 1", 4, 4,
                          "max_pooling2d: pooling needs a picture");
    assert_layers_refused(*state, "conv2d 2 3x3 same", 4, 4, "the loss needs a dense layer at the end");
    assert_layers_refused(*state, "conv2d 2 3x3 same; flatten", 4, 4, "the loss needs a dense layer");
}

/* Kernels whose weights an int cannot count: without a device, as `summary` asks. */
static void test_too_many_weights(void **state)
{
    (void)state;
    static const struct {
        const char *layers;
        int fits;
    } tests[] = {
        {"conv2d 65536 1x1 valid; conv2d 65536 255x255 same", 0},
        {"conv2d 65536 1x1 valid; conv2d 32767 1x1 same", 1},
        {"conv2d 65536 1x1 valid; conv2d 32768 1x1 same", 0}, /* 2^31 */
        {"flatten; dense 1048576; dense 2047", 1},
        {"flatten; dense 1048576; dense 2048", 0}, /* 2^31 */
    };
    for (size_t i = 0; i < VIB_COUNT(tests); i++) {
        vib_graph graph;
        vib_shape shapes[4];
        vib_layer_need needs[4];
        vib_str why = {0};
        size_t at;
        assert_int_equal(vib_check_graph(tests[i].layers, 2, 2, 3, &graph), 0);
        assert_int_equal(vib_graph_infer(&graph, shapes, needs, &at, &why),
                         tests[i].fits ? VIB_OK : VIB_USAGE);
        assert_int_equal(at, graph.n - 1);
        if (!tests[i].fits)
            assert_non_null(strstr(why.text, "weights"));
        vib_str_free(&why);
        vib_graph_free(&graph);
    }
}

static void test_branches(void **state)
{
    vib_graph graph;
    assert_int_equal(vib_check_graph("relu; sigmoid; flatten; dense 1 sigmoid", 2, 2, 3, &graph), 0);
    const vib_network_params params = params_of(&graph, 2);
    graph.layers[2].inputs[0] = 0; /* flatten reads relu, and so does sigmoid, which nothing reads */
    assert_refused(*state, &params, VIB_USAGE, "nothing uses the output of activation");
    graph.layers[2].inputs[0] = 1;
    graph.layers[1].inputs[0] = VIB_INPUT;
    assert_refused(*state, &params, VIB_USAGE, "nothing uses the output of re_lu");
    graph.layers[1].inputs[0] = 0;
    graph.layers[3].inputs[0] = 1; /* past flatten, whose output is left over */
    vib_network *net = NULL;
    capture_start();
    assert_int_equal(vib_network_create(*state, &params, &net), VIB_USAGE);
    assert_int_equal(captured_count, 1);
    vib_graph_free(&graph);
}

static void test_nothing_to_build(void **state)
{
    vib_graph graph;
    assert_int_equal(vib_check_graph("flatten; dense 1 sigmoid", 2, 2, 3, &graph), 0);
    vib_network_params params = params_of(&graph, 0);
    assert_refused(*state, &params, VIB_USAGE, "a batch of at least 1");
    params.batch = -1;
    assert_refused(*state, &params, VIB_USAGE, "a batch of at least 1");
    vib_graph empty = {.input = {2, 2, 3, 0}};
    params = params_of(&empty, 1);
    assert_refused(*state, &params, VIB_USAGE, "needs layers");
    vib_graph_free(&graph);
}

/* Above the device's limit for one piece, even for a picture alone: refused before anything is allocated. */
static void test_too_large(void **state)
{
    vib_graph graph;
    assert_int_equal(
        vib_check_graph("conv2d 64 3x3 same relu; flatten; dense 1 sigmoid", 2048, 2048, 3, &graph), 0);
    vib_network_params params = params_of(&graph, INT_MAX);
    params.memory = 1u << 30;
    assert_refused(*state, &params, VIB_BAD_MODEL, "do not fit the device");
    params.batch = 1 << 20;
    assert_refused(*state, &params, VIB_BAD_MODEL, "do not fit the device");
    params.training = 0;
    assert_refused(*state, &params, VIB_BAD_MODEL, "do not fit the device");
    vib_graph_free(&graph);
}

enum { BATCH = 3, SIDE = 4, PIXELS = BATCH * SIDE * SIDE * 3 };

/* A small network with its batch, for steps. */
typedef struct small {
    vib_graph graph;
    vib_network *net;
    unsigned char pixels[PIXELS];
    int32_t labels[BATCH];
    vib_feed feed;
} small;

static void open_small(vib_device *dev, small *s)
{
    *s = (small){.labels = {0, 1, 1}};
    assert_int_equal(vib_check_graph("conv2d 2 3x3 same relu; flatten; dense 2 relu; dense 1 sigmoid", SIDE,
                                     SIDE, 3, &s->graph),
                     0);
    const vib_network_params params = params_of(&s->graph, BATCH);
    assert_int_equal(vib_network_create(dev, &params, &s->net), 0);
    assert_int_equal(vib_network_init(s->net), 0);
    for (int i = 0; i < PIXELS; i++)
        s->pixels[i] = (unsigned char)(i * 37);
    s->feed = (vib_feed){s->pixels, s->labels, NULL, BATCH};
}

static void close_small(small *s)
{
    vib_network_destroy(&s->net);
    vib_graph_free(&s->graph);
}

static void test_batch_out_of_range(void **state)
{
    static const int sizes[] = {0, -1, BATCH + 1, INT_MAX, INT_MIN};
    small s;
    open_small(*state, &s);
    for (size_t i = 0; i < VIB_COUNT(sizes); i++) {
        s.feed.n = sizes[i];
        capture_start();
        assert_int_equal(vib_network_evaluate(s.net, &s.feed), VIB_USAGE);
        assert_captured("the network has room for 3");
        assert_int_equal(vib_network_train(s.net, &s.feed, 1, 0.001), VIB_USAGE);
        assert_int_equal(vib_network_pending(s.net), 0);
    }
    close_small(&s);
}

static void test_not_made_for_training(void **state)
{
    vib_graph graph;
    small s;
    open_small(*state, &s);
    capture_start();
    assert_int_equal(vib_network_train(s.net, &s.feed, 0, 0.001), VIB_USAGE);
    assert_captured("a step from 1");
    s.feed.labels = NULL;
    assert_int_equal(vib_network_train(s.net, &s.feed, 1, 0.001), VIB_USAGE);
    close_small(&s);

    vib_network *net = NULL;
    float value;
    assert_int_equal(vib_check_graph("flatten; dense 1 sigmoid", SIDE, SIDE, 3, &graph), 0);
    vib_network_params params = params_of(&graph, 1);
    params.training = 0;
    assert_int_equal(vib_network_create(*state, &params, &net), 0);
    const vib_feed feed = {s.pixels, s.labels, NULL, 1};
    capture_start();
    assert_int_equal(vib_network_train(net, &feed, 1, 0.001), VIB_USAGE);
    assert_captured("training needs a network made for it");
    capture_start();
    assert_int_equal(vib_network_get(net, VIB_MOMENT1, 1, &value), VIB_FAILED);
    assert_captured("dense/bias: the network is not being trained");
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

/* Results come in the order of the calls; one too many is refused and harms nothing. */
static void test_too_many_pending(void **state)
{
    small s;
    vib_result result;
    open_small(*state, &s);
    for (int i = 0; i < VIB_IN_FLIGHT; i++) {
        s.feed.n = 1 + i % BATCH;
        assert_int_equal(vib_network_evaluate(s.net, &s.feed), 0);
        assert_int_equal(vib_network_pending(s.net), i + 1);
    }
    capture_start();
    assert_int_equal(vib_network_evaluate(s.net, &s.feed), VIB_FAILED);
    assert_captured("results are waiting to be taken");
    assert_int_equal(vib_network_pending(s.net), VIB_IN_FLIGHT);
    assert_int_equal(vib_network_result(s.net, 1, &result), 1);
    assert_int_equal(result.n, 1);
    s.feed.n = BATCH;
    assert_int_equal(vib_network_evaluate(s.net, &s.feed), 0);
    for (int i = 1; i <= VIB_IN_FLIGHT; i++) {
        assert_int_equal(vib_network_result(s.net, 1, &result), 1);
        assert_int_equal(result.n, i == VIB_IN_FLIGHT ? BATCH : 1 + i % BATCH);
        assert_non_null(result.loss);
    }
    assert_int_equal(vib_network_result(s.net, 1, &result), 0);
    assert_int_equal(vib_network_pending(s.net), 0);

    s.feed.labels = NULL; /* no labels, no loss */
    assert_int_equal(vib_network_evaluate(s.net, &s.feed), 0);
    assert_int_equal(vib_network_result(s.net, 1, &result), 1);
    assert_null(result.loss);
    assert_null(result.hit);
    assert_int_equal(result.outputs, 1);
    close_small(&s);
}

static int train(small *s, uint64_t t)
{
    vib_result result;
    assert_int_equal(vib_network_train(s->net, &s->feed, t, 0.001), 0);
    assert_int_equal(vib_network_result(s->net, 1, &result), 1);
    return result.nonfinite;
}

/* Values and moments of all weights, one after the other. */
enum { MOST = 4096 };

static size_t snapshot(vib_network *net, float *out)
{
    static const vib_weight_kind kinds[] = {VIB_VALUE, VIB_MOMENT1, VIB_MOMENT2};
    size_t n = 0;
    for (size_t k = 0; k < VIB_COUNT(kinds); k++)
        for (size_t i = 0; i < vib_network_weights(net); i++) {
            assert_true(n + vib_network_weight(net, i)->count <= MOST);
            assert_int_equal(vib_network_get(net, kinds[k], i, out + n), 0);
            n += vib_network_weight(net, i)->count;
        }
    return n;
}

/* One bad number in one weight: the flag comes up, and no weight and no moment changes from then on. */
static void test_nonfinite(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    static const char *const where[] = {"dense/bias", "dense_1/kernel", "dense_1/bias"};
    /* An infinite last bias makes p 0 or 1, and -infinity before a relu makes 0: those gradients are finite.
     */
    static const int expected[3][3] = {{1, 1, 1}, {1, 1, 0}, {0, 1, 0}};
    static float before[MOST], after[MOST];
    for (int family = VIB_FAMILY_CPU; family <= VIB_FAMILY_GPU; family++)
        for (size_t b = 0; b < VIB_COUNT(bad); b++)
            for (size_t w = 0; w < VIB_COUNT(where); w++) {
                small s;
                float values[64];
                vib_device_use_family(*state, (vib_family)family);
                open_small(*state, &s);
                assert_false(train(&s, 1));
                for (size_t i = 0; i < vib_network_weights(s.net); i++)
                    if (!strcmp(vib_network_weight(s.net, i)->name, where[w])) {
                        assert_true(vib_network_weight(s.net, i)->count <= VIB_COUNT(values));
                        assert_int_equal(vib_network_get(s.net, VIB_VALUE, i, values), 0);
                        for (size_t k = 0; k < vib_network_weight(s.net, i)->count; k++)
                            values[k] = bad[b];
                        assert_int_equal(vib_network_set(s.net, VIB_VALUE, i, values), 0);
                    }
                const size_t n = snapshot(s.net, before);
                assert_int_equal(train(&s, 2), expected[b][w]);
                if (expected[b][w]) {
                    assert_true(train(&s, 3));
                    assert_int_equal(snapshot(s.net, after), n);
                    assert_memory_equal(after, before, n * sizeof *after);
                }
                close_small(&s);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_too_many_weights),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_nothing_to_build),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_batch_out_of_range),
        cmocka_unit_test(test_not_made_for_training),
        cmocka_unit_test(test_too_many_pending),
        cmocka_unit_test(test_nonfinite),
    };
    return cmocka_run_group_tests_name("what a network refuses", tests, setup, teardown);
}
