#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/gif.h"
#include "picture/show/view.h"
#include "picture/show/words.h"

enum {
    PANEL = 320,
    MIDDLE = 128,
    GAP = 36,
    TOP = VIB_SUBHEAD + 24,
    WIDTH = 2 * VIB_MARGIN + 2 * PANEL + MIDDLE + 2 * GAP,
    FIRST = 24, /* places shown one by one, */
    THEN = 60,  /* before leaps to the end in so many frames */
};

/* A filter on its way over a picture. */
typedef struct slide {
    const vib_view *view;
    vib_layer_info layer;
    vib_weights w;
    int filter, channel; /* channel: of the input, -1: its colours */
    vib_maps in, out;    /* `in` one channel, or the picture's three */
    double in_low, in_high, low, high;
    unsigned char *pixels; /* of the input, RGB */
    unsigned char *filter_pixels;
    vib_place left, right; /* where the two are drawn */
} slide;

/* ---- which filter, which channel ---- */

/* The filter whose answers differ most over the picture: there is something to be seen. */
static int liveliest(const vib_maps *out)
{
    const size_t n = (size_t)out->height * (size_t)out->width, c = (size_t)out->channels;
    int best = 0;
    double most = -1;
    for (size_t k = 0; k < c; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            const double v = (double)out->values[i * c + k];
            sum += v;
            squares += v * v;
        }
        const double variance = squares / (double)n - sum / (double)n * (sum / (double)n);
        if (variance > most) {
            most = variance;
            best = (int)k;
        }
    }
    return best;
}

/* The input channel that a filter weighs most. */
static int heaviest(const vib_weights *w, int filter)
{
    const int taps = w->dims[0] * w->dims[1], inputs = w->dims[2];
    int best = 0;
    double most = -1;
    for (int c = 0; c < inputs; c++) {
        double sum = 0;
        for (int t = 0; t < taps; t++)
            sum += fabs((double)w->values[((size_t)t * (size_t)inputs + (size_t)c) * (size_t)w->dims[3] +
                                          (size_t)filter]);
        if (sum > most) {
            most = sum;
            best = c;
        }
    }
    return best;
}

/* ---- what is drawn ---- */

/* The range of one channel, 0 in it. */
static void channel_limits(const vib_maps *maps, int channel, double *low, double *high)
{
    *low = *high = 0;
    for (size_t i = 0; i < (size_t)maps->height * (size_t)maps->width; i++) {
        const double v = (double)maps->values[i * (size_t)maps->channels + (size_t)channel];
        *low = fmin(*low, v);
        *high = fmax(*high, v);
    }
}

static int make_pixels(slide *d)
{
    int err = 0;
    const size_t n = (size_t)d->in.height * (size_t)d->in.width, c = (size_t)d->in.channels;
    VIB_CHECK_MEM(d->pixels = vib_calloc(n, 3));
    VIB_CHECK_MEM(d->filter_pixels = vib_calloc((size_t)d->w.dims[0] * (size_t)d->w.dims[1], 3));
    vib_filter_rgb(&d->w, d->filter, d->channel, d->filter_pixels);
    if (d->channel < 0)
        memcpy(d->pixels, d->view->input.bytes, n * 3);
    else
        vib_shade_values(d->in.values + d->channel, n, c, d->in_low, d->in_high, vib_cividis, d->pixels);
fail:
    return err;
}

static int prepare(const vib_model *model, vib_device *dev, int layer, int filter, slide *d)
{
    int err = 0;
    vib_maps maps[2] = {{0}};
    VIB_TRY(vib_model_layer(model, layer, &d->layer));
    if (!d->layer.filters)
        VIB_FAIL(VIB_USAGE, "layer '%s' is no convolution: it has no filters", d->layer.name);
    if (filter >= d->layer.filters)
        VIB_FAIL(VIB_USAGE, "layer '%s' has no filter %d; it has %d, from 0", d->layer.name, filter,
                 d->layer.filters);
    VIB_TRY(vib_model_weights(model, layer, "kernel", &d->w));
    VIB_TRY(vib_model_run(model, dev, d->view->input.bytes, 1, (const int[]){d->layer.input, layer}, 2, maps,
                          NULL));
    d->in = maps[0];
    d->out = maps[1];
    d->filter = filter < 0 ? liveliest(&d->out) : filter;
    const int colour = d->layer.input == VIB_LAYER_INPUT && d->w.dims[2] == 3;
    d->channel = colour ? -1 : heaviest(&d->w, d->filter);
    channel_limits(&d->in, VIB_MAX(d->channel, 0), &d->in_low, &d->in_high);
    channel_limits(&d->out, d->filter, &d->low, &d->high);
    d->left = vib_fit_into(VIB_MARGIN, TOP, PANEL, PANEL, d->in.width, d->in.height);
    d->right = vib_fit_into(WIDTH - VIB_MARGIN - PANEL, TOP, PANEL, PANEL, d->out.width, d->out.height);
    VIB_TRY(make_pixels(d));
fail:
    return err;
}

