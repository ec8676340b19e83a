#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/view.h"
#include "picture/show/words.h"

/* What a layer's filters look like on paper. */
typedef struct filters {
    vib_weights w;
    vib_layer_info layer;
    int rows, columns, inputs, n;
    double largest; /* magnitude */
} filters;

static float weight(const filters *f, int y, int x, int input, int filter)
{
    return f->w.values[(((size_t)y * (size_t)f->columns + (size_t)x) * (size_t)f->inputs + (size_t)input) *
                           (size_t)f->n +
                       (size_t)filter];
}

static int take(const vib_model *model, int layer, filters *f)
{
    int err = vib_model_layer(model, layer, &f->layer);
    if (err >= 0 && !f->layer.filters)
        err = vib_fail(VIB_USAGE, "layer '%s' is no convolution: it has no filters", f->layer.name);
    if (err >= 0)
        err = vib_model_weights(model, layer, "kernel", &f->w);
    if (err < 0)
        return err;
    f->rows = f->w.dims[0];
    f->columns = f->w.dims[1];
    f->inputs = f->w.dims[2];
    f->n = f->w.dims[3];
    const size_t count = (size_t)f->rows * (size_t)f->columns * (size_t)f->inputs * (size_t)f->n;
    f->largest = 0;
    for (size_t i = 0; i < count; i++)
        f->largest = fmax(f->largest, fabs((double)f->w.values[i]));
    return VIB_OK;
}

void vib_filter_rgb(const vib_weights *w, int filter, int input, unsigned char *rgb)
{
    filters f = {.w = *w, .rows = w->dims[0], .columns = w->dims[1], .inputs = w->dims[2], .n = w->dims[3]};
    const int colour = input < 0, first = colour ? 0 : input, last = colour ? f.inputs : input + 1;
    double largest = 1e-30;
    for (int y = 0; y < f.rows; y++)
        for (int x = 0; x < f.columns; x++)
            for (int c = first; c < last; c++)
                largest = fmax(largest, fabs((double)weight(&f, y, x, c, filter)));
    for (int y = 0; y < f.rows; y++)
        for (int x = 0; x < f.columns; x++, rgb += 3) {
            if (!colour) {
                vib_diverging(.5 + (double)weight(&f, y, x, input, filter) / largest / 2, rgb);
                continue;
            }
            for (int c = 0; c < 3; c++)
                rgb[c] = (unsigned char)(127.5 + 127.5 * (double)weight(&f, y, x, c, filter) / largest + .5);
        }
}

/* ---- a tile for each filter: of a layer that sees the picture ---- */

enum { WIDTH = 1000, TILE = 52, TILE_GAP = 8, TILE_NAME = 16 };

static int tiles(const filters *f, vib_language l, vib_sheet **out)
{
    int err = 0;
    vib_sheet *s = NULL;
    char title[200];
    const int colour = f->inputs == 3, across = (WIDTH - 2 * VIB_MARGIN + TILE_GAP) / (TILE + TILE_GAP);
    const int down = (f->n + across - 1) / across, top = VIB_SUBHEAD + 16;
    unsigned char *rgb = vib_calloc((size_t)f->rows * (size_t)f->columns, 3);
    VIB_CHECK_MEM(rgb);
    snprintf(title, sizeof title, vib_say(l, "The filters of %s"), f->layer.name);
    VIB_TRY(vib_sheet_create(WIDTH, top + down * (TILE + TILE_NAME + TILE_GAP) + 24 + VIB_MARGIN, title, &s));
    vib_sheet_subtitle(s,
                       colour ? vib_say(l, "%d filters of %d×%d pixels: the colours that each one looks for")
                              : vib_say(l, "%d filters of %d×%d pixels: what each one adds and takes away"),
                       f->n, f->rows, f->columns);
    for (int k = 0; k < f->n; k++) {
        const double x = VIB_MARGIN + (k % across) * (TILE + TILE_GAP);
        const double y = top + k / across * (TILE + TILE_NAME + TILE_GAP);
        vib_filter_rgb(&f->w, k, colour ? -1 : 0, rgb);
        const vib_place p = vib_fit_into(x, y, TILE, TILE, f->columns, f->rows);
        vib_sheet_pixels(s, p.x, p.y, p.w, p.h, rgb, f->columns, f->rows, 3);
        vib_sheet_frame(s, p.x - 1, p.y - 1, p.w + 1, p.h + 1, VIB_INK_GREY);
        vib_sheet_textf(s, x + TILE / 2., y + TILE + 13, VIB_CENTRE, VIB_TEXT_SMALL, VIB_INK_GREY, "%d", k);
    }
    const double y = s->height - VIB_MARGIN;
    if (colour)
        vib_sheet_text(
            s, VIB_MARGIN, y, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_BLACK, WIDTH - 2 * VIB_MARGIN,
            vib_say(l, "grey: weight 0; lighter: more of the colour; darker: less; each filter's largest "
                       "weight has the full colour"));
    else
        vib_shade_bar(s, VIB_MARGIN, y, 120, vib_diverging, vib_say(l, "takes away"), vib_say(l, "adds"));
    *out = s;
    s = NULL;
fail:
    vib_sheet_free(&s);
    free(rgb);
    return err;
}

