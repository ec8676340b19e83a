/* Keras's own numbers for five training steps of the notebook's network, from a run in double (the golden's
 * "float64"), which both families must meet in float. */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "../sequence.h"
#include "network/internal.h"
#include "recipe/recipe.h"

enum { PICTURES = 4, STEPS = 5, SIDE = 64, PIXELS = PICTURES * SIDE * SIDE * 3 };

/* Relative, as the goldens in float and in double agree to a few 1e-6. Sums whose terms cancel, and single
 * elements, are held to it in units of the tensor's norm instead: 1e-5 x l2 x sqrt(n) for a sum of n. */
#define TOLERANCE 1e-5

/* Kernels by the formula, biases zero; returns the next k. */
static uint64_t set_weights(vib_network *net)
{
    uint64_t k = 1;
    for (size_t i = 0; i < net->n; i++)
        for (int j = 0; j < net->layers[i].need.n_weights; j++) {
            const vib_weight_need *need = &net->layers[i].need.weights[j];
            const size_t at = (size_t)(net->layers[i].weights - net->weights) + (size_t)j;
            const size_t n = vib_network_weight(net, at)->count;
            float *values = calloc(n, sizeof *values);
            assert_non_null(values);
            const double limit = sqrt(6.0 / (need->fan_in + need->fan_out)); /* K41 */
            for (size_t e = 0; need->init == VIB_INIT_GLOROT_UNIFORM && e < n; e++)
                values[e] = (float)((2 * sequence(k++) - 1) * limit);
            assert_int_equal(vib_network_set(net, VIB_VALUE, at, values), 0);
            free(values);
        }
    return k;
}

static void assert_near(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%s is %.12g, Keras has %.12g: off by %.2g, allowed %.2g", what, got, want, fabs(got - want),
                 tolerance);
}

static void assert_relative(const char *what, double got, double want)
{
    assert_near(what, got, want, TOLERANCE * fabs(want));
}

/* Norm, sum and (in gradients) first element of each tensor. */
static void check_tensors(vib_network *net, vib_weight_kind kind, const json_t *golden)
{
    assert_int_equal(json_object_size(golden), vib_network_weights(net));
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *info = vib_network_weight(net, i);
        char key[80], what[120];
        snprintf(key, sizeof key, "%s:0", info->name);
        const json_t *want = json_object_get(golden, key);
        if (!want)
            fail_msg("%s is not in the golden file", key);
        float *values = calloc(info->count, sizeof *values);
        assert_non_null(values);
        assert_int_equal(vib_network_get(net, kind, i, values), 0);
        double sum = 0, squares = 0;
        for (size_t e = 0; e < info->count; e++) {
            sum += (double)values[e];
            squares += (double)values[e] * (double)values[e];
        }
        const double norm = engine_number(want, "l2");
        snprintf(what, sizeof what, "norm of %s", key);
        assert_relative(what, sqrt(squares), norm);
        snprintf(what, sizeof what, "sum of %s", key);
        assert_near(what, sum, engine_number(want, "sum"), TOLERANCE * norm * sqrt((double)info->count));
        snprintf(what, sizeof what, "first of %s", key);
        if (kind == VIB_GRADIENT)
            assert_near(what, (double)values[0], engine_number(want, "first"), TOLERANCE * norm);
        free(values);
    }
}

/* The mean loss of the oldest result; its probabilities against the golden's. */
static double take(vib_network *net, const json_t *probabilities)
{
    vib_result result;
    assert_int_equal(vib_network_result(net, 1, &result), 1);
    assert_int_equal(result.n, PICTURES);
    assert_int_equal(result.outputs, 1);
    assert_false(result.nonfinite);
    double sum = 0;
    for (int i = 0; i < PICTURES; i++) {
        char what[40];
        sum += (double)result.loss[i];
        snprintf(what, sizeof what, "probability of picture %d", i);
        if (probabilities)
            assert_relative(what, (double)result.output[i],
                            json_number_value(json_array_get(probabilities, (size_t)i)));
    }
    return sum / PICTURES;
}