static void release(slide *d)
{
    vib_maps_free(&d->in);
    vib_maps_free(&d->out);
    free(d->pixels);
    free(d->filter_pixels);
}

/* ---- one frame ---- */

/* The window at a place, where it is inside of the input. */
static void draw_window(vib_sheet *s, const slide *d, int place)
{
    const double sx = d->left.w / d->in.width, sy = d->left.h / d->in.height;
    const int y = place / d->out.width * d->layer.step_rows - d->layer.above;
    const int x = place % d->out.width * d->layer.step_columns - d->layer.left;
    const int top = VIB_MAX(y, 0), left = VIB_MAX(x, 0);
    const int bottom = VIB_MIN(y + d->layer.rows, d->in.height),
              right = VIB_MIN(x + d->layer.columns, d->in.width);
    vib_outline(s, d->left.x + left * sx, d->left.y + top * sy, (right - left) * sx, (bottom - top) * sy);
}

/* The pixels under the window, the filter, and what comes out. */
static void draw_middle(vib_sheet *s, vib_language l, const slide *d, int place)
{
    enum { TILE = 96 };
    const double x = VIB_MARGIN + PANEL + GAP, inside = x + (MIDDLE - TILE) / 2.;
    const int rows = d->layer.rows, columns = d->layer.columns;
    const vib_place p = vib_fit_into(inside, TOP + 18, TILE, TILE, columns, rows),
                    q = {p.x, p.y + 134, p.w, p.h};
    unsigned char nothing[3] = {0}; /* outside of the input is 0 */
    unsigned char *under = vib_calloc((size_t)rows * (size_t)columns, 3);
    if (d->channel >= 0)
        vib_shade_values(&(float){0}, 1, 1, d->in_low, d->in_high, vib_cividis, nothing);
    if (!under) {
        s->failed = 1;
        return;
    }
    const int y0 = place / d->out.width * d->layer.step_rows - d->layer.above;
    const int x0 = place % d->out.width * d->layer.step_columns - d->layer.left;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            const int y = y0 + r, z = x0 + c;
            const int within = y >= 0 && z >= 0 && y < d->in.height && z < d->in.width;
            memcpy(under + ((size_t)r * (size_t)columns + (size_t)c) * 3,
                   within ? d->pixels + ((size_t)y * (size_t)d->in.width + (size_t)z) * 3 : nothing, 3);
        }
    vib_sheet_text(s, x + MIDDLE / 2., TOP + 10, VIB_CENTRE, VIB_TEXT_SMALL, VIB_INK_BLACK, MIDDLE,
                   vib_say(l, "under the window"));
    vib_sheet_pixels(s, p.x, p.y, p.w, p.h, under, columns, rows, 3);
    vib_sheet_frame(s, p.x - 1, p.y - 1, p.w + 1, p.h + 1, VIB_INK_GREY);
    vib_sheet_text(s, x + MIDDLE / 2., q.y - 8, VIB_CENTRE, VIB_TEXT_SMALL, VIB_INK_BLACK, MIDDLE,
                   vib_say(l, "× the filter"));
    vib_sheet_pixels(s, q.x, q.y, q.w, q.h, d->filter_pixels, columns, rows, 3);
    vib_sheet_frame(s, q.x - 1, q.y - 1, q.w + 1, q.h + 1, VIB_INK_GREY);
    const float value = d->out.values[(size_t)place * (size_t)d->out.channels + (size_t)d->filter];
    vib_sheet_text(s, x + MIDDLE / 2., TOP + 284, VIB_CENTRE, VIB_TEXT_SMALL, VIB_INK_BLACK, MIDDLE,
                   vib_say(l, "comes out:"));
    vib_sheet_textf(s, x + MIDDLE / 2., TOP + 308, VIB_CENTRE, VIB_TEXT_TITLE, VIB_INK_BLACK, "%.2f",
                    (double)value);
    free(under);
}

/* What has come out so far; the rest is paper. */
static void draw_output(vib_sheet *s, const slide *d, int place)
{
    const size_t n = (size_t)d->out.height * (size_t)d->out.width;
    unsigned char *rgb = vib_calloc(n, 3);
    if (!rgb) {
        s->failed = 1;
        return;
    }
    memset(rgb, 235, n * 3);
    vib_shade_values(d->out.values + d->filter, (size_t)place + 1, (size_t)d->out.channels, d->low, d->high,
                     vib_cividis, rgb);
    vib_sheet_pixels(s, d->right.x, d->right.y, d->right.w, d->right.h, rgb, d->out.width, d->out.height, 3);
    vib_sheet_frame(s, d->right.x - 1, d->right.y - 1, d->right.w + 1, d->right.h + 1, VIB_INK_GREY);
    const double w = d->right.w / d->out.width, h = d->right.h / d->out.height;
    vib_outline(s, d->right.x + place % d->out.width * w, d->right.y + place / d->out.width * h, w, h);
    free(rgb);
}

