#include "picture/show/plot.h"

#include <math.h>
#include <stdio.h>

enum { LEFT = 68, RIGHT = 16, TOP = 30, BOTTOM = 52, LEGEND_ROW = 22, LEGEND_LINE = 30 };

double vib_tick_step(double low, double high, int most)
{
    const double rough = (high - low) / most, power = pow(10, floor(log10(rough)));
    static const double steps[] = {1, 2, 5, 10};
    for (size_t i = 0; i < VIB_COUNT(steps); i++)
        if (steps[i] * power >= rough * (1 - 1e-9))
            return steps[i] * power;
    return 10 * power;
}

/* ---- the range of the axes ---- */

typedef struct range {
    double low, high, step;
} range;

static void widen(range *r, double v)
{
    if (isfinite(v)) {
        r->low = isnan(r->low) ? v : fmin(r->low, v);
        r->high = isnan(r->high) ? v : fmax(r->high, v);
    }
}

static range range_x(const vib_plot *p)
{
    range r = {NAN, NAN, 1};
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->series[i].n; k++)
            widen(&r, p->log_x ? log10(p->series[i].x[k]) : p->series[i].x[k]);
    if (isnan(r.low))
        r.low = r.high = 0;
    if (r.high - r.low < 1e-12) {
        r.low -= .5;
        r.high += .5;
    }
    r.step = p->log_x ? 1 : vib_tick_step(r.low, r.high, p->w > 600 ? 12 : 8);
    if (p->whole)
        r.step = fmax(1, r.step);
    return r;
}

static range range_y(const vib_plot *p)
{
    range r = {NAN, NAN, 1};
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->series[i].n; k++)
            widen(&r, p->series[i].y[k]);
    if (isnan(r.low))
        r.low = r.high = 0;
    if (p->from_zero)
        r.low = fmin(0, r.low);
    if (r.high - r.low < 1e-9) {
        const double around = fmax(.05, fabs(r.high) * .1);
        r.low -= p->from_zero && r.low >= 0 ? 0 : around;
        r.high += around;
    }
    const double tight = p->to_one ? .1 : 0; /* shares are not drawn as if a thousandth mattered */
    if (r.high - r.low < tight) {
        r.low = fmax(0, r.low - tight / 2);
        r.high += tight / 2;
    }
    if (!p->from_zero)
        r.low = fmax(p->to_one ? 0 : r.low - 1, r.low - .03 * (r.high - r.low));
    r.step = vib_tick_step(r.low, r.high, 6);
    r.low = floor(r.low / r.step + 1e-9) * r.step;
    r.high = ceil(r.high / r.step - 1e-9) * r.step;
    if (p->to_one && r.high > 1 - 1e-9)
        r.high = 1;
    return r;
}

/* ---- drawing ---- */

typedef struct axes {
    vib_sheet *s;
    const vib_plot *p;
    double x, y, w, h; /* of the area inside the axes */
    range rx, ry;
} axes;

/* Points keep a little away from the sides. */
static double at_x(const axes *a, double v)
{
    const double inset = 10;
    return a->x + inset + (v - a->rx.low) / (a->rx.high - a->rx.low) * (a->w - 2 * inset);
}

static double at_y(const axes *a, double v)
{
    return a->y + a->h - (v - a->ry.low) / (a->ry.high - a->ry.low) * a->h;
}

static void line(vib_sheet *s, double x0, double y0, double x1, double y1)
{
    cairo_move_to(s->cr, x0, y0);
    cairo_line_to(s->cr, x1, y1);
    cairo_stroke(s->cr);
}

static void tick_text(char text[32], double v, double step)
{
    const int places = (int)fmax(0, ceil(-log10(step) - 1e-9));
    if (fabs(v) < step * 1e-6)
        v = 0;
    if (fabs(v) >= 1e6 || places > 5)
        snprintf(text, 32, "%.3g", v);
    else
        snprintf(text, 32, "%.*f", places, v);
}

