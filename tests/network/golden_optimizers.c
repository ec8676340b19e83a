/* Steps of every optimizer, with clipping, penalties, label smoothing and class weights, against Keras's own
 * weights and losses in double (tests/golden/optimizers.py): from the recipe's lines to the numbers. */
#include "engine.h"

#include <math.h>

#include "../sequence.h"
#include "train/metrics.h"
#include "train/model.h"

/* Of the largest number, or of a tenth. */
#define TOLERANCE 1e-5

enum { PICTURES = 6, INPUTS = 8, MOST_CLASSES = 8 };

static vib_recipe *recipe_of(const json_t *c, size_t classes)
{
    char text[512];
    vib_recipe *open_ended = NULL, *recipe = NULL;
    snprintf(text, sizeof text,
             "vibrisa 1\nimage 2x4 grey\nflatten\ndense 5 tanh l1=%g l2=%g\nclassify\n"
             "loss label_smoothing=%g\n%s\ntrain batch=%d\n",
             engine_number(c, "l1"), engine_number(c, "l2"), engine_number(c, "smoothing"),
             json_string_value(json_object_get(c, "line")), PICTURES);
    assert_int_equal(vib_recipe_parse(text, "golden", NULL, 0, &open_ended), 0);
    assert_int_equal(vib_recipe_resolve(open_ended, classes, &recipe), 0);
    vib_recipe_free(&open_ended);
    return recipe;
}

static uint64_t set_weights(vib_network *net)
{
    uint64_t k = 1;
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const size_t count = vib_network_weight(net, i)->count;
        float *values = calloc(count, sizeof *values);
        assert_non_null(values);
        for (size_t e = 0; e < count; e++, k++)
            values[e] = (float)((2 * sequence(k) - 1) / 2);
        assert_int_equal(vib_network_set(net, VIB_VALUE, i, values), 0);
        free(values);
    }
    return k;
}

static void set_class_weights(vib_network *net, const json_t *weights, size_t classes)
{
    float values[MOST_CLASSES];
    for (size_t k = 0; k < json_array_size(weights); k++)
        values[k] = (float)json_number_value(json_array_get(weights, k));
    if (json_array_size(weights)) {
        assert_int_equal(json_array_size(weights), classes);
        assert_int_equal(vib_network_set_class_weights(net, values, classes), 0);
    }
}

static void compare(const char *line, size_t step, const char *what, double got, double want, double largest)
{
    if (!(fabs(got - want) <= TOLERANCE * fmax(largest, 0.1)))
        fail_msg("%s: step %zu: %s is %.9g, Keras has %.9g", line, step + 1, what, got, want);
}

static void compare_weights(vib_network *net, const char *line, size_t step, const json_t *want)
{
    size_t at = 0;
    double largest = 0;
    for (size_t i = 0; i < json_array_size(want); i++)
        largest = fmax(largest, fabs(json_number_value(json_array_get(want, i))));
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *info = vib_network_weight(net, i);
        float *values = calloc(info->count, sizeof *values);
        assert_non_null(values);
        assert_int_equal(vib_network_get(net, VIB_VALUE, i, values), 0);
        for (size_t e = 0; e < info->count; e++)
            compare(line, step, info->name, (double)values[e], json_number_value(json_array_get(want, at++)),
                    largest);
        free(values);
    }
    assert_int_equal(at, json_array_size(want));
}

static void check_case(vib_device *dev, const json_t *c)
{
    const char *line = json_string_value(json_object_get(c, "line"));
    const size_t classes = (size_t)engine_number(c, "classes");
    const json_t *steps = json_object_get(c, "steps");
    unsigned char pixels[PICTURES * INPUTS];
    int32_t labels[PICTURES];
    vib_network *net = NULL;
    vib_recipe *recipe = recipe_of(c, classes);
    assert_int_equal(vib_model_network(dev, recipe, 0, PICTURES, 1, &net), 0);
    const uint64_t k = set_weights(net);
    set_class_weights(net, json_object_get(c, "class_weights"), classes);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(256 * sequence(k + i));
    for (size_t i = 0; i < PICTURES; i++)
        labels[i] = (int32_t)(i % classes);
    assert_int_equal(json_array_size(steps), 5);
    for (size_t t = 0; t < json_array_size(steps); t++) {
        const json_t *want = json_array_get(steps, t);
        const double loss = engine_number(want, "loss");
        const vib_feed feed = {.pixels = pixels, .labels = labels, .n = PICTURES};
        vib_result result;
        vib_metrics batch = {0};
        assert_int_equal(vib_network_train(net, &feed, t + 1, recipe->optimizer.lr), 0);
        assert_int_equal(vib_network_result(net, 1, &result), 1);
        vib_metrics_add(&batch, &result);
        compare(line, t, "the loss", vib_metrics_loss(&batch), loss, loss);
        compare_weights(net, line, t, json_object_get(want, "weights"));
    }
    vib_network_destroy(&net);
    vib_recipe_free(&recipe);
}

/* In one family: that both have the same bits is the self-test's. */
static void test_optimizers(void **state)
{
    json_t *const golden = engine_golden("optimizers.json"), *const cases = json_object_get(golden, "cases");
    assert_true(json_array_size(cases) >= 14);
    for (size_t i = 0; i < json_array_size(cases); i++)
        check_case(*state, json_array_get(cases, i));
    json_decref(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_optimizers)};
    return cmocka_run_group_tests_name("optimizers against Keras", tests, engine_setup, engine_teardown);
}
