#include <math.h>
#include <stdio.h>
#include <string.h>

#include "picture/show/charts.h"
#include "picture/show/shades.h"
#include "picture/show/words.h"

/* Sizes in pixels. */
enum { MOST_NAME = 190, BAR = 16, BAR_SPACE = 136, AXIS_NAME = 26, GAP = 10 };

typedef struct table {
    vib_sheet *s;
    const vib_model *model;
    const vib_evaluation *e;
    double x, y, cell; /* of the cells */
    double names;      /* room for the longest name */
    size_t every;      /* class that is named, when there are too many */
    int upright;       /* columns' names stand on end */
} table;

static double cell_size(size_t n)
{
    return n <= 4    ? 96
           : n <= 8  ? 72
           : n <= 12 ? 56
           : n <= 24 ? 40
           : n <= 60 ? 16
                     : fmax(2, floor(900. / (double)n));
}

static double longest_name(vib_sheet *s, const vib_model *model, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, vib_sheet_text_width(s, VIB_TEXT, vib_model_class_name(model, k)));
    return fmin(most, MOST_NAME);
}

/* A count in few letters, when all its digits are too wide for a cell: 1.2M. */
static void short_count(uint64_t count, char text[32])
{
    static const struct {
        double unit;
        const char *letter;
    } units[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}};
    size_t i = 0;
    while (units[i].unit > 1 && (double)count < units[i].unit)
        i++;
    const double few = (double)count / units[i].unit;
    snprintf(text, 32, few < 10 ? "%.1f%s" : "%.0f%s", few, units[i].letter);
}

static void draw_cell(const table *t, size_t row, size_t column, double share)
{
    unsigned char rgb[3];
    char text[32];
    const uint64_t count = t->e->confusion[row * t->e->classes + column];
    const double x = t->x + (double)column * t->cell, y = t->y + (double)row * t->cell;
    vib_blues(share, rgb);
    cairo_set_source_rgb(t->s->cr, rgb[0] / 255., rgb[1] / 255., rgb[2] / 255.);
    cairo_rectangle(t->s->cr, x, y, t->cell, t->cell);
    cairo_fill(t->s->cr);
    const vib_ink ink = share > .5 ? VIB_INK_WHITE : VIB_INK_BLACK;
    snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    double size = t->cell >= 72 ? VIB_TEXT + 2 : VIB_TEXT_SMALL;
    if (vib_sheet_text_width(t->s, size, text) > t->cell - 4)
        short_count(count, text);
    if (t->cell < 30 || vib_sheet_text_width(t->s, size, text) > t->cell - 4)
        return;
    const int percent = t->cell >= 72;
    vib_sheet_text(t->s, x + t->cell / 2, y + t->cell / 2 + (percent ? -1 : 4), VIB_CENTRE, size, ink, 0,
                   text);
    if (percent)
        vib_sheet_textf(t->s, x + t->cell / 2, y + t->cell / 2 + 18, VIB_CENTRE, VIB_TEXT_SMALL, ink,
                        "%.1f %%", 100 * share);
}

static void draw_cells(const table *t)
{
    const size_t n = t->e->classes;
    for (size_t i = 0; i < n; i++) {
        uint64_t total = 0;
        for (size_t k = 0; k < n; k++)
            total += t->e->confusion[i * n + k];
        for (size_t k = 0; k < n; k++)
            draw_cell(t, i, k, total ? (double)t->e->confusion[i * n + k] / (double)total : 0);
    }
    vib_sheet_frame(t->s, t->x - 1, t->y - 1, t->cell * (double)n + 1, t->cell * (double)n + 1, VIB_INK_GREY);
}