static void x_tick(const axes *a, double v, const char *text)
{
    const double x = floor(at_x(a, v)) + .5;
    vib_sheet_ink(a->s, VIB_INK_BLACK);
    line(a->s, x, a->y + a->h, x, a->y + a->h + 5);
    vib_sheet_text(a->s, x, a->y + a->h + 20, VIB_CENTRE, VIB_TEXT_SMALL, VIB_INK_BLACK, 0, text);
}

/* Decades: of many not each, and where there are few of them 2 and 5 in each. */
static void log_ticks(const axes *a)
{
    static const int firsts[] = {1, 2, 5};
    char text[32];
    const double span = a->rx.high - a->rx.low, step = fmax(1, ceil(span / 14));
    const size_t each = span > 2.5 ? 1 : VIB_COUNT(firsts);
    for (double decade = floor(a->rx.low); decade <= a->rx.high + 1e-9; decade += step)
        for (size_t i = 0; i < each; i++) {
            const double v = decade + log10(firsts[i]);
            if (v < a->rx.low - 1e-9 || v > a->rx.high + 1e-9)
                continue;
            snprintf(text, sizeof text, "%g", firsts[i] * pow(10, decade));
            x_tick(a, v, text);
        }
}

static void even_ticks(const axes *a)
{
    char text[32];
    for (double v = ceil(a->rx.low / a->rx.step - 1e-9) * a->rx.step; v <= a->rx.high + 1e-9;
         v += a->rx.step) {
        tick_text(text, v, a->rx.step);
        x_tick(a, v, text);
    }
}

static void draw_x_axis(const axes *a)
{
    vib_sheet *s = a->s;
    if (a->p->log_x)
        log_ticks(a);
    else
        even_ticks(a);
    vib_sheet_text(s, a->x + a->w / 2, a->y + a->h + 42, VIB_CENTRE, VIB_TEXT, VIB_INK_BLACK, a->w,
                   a->p->x_name);
}

static void draw_y_axis(const axes *a)
{
    char text[32];
    vib_sheet *s = a->s;
    for (double v = ceil(a->ry.low / a->ry.step - 1e-9) * a->ry.step; v <= a->ry.high + a->ry.step * 1e-6;
         v += a->ry.step) {
        const double y = floor(at_y(a, v)) + .5;
        vib_sheet_ink(s, VIB_INK_GRID);
        line(s, a->x, y, a->x + a->w, y);
        tick_text(text, v, a->ry.step);
        vib_sheet_text(s, a->x - 8, y + 4, VIB_RIGHT, VIB_TEXT_SMALL, VIB_INK_BLACK, 0, text);
    }
    vib_sheet_text_up(s, a->p->x + 14, a->y + a->h / 2, VIB_CENTRE, VIB_TEXT, VIB_INK_BLACK, a->h,
                      a->p->y_name);
}

