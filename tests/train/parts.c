/* The parts of a run that need no device: sums, answers, lists of bad pictures, and logs cut back to a
 * checkpoint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "train/history.h"

static void sums_are_in_double_and_in_order(void **unused)
{
    (void)unused;
    const float loss[] = {16777216.0f, 1.0f, 1.0f}, hit[] = {1, 0, 1};
    vib_metrics sum = {0};
    vib_metrics_add(&sum, &(vib_result){.n = 3, .loss = loss, .hit = hit});
    vib_metrics_add(&sum, &(vib_result){.n = 1, .loss = loss + 1, .hit = hit + 1});
    assert_true(sum.loss == 16777219.0); /* floats would have lost the ones */
    assert_int_equal(sum.pictures, 4);
    assert_true(vib_metrics_loss(&sum) == 16777219.0 / 4);
    assert_true(vib_metrics_accuracy(&sum) == 0.5);
    const vib_metrics none = {0};
    assert_true(vib_metrics_loss(&none) == 0 && vib_metrics_accuracy(&none) == 0);
}

static void answers_are_keras_answers(void **unused)
{
    (void)unused;
    assert_int_equal(vib_answer((float[]){0.5f}, 1), 0); /* K46: strictly above */
    assert_int_equal(vib_answer((float[]){0.50001f}, 1), 1);
    assert_int_equal(vib_answer((float[]){0.2f, 0.4f, 0.4f}, 3), 1);
}

