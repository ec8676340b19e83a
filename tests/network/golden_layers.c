/* Layers in a row against Keras's own numbers in double (tests/golden/layers.py), and PyTorch's where Keras
 * has none (tests/golden/layers_torch.py), in both families. */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "../kernels/check.h"
#include "../sequence.h"

/* Of the largest number of a tensor, or of a tenth, where sums of numbers up to 1 cancel. */
#define TOLERANCE 1e-5

static float *numbers(size_t n)
{
    float *p = calloc(n ? n : 1, sizeof *p);
    assert_non_null(p);
    return p;
}

/* n numbers from the k-th on, in (-1, 1). */
static float *inputs(uint64_t *k, size_t n)
{
    float *p = numbers(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (float)(2 * sequence((*k)++) - 1);
    return p;
}

static uint64_t set_weights(vib_network *net)
{
    uint64_t k = 1;
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *w = vib_network_weight(net, i);
        const int variance = strstr(w->name, "variance") != NULL;
        float *values = numbers(w->count);
        for (size_t e = 0; e < w->count; e++, k++)
            values[e] = (float)(variance ? sequence(k) + 0.5 : (2 * sequence(k) - 1) / 2);
        assert_int_equal(vib_network_set(net, VIB_VALUE, i, values), 0);
        free(values);
    }
    return k;
}

static void compare(const char *layers, const char *what, const float *got, const json_t *want, size_t n)
{
    double largest = 0.1;
    assert_int_equal(json_array_size(want), n);
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(json_number_value(json_array_get(want, i))));
    for (size_t i = 0; i < n; i++) {
        const double value = json_number_value(json_array_get(want, i));
        if (!(fabs((double)got[i] - value) <= TOLERANCE * largest))
            fail_msg("%s: %s[%zu] is %.9g, must be %.9g", layers, what, i, (double)got[i], value);
    }
}

static void run(vib_network *net, int n, int training)
{
    net->step = (uint64_t)training;
    assert_int_equal(vib_network_forward(net, n), 0);
    assert_int_equal(vib_network_backward(net, n), 0);
    if (training)
        assert_int_equal(vib_network_update(net), 0);
}

static void check_case(vib_device *dev, const json_t *c)
{
    const char *layers = json_string_value(json_object_get(c, "layers"));
    const json_t *shape = json_object_get(c, "shape");
    const int n = (int)engine_number(c, "n"), h = (int)json_number_value(json_array_get(shape, 0));
    const int w = (int)json_number_value(json_array_get(shape, 1));
    const int channels = (int)json_number_value(json_array_get(shape, 2));
    vib_graph graph;
    vib_network *net = NULL;
    assert_int_equal(vib_check_graph(layers, h, w, channels, &graph), 0);
    const vib_network_params params = {
        .graph = &graph, .batch = n, .training = 1, .input_gradient = 1, .rescale = 1};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    uint64_t k = set_weights(net);
    const size_t n_in = (size_t)(n * h * w * channels);
    const size_t n_out = (size_t)n * vib_shape_count(&net->shapes[net->n - 1]);
    float *x = inputs(&k, n_in), *dy = inputs(&k, n_out), *got = numbers(n_in > n_out ? n_in : n_out);
    assert_int_equal(vib_tensor_write(&net->input, n, x), 0);
    assert_int_equal(vib_tensor_write(&net->gradients[net->n - 1], n, dy), 0);
    run(net, n, (int)engine_number(c, "training"));
    assert_int_equal(vib_tensor_read(&net->values[net->n - 1], n, got), 0);
    compare(layers, "y", got, json_object_get(c, "y"), n_out);
    assert_int_equal(vib_tensor_read(&net->input_gradient, n, got), 0);
    compare(layers, "dx", got, json_object_get(c, "dx"), n_in);
    const json_t *dw = json_object_get(c, "dw"), *states = json_object_get(c, "state");
    size_t n_trained = 0, n_state = 0;
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *info = vib_network_weight(net, i);
        float *values = numbers(info->count);
        assert_int_equal(vib_network_get(net, info->trained ? VIB_GRADIENT : VIB_VALUE, i, values), 0);
        compare(layers, info->name, values,
                info->trained ? json_array_get(dw, n_trained++) : json_array_get(states, n_state++),
                info->count);
        free(values);
    }
    assert_int_equal(json_array_size(dw), n_trained);
    assert_int_equal(json_array_size(states), n_state);
    free(x);
    free(dy);
    free(got);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

static void check_file(vib_device *dev, const char *name)
{
    static const vib_family families[] = {VIB_FAMILY_CPU, VIB_FAMILY_GPU};
    json_t *const golden = engine_golden(name), *const cases = json_object_get(golden, "cases");
    assert_true(json_array_size(cases) >= 5);
    for (size_t f = 0; f < VIB_COUNT(families); f++) {
        vib_device_use_family(dev, families[f]);
        for (size_t i = 0; i < json_array_size(cases); i++)
            check_case(dev, json_array_get(cases, i));
    }
    json_decref(golden);
}

static void test_keras(void **state)
{
    check_file(*state, "layers.json");
}

static void test_pytorch(void **state)
{
    check_file(*state, "layers_torch.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keras), cmocka_unit_test(test_pytorch)};
    return cmocka_run_group_tests_name("layers against Keras and PyTorch", tests, engine_setup,
                                       engine_teardown);
}