static void stroke_style(vib_sheet *s, const vib_series *series)
{
    const double dashes[] = {7, 4};
    vib_sheet_ink(s, series->ink);
    cairo_set_line_width(s->cr, 2.2);
    cairo_set_line_join(s->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(s->cr, dashes, series->dashed ? 2 : 0, 0);
}

static void dot(vib_sheet *s, const vib_series *series, double x, double y)
{
    cairo_set_dash(s->cr, NULL, 0, 0);
    cairo_new_sub_path(s->cr);
    cairo_arc(s->cr, x, y, 3.4, 0, 4 * acos(0));
    vib_sheet_ink(s, series->rings ? VIB_INK_WHITE : series->ink);
    cairo_fill_preserve(s->cr);
    vib_sheet_ink(s, series->ink);
    cairo_set_line_width(s->cr, 1.8);
    cairo_stroke(s->cr);
}

static void draw_series(const axes *a, const vib_series *series)
{
    enum { MOST_DOTS = 40 };
    int pen = 0;
    cairo_t *cr = a->s->cr;
    stroke_style(a->s, series);
    for (size_t k = 0; k < series->n; k++) {
        const double v = a->p->log_x ? log10(series->x[k]) : series->x[k];
        if (!isfinite(series->y[k])) {
            pen = 0;
            continue;
        }
        (pen ? cairo_line_to : cairo_move_to)(cr, at_x(a, v), at_y(a, series->y[k]));
        pen = 1;
    }
    cairo_stroke(cr);
    for (size_t k = 0; k < series->n && series->n <= MOST_DOTS; k++)
        if (isfinite(series->y[k]))
            dot(a->s, series, at_x(a, a->p->log_x ? log10(series->x[k]) : series->x[k]),
                at_y(a, series->y[k]));
    cairo_set_dash(cr, NULL, 0, 0);
}

static void draw_mark(const axes *a)
{
    const double dashes[] = {2, 4};
    const double x = floor(at_x(a, a->p->log_x ? log10(a->p->mark) : a->p->mark)) + .5;
    if (isnan(a->p->mark))
        return;
    vib_sheet_ink(a->s, VIB_INK_GREY);
    cairo_set_line_width(a->s->cr, 1.2);
    cairo_set_dash(a->s->cr, dashes, 2, 0);
    line(a->s, x, a->y, x, a->y + a->h);
    cairo_set_dash(a->s->cr, NULL, 0, 0);
    if (!a->p->mark_name)
        return;
    const double width = vib_sheet_text_width(a->s, VIB_TEXT_SMALL, a->p->mark_name);
    const double left = fmin(fmax(x - width / 2, a->x), a->x + a->w - width);
    vib_sheet_text(a->s, left, a->y - 5, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY, a->w, a->p->mark_name);
}

double vib_legend(vib_sheet *s, double x, double y, double width, const vib_series *series, size_t n,
                  int draw)
{
    double at = 0;
    int rows = 1;
    for (size_t i = 0; i < n; i++) {
        const double most = fmin(width - LEGEND_LINE - 8, 320);
        const double text = fmin(most, vib_sheet_text_width(s, VIB_TEXT, series[i].name));
        const double need = LEGEND_LINE + 8 + text + 22;
        if (at > 0 && at + need - 22 > width) {
            at = 0;
            rows++;
        }
        if (draw) {
            const double left = x + at, middle = y + (rows - 1) * LEGEND_ROW + 10;
            stroke_style(s, &series[i]);
            line(s, left, middle, left + LEGEND_LINE, middle);
            dot(s, &series[i], left + LEGEND_LINE / 2., middle);
            vib_sheet_text(s, left + LEGEND_LINE + 8, middle + 5, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, most,
                           series[i].name);
        }
        at += need;
    }
    return n ? rows * LEGEND_ROW : 0;
}

void vib_plot_draw(vib_sheet *s, const vib_plot *p)
{
    const double top = TOP + (p->mark_name && !isnan(p->mark) ? 16 : 0);
    const axes a = {s,          p,         p->x + LEFT, p->y + top, p->w - LEFT - RIGHT, p->h - top - BOTTOM,
                    range_x(p), range_y(p)};
    vib_sheet_text(s, a.x, p->y + 18, VIB_LEFT, VIB_TEXT + 1, VIB_INK_BLACK, a.w, p->title);
    cairo_set_line_width(s->cr, 1);
    draw_y_axis(&a);
    draw_x_axis(&a);
    draw_mark(&a);
    for (size_t i = 0; i < p->n; i++)
        draw_series(&a, &p->series[i]);
    vib_sheet_ink(s, VIB_INK_BLACK);
    cairo_set_line_width(s->cr, 1);
    line(s, a.x - .5, a.y, a.x - .5, a.y + a.h + .5);
    line(s, a.x - .5, floor(a.y + a.h) + .5, a.x + a.w, floor(a.y + a.h) + .5);
}