static void draw_names(const table *t, vib_language l)
{
    const size_t n = t->e->classes;
    const double size = t->cell * (double)n, below = t->y + size;
    for (size_t k = 0; k < n; k += t->every) {
        const char *name = vib_model_class_name(t->model, k);
        const double middle = ((double)k + .5) * t->cell;
        vib_sheet_text(t->s, t->x - GAP, t->y + middle + 5, VIB_RIGHT, VIB_TEXT, VIB_INK_BLACK, t->names,
                       name);
        if (t->upright)
            vib_sheet_text_up(t->s, t->x + middle + 5, below + GAP, VIB_RIGHT, VIB_TEXT, VIB_INK_BLACK,
                              t->names, name);
        else
            vib_sheet_text(t->s, t->x + middle, below + GAP + 10, VIB_CENTRE, VIB_TEXT, VIB_INK_BLACK,
                           t->cell - 6, name);
    }
    vib_sheet_text_up(t->s, VIB_MARGIN + 12, t->y + size / 2, VIB_CENTRE, VIB_TEXT + 1, VIB_INK_BLACK,
                      size + 40, vib_say(l, "true class"));
    vib_sheet_text(t->s, t->x + size / 2, below + GAP + (t->upright ? t->names : 14) + 24, VIB_CENTRE,
                   VIB_TEXT + 1, VIB_INK_BLACK, 0, vib_say(l, "the network's answer"));
}

static void draw_bar(const table *t, vib_language l)
{
    const double x = t->x + t->cell * (double)t->e->classes + 28,
                 h = fmin(180, t->cell * (double)t->e->classes);
    for (int i = 0; i < (int)h; i++) {
        unsigned char rgb[3];
        vib_blues(1 - i / (h - 1), rgb);
        cairo_set_source_rgb(t->s->cr, rgb[0] / 255., rgb[1] / 255., rgb[2] / 255.);
        cairo_rectangle(t->s->cr, x, t->y + i, BAR, 1);
        cairo_fill(t->s->cr);
    }
    vib_sheet_frame(t->s, x - 1, t->y - 1, BAR + 1, h + 1, VIB_INK_GREY);
    vib_sheet_text(t->s, x + BAR + 6, t->y + 10, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_BLACK, 0,
                   vib_say(l, "100 %"));
    vib_sheet_text(t->s, x + BAR + 6, t->y + h, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_BLACK, 0,
                   vib_say(l, "0 %"));
    vib_sheet_text_up(t->s, x + BAR + 60, t->y + h / 2, VIB_CENTRE, VIB_TEXT_SMALL, VIB_INK_BLACK, h + 20,
                      vib_say(l, "share of the true class"));
}

int vib_chart_confusion(const vib_model *model, const vib_evaluation *e, vib_language l, vib_sheet **out)
{
    const size_t n = e->classes;
    size_t right = 0;
    vib_sheet *s;
    table t = {.model = model, .e = e, .cell = cell_size(n), .y = VIB_SUBHEAD + 8};
    int err = vib_sheet_create(100, 100, "", &s);
    if (err < 0)
        return err;
    t.names = longest_name(s, model, n);
    vib_sheet_free(&s);
    t.every = t.cell >= 15 ? 1 : (size_t)ceil(15 / t.cell);
    t.upright = t.names > t.cell - 6;
    t.x = VIB_MARGIN + AXIS_NAME + t.names + GAP;
    const double size = t.cell * (double)n;
    const double height = t.y + size + GAP + (t.upright ? t.names : 14) + 24 + VIB_MARGIN;
    err = vib_sheet_create((int)fmax(560, t.x + size + BAR_SPACE), (int)height,
                           vib_say(l, "Confusion matrix"), &s);
    if (err < 0)
        return err;
    t.s = s;
    for (size_t k = 0; k < n; k++)
        right += (size_t)e->confusion[k * n + k];
    vib_sheet_subtitle(s, vib_say(l, "%zu of %zu pictures right: accuracy %.4f"), right, e->pictures,
                       e->accuracy);
    draw_cells(&t);
    draw_names(&t, l);
    draw_bar(&t, l);
    *out = s;
    return 0;
}

int vib_show_confusion(const vib_model *model, const vib_evaluation *e, vib_language language,
                       const char *file)
{
    int err = 0;
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_chart_confusion(model, e, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    return err;
}
