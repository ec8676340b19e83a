#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/view.h"
#include "picture/show/words.h"

enum {
    WIDTH = 1000,
    ACROSS = 16,
    TILE = 56,
    GAP = 4,
    CELL = 12, /* of an output without a place */
    CELLS = 80,
    LAYER_HEAD = 34,
    LAYER_END = 14,
    PICTURE = 176,
    TALLEST = 30000,
};

typedef struct stage {
    vib_layer_info layer;
    vib_maps maps;
    double low, high;
    int shown; /* channels, or outputs without a place */
} stage;

/* ---- how much fits ---- */

static int body_height(const stage *g)
{
    return g->layer.flat ? (g->shown + CELLS - 1) / CELLS * CELL
                         : (g->shown + ACROSS - 1) / ACROSS * (TILE + GAP);
}

static int height_of(const stage *stages, size_t n)
{
    int height = VIB_SUBHEAD + PICTURE + 30 + VIB_MARGIN;
    for (size_t i = 0; i < n && height < TALLEST; i++)
        height += LAYER_HEAD + body_height(&stages[i]) + LAYER_END;
    return height;
}

/* Deep networks: of each layer as many as keep the paper's height within reason, in whole rows. */
static int choose(stage *stages, size_t n)
{
    enum { SENSIBLE = 14000 };
    for (int rows = n == 1 ? 64 : 4; rows > 0; rows--) {
        for (size_t i = 0; i < n; i++) {
            const int most = stages[i].layer.flat ? VIB_MIN(4 * rows, 13) * CELLS : rows * ACROSS;
            stages[i].shown = VIB_MIN(stages[i].layer.channels, most);
        }
        if (height_of(stages, n) <= (n == 1 || rows == 1 ? TALLEST : SENSIBLE))
            return VIB_OK;
    }
    return vib_fail(VIB_USAGE, "%zu layers are too many for one picture: choose one with --layer", n);
}

/* ---- drawing ---- */

static void draw_answers(vib_sheet *s, vib_language l, const vib_model *model, const float *probabilities,
                         double x, double y)
{
    enum { MOST = 6, ROW = 24, BAR = 300, NAME = 180 };
    const size_t n = vib_model_classes(model);
    unsigned char *told = vib_calloc(n, 1);
    if (!told) {
        s->failed = 1;
        return;
    }
    vib_sheet_text(s, x, y + 12, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, 0, vib_say(l, "the network's answer"));
    for (size_t i = 0; i < n && i < MOST; i++) {
        size_t best = n;
        for (size_t k = 0; k < n; k++)
            if (!told[k] && (best == n || probabilities[k] > probabilities[best]))
                best = k;
        told[best] = 1;
        const double top = y + 26 + (double)i * ROW, p = (double)probabilities[best];
        vib_sheet_text(s, x, top + 14, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, NAME - 10,
                       vib_model_class_name(model, best));
        vib_sheet_ink(s, VIB_INK_GRID);
        cairo_rectangle(s->cr, x + NAME, top + 2, BAR, 15);
        cairo_fill(s->cr);
        vib_sheet_ink(s, i ? VIB_INK_SKY : VIB_INK_BLUE);
        cairo_rectangle(s->cr, x + NAME, top + 2, BAR * p, 15);
        cairo_fill(s->cr);
        vib_sheet_textf(s, x + NAME + BAR + 10, top + 14, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, "%.1f %%",
                        100 * p);
    }
    free(told);
}

static void draw_head(vib_sheet *s, vib_language l, const stage *g, double y)
{
    char text[300];
    const vib_layer_info *i = &g->layer;
    if (i->flat && i->channels == 1)
        snprintf(text, sizeof text, vib_say(l, "%s: 1 number"), i->name);
    else if (i->flat)
        snprintf(text, sizeof text, vib_say(l, "%s: %d numbers"), i->name, i->channels);
    else
        snprintf(text, sizeof text, vib_say(l, "%s: %d maps of %d×%d"), i->name, i->channels, i->height,
                 i->width);
    const double width =
        vib_sheet_text(s, VIB_MARGIN, y + 22, VIB_LEFT, VIB_TEXT + 1, VIB_INK_BLACK, 560, text);
    if (g->shown < i->channels)
        vib_sheet_textf(s, VIB_MARGIN + width + 14, y + 22, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY,
                        vib_say(l, "the first %d of them"), g->shown);
    vib_number_bar(s, WIDTH - VIB_MARGIN - 230, y + 22, 110, vib_cividis, g->low, g->high);
}