/* ---- a table of filters and the channels they read ---- */

enum { AXIS = 62 };

typedef struct table {
    int cell, gap; /* pixels of a weight; between filters */
    int pitch_x, pitch_y;
    int w, h; /* of all */
} table;

static table table_of(const filters *f)
{
    enum { WIDE = WIDTH - 2 * VIB_MARGIN - AXIS };
    table t = {.cell = 8};
    for (;; t.cell--) {
        t.gap = t.cell > 2 ? 2 : t.cell > 1;
        t.pitch_x = f->columns * t.cell + t.gap;
        t.pitch_y = f->rows * t.cell + t.gap;
        t.w = f->inputs * t.pitch_x - t.gap;
        t.h = f->n * t.pitch_y - t.gap;
        if (t.w <= WIDE || t.cell == 1)
            return t;
    }
}

static void fill(const filters *f, const table *t, unsigned char *rgb)
{
    for (int k = 0; k < f->n; k++)
        for (int c = 0; c < f->inputs; c++)
            for (int y = 0; y < f->rows * t->cell; y++)
                for (int x = 0; x < f->columns * t->cell; x++)
                    vib_diverging(
                        .5 + (double)weight(f, y / t->cell, x / t->cell, c, k) / fmax(f->largest, 1e-30) / 2,
                        rgb +
                            ((size_t)(k * t->pitch_y + y) * (size_t)t->w + (size_t)(c * t->pitch_x + x)) * 3);
}

/* Numbers along an axis, as many as there is room for. */
static int every(int pitch, int room)
{
    static const int steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
    for (size_t i = 0; i < VIB_COUNT(steps); i++)
        if (steps[i] * pitch >= room)
            return steps[i];
    return 1000;
}

static void name_axes(vib_sheet *s, vib_language l, const filters *f, const table *t, double x, double y)
{
    for (int k = 0; k < f->n; k += every(t->pitch_y, 16))
        vib_sheet_textf(s, x - 8, y + k * t->pitch_y + f->rows * t->cell / 2. + 4, VIB_RIGHT, VIB_TEXT_SMALL,
                        VIB_INK_BLACK, "%d", k);
    for (int c = 0; c < f->inputs; c += every(t->pitch_x, 30))
        vib_sheet_textf(s, x + c * t->pitch_x + f->columns * t->cell / 2., y - 8, VIB_CENTRE, VIB_TEXT_SMALL,
                        VIB_INK_BLACK, "%d", c);
    vib_sheet_text(s, x, y - 26, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, s->width - x - VIB_MARGIN,
                   vib_say(l, "channel it reads"));
    vib_sheet_text_up(s, VIB_MARGIN + 12, y + t->h / 2., VIB_CENTRE, VIB_TEXT, VIB_INK_BLACK, t->h,
                      vib_say(l, "filter"));
}

static int matrix(const filters *f, vib_language l, vib_sheet **out)
{
    enum { TOP = VIB_SUBHEAD + 46, MOST = 32000 };
    int err = 0;
    vib_sheet *s = NULL;
    char title[200];
    unsigned char *rgb = NULL;
    const table t = table_of(f);
    const int width = VIB_MAX(WIDTH, t.w + 2 * VIB_MARGIN + AXIS), height = TOP + t.h + 44 + VIB_MARGIN;
    if (width > MOST || height > MOST)
        VIB_FAIL(VIB_USAGE, "layer '%s' has %d filters of %d channels, too many for one picture",
                 f->layer.name, f->n, f->inputs);
    VIB_CHECK_MEM(rgb = vib_calloc((size_t)t.w * (size_t)t.h, 3));
    for (size_t i = 0; i < (size_t)t.w * (size_t)t.h * 3; i++)
        rgb[i] = 255;
    fill(f, &t, rgb);
    snprintf(title, sizeof title, vib_say(l, "The filters of %s"), f->layer.name);
    VIB_TRY(vib_sheet_create(width, height, title, &s));
    vib_sheet_subtitle(
        s, vib_say(l, "%d filters, a row each: %d×%d weights for each of the %d channels they read"), f->n,
        f->rows, f->columns, f->inputs);
    vib_sheet_pixels(s, VIB_MARGIN + AXIS, TOP, t.w, t.h, rgb, t.w, t.h, 3);
    name_axes(s, l, f, &t, VIB_MARGIN + AXIS, TOP);
    vib_number_bar(s, VIB_MARGIN + AXIS, height - VIB_MARGIN, 160, vib_diverging, -f->largest, f->largest);
    *out = s;
    s = NULL;
fail:
    vib_sheet_free(&s);
    free(rgb);
    return err;
}

int vib_chart_filters(const vib_model *model, int layer, vib_language l, vib_sheet **out)
{
    filters f;
    const int err = take(model, layer, &f);
    if (err < 0)
        return err;
    const int sees_picture = f.layer.input == VIB_LAYER_INPUT && f.inputs == 3;
    return f.inputs == 1 || sees_picture ? tiles(&f, l, out) : matrix(&f, l, out);
}

int vib_show_filters(const vib_model *model, int layer, vib_language language, const char *file)
{
    int err = 0;
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_chart_filters(model, layer, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    return err;
}
