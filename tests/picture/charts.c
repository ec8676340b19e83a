/* Charts: nothing is cut off, empty or without its words, for little data and much. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <vibrisa/show.h>

#include "../capture.h"
#include "../data/make.h"
#include "base/file.h"
#include "looks.h"
#include "picture/show/charts.h"
#include "picture/show/markup.h"
#include "picture/show/plot.h"
#include "picture/show/shades.h"
#include "picture/show/words.h"
#include "train/model.h"

static int enter(void **state)
{
    (void)state;
    enter_folder();
    capture_start();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    leave_folder();
    return 0;
}

/* Looks right, and its SVG says these words (ended by NULL). Takes the sheet over. */
static void check(vib_sheet *s, const char *const *words)
{
    unsigned char *rgb = vib_sheet_rgb(s);
    assert_non_null(rgb);
    const char *wrong = what_is_wrong(rgb, s->width, s->height);
    if (wrong)
        fail_msg("%s: %s", s->title.text, wrong);
    vib_str svg = {0};
    assert_int_equal(vib_sheet_svg(s, "x", &svg), 0);
    for (; *words; words++) {
        vib_str part = {0};
        vib_markup_text(&part, *words);
        if (!strstr(svg.text, part.text))
            fail_msg("'%s' is not in the SVG of '%s'", *words, s->title.text);
        vib_str_free(&part);
    }
    free(rgb);
    vib_str_free(&svg);
    vib_sheet_free(&s);
    assert_int_equal(captured_count, 0);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- curves ---- */

/* log.csv of a run with n epochs. */
static void make_run(const char *run, int n, int validated)
{
    char path[300];
    assert_int_equal(vib_make_folders(run), 0);
    snprintf(path, sizeof path, "%s/log.csv", run);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "epoch,accuracy,loss,val_accuracy,val_loss,round,steps,pictures,seconds,images_per_second\n");
    for (int i = 1; i <= n; i++) {
        const double a = 1 - .5 / i, l = .7 / i;
        fprintf(f, "%d,%.17g,%.17g,", i, a, l);
        if (validated)
            fprintf(f, "%.17g,%.17g", a - .1 * (i % 3), l + .1);
        else
            fprintf(f, "NA,NA");
        fprintf(f, ",1,10,320,1.5,213.3\n");
    }
    fprintf(f, "%d,0.5", n + 1); /* a line being written */
    assert_int_equal(fclose(f), 0);
}

static void test_history(void **state)
{
    (void)state;
    vib_run_log log;
    make_run("run", 7, 1);
    assert_int_equal(vib_run_log_read("run", &log), 0);
    assert_int_equal(log.n, 7);
    assert_int_equal(log.validated, 1);
    assert_int_equal(log.best, 5); /* epoch 6: the highest val_accuracy */
    assert_true(log.column[VIB_LOG_LOSS][6] == .7 / 7);
    assert_true(log.column[VIB_LOG_RATE][0] == 213.3);
    vib_run_log_free(&log);
    make_run("blind", 3, 0);
    assert_int_equal(vib_run_log_read("blind", &log), 0);
    assert_int_equal(log.validated, 0);
    assert_int_equal(log.best, 2); /* the lowest loss */
    assert_true(isnan(log.column[VIB_LOG_VAL_LOSS][0]));
    vib_run_log_free(&log);
}

static void test_no_history(void **state)
{
    (void)state;
    vib_run_log log;
    assert_int_equal(vib_run_log_read("nowhere", &log), VIB_BAD_MODEL);
    assert_captured("nowhere/log.csv: cannot read");
    capture_start();
    make_run("run", 0, 1);
    assert_int_equal(vib_run_log_read("run", &log), VIB_BAD_MODEL);
    assert_captured("no epoch is finished yet");
}

static void test_curves(void **state)
{
    static const int lengths[] = {1, 2, 9, 40, 41, 1000};
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(lengths); i++)
        for (int validated = 0; validated < 2; validated++) {
            vib_run_log log;
            vib_sheet *s;
            make_run("run", lengths[i], validated);
            assert_int_equal(vib_run_log_read("run", &log), 0);
            assert_int_equal(vib_chart_curves(&log, "some/run//", VIB_ENGLISH, &s), 0);
            check(s, WORDS("How training went", "accuracy", "loss", "epoch", "training pictures",
                           "run: best at epoch"));
            assert_int_equal(vib_chart_curves(&log, "run", VIB_SPANISH, &s), 0);
            check(s,
                  WORDS("exactitud", "pérdida", "época", validated ? "imágenes de validación" : "pérdida"));
            vib_run_log_free(&log);
        }
}