static void figures_of_classes(void **unused)
{
    (void)unused;
    /* Class 2 is never answered, class 3 has no picture and no answer. */
    const uint64_t confusion[] = {3, 1, 0, 0, 2, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    vib_class_figures f[4];
    vib_metrics_classes(confusion, 4, f);
    assert_int_equal(f[0].pictures, 4);
    assert_true(f[0].precision == 3.0 / 6 && f[0].recall == 3.0 / 4 && f[0].f1 == 6.0 / 10);
    assert_true(f[1].precision == 4.0 / 5 && f[1].recall == 4.0 / 6 && f[1].f1 == 8.0 / 11);
    assert_true(isnan(f[2].precision) && f[2].recall == 0 && f[2].f1 == 0);
    assert_true(isnan(f[3].precision) && isnan(f[3].recall) && isnan(f[3].f1));
    assert_int_equal(f[3].pictures, 0);
}

/* Every pair compared, as the definition says. */
static double auc_by_pairs(const vib_score *s, size_t n)
{
    double sum = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (s[i].positive && !s[k].positive) {
                sum += s[i].score > s[k].score ? 1 : s[i].score == s[k].score ? 0.5 : 0;
                pairs++;
            }
    return sum / pairs;
}

static void auc_is_exact_with_ties(void **unused)
{
    (void)unused;
    vib_score s[200];
    uint32_t state = 1;
    for (size_t n = 2; n <= VIB_COUNT(s); n += 9)
        for (unsigned values = 1; values < 300; values = 3 * values + 1) {
            for (size_t i = 0; i < n; i++) {
                state = state * 1664525u + 1013904223u;
                s[i] = (vib_score){(float)((state >> 16) % values), (state >> 8) % 3 == 0};
            }
            s[0].positive = 1;
            s[1].positive = 0;
            const double want = auc_by_pairs(s, n);
            assert_true(vib_metrics_auc(s, n) == want);
        }
    assert_true(isnan(vib_metrics_auc(NULL, 0)));
    assert_true(isnan(vib_metrics_auc((vib_score[]){{0.5f, 1}, {0.2f, 1}}, 2)));
    assert_true(isnan(vib_metrics_auc((vib_score[]){{NAN, 1}, {0.2f, 0}}, 2)));
}

static void skips_are_ascending_and_single(void **unused)
{
    (void)unused;
    const uint32_t items[] = {7, 3, 9, 3, 0, 9}, want[] = {0, 3, 7, 9};
    vib_skips skips = {0};
    for (size_t i = 0; i < VIB_COUNT(items); i++)
        assert_int_equal(vib_skips_add(&skips, items[i]), 0);
    assert_int_equal(skips.n, VIB_COUNT(want));
    assert_memory_equal(skips.items, want, sizeof want);
    free(skips.items);
}

/* ---- logs ---- */

static char folder[] = "/tmp/vibrisa-test-XXXXXX";

static char *slurp(const char *name)
{
    char *path = vib_path_join(folder, name), *text = NULL;
    size_t size;
    assert_int_equal(vib_file_read(path, 1 << 20, &text, &size), 0);
    free(path);
    return text;
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

static void write_run(vib_history *h, int first, int last)
{
    const vib_metrics batch = {.loss = 2, .hits = 1, .pictures = 4};
    const vib_pass_step none = {0};
    for (int epoch = first; epoch <= last; epoch++) {
        for (int step = 1; step <= 3; step++)
            vib_history_step(h, (uint64_t)(3 * (epoch - 1) + step), (uint64_t)epoch, 0.125, &batch, NULL,
                             &none);
        vib_history_epoch(h, &(vib_epoch_record){.epoch = (uint64_t)epoch,
                                                 .round = 1,
                                                 .steps = 3,
                                                 .pictures = 12,
                                                 .loss = 0.1,
                                                 .accuracy = 0.5,
                                                 .lr = 0.25,
                                                 .has_validation = epoch == 2,
                                                 .val_loss = 1.0 / 3,
                                                 .val_accuracy = 1});
    }
    vib_history_sync(h);
}

static void logs_are_cut_back_to_the_checkpoint(void **unused)
{
    (void)unused;
    vib_history h = {0};
    const vib_metrics sums = {.loss = 1, .hits = 1, .pictures = 1};
    assert_int_equal(vib_history_open(&h, folder, NULL, 0), 0);
    write_run(&h, 1, 4);
    vib_history_evaluated(&h, &sums);
    fputs("{\"event\":\"step\",\"st", h.jsonl); /* cut off by the end of the process */
    vib_history_close(&h);

    /* Two epochs and one step are behind. */
    const vib_state state = {.epochs = 2, .global_step = 7, .step = 1};
    assert_int_equal(vib_history_open(&h, folder, &state, 0), 0);
    vib_history_close(&h);
    char *csv = slurp("log.csv"), *json = slurp("log.jsonl");
    assert_string_equal(csv,
                        "epoch,accuracy,loss,val_accuracy,val_loss,round,steps,pictures,seconds,images_per_"
                        "second\n"
                        "1,0.5,0.1,NA,NA,1,3,12,0.000,0.0\n"
                        "2,0.5,0.1,1,0.3333333333333333,1,3,12,0.000,0.0\n");
    assert_int_equal(count(json, "\"event\":\"step\""), 7);
    assert_int_equal(count(json, "\"event\":\"epoch\""), 2);
    assert_int_equal(count(json, "evaluated"), 0);
    assert_int_equal(count(json, "\n"), 9);
    free(csv);
    free(json);
}

/* K49: the rate is a column where something changes it, and the lines of later epochs go. */
static void logs_have_the_rate(void **unused)
{
    (void)unused;
    vib_history h = {.has_lr = 1};
    assert_int_equal(vib_history_open(&h, folder, NULL, 0), 0);
    write_run(&h, 1, 3);
    vib_history_rate(&h, 2, 0.001);
    vib_history_stop(&h, 3, 1);
    vib_history_close(&h);
    const vib_state state = {.epochs = 2, .global_step = 6};
    h.has_lr = 1;
    assert_int_equal(vib_history_open(&h, folder, &state, 0), 0);
    vib_history_close(&h);
    char *csv = slurp("log.csv"), *json = slurp("log.jsonl");
    assert_string_equal(
        csv, "epoch,accuracy,loss,lr,val_accuracy,val_loss,round,steps,pictures,seconds,images_per_"
             "second\n"
             "1,0.5,0.1,0.25,NA,NA,1,3,12,0.000,0.0\n"
             "2,0.5,0.1,0.25,1,0.3333333333333333,1,3,12,0.000,0.0\n");
    assert_int_equal(count(json, "\"lr\":0.125"), 6);
    assert_int_equal(count(json, "{\"event\":\"rate\",\"epoch\":2,\"lr\":0.001}\n"), 1);
    assert_int_equal(count(json, "stop"), 0);
    free(csv);
    free(json);
}

static void lost_logs_start_afresh(void **unused)
{
    (void)unused;
    vib_history h = {0};
    const vib_state state = {.epochs = 2, .global_step = 6};
    char *path = vib_path_join(folder, "log.csv");
    unlink(path);
    free(path);
    assert_int_equal(vib_history_open(&h, folder, &state, 0), 0);
    write_run(&h, 3, 3);
    vib_history_close(&h);
    char *csv = slurp("log.csv");
    assert_int_equal(count(csv, "\n"), 2);
    free(csv);
}

static int make_folder(void **unused)
{
    (void)unused;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **unused)
{
    static const char *const names[] = {"log.csv", "log.jsonl"};
    (void)unused;
    for (size_t i = 0; i < VIB_COUNT(names); i++) {
        char *path = vib_path_join(folder, names[i]);
        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_in_double_and_in_order),
        cmocka_unit_test(answers_are_keras_answers),
        cmocka_unit_test(figures_of_classes),
        cmocka_unit_test(auc_is_exact_with_ties),
        cmocka_unit_test(skips_are_ascending_and_single),
        cmocka_unit_test(logs_are_cut_back_to_the_checkpoint),
        cmocka_unit_test(logs_have_the_rate),
        cmocka_unit_test(lost_logs_start_afresh),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