static void five_steps(vib_device *dev, vib_family family)
{
    static const int32_t labels[PICTURES] = {0, 1, 1, 0};
    vib_recipe *recipe = NULL, *resolved = NULL;
    vib_network *net = NULL;
    json_t *const golden = engine_golden("one-step.json"), *const want = json_object_get(golden, "float64");
    assert_int_equal(vib_recipe_load("notebook", NULL, 0, &recipe), 0);
    assert_int_equal(vib_recipe_resolve(recipe, 2, &resolved), 0);
    vib_device_use_family(dev, family);
    const vib_network_params params = {.graph = &resolved->graph,
                                       .loss = resolved->loss,
                                       .optimizer = resolved->optimizer,
                                       .rescale = resolved->rescale,
                                       .batch = PICTURES,
                                       .training = 1};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);

    const uint64_t k = set_weights(net);
    assert_int_equal(k, (uint64_t)engine_number(want, "next_k"));
    unsigned char *pixels = malloc(PIXELS);
    assert_non_null(pixels);
    for (size_t i = 0; i < PIXELS; i++)
        pixels[i] = (unsigned char)(256 * sequence(k + i));

    const vib_feed feed = {pixels, labels, NULL, PICTURES};
    const json_t *losses = json_object_get(want, "adam_losses");
    assert_int_equal(json_array_size(losses), STEPS);
    for (uint64_t t = 1; t <= STEPS; t++) {
        char what[40];
        assert_int_equal(vib_network_train(net, &feed, t, resolved->optimizer.lr), 0);
        const double loss = take(net, t == 1 ? json_object_get(want, "prob") : NULL);
        snprintf(what, sizeof what, "loss of step %d", (int)t);
        assert_relative(what, loss, json_number_value(json_array_get(losses, (size_t)t - 1)));
        if (t == 1)
            check_tensors(net, VIB_GRADIENT, json_object_get(want, "grad"));
    }
    check_tensors(net, VIB_VALUE, json_object_get(want, "after5_w"));
    assert_int_equal(vib_network_evaluate(net, &feed), 0);
    take(net, json_object_get(want, "prob_after5"));

    free(pixels);
    vib_network_destroy(&net);
    vib_recipe_free(&resolved);
    vib_recipe_free(&recipe);
    json_decref(golden);
}

static void test_cpu(void **state)
{
    five_steps(*state, VIB_FAMILY_CPU);
}

static void test_gpu(void **state)
{
    five_steps(*state, VIB_FAMILY_GPU);
}

/* K41: uniform within the limits, all of them used; biases and moments zero; another seed, other weights. */
static void test_initial_weights(void **state)
{
    static const double limits[] = {0.138013111868, 0.102062072616, 0.102062072616,
                                    0.102062072616, 0.096824583655, 0.215665546407};
    vib_recipe *recipe = NULL, *resolved = NULL;
    vib_network *net = NULL;
    float first[2];
    assert_int_equal(vib_recipe_load("notebook", NULL, 0, &recipe), 0);
    assert_int_equal(vib_recipe_resolve(recipe, 2, &resolved), 0);
    for (uint64_t seed = 1; seed <= 2; seed++) {
        const vib_network_params params = {
            .graph = &resolved->graph, .loss = resolved->loss, .seed = seed, .batch = 1, .training = 1};
        assert_int_equal(vib_network_create(*state, &params, &net), 0);
        assert_int_equal(vib_network_init(net), 0);
        for (size_t i = 0; i < vib_network_weights(net); i++) {
            const vib_weight_info *info = vib_network_weight(net, i);
            float *values = calloc(info->count, sizeof *values);
            assert_non_null(values);
            assert_int_equal(vib_network_get(net, VIB_VALUE, i, values), 0);
            double least = 0, most = 0, sum = 0;
            for (size_t e = 0; e < info->count; e++) {
                least = fmin(least, (double)values[e]);
                most = fmax(most, (double)values[e]);
                sum += (double)values[e];
            }
            if (i == 0)
                first[seed - 1] = values[0];
            free(values);
            const double limit = strstr(info->name, "/kernel") ? limits[i / 2] : 0;
            assert_true(least >= -limit * (1 + 1e-7) && most <= limit * (1 + 1e-7));
            /* The extremes of n uniform numbers are a few 2 limit / n inside; n >= 128 here. */
            assert_true(least <= -limit * 0.9 && most >= limit * 0.9);
            /* Five standard deviations of the mean: limit / sqrt(3 n). */
            assert_true(fabs(sum) <= 5 * limit * sqrt((double)info->count / 3));
        }
        vib_network_destroy(&net);
    }
    assert_true(first[0] != first[1]);
    vib_recipe_free(&resolved);
    vib_recipe_free(&recipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpu),
        cmocka_unit_test(test_gpu),
        cmocka_unit_test(test_initial_weights),
    };
    return cmocka_run_group_tests_name("golden step", tests, engine_setup, engine_teardown);
}
