#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/view.h"
#include "picture/show/words.h"

enum { PANEL = 420, BETWEEN = 30, UNDER = 26, WIDTH = 2 * (PANEL + VIB_MARGIN) + BETWEEN };

/* Everything of a picture but a box gets darker. */
static void dim_around(vib_sheet *s, const vib_place *p, double x, double y, double w, double h)
{
    cairo_save(s->cr);
    cairo_set_fill_rule(s->cr, CAIRO_FILL_RULE_EVEN_ODD);
    cairo_rectangle(s->cr, p->x, p->y, p->w, p->h);
    cairo_rectangle(s->cr, x, y, w, h);
    cairo_set_source_rgba(s->cr, .1, .1, .1, .6);
    cairo_fill(s->cr);
    cairo_restore(s->cr);
}

/* The mean of all channels, into the first of them. */
static void average(vib_maps *maps)
{
    const size_t n = (size_t)maps->height * (size_t)maps->width, c = (size_t)maps->channels;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < c; k++)
            sum += (double)maps->values[i * c + k];
        maps->values[i] = (float)(sum / (double)c);
    }
    maps->channels = 1;
}

static void draw_picture(vib_sheet *s, const vib_view *view, const vib_place *p, const vib_box *box)
{
    const double sx = p->w / view->input.width, sy = p->h / view->input.height;
    const double x = p->x + box->left * sx, y = p->y + box->top * sy;
    const double w = (box->right - box->left) * sx, h = (box->bottom - box->top) * sy;
    vib_sheet_pixels(s, p->x, p->y, p->w, p->h, view->large.bytes, view->large.width, view->large.height,
                     view->large.channels);
    dim_around(s, p, x, y, w, h);
    vib_outline(s, x, y, w, h);
}

static int draw(const vib_view *view, const vib_layer_info *layer, vib_maps *maps, const vib_box *box, int y,
                int x, vib_language l, vib_sheet **out)
{
    char text[300];
    double low, high;
    vib_sheet *s;
    const vib_place p =
        vib_fit_into(VIB_MARGIN, VIB_SUBHEAD, PANEL, PANEL, view->input.width, view->input.height);
    const vib_place left = {p.x, VIB_SUBHEAD, p.w, p.h};
    snprintf(text, sizeof text, vib_say(l, "What one output of %s sees"), layer->name);
    const int err = vib_sheet_create(WIDTH, VIB_SUBHEAD + (int)p.h + 2 * UNDER + VIB_MARGIN, text, &s);
    if (err < 0)
        return err;
    vib_sheet_subtitle(s, vib_say(l, "%s: %d×%d of %d×%d pixels, rows %d to %d, columns %d to %d"),
                       view->name, box->bottom - box->top, box->right - box->left, view->input.height,
                       view->input.width, box->top, box->bottom - 1, box->left, box->right - 1);
    draw_picture(s, view, &left, box);
    average(maps);
    vib_limits(maps->values, (size_t)maps->height * (size_t)maps->width, &low, &high);
    const double x2 = VIB_MARGIN + PANEL + BETWEEN;
    const vib_place right = vib_fit_into(x2, VIB_SUBHEAD, PANEL, p.h, maps->width, maps->height);
    vib_draw_map(s, right.x, right.y, right.w, right.h, maps, 0, low, high, vib_cividis);
    vib_outline(s, right.x + x * right.w / maps->width, right.y + y * right.h / maps->height,
                right.w / maps->width, right.h / maps->height);
    const double under = VIB_SUBHEAD + p.h + 20;
    vib_sheet_text(s, VIB_MARGIN, under, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, PANEL,
                   vib_say(l, "the pixels that it depends on"));
    snprintf(text, sizeof text, vib_say(l, "its place in %s: row %d, column %d of %d×%d"), layer->name, y, x,
             maps->height, maps->width);
    vib_sheet_text(s, x2, under, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, PANEL, text);
    vib_sheet_textf(s, x2, under + UNDER, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY,
                    vib_say(l, "mean of its %d maps:"), layer->channels);
    vib_number_bar(s, x2 + 150, under + UNDER, 110, vib_cividis, low, high);
    *out = s;
    return VIB_OK;
}

int vib_chart_field(const vib_model *model, vib_device *dev, const vib_view *view, int layer, int y, int x,
                    vib_language l, vib_sheet **out)
{
    int err = 0;
    vib_layer_info info;
    vib_box box;
    vib_maps maps = {0};
    VIB_TRY(vib_model_layer(model, layer, &info));
    if (info.flat)
        VIB_FAIL(VIB_USAGE, "layer '%s' has no place in the picture: each of its outputs sees all of it",
                 info.name);
    y = y < 0 ? info.height / 2 : y;
    x = x < 0 ? info.width / 2 : x;
    VIB_TRY(vib_model_field(model, layer, y, x, &box));
    VIB_TRY(vib_model_run(model, dev, view->input.bytes, 1, &layer, 1, &maps, NULL));
    VIB_TRY(draw(view, &info, &maps, &box, y, x, l, out));
fail:
    vib_maps_free(&maps);
    return err;
}

int vib_show_field(const vib_model *model, vib_device *dev, const char *image, int layer, int y, int x,
                   vib_language language, const char *file)
{
    int err = 0;
    vib_view view = {0};
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_view_open(model, image, &view));
    VIB_TRY(vib_chart_field(model, dev, &view, layer, y, x, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    vib_view_free(&view);
    return err;
}
