/* A batchnorm outside of training is in the weights of the layer in front: the same bits from every network,
 * and nearly those of the two layers by themselves. */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "network/internal.h"

#include "../kernels/check.h"

enum { SIDE = 6, N = 5, CHANNELS = 3, OUTPUTS = 2, PIXELS = N * SIDE * SIDE * CHANNELS };

static const char layers[] =
    "conv2d 8 3x3 same bias=no; batchnorm relu name=a; depthwise_conv2d 3x3 same; batchnorm epsilon=0.1; add "
    "with=a; maxpool2d 2x2; flatten; dense 4; batchnorm tanh; dense 2 softmax";

/* Of the largest number: what another order of roundings may change. */
#define TOLERANCE 1e-5f

static vib_network *network(vib_device *dev, const vib_graph *graph, int training, int unfused)
{
    vib_network *net = NULL;
    const vib_network_params params = {.graph = graph,
                                       .loss = VIB_LOSS_CATEGORICAL_CROSSENTROPY,
                                       .optimizer = {0.01, 0.9, 0.999, 1e-7},
                                       .augment = {.zoom = {1, 1}},
                                       .batch = N,
                                       .training = training,
                                       .unfused = unfused,
                                       .guard = 1,
                                       .rescale = 1.0 / 255};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    return net;
}

/* What is in `from`, or numbers that no batchnorm begins with. */
static void set_weights(vib_network *net, vib_network *from)
{
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *w = vib_network_weight(net, i);
        float *values = calloc(w->count, sizeof *values);
        assert_non_null(values);
        for (size_t k = 0; k < w->count; k++)
            values[k] = vib_random_unit(5, (uint32_t)i, k, 0) - (strstr(w->name, "variance") ? 0 : 0.5f);
        if (from)
            assert_int_equal(vib_network_get(from, VIB_VALUE, i, values), 0);
        assert_int_equal(vib_network_set(net, VIB_VALUE, i, values), 0);
        free(values);
    }
}

static const vib_feed *pictures(void)
{
    static unsigned char pixels[PIXELS];
    static const int32_t labels[N] = {0, 1, 1, 0, 1};
    static const vib_feed feed = {pixels, labels, NULL, N};
    for (uint32_t i = 0; i < PIXELS; i++)
        pixels[i] = (unsigned char)vib_random_u32(6, 1, i, 0);
    return &feed;
}

static void evaluate(vib_network *net, float out[N * OUTPUTS])
{
    vib_result result;
    assert_int_equal(vib_network_evaluate(net, pictures()), 0);
    assert_int_equal(vib_network_result(net, 1, &result), 1);
    memcpy(out, result.output, N * OUTPUTS * sizeof *out);
    assert_int_equal(vib_network_check_guards(net), 0);
}

/* One network evaluates, one could train, one has every layer by itself. */
static void test_same(void **state)
{
    vib_graph graph;
    float want[N * OUTPUTS], got[N * OUTPUTS];
    uint64_t weights, small, large;
    assert_int_equal(vib_check_graph(layers, SIDE, SIDE, CHANNELS, &graph), 0);
    vib_network *plain = network(*state, &graph, 0, 0), *trainer = network(*state, &graph, 1, 0);
    vib_network *unfused = network(*state, &graph, 0, 1);
    set_weights(plain, NULL);
    set_weights(trainer, NULL);
    set_weights(unfused, NULL);
    evaluate(plain, want);
    evaluate(trainer, got);
    assert_memory_equal(want, got, sizeof want);
    evaluate(unfused, got);
    for (size_t i = 0; i < VIB_COUNT(want); i++)
        assert_true(fabsf(want[i] - got[i]) <= TOLERANCE);
    /* Probabilities that depend on the picture, so that there was something to compare. */
    assert_true(fabsf(want[0] - want[2]) > 100 * TOLERANCE);
    for (size_t i = 0; i < graph.n; i++) {
        const int folds = i == 0 || i == 2 || i == 7;
        assert_int_equal(plain->layers[i].fold != NULL, folds);
        assert_int_equal(plain->layers[i].hidden, folds);
        assert_int_equal(trainer->layers[i].fold != NULL, folds);
        assert_null(unfused->layers[i].fold);
    }
    vib_network_memory(plain, &weights, &small);
    vib_network_memory(unfused, &weights, &large);
    assert_true(small < large);
    vib_network_destroy(&plain);
    vib_network_destroy(&trainer);
    vib_network_destroy(&unfused);
    vib_graph_free(&graph);
}

/* After a step, and after weights were set, what was folded is folded anew. */
static void test_again(void **state)
{
    vib_graph graph;
    vib_result result;
    float before[N * OUTPUTS], after[N * OUTPUTS], want[N * OUTPUTS];
    assert_int_equal(vib_check_graph(layers, SIDE, SIDE, CHANNELS, &graph), 0);
    vib_network *trainer = network(*state, &graph, 1, 0), *plain = network(*state, &graph, 0, 0);
    set_weights(trainer, NULL);
    evaluate(trainer, before);
    assert_int_equal(vib_network_train(trainer, pictures(), 1, 0.01), 0);
    assert_int_equal(vib_network_result(trainer, 1, &result), 1);
    evaluate(trainer, after);
    assert_memory_not_equal(before, after, sizeof before);
    set_weights(plain, NULL);
    evaluate(plain, want);
    assert_memory_equal(want, before, sizeof want);
    set_weights(plain, trainer);
    evaluate(plain, want);
    assert_memory_equal(want, after, sizeof want);
    vib_network_destroy(&trainer);
    vib_network_destroy(&plain);
    vib_graph_free(&graph);
}

static void same_bits(void **state)
{
    engine_both(state, test_same);
}

static void folded_again(void **state)
{
    engine_both(state, test_again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits), cmocka_unit_test(folded_again)};
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
