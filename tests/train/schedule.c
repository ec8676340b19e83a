/* Learning rates against PyTorch's (tests/golden/schedules.py), what a plateau and early stopping do against
 * Keras's (tests/golden/monitors.py), what a search for a rate suggests against fastai's
 * (tests/golden/lr_find.py). No device. */
#include "train/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/lr_find.h"

#define TOLERANCE 1e-5

static json_t *golden(const char *name)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/golden/%s", TEST_DATA, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static vib_recipe *recipe_with(const char *line, double lr, int epochs, int rounds)
{
    char text[512];
    vib_recipe *r = NULL;
    snprintf(
        text, sizeof text,
        "vibrisa 1\nimage 8x8\nflatten\nclassify\noptimizer sgd lr=%.17g\n%s\ntrain epochs=%d rounds=%d\n",
        lr, line, epochs, rounds);
    assert_int_equal(vib_recipe_parse(text, "test", NULL, 0, &r), 0);
    return r;
}

static void rates_are_pytorchs(void **unused)
{
    (void)unused;
    json_t *const root = golden("schedules.json"), *const cases = json_object_get(root, "cases");
    size_t i;
    json_t *c;
    assert_true(json_array_size(cases) >= 9);
    json_array_foreach(cases, i, c)
    {
        const char *line = json_string_value(json_object_get(c, "line"));
        const json_t *rates = json_object_get(c, "rates");
        const double lr = number(c, "lr");
        const uint64_t steps = (uint64_t)number(c, "steps");
        const int epochs = (int)number(c, "epochs");
        const vib_state state = {0};
        vib_recipe *r = recipe_with(line, lr, epochs, 1);
        assert_true(vib_schedule_is_on(r));
        assert_int_equal(json_array_size(rates), steps * (uint64_t)epochs);
        for (size_t p = 0; p < json_array_size(rates); p++) {
            const double got = vib_schedule_rate(r, &state, p, steps),
                         want = json_number_value(json_array_get(rates, p));
            if (!(fabs(got - want) <= TOLERANCE * lr * 1e-3 + TOLERANCE * want))
                fail_msg("%s: step %zu is %.12g, PyTorch has %.12g", line, p, got, want);
        }
        vib_recipe_free(&r);
    }
    json_decref(root);
}

/* A run of rounds has one schedule, over all of them. */
static void rounds_are_one_run(void **unused)
{
    (void)unused;
    static const char *const lines[] = {"schedule cosine warmup=1", "schedule onecycle",
                                        "schedule step every=2"};
    const vib_state state = {0};
    for (size_t i = 0; i < VIB_COUNT(lines); i++) {
        vib_recipe *one = recipe_with(lines[i], 0.1, 6, 1), *rounds = recipe_with(lines[i], 0.1, 2, 3);
        for (uint64_t p = 0; p < 30; p++)
            assert_true(vib_schedule_rate(one, &state, p, 5) == vib_schedule_rate(rounds, &state, p, 5));
        vib_recipe_free(&one);
        vib_recipe_free(&rounds);
    }
}

/* Runs too short for what is asked have finite rates all the same. */
static void short_runs_have_rates(void **unused)
{
    (void)unused;
    static const char *const lines[] = {"schedule cosine warmup=7",
                                        "schedule onecycle",
                                        "schedule cosine",
                                        "schedule onecycle pct_start=0",
                                        "schedule onecycle pct_start=1",
                                        "schedule constant warmup=0.01"};
    const vib_state state = {0};
    for (size_t i = 0; i < VIB_COUNT(lines); i++)
        for (uint64_t steps = 1; steps < 4; steps++) {
            vib_recipe *r = recipe_with(lines[i], 0.1, 1, 1);
            for (uint64_t p = 0; p < steps; p++) {
                const double rate = vib_schedule_rate(r, &state, p, steps);
                assert_true(isfinite(rate) && rate >= 0 && rate <= 0.1);
            }
            vib_recipe_free(&r);
        }
}

/* The figure of epoch k in tests/golden/monitors.py. */
static void set_figures(vib_state *state, uint64_t k)
{
    const double u = (double)(uint32_t)(k * 2654435761u) / 4294967296.0;
    state->last.val_loss = 1 / (1 + (double)k / 4) + u / 8;
    state->last.val_accuracy = 1 - state->last.val_loss;
    state->last.loss = state->last.accuracy = 0.5;
}

static void plateaus_are_kerass(void **unused)
{
    (void)unused;
    json_t *const root = golden("monitors.json"), *const cases = json_object_get(root, "plateaus");
    size_t i;
    json_t *c;
    assert_true(json_array_size(cases) >= 6);
    json_array_foreach(cases, i, c)
    {
        const char *line = json_string_value(json_object_get(c, "line"));
        const json_t *rates = json_object_get(c, "rates");
        const size_t n = json_array_size(rates);
        vib_recipe *r = recipe_with(line, 0.01, 40, 1);
        vib_state state = {0};
        int drops = 0;
        for (uint64_t k = 1; k <= n; k++) {
            const double got = vib_schedule_rate(r, &state, 3 * (k - 1), 3),
                         want = json_number_value(json_array_get(rates, k - 1));
            if (!(fabs(got - want) <= TOLERANCE * want))
                fail_msg("%s: epoch %d has %.9g, Keras %.9g", line, (int)k, got, want);
            set_figures(&state, k);
            drops += vib_plateau_update(r, &state);
        }
        assert_true(drops > 0 || strcmp(line, "schedule plateau") == 0);
        vib_recipe_free(&r);
    }
    json_decref(root);
}

static void stops_are_kerass(void **unused)
{
    (void)unused;
    json_t *const root = golden("monitors.json"), *const cases = json_object_get(root, "stops");
    size_t i;
    json_t *c;
    assert_true(json_array_size(cases) >= 5);
    json_array_foreach(cases, i, c)
    {
        const char *line = json_string_value(json_object_get(c, "line"));
        vib_recipe *r = recipe_with(line, 0.01, 40, 1);
        vib_state state = {0};
        uint64_t k = 0, best = 0;
        assert_true(r->stop.on);
        while (k < 40 && !state.stop.stopped) {
            set_figures(&state, ++k);
            if (vib_stop_update(r, &state))
                best = k;
        }
        if (k != (uint64_t)number(c, "last") || best != (uint64_t)number(c, "best"))
            fail_msg("%s: %d epochs, best %d; Keras has %d and %d", line, (int)k, (int)best,
                     (int)number(c, "last"), (int)number(c, "best"));
        vib_recipe_free(&r);
    }
    json_decref(root);
}

static void suggestions_are_fastais(void **unused)
{
    (void)unused;
    json_t *const root = golden("lr_find.json"), *const cases = json_object_get(root, "cases");
    size_t i;
    json_t *c;
    assert_true(json_array_size(cases) >= 9);
    json_array_foreach(cases, i, c)
    {
        const json_t *losses = json_object_get(c, "losses");
        const size_t n = json_array_size(losses);
        size_t length;
        double *values = calloc(n, sizeof *values);
        assert_non_null(values);
        for (size_t k = 0; k < n; k++)
            values[k] = json_number_value(json_array_get(losses, k));
        assert_int_equal(vib_lr_find_valley(values, n, &length), (size_t)number(c, "index"));
        assert_in_range(length, 1, n);
        free(values);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_pytorchs),    cmocka_unit_test(rounds_are_one_run),
        cmocka_unit_test(short_runs_have_rates), cmocka_unit_test(plateaus_are_kerass),
        cmocka_unit_test(stops_are_kerass),      cmocka_unit_test(suggestions_are_fastais),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
