#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/plot.h"
#include "picture/show/words.h"

enum { WIDTH = 720, HEIGHT = 470, PLOT = 340 };

/* What is looked at: from the best of the smoothed losses to as far above the first as that is below, a tenth
 * at least. Where it falls apart the loss is many times that, and would press the rest flat. */
static void find_limits(const vib_lr_find_result *r, double *low, double *high)
{
    const double first = r->smoothed[0];
    *low = first;
    for (size_t i = 0; i < r->n; i++)
        *low = fmin(*low, r->smoothed[i]);
    *high = first + fmax(first - *low, .1 * first);
    *low -= .2 * (*high - *low);
}

/* Numbers between the limits; a line that leaves them ends at one. NULL: out of memory. */
static double *cut(const double *values, size_t n, double low, double high)
{
    double *out = vib_calloc(n, sizeof *out);
    int inside = 0;
    for (size_t i = 0; out && i < n; i++) {
        const double v = fmin(fmax(values[i], low), high);
        const int is_inside = v == values[i];
        out[i] = is_inside || inside ? v : NAN;
        inside = is_inside;
    }
    return out;
}

static void subtitle(vib_sheet *s, vib_language l, const vib_lr_find_result *r)
{
    const double last = r->rate[r->n - 1];
    switch (r->end) {
    case VIB_LR_FIND_DIVERGED:
        vib_sheet_subtitle(
            s, vib_say(l, "%zu steps, the last at %.2g, where the loss was four times its best"), r->n, last);
        break;
    case VIB_LR_FIND_NONFINITE:
        vib_sheet_subtitle(s, vib_say(l, "%zu steps, the last at %.2g, behind which the loss is no number"),
                           r->n, last);
        break;
    case VIB_LR_FIND_DONE:
        vib_sheet_subtitle(s, vib_say(l, "%zu steps, the last at %.2g"), r->n, last);
        break;
    }
}

int vib_chart_lr_find(const vib_lr_find_result *r, vib_language l, vib_sheet **out)
{
    int err = 0;
    char mark[64];
    double low, high;
    vib_sheet *s = NULL;
    find_limits(r, &low, &high);
    double *loss = cut(r->loss, r->n, low, high), *smoothed = cut(r->smoothed, r->n, low, high);
    const vib_series series[] = {
        {vib_say(l, "loss of each step"), r->rate, loss, r->n, VIB_INK_SKY, 1, 1},
        {vib_say(l, "smoothed"), r->rate, smoothed, r->n, VIB_INK_BLUE, 0, 0},
    };
    VIB_CHECK_MEM(loss && smoothed);
    snprintf(mark, sizeof mark, vib_say(l, "suggestion: %.2g"), r->suggestion);
    const vib_plot p = {
        .x = VIB_MARGIN,
        .y = VIB_SUBHEAD,
        .w = WIDTH - 2 * VIB_MARGIN,
        .h = PLOT,
        .title = vib_say(l, "Loss at each learning rate"),
        .x_name = vib_say(l, "learning rate"),
        .y_name = vib_say(l, "loss"),
        .series = series,
        .n = VIB_COUNT(series),
        .log_x = 1,
        .mark = r->suggestion > 0 ? r->suggestion : NAN,
        .mark_name = mark,
    };
    VIB_TRY(vib_sheet_create(WIDTH, HEIGHT, vib_say(l, "Search for a learning rate"), &s));
    subtitle(s, l, r);
    vib_plot_draw(s, &p);
    vib_legend(s, VIB_MARGIN + 68, VIB_SUBHEAD + PLOT + 6, WIDTH - 2 * VIB_MARGIN - 68, series,
               VIB_COUNT(series), 1);
    *out = s;
fail:
    free(loss);
    free(smoothed);
    return err;
}

int vib_show_lr_find(const vib_lr_find_result *result, vib_language language, const char *file)
{
    int err = 0;
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_chart_lr_find(result, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    return err;
}