static void draw_cells(vib_sheet *s, const stage *g, double y)
{
    for (int k = 0; k < g->shown; k++) {
        unsigned char rgb[3];
        vib_shade_values(g->maps.values + k, 1, 1, g->low, g->high, vib_cividis, rgb);
        cairo_set_source_rgb(s->cr, rgb[0] / 255., rgb[1] / 255., rgb[2] / 255.);
        cairo_rectangle(s->cr, VIB_MARGIN + k % CELLS * CELL, y + k / CELLS * CELL, CELL - 1, CELL - 1);
        cairo_fill(s->cr);
    }
}

static double draw_stage(vib_sheet *s, vib_language l, const stage *g, double y)
{
    draw_head(s, l, g, y);
    y += LAYER_HEAD;
    if (g->layer.flat)
        draw_cells(s, g, y);
    for (int k = 0; k < g->shown && !g->layer.flat; k++)
        vib_draw_map(s, VIB_MARGIN + k % ACROSS * (TILE + GAP), y + k / ACROSS * (TILE + GAP), TILE, TILE,
                     &g->maps, k, g->low, g->high, vib_cividis);
    return y + body_height(g) + LAYER_END;
}

static int draw(const vib_model *model, const vib_view *view, stage *stages, size_t n,
                const float *probabilities, vib_language l, vib_sheet **out)
{
    vib_sheet *s;
    char title[200];
    int err = choose(stages, n);
    if (err < 0)
        return err;
    if (n == 1)
        snprintf(title, sizeof title, vib_say(l, "What %s makes of a picture"), stages->layer.name);
    err = vib_sheet_create(WIDTH, height_of(stages, n),
                           n == 1 ? title : vib_say(l, "What each layer makes of a picture"), &s);
    if (err < 0)
        return err;
    vib_sheet_subtitle(s, vib_say(l, "%s; yellow: a filter answers strongly; dark: it does not"), view->name);
    const vib_place p =
        vib_fit_into(VIB_MARGIN, VIB_SUBHEAD, PICTURE, PICTURE, view->large.width, view->large.height);
    vib_sheet_pixels(s, VIB_MARGIN, p.y, p.w, p.h, view->large.bytes, view->large.width, view->large.height,
                     view->large.channels);
    draw_answers(s, l, model, probabilities, VIB_MARGIN + PICTURE + 36, VIB_SUBHEAD);
    double y = VIB_SUBHEAD + PICTURE + 22;
    for (size_t i = 0; i < n; i++)
        y = draw_stage(s, l, &stages[i], y);
    *out = s;
    return VIB_OK;
}

int vib_chart_features(const vib_model *model, vib_device *dev, const vib_view *view, int layer,
                       vib_language l, vib_sheet **out)
{
    int err = 0;
    const size_t n = layer == VIB_LAYER_INPUT ? vib_model_layers(model) : 1;
    stage *stages = vib_calloc(n, sizeof *stages);
    int *layers = vib_calloc(n, sizeof *layers);
    vib_maps *maps = vib_calloc(n, sizeof *maps);
    float *probabilities = vib_calloc(vib_model_classes(model), sizeof *probabilities);
    VIB_CHECK_MEM(stages && layers && maps && probabilities);
    for (size_t i = 0; i < n; i++) {
        layers[i] = layer == VIB_LAYER_INPUT ? (int)i : layer;
        VIB_TRY(vib_model_layer(model, layers[i], &stages[i].layer));
    }
    VIB_TRY(vib_model_run(model, dev, view->input.bytes, 1, layers, n, maps, probabilities));
    for (size_t i = 0; i < n; i++) {
        stages[i].maps = maps[i];
        vib_limits(maps[i].values, (size_t)maps[i].height * (size_t)maps[i].width * (size_t)maps[i].channels,
                   &stages[i].low, &stages[i].high);
        if (layers[i] == (int)vib_model_layers(model) - 1) /* probabilities */
            stages[i].high = 1;
    }
    VIB_TRY(draw(model, view, stages, n, probabilities, l, out));
fail:
    for (size_t i = 0; maps && i < n; i++)
        vib_maps_free(&maps[i]);
    free(stages);
    free(layers);
    free(maps);
    free(probabilities);
    return err;
}

int vib_show_features(const vib_model *model, vib_device *dev, const char *image, int layer,
                      vib_language language, const char *file)
{
    int err = 0;
    vib_view view = {0};
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_view_open(model, image, &view));
    VIB_TRY(vib_chart_features(model, dev, &view, layer, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    vib_view_free(&view);
    return err;
}
