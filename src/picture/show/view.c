#include "picture/show/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- pictures ---- */

const char *vib_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

int vib_view_open(const vib_model *model, const char *path, vib_view *out)
{
    enum { SIDE = 400 };
    int err = 0;
    vib_view v = {.name = vib_base_name(path)};
    VIB_TRY(vib_model_picture(model, path, 1, &v.input));
    const int times = SIDE / VIB_MAX(v.input.height, v.input.width);
    VIB_TRY(vib_model_picture(model, path, VIB_MIN(VIB_MAX(times, 1), 16), &v.large));
    *out = v;
    v = (vib_view){0};
fail:
    vib_view_free(&v);
    return err;
}

void vib_view_free(vib_view *view)
{
    vib_bitmap_free(&view->input);
    vib_bitmap_free(&view->large);
}

size_t vib_most_probable(const float *probabilities, size_t n)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (probabilities[k] > probabilities[best])
            best = k;
    return best;
}

/* ---- maps ---- */

vib_place vib_fit_into(double x, double y, double w, double h, int columns, int rows)
{
    const double scale = fmin(w / columns, h / rows);
    const double fw = fmax(1, columns * scale), fh = fmax(1, rows * scale);
    return (vib_place){x + (w - fw) / 2, y + (h - fh) / 2, fw, fh};
}

void vib_draw_map(vib_sheet *s, double x, double y, double w, double h, const vib_maps *maps, int channel,
                  double low, double high, vib_shade_fn *shade)
{
    const size_t n = (size_t)maps->height * (size_t)maps->width;
    unsigned char *rgb = vib_calloc(n, 3);
    if (!rgb) {
        s->failed = 1;
        return;
    }
    vib_shade_values(maps->values + channel, n, (size_t)maps->channels, low, high, shade, rgb);
    const vib_place p = vib_fit_into(x, y, w, h, maps->width, maps->height);
    vib_sheet_pixels(s, p.x, p.y, p.w, p.h, rgb, maps->width, maps->height, 3);
    free(rgb);
}

void vib_limits(const float *values, size_t n, double *low, double *high)
{
    *low = *high = 0;
    for (size_t i = 0; i < n; i++) {
        *low = fmin(*low, (double)values[i]);
        *high = fmax(*high, (double)values[i]);
    }
}

/* ---- legends ---- */

double vib_shade_bar(vib_sheet *s, double x, double y, double width, vib_shade_fn *shade, const char *low,
                     const char *high)
{
    enum { HEIGHT = 11, GAP = 7 };
    const double left = vib_sheet_text(s, x, y, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_BLACK, 0, low) + GAP;
    for (int i = 0; i < (int)width; i++) {
        unsigned char rgb[3];
        shade(i / (width - 1), rgb);
        cairo_set_source_rgb(s->cr, rgb[0] / 255., rgb[1] / 255., rgb[2] / 255.);
        cairo_rectangle(s->cr, x + left + i, y - HEIGHT + 1, 1, HEIGHT);
        cairo_fill(s->cr);
    }
    vib_sheet_frame(s, x + left - 1, y - HEIGHT, width + 1, HEIGHT + 1, VIB_INK_GREY);
    return left + width + GAP +
           vib_sheet_text(s, x + left + width + GAP, y, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_BLACK, 0, high);
}

double vib_number_bar(vib_sheet *s, double x, double y, double width, vib_shade_fn *shade, double low,
                      double high)
{
    char a[32], b[32];
    snprintf(a, sizeof a, "%.3g", low);
    snprintf(b, sizeof b, "%.3g", high);
    return vib_shade_bar(s, x, y, width, shade, a, b);
}

void vib_outline(vib_sheet *s, double x, double y, double w, double h)
{
    static const struct {
        vib_ink ink;
        double width;
    } lines[] = {{VIB_INK_WHITE, 5}, {VIB_INK_VERMILLION, 2.5}};
    for (size_t i = 0; i < VIB_COUNT(lines); i++) {
        vib_sheet_ink(s, lines[i].ink);
        cairo_set_line_width(s->cr, lines[i].width);
        cairo_rectangle(s->cr, x, y, w, h);
        cairo_stroke(s->cr);
    }
}