/* A loss that became NaN or huge is drawn as far as it goes. */
static void test_odd_values(void **state)
{
    (void)state;
    static const char *const odd[] = {"nan,nan,nan,nan", "0.5,1e30,0.5,1e35", "0,0,0,0", "1,-0.0,1,1e-12"};
    for (size_t i = 0; i < VIB_COUNT(odd); i++) {
        vib_run_log log;
        vib_sheet *s;
        make_run("run", 5, 1);
        FILE *f = fopen("run/log.csv", "a");
        fprintf(f, ",1,1,1,1\n6,%s,1,10,320,1,1\n7,%s,1,10,320,1,1\n", odd[i], odd[i]);
        fclose(f);
        assert_int_equal(vib_run_log_read("run", &log), 0);
        assert_int_equal(vib_chart_curves(&log, "run", VIB_ENGLISH, &s), 0);
        check(s, WORDS("How training went"));
        vib_run_log_free(&log);
    }
}

static void test_compare(void **state)
{
    enum { N = VIB_SHOW_RUNS };
    static char names[N][300];
    const char *runs[N + 1];
    vib_run_log logs[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "runs/%s-%zu",
                 i % 2 ? "a-name-that-is-longer-than-most-names-are-but-may-be" : "r", i);
        make_run(names[i], 3 + (int)i, i != 3);
        runs[i] = names[i];
        assert_int_equal(vib_run_log_read(runs[i], &logs[i]), 0);
    }
    for (size_t n = 2; n <= N; n += 6) {
        vib_sheet *s;
        assert_int_equal(vib_chart_compare(logs, runs, n, VIB_ENGLISH, &s), 0);
        check(s, WORDS("Runs compared", "accuracy", "epoch", "  r-0"));
    }
    for (size_t i = 0; i < N; i++)
        vib_run_log_free(&logs[i]);
    runs[N] = "x";
    assert_int_equal(vib_show_curves(runs, N + 1, VIB_ENGLISH, "x.png"), VIB_USAGE);
    assert_captured("15 runs: a picture compares 1 to 14");
}

static void test_files(void **state)
{
    (void)state;
    const char *run = "run";
    make_run(run, 3, 1);
    assert_int_equal(vib_show_curves(&run, 1, VIB_ENGLISH, "a.png"), 0);
    assert_int_equal(vib_show_curves(&run, 1, VIB_ENGLISH, "a.SVG"), 0);
    assert_int_equal(captured_count, 0);
    assert_int_equal(vib_show_curves(&run, 1, VIB_ENGLISH, "a.jpg"), VIB_USAGE);
    assert_captured("a.jpg: charts are written as .png or .svg");
    capture_start();
    assert_int_equal(vib_show_curves(&run, 1, VIB_ENGLISH, "no/such/a.png"), VIB_FAILED);
    assert_captured("no/such/a.png");
    assert_int_equal(access("a.jpg", F_OK), -1);
}

/* ---- a search for a learning rate ---- */

/* From `from` on, each rate `times` the one before: flat, then falling, then rising fast. */
static void make_search(vib_lr_find_result *r, size_t n, double from, double times)
{
    *r = (vib_lr_find_result){.n = n, .suggestion = from, .end = (vib_lr_find_end)(n % 3)};
    r->rate = calloc(n, sizeof *r->rate);
    r->loss = calloc(n, sizeof *r->loss);
    r->smoothed = calloc(n, sizeof *r->smoothed);
    for (size_t i = 0; i < n; i++) {
        const double x = (double)i / (double)n;
        r->rate[i] = i ? r->rate[i - 1] * times : from;
        r->smoothed[i] = .7 - .5 * fmax(0, x - .4) + 40 * pow(fmax(0, x - .8), 2);
        r->loss[i] = i == n / 2 ? 1e12 : r->smoothed[i] + .1 * sin((double)i * 7);
        if (i == n / 2)
            r->suggestion = r->rate[i];
    }
}

static void test_lr_find(void **state)
{
    static const struct {
        size_t n;
        double from, times;
    } searches[] = {{100, 1e-7, 1.18}, {1, 1e-3, 2}, {41, 1e-4, 1.05}, {300, 1e-30, 1.2}, {2, 1e-7, 1.1}};
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(searches); i++) {
        vib_lr_find_result r;
        vib_sheet *s;
        char suggestion[64];
        make_search(&r, searches[i].n, searches[i].from, searches[i].times);
        snprintf(suggestion, sizeof suggestion, "suggestion: %.2g", r.suggestion);
        assert_int_equal(vib_chart_lr_find(&r, VIB_ENGLISH, &s), 0);
        check(s, WORDS("Search for a learning rate", "learning rate", "loss", "smoothed", suggestion));
        r.suggestion = 0;
        assert_int_equal(vib_chart_lr_find(&r, VIB_SPANISH, &s), 0);
        assert_null(strstr(s->words.text, "sugerencia"));
        check(s, WORDS("tasa de aprendizaje", "pérdida", "suavizada"));
        assert_int_equal(vib_show_lr_find(&r, VIB_ENGLISH, "search.svg"), 0);
        free(r.rate);
        free(r.loss);
        free(r.smoothed);
    }
    assert_int_equal(vib_show_check("a.png"), 0);
    assert_int_equal(captured_count, 0);
    assert_int_equal(vib_show_check("a.gif"), VIB_USAGE);
    assert_captured("a.gif: charts are written as .png or .svg");
}

