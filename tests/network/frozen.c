/* Frozen layers cost no gradient work below the lowest trained one, and where a number that is not finite
 * comes from is found; fusing changes no such number. */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "../kernels/check.h"

static const char layers[] =
    "conv2d 3 3x3 same relu; conv2d 4 3x3 same; batchnorm; maxpool2d 2x2; flatten; dense 1 "
    "sigmoid";
enum { SIDE = 6, N = 4, STEPS = 2 };

static vib_network *network(vib_device *dev, vib_graph *graph, unsigned frozen)
{
    vib_network *net = NULL;
    assert_int_equal(vib_check_graph(layers, SIDE, SIDE, 3, graph), 0);
    for (size_t i = 0; i < graph->n; i++)
        graph->layers[i].frozen = frozen >> i & 1;
    const vib_network_params params = {.graph = graph,
                                       .loss = VIB_LOSS_BINARY_CROSSENTROPY,
                                       .optimizer = {0.01, 0.9, 0.999, 1e-7},
                                       .augment = {.zoom = {1, 1}},
                                       .batch = N,
                                       .training = 1,
                                       .rescale = 1.0 / 255};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    assert_int_equal(vib_network_init(net), 0);
    return net;
}

static vib_result step(vib_network *net, uint64_t t)
{
    static const int32_t labels[N] = {0, 1, 1, 0};
    unsigned char pixels[N * SIDE * SIDE * 3];
    vib_result result;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i * 37 + i / 7);
    const vib_feed feed = {pixels, labels, NULL, N};
    assert_int_equal(vib_network_train(net, &feed, t, 0.01), 0);
    assert_int_equal(vib_network_result(net, 1, &result), 1);
    return result;
}

static float *values_of(vib_network *net, size_t i)
{
    float *values = calloc(vib_network_weight(net, i)->count, sizeof *values);
    assert_non_null(values);
    assert_int_equal(vib_network_get(net, VIB_VALUE, i, values), 0);
    return values;
}

/* The convolutions and the batchnorm stay; nothing goes backward through them. */
static void test_frozen(void **state)
{
    vib_graph graph;
    vib_network *net = network(*state, &graph, 1u << 0 | 1u << 1 | 1u << 2);
    for (size_t i = 0; i < 5; i++)
        assert_null(net->layers[i].dy);
    assert_null(net->layers[5].dx[0]);
    assert_non_null(net->layers[5].dy);
    assert_int_equal(net->n_parts, 0);
    float *before[10];
    for (size_t i = 0; i < vib_network_weights(net); i++)
        before[i] = values_of(net, i);
    for (uint64_t t = 1; t <= STEPS; t++)
        assert_false(step(net, t).nonfinite);
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *w = vib_network_weight(net, i);
        float *after = values_of(net, i);
        const int same = !memcmp(before[i], after, w->count * sizeof *after);
        assert_int_equal(w->trained, !strncmp(w->name, "dense/", 6));
        assert_int_equal(same, !w->trained);
        free(before[i]);
        free(after);
    }
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

static size_t weight_called(const vib_network *net, const char *name)
{
    size_t i = 0;
    while (strcmp(vib_network_weight(net, i)->name, name))
        i++;
    return i;
}

/* Sets the first number of a weight, and finds what that does. */
static void check_hunt(vib_device *dev, const char *name, float value, const char *want)
{
    vib_graph graph;
    vib_str where = {0};
    vib_network *net = network(dev, &graph, 0);
    const size_t k = weight_called(net, name);
    float *values = values_of(net, k);
    for (size_t i = 0; i < vib_network_weight(net, k)->count; i++)
        values[i] = i && !isfinite(value) ? values[i] : value;
    assert_int_equal(vib_network_set(net, VIB_VALUE, k, values), 0);
    if (!step(net, 1).nonfinite)
        fail_msg("%s: nothing to find", name);
    assert_int_equal(vib_network_find_nonfinite(net, &where), 1);
    assert_string_equal(where.text, want);
    float *after = values_of(net, k);
    assert_memory_equal(values, after, vib_network_weight(net, k)->count * sizeof *after);
    vib_str_free(&where);
    free(values);
    free(after);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

static void test_hunt(void **state)
{
    check_hunt(*state, "dense/kernel", NAN, "the weights dense/kernel");
    check_hunt(*state, "conv2d/kernel", 3e38f, "the output of conv2d");
    check_hunt(*state, "conv2d_1/kernel", 3e38f, "the output of conv2d_1");
}

/* A step that was finite has nothing to find. */
static void test_nothing(void **state)
{
    vib_graph graph;
    vib_str where = {0};
    vib_network *net = network(*state, &graph, 0);
    assert_false(step(net, 1).nonfinite);
    assert_int_equal(vib_network_find_nonfinite(net, &where), 0);
    assert_null(where.text);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

/* What overflows, and what is no number, comes out of a fused pooling as it does out of two layers. */
static void test_fused(void **state)
{
    enum { FILTERS = 4, POOL = 1, COUNT = N * (SIDE / 2) * (SIDE / 2) * FILTERS };
    static const float odd[FILTERS][2] = {{NAN, NAN}, {3e38f, -3e38f}, {0.1f, -0.1f}, {-3e38f, -3e38f}};
    float y[2][COUNT];
    vib_graph graph;
    assert_int_equal(
        vib_check_graph("conv2d 4 3x3 same relu; maxpool2d 2x2; flatten; dense 1", SIDE, SIDE, 3, &graph), 0);
    for (int unfused = 0; unfused < 2; unfused++) {
        vib_network *net = NULL;
        const vib_network_params params = {.graph = &graph, .batch = N, .rescale = 1, .unfused = unfused};
        unsigned char pixels[N * SIDE * SIDE * 3];
        for (size_t i = 0; i < sizeof pixels; i++)
            pixels[i] = (unsigned char)(i * 37 + i / 7);
        const vib_feed feed = {pixels, NULL, NULL, N};
        vib_result result;
        assert_int_equal(vib_network_create(*state, &params, &net), 0);
        assert_int_equal(vib_network_init(net), 0);
        assert_int_equal(net->layers[0].hidden, !unfused);
        float *kernel = values_of(net, 0);
        for (size_t i = 0; i < vib_network_weight(net, 0)->count; i++)
            kernel[i] = odd[i % FILTERS][i / FILTERS % 5 == 0];
        assert_int_equal(vib_network_set(net, VIB_VALUE, 0, kernel), 0);
        free(kernel);
        assert_int_equal(vib_network_evaluate(net, &feed), 0);
        assert_int_equal(vib_network_result(net, 1, &result), 1);
        assert_int_equal(vib_network_read_output(net, POOL, N, y[unfused]), 0);
        vib_network_destroy(&net);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    for (int i = 0; i < COUNT; i += FILTERS) {
        assert_true(isinf(y[0][i]) && y[0][i] < 0); /* nothing but NaN */
        assert_true(isfinite(y[0][i + 2]));
    }
    vib_graph_free(&graph);
}

static void fused(void **state)
{
    engine_both(state, test_fused);
}

static void frozen_layers(void **state)
{
    engine_both(state, test_frozen);
}

static void hunts(void **state)
{
    engine_both(state, test_hunt);
    engine_both(state, test_nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(frozen_layers), cmocka_unit_test(hunts),
                                       cmocka_unit_test(fused)};
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
