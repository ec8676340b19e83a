#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/plot.h"
#include "picture/show/words.h"

enum { WIDTH = 1000, HEIGHT = 470, PLOT = 340 };

static void draw_pair(vib_sheet *s, vib_language l, const vib_series *accuracy, const vib_series *loss,
                      size_t n, double best, const char *best_name)
{
    vib_plot p = {
        .x = VIB_MARGIN,
        .y = VIB_SUBHEAD,
        .w = (s->width - 3 * VIB_MARGIN) / 2.,
        .h = PLOT,
        .title = vib_say(l, "Accuracy: share of pictures classified right"),
        .x_name = vib_say(l, "epoch"),
        .y_name = vib_say(l, "accuracy"),
        .series = accuracy,
        .n = n,
        .to_one = 1,
        .whole = 1,
        .mark = best,
        .mark_name = best_name,
    };
    vib_plot_draw(s, &p);
    p.x += p.w + VIB_MARGIN;
    p.title = vib_say(l, "Loss: how wrong the probabilities are");
    p.y_name = vib_say(l, "loss");
    p.series = loss;
    p.from_zero = 1;
    p.to_one = 0;
    vib_plot_draw(s, &p);
    vib_legend(s, VIB_MARGIN + 68, VIB_SUBHEAD + PLOT + 6, s->width - 2 * VIB_MARGIN - 68, accuracy, n, 1);
}

static vib_series series_of(const vib_run_log *log, int column, const char *name, vib_ink ink, int dashed)
{
    return (vib_series){name, log->column[VIB_LOG_EPOCH], log->column[column], log->n, ink, dashed, dashed};
}

int vib_chart_curves(const vib_run_log *log, const char *run, vib_language l, vib_sheet **out)
{
    char best[64], text[256];
    vib_sheet *s;
    const char *training = vib_say(l, "training pictures"), *validation = vib_say(l, "validation pictures");
    const vib_series accuracy[] = {
        series_of(log, VIB_LOG_ACCURACY, training, VIB_INK_BLUE, 0),
        series_of(log, VIB_LOG_VAL_ACCURACY, validation, VIB_INK_VERMILLION, 1),
    };
    const vib_series loss[] = {
        series_of(log, VIB_LOG_LOSS, training, VIB_INK_BLUE, 0),
        series_of(log, VIB_LOG_VAL_LOSS, validation, VIB_INK_VERMILLION, 1),
    };
    const int err = vib_sheet_create(WIDTH, HEIGHT, vib_say(l, "How training went"), &s);
    if (err < 0)
        return err;
    const double epoch = log->column[VIB_LOG_EPOCH][log->best];
    const int column = log->validated ? VIB_LOG_VAL_ACCURACY : VIB_LOG_ACCURACY;
    snprintf(best, sizeof best, vib_say(l, "best, epoch %d"), (int)epoch);
    vib_sheet_subtitle(s, vib_say(l, "%s: best at epoch %d of %d, with an accuracy of %.4f"),
                       vib_run_name(run, text, sizeof text), (int)epoch, (int)log->n,
                       log->column[column][log->best]);
    draw_pair(s, l, accuracy, loss, log->validated ? 2 : 1, log->n > 1 ? epoch : NAN, best);
    *out = s;
    return 0;
}

int vib_chart_compare(const vib_run_log *logs, const char *const *runs, size_t n, vib_language l,
                      vib_sheet **out)
{
    vib_series accuracy[VIB_SHOW_RUNS], loss[VIB_SHOW_RUNS];
    char names[VIB_SHOW_RUNS][320], text[256];
    vib_sheet *s;
    for (size_t i = 0; i < n; i++) {
        const vib_run_log *log = &logs[i];
        const int a = log->validated ? VIB_LOG_VAL_ACCURACY : VIB_LOG_ACCURACY;
        const vib_ink ink = (vib_ink)(i % VIB_INK_SERIES);
        snprintf(names[i], sizeof names[i], "%.4f (%d)  %s", log->column[a][log->best],
                 (int)log->column[VIB_LOG_EPOCH][log->best], vib_run_name(runs[i], text, sizeof text));
        accuracy[i] = series_of(log, a, names[i], ink, i >= VIB_INK_SERIES);
        loss[i] = series_of(log, log->validated ? VIB_LOG_VAL_LOSS : VIB_LOG_LOSS, names[i], ink,
                            i >= VIB_INK_SERIES);
    }
    int err = vib_sheet_create(WIDTH, HEIGHT, vib_say(l, "Runs compared"), &s);
    if (err < 0)
        return err;
    const double legend = vib_legend(s, 0, 0, WIDTH - 2 * VIB_MARGIN - 68, accuracy, n, 0);
    vib_sheet_free(&s);
    err = vib_sheet_create(WIDTH, VIB_SUBHEAD + PLOT + (int)legend + VIB_MARGIN + 12,
                           vib_say(l, "Runs compared"), &s);
    if (err < 0)
        return err;
    vib_sheet_subtitle(s, "%s",
                       vib_say(l, "one line a run, of validation pictures; best accuracy and its "
                                  "epoch beside each name"));
    draw_pair(s, l, accuracy, loss, n, NAN, NULL);
    *out = s;
    return 0;
}

int vib_show_available(void)
{
    return 1;
}

int vib_show_check(const char *file)
{
    return vib_sheet_check_path(file);
}

int vib_show_curves(const char *const *runs, size_t n, vib_language language, const char *file)
{
    int err = 0;
    vib_sheet *s = NULL;
    vib_run_log *logs = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    if (n < 1 || n > VIB_SHOW_RUNS)
        VIB_FAIL(VIB_USAGE, "%zu runs: a picture compares 1 to %d", n, VIB_SHOW_RUNS);
    VIB_CHECK_MEM(logs = vib_calloc(n, sizeof *logs));
    for (size_t i = 0; i < n; i++)
        VIB_TRY(vib_run_log_read(runs[i], &logs[i]));
    VIB_TRY(n == 1 ? vib_chart_curves(&logs[0], runs[0], language, &s)
                   : vib_chart_compare(logs, runs, n, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    for (size_t i = 0; logs && i < n; i++)
        vib_run_log_free(&logs[i]);
    free(logs);
    vib_sheet_free(&s);
    return err;
}