/* ---- the confusion matrix ---- */

static void test_confusion(void **state)
{
    static const size_t counts[] = {2, 3, 10, 24, 60, 300};
    static const char *const odd[] = {"a class with a name as long as nobody would want it to be, and longer",
                                      "b\xff\n<&>", "猫", ""};
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(counts); i++) {
        const size_t n = counts[i];
        vib_model model = {.n_classes = n};
        vib_evaluation e = {.classes = n, .accuracy = .5, .pictures = n * n * 500};
        char text[32];
        vib_sheet *s;
        model.classes = calloc(n, sizeof *model.classes);
        e.confusion = calloc(n * n, sizeof *e.confusion);
        for (size_t k = 0; k < n; k++) {
            snprintf(text, sizeof text, "class %zu", k);
            model.classes[k] = strdup(i % 2 && k < VIB_COUNT(odd) ? odd[k] : text);
            for (size_t j = 0; j < n && k + 1 < n; j++) /* the last has no pictures */
                e.confusion[k * n + j] = k == j ? 4000000 / (k + 1) : j;
        }
        assert_int_equal(vib_chart_confusion(&model, &e, VIB_ENGLISH, &s), 0);
        check(s, WORDS("Confusion matrix", "true class", "the network's answer", "100 %",
                       "share of the true class"));
        for (size_t k = 0; k < n; k++)
            free(model.classes[k]);
        free(model.classes);
        free(e.confusion);
    }
}

/* ---- parts ---- */

static void test_ticks(void **state)
{
    (void)state;
    assert_true(vib_tick_step(0, 1, 6) == .2);
    assert_true(vib_tick_step(1, 8, 8) == 1);
    assert_true(vib_tick_step(0, 1000, 12) == 100);
    assert_true(fabs(vib_tick_step(0, 3e-5, 6) - 5e-6) < 1e-15);
}

/* Cividis grows lighter all the way: it survives a black-and-white printer. */
static void test_shades(void **state)
{
    double before = -1;
    unsigned char rgb[3], nan[3];
    (void)state;
    for (int i = 0; i <= 100; i++) {
        vib_cividis(i / 100., rgb);
        const double light = .2126 * rgb[0] + .7152 * rgb[1] + .0722 * rgb[2];
        assert_true(light > before);
        before = light;
    }
    vib_cividis(NAN, nan);
    vib_cividis(-1, rgb);
    assert_memory_equal(nan, rgb, 3);
    vib_diverging(.5, rgb);
    assert_true(rgb[0] == rgb[1] && rgb[1] == rgb[2]);
}

static void test_names_of_runs(void **state)
{
    char text[16];
    (void)state;
    assert_string_equal(vib_run_name("runs/a", text, sizeof text), "a");
    assert_string_equal(vib_run_name("runs/a//", text, sizeof text), "a");
    assert_string_equal(vib_run_name("a", text, sizeof text), "a");
    assert_string_equal(vib_run_name("/", text, sizeof text), "/");
    assert_string_equal(vib_run_name(".", text, sizeof text), ".");
}

static void test_markup(void **state)
{
    vib_str out = {0};
    (void)state;
    assert_int_equal(
        vib_markup_svg("<?xml?>\n<svg width=\"1\"><g id=\"a\"/><use xlink:href=\"#a\" f=\"url(#a)\"/></svg>",
                       "n", "a<b", "\"c\"", &out),
        0);
    assert_string_equal(out.text,
                        "<svg width=\"1\" role=\"img\" aria-labelledby=\"n-title n-desc\">\n"
                        "<title id=\"n-title\">a&lt;b</title>\n<desc id=\"n-desc\">&quot;c&quot;</desc>"
                        "<g id=\"n-a\"/><use xlink:href=\"#n-a\" f=\"url(#n-a)\"/></svg>");
    vib_str_free(&out);
    assert_string_equal(vib_say(VIB_SPANISH, "loss"), "pérdida");
    assert_string_equal(vib_say(VIB_ENGLISH, "loss"), "loss");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_history, enter, leave),
        cmocka_unit_test_setup_teardown(test_no_history, enter, leave),
        cmocka_unit_test_setup_teardown(test_curves, enter, leave),
        cmocka_unit_test_setup_teardown(test_odd_values, enter, leave),
        cmocka_unit_test_setup_teardown(test_compare, enter, leave),
        cmocka_unit_test_setup_teardown(test_files, enter, leave),
        cmocka_unit_test_setup_teardown(test_lr_find, enter, leave),
        cmocka_unit_test_setup_teardown(test_confusion, enter, leave),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_shades),
        cmocka_unit_test(test_names_of_runs),
        cmocka_unit_test(test_markup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