static void draw_words(vib_sheet *s, vib_language l, const slide *d)
{
    char text[200];
    const double under = TOP + PANEL + 24;
    vib_sheet_subtitle(s,
                       vib_say(l, "%s, filter %d of %d, over %s: at each place, %d products make one "
                                  "number"),
                       d->layer.name, d->filter, d->layer.filters, d->view->name,
                       d->layer.rows * d->layer.columns * d->w.dims[2]);
    if (d->channel < 0)
        snprintf(text, sizeof text, vib_say(l, "the picture: %d×%d"), d->in.height, d->in.width);
    else
        snprintf(text, sizeof text, vib_say(l, "channel %d of the %d it reads: %d×%d"), d->channel,
                 d->w.dims[2], d->in.height, d->in.width);
    vib_sheet_text(s, VIB_MARGIN, TOP - 8, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, PANEL, text);
    snprintf(text, sizeof text, vib_say(l, "the feature map: %d×%d"), d->out.height, d->out.width);
    vib_sheet_text(s, WIDTH - VIB_MARGIN - PANEL, TOP - 8, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, PANEL, text);
    if (d->channel >= 0)
        vib_sheet_text(s, VIB_MARGIN, under, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY, PANEL + GAP + MIDDLE,
                       vib_say(l, "the channel that it weighs most; the sum is over all of them"));
    vib_number_bar(s, WIDTH - VIB_MARGIN - PANEL, under, 110, vib_cividis, d->low, d->high);
}

static int draw(const slide *d, int place, vib_language l, vib_sheet **out)
{
    vib_sheet *s;
    const int err = vib_sheet_create(WIDTH, TOP + PANEL + 36 + VIB_MARGIN,
                                     vib_say(l, "A filter slides over a picture"), &s);
    if (err < 0)
        return err;
    draw_words(s, l, d);
    vib_sheet_pixels(s, d->left.x, d->left.y, d->left.w, d->left.h, d->pixels, d->in.width, d->in.height, 3);
    vib_sheet_frame(s, d->left.x - 1, d->left.y - 1, d->left.w + 1, d->left.h + 1, VIB_INK_GREY);
    draw_window(s, d, place);
    draw_middle(s, l, d, place);
    draw_output(s, d, place);
    *out = s;
    return VIB_OK;
}

/* ---- the film ---- */

static int add_frame(const slide *d, int place, int hundredths, vib_language l, vib_gif **gif)
{
    int err = 0;
    vib_sheet *s = NULL;
    unsigned char *rgb = NULL;
    VIB_TRY(draw(d, place, l, &s));
    VIB_CHECK_MEM(rgb = vib_sheet_rgb(s));
    if (!*gif)
        VIB_TRY(vib_gif_create(s->width, s->height, rgb, gif));
    else
        VIB_TRY(vib_gif_add(*gif, rgb, hundredths));
fail:
    free(rgb);
    vib_sheet_free(&s);
    return err;
}

/* Slowly at first, so that the eye can follow; then the rest in leaps. */
static int film(const slide *d, vib_language l, const char *file)
{
    enum { SLOW = 30, FAST = 8, HOLD = 300 };
    int err = 0;
    vib_gif *gif = NULL;
    const int n = d->out.height * d->out.width, first = VIB_MIN(FIRST, n - 1);
    const int rest = n - 1 - first, leaps = VIB_MIN(THEN, rest);
    VIB_TRY(add_frame(d, n - 1, 0, l, &gif)); /* has all the colours */
    for (int i = 0; i < first; i++)
        VIB_TRY(add_frame(d, i, SLOW, l, &gif));
    for (int i = 0; i < leaps; i++)
        VIB_TRY(add_frame(d, first + (int)((long long)rest * i / leaps), FAST, l, &gif));
    VIB_TRY(add_frame(d, n - 1, HOLD, l, &gif));
    VIB_TRY(vib_gif_write(gif, file));
fail:
    vib_gif_free(&gif);
    return err;
}

int vib_chart_convolution(const vib_model *model, vib_device *dev, const vib_view *view, int layer,
                          int filter, double part, vib_language l, vib_sheet **out)
{
    int err = 0;
    slide d = {.view = view};
    VIB_TRY(prepare(model, dev, layer, filter, &d));
    VIB_TRY(draw(&d, (int)(part * (d.out.height * d.out.width - 1)), l, out));
fail:
    release(&d);
    return err;
}

int vib_show_convolution(const vib_model *model, vib_device *dev, const char *image, int layer, int filter,
                         vib_language language, const char *file)
{
    int err = 0;
    vib_view view = {0};
    slide d = {.view = &view};
    VIB_TRY(vib_gif_check_path(file));
    VIB_TRY(vib_view_open(model, image, &view));
    VIB_TRY(prepare(model, dev, layer, filter, &d));
    VIB_TRY(film(&d, language, file));
fail:
    release(&d);
    vib_view_free(&view);
    return err;
}
