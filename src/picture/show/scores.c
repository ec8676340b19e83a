#include <math.h>
#include <stdio.h>

#include "picture/show/charts.h"
#include "picture/show/plot.h"
#include "picture/show/words.h"

enum {
    WIDTH = 1000,
    HEIGHT = 380,
    LEFT = 78,
    RIGHT = 24,
    BOTTOM = 64,
    HALF = (HEIGHT - VIB_SUBHEAD - BOTTOM) / 2
};

/* The chart of scores under way. */
typedef struct chart {
    vib_sheet *s;
    const uint64_t (*bins)[VIB_SCORE_BINS];
    double most; /* of the axes, pictures */
    double middle, pitch;
} chart;

static void bar(const chart *c, int side, size_t i)
{
    const double h = (double)c->bins[side][i] / c->most * HALF;
    if (!c->bins[side][i])
        return;
    vib_sheet_ink(c->s, side ? VIB_INK_BLUE : VIB_INK_VERMILLION);
    cairo_rectangle(c->s->cr, LEFT + (double)i * c->pitch + 1, side ? c->middle - h : c->middle, c->pitch - 2,
                    fmax(h, 1));
    cairo_fill(c->s->cr);
}

static void rule(vib_sheet *s, double x0, double y0, double x1, double y1)
{
    cairo_move_to(s->cr, floor(x0) + .5, floor(y0) + .5);
    cairo_line_to(s->cr, floor(x1) + .5, floor(y1) + .5);
    cairo_stroke(s->cr);
}

/* Pictures, up and down from the middle. */
static void count_axis(const chart *c, double step, vib_language l)
{
    for (double v = 0; v <= c->most * (1 + 1e-9); v += step)
        for (int side = 0; side < 2; side++) {
            const double y = c->middle + (side ? -1 : 1) * v / c->most * HALF;
            cairo_set_line_width(c->s->cr, 1);
            vib_sheet_ink(c->s, v > 0 ? VIB_INK_GRID : VIB_INK_BLACK);
            rule(c->s, LEFT, y, WIDTH - RIGHT, y);
            if (v > 0 || side)
                vib_sheet_textf(c->s, LEFT - 8, y + 4, VIB_RIGHT, VIB_TEXT_SMALL, VIB_INK_BLACK, "%.0f", v);
        }
    vib_sheet_text_up(c->s, VIB_MARGIN + 10, c->middle, VIB_CENTRE, VIB_TEXT, VIB_INK_BLACK, 2 * HALF,
                      vib_say(l, "pictures"));
}

static void probability_axis(const chart *c, const vib_model *model)
{
    const double below = c->middle + HALF;
    for (int t = 0; t <= 100; t += 10)
        vib_sheet_textf(c->s, LEFT + (WIDTH - LEFT - RIGHT) * t / 100., below + 20, VIB_CENTRE,
                        VIB_TEXT_SMALL, VIB_INK_BLACK, "%d %%", t);
    /* Which way is which, in the colours of the bars. */
    vib_sheet_text(c->s, LEFT, below + 44, VIB_LEFT, VIB_TEXT, VIB_INK_VERMILLION, 300,
                   vib_model_class_name(model, 0));
    vib_sheet_text(c->s, WIDTH - RIGHT, below + 44, VIB_RIGHT, VIB_TEXT, VIB_INK_BLUE, 300,
                   vib_model_class_name(model, 1));
}

int vib_chart_scores(const vib_model *model, const uint64_t bins[2][VIB_SCORE_BINS], vib_language l,
                     vib_sheet **out)
{
    uint64_t most = 1;
    chart c = {
        .bins = bins, .middle = VIB_SUBHEAD + HALF, .pitch = (double)(WIDTH - LEFT - RIGHT) / VIB_SCORE_BINS};
    const int err = vib_sheet_create(WIDTH, HEIGHT, vib_say(l, "How sure it is, picture by picture"), &c.s);
    if (err < 0)
        return err;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < VIB_SCORE_BINS; i++)
            most = VIB_MAX(most, bins[side][i]);
    const double step = fmax(1, vib_tick_step(0, (double)most, 3));
    c.most = ceil((double)most / step) * step;
    vib_sheet_subtitle(
        c.s,
        vib_say(l, "by its probability of \"%s\": pictures of that class above the line, of \"%s\" below"),
        vib_model_class_name(model, 1), vib_model_class_name(model, 0));
    count_axis(&c, step, l);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < VIB_SCORE_BINS; i++)
            bar(&c, side, i);
    vib_sheet_ink(c.s, VIB_INK_BLACK);
    rule(c.s, LEFT, c.middle, WIDTH - RIGHT, c.middle);
    probability_axis(&c, model);
    vib_sheet_text(c.s, LEFT + (WIDTH - LEFT - RIGHT) / 2., c.middle + HALF + 44, VIB_CENTRE, VIB_TEXT,
                   VIB_INK_BLACK, 0, vib_say(l, "probability"));
    *out = c.s;
    return 0;
}

void vib_scores_span(double *left, double *span)
{
    *left = (double)LEFT / WIDTH;
    *span = (double)(WIDTH - LEFT - RIGHT) / WIDTH;
}
