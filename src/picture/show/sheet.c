#include "picture/show/sheet.h"

#include <cairo-svg.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <vibrisa/log.h>

#include "base/file.h"
#include "base/mem.h"
#include "picture/show/markup.h"

static const unsigned char inks[][3] = {
    [VIB_INK_BLUE] = {0, 114, 178},     [VIB_INK_VERMILLION] = {213, 94, 0}, [VIB_INK_GREEN] = {0, 158, 115},
    [VIB_INK_PURPLE] = {204, 121, 167}, [VIB_INK_SKY] = {86, 180, 233},      [VIB_INK_ORANGE] = {230, 159, 0},
    [VIB_INK_BROWN] = {122, 82, 48},    [VIB_INK_BLACK] = {32, 32, 32},      [VIB_INK_GREY] = {90, 90, 90},
    [VIB_INK_GRID] = {222, 222, 222},   [VIB_INK_WHITE] = {255, 255, 255},
};

void vib_sheet_ink(vib_sheet *s, vib_ink ink)
{
    const unsigned char *c = inks[ink];
    cairo_set_source_rgb(s->cr, c[0] / 255., c[1] / 255., c[2] / 255.);
}

int vib_sheet_create(int width, int height, const char *title, vib_sheet **out)
{
    int err = 0;
    vib_sheet *s = vib_calloc(1, sizeof *s);
    VIB_CHECK_MEM(s);
    s->width = width;
    s->height = height;
    const cairo_rectangle_t paper = {0, 0, width, height};
    s->drawing = cairo_recording_surface_create(CAIRO_CONTENT_COLOR, &paper);
    s->cr = cairo_create(s->drawing);
    vib_sheet_ink(s, VIB_INK_WHITE);
    cairo_paint(s->cr);
    vib_sheet_text(s, VIB_MARGIN, 34, VIB_LEFT, VIB_TEXT_TITLE, VIB_INK_BLACK, width - 2 * VIB_MARGIN, title);
    vib_str_add(&s->title, s->words.text ? s->words.text : "");
    vib_str_free(&s->words);
    *out = s;
    s = NULL;
fail:
    vib_sheet_free(&s);
    return err;
}

void vib_sheet_free(vib_sheet **sheet)
{
    vib_sheet *s = *sheet;
    if (!s)
        return;
    cairo_destroy(s->cr);
    cairo_surface_destroy(s->drawing);
    vib_str_free(&s->title);
    vib_str_free(&s->words);
    free(s);
    *sheet = NULL;
}

/* ---- text ---- */

/* Cuts UTF-8 text with an ellipsis until it is no wider than `most`. */
static void shorten(vib_sheet *s, char *text, size_t size, double most)
{
    static const char dots[] = "\xe2\x80\xa6";
    cairo_text_extents_t e;
    cairo_text_extents(s->cr, text, &e);
    size_t n = strlen(text);
    if (e.x_advance <= most || n + sizeof dots > size)
        return;
    while (n > 0) {
        do
            n--;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80);
        memcpy(text + n, dots, sizeof dots);
        cairo_text_extents(s->cr, text, &e);
        if (e.x_advance <= most)
            return;
    }
}

/* Sets the font and gives the text as it will be drawn; owned by the caller (free). */
static char *prepare(vib_sheet *s, double size, double most, const char *text)
{
    const size_t n = vib_escape(text, NULL, 0) + 4;
    char *fit = vib_calloc(n + 1, 1);
    cairo_select_font_face(s->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           size >= VIB_TEXT_TITLE ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(s->cr, size);
    if (!fit) {
        s->failed = 1;
        return NULL;
    }
    vib_escape(text, fit, n);
    if (most > 0)
        shorten(s, fit, n, most);
    return fit;
}

static double advance(vib_sheet *s, const char *text)
{
    cairo_text_extents_t e;
    cairo_text_extents(s->cr, text, &e);
    return e.x_advance;
}

static double draw(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink, double most,
                   const char *text, int up)
{
    char *fit = prepare(s, size, most, text);
    if (!fit)
        return 0;
    const double width = advance(s, fit);
    const double back = anchor == VIB_LEFT ? 0 : anchor == VIB_CENTRE ? width / 2 : width;
    vib_sheet_ink(s, ink);
    cairo_save(s->cr);
    cairo_translate(s->cr, x, y);
    if (up)
        cairo_rotate(s->cr, -acos(0));
    cairo_move_to(s->cr, -back, 0);
    cairo_show_text(s->cr, fit);
    cairo_restore(s->cr);
    vib_str_printf(&s->words, "%s%s", s->words.len ? "; " : "", fit);
    free(fit);
    return width;
}

double vib_sheet_text(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink,
                      double most, const char *text)
{
    return draw(s, x, y, anchor, size, ink, most, text, 0);
}

void vib_sheet_text_up(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink,
                       double most, const char *text)
{
    draw(s, x, y, anchor, size, ink, most, text, 1);
}

static double print(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink,
                    double most, const char *fmt, va_list ap)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, ap);
    return draw(s, x, y, anchor, size, ink, most, text, 0);
}

double vib_sheet_textf(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink,
                       const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const double width = print(s, x, y, anchor, size, ink, 0, fmt, ap);
    va_end(ap);
    return width;
}

void vib_sheet_subtitle(vib_sheet *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print(s, VIB_MARGIN, 56, VIB_LEFT, VIB_TEXT, VIB_INK_GREY, s->width - 2 * VIB_MARGIN, fmt, ap);
    va_end(ap);
}

double vib_sheet_text_width(vib_sheet *s, double size, const char *text)
{
    char *fit = prepare(s, size, 0, text);
    const double width = fit ? advance(s, fit) : 0;
    free(fit);
    return width;
}

/* ---- pictures ---- */

/* cairo's pixels: 0x00RRGGBB in the machine's order. NULL when out of memory. */
static cairo_surface_t *surface_of(const unsigned char *pixels, int w, int h, int channels, int times)
{
    cairo_surface_t *out = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w * times, h * times);
    if (cairo_surface_status(out))
        return out;
    cairo_surface_flush(out);
    unsigned char *data = cairo_image_surface_get_data(out);
    const int stride = cairo_image_surface_get_stride(out);
    for (int y = 0; y < h * times; y++)
        for (int x = 0; x < w * times; x++) {
            const unsigned char *p =
                pixels + ((size_t)(y / times) * (size_t)w + (size_t)(x / times)) * (size_t)channels;
            const unsigned char *g = channels == 3 ? p + 1 : p, *b = channels == 3 ? p + 2 : p;
            const uint32_t v = (uint32_t)*p << 16 | (uint32_t)*g << 8 | *b;
            memcpy(data + (size_t)y * (size_t)stride + (size_t)x * 4, &v, sizeof v);
        }
    cairo_surface_mark_dirty(out);
    return out;
}

/* Whole multiples are enlarged here: what SVG viewers do with a small picture in a large box differs. */
void vib_sheet_pixels(vib_sheet *s, double x, double y, double box_w, double box_h,
                      const unsigned char *pixels, int w, int h, int channels)
{
    const int times = (int)fmin(16, fmax(1, fmin(floor(box_w / w + 1e-9), floor(box_h / h + 1e-9))));
    cairo_surface_t *picture = surface_of(pixels, w, h, channels, times);
    cairo_save(s->cr);
    cairo_translate(s->cr, x, y);
    cairo_scale(s->cr, box_w / (w * times), box_h / (h * times));
    cairo_set_source_surface(s->cr, picture, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(s->cr), CAIRO_EXTEND_PAD);
    cairo_rectangle(s->cr, 0, 0, w * times, h * times);
    cairo_fill(s->cr);
    cairo_restore(s->cr);
    cairo_surface_destroy(picture);
}

void vib_sheet_frame(vib_sheet *s, double x, double y, double w, double h, vib_ink ink)
{
    vib_sheet_ink(s, ink);
    cairo_set_line_width(s->cr, 1);
    cairo_rectangle(s->cr, floor(x) + .5, floor(y) + .5, floor(w), floor(h));
    cairo_stroke(s->cr);
}

/* ---- out ---- */

static int check(vib_sheet *s)
{
    const cairo_status_t status = cairo_status(s->cr);
    if (status)
        return vib_fail(VIB_FAILED, "cannot draw '%s': %s", s->title.text ? s->title.text : "",
                        cairo_status_to_string(status));
    return s->failed || s->title.failed || s->words.failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

static cairo_status_t add_bytes(void *to, const unsigned char *data, unsigned n)
{
    vib_str *s = to;
    vib_str_add_n(s, (const char *)data, n);
    return s->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static void replay(vib_sheet *s, cairo_surface_t *onto)
{
    cairo_t *cr = cairo_create(onto);
    cairo_set_source_surface(cr, s->drawing, 0, 0);
    cairo_paint(cr);
    cairo_destroy(cr);
}

static cairo_surface_t *raster(vib_sheet *s)
{
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, s->width, s->height);
    replay(s, image);
    cairo_surface_flush(image);
    return image;
}

static int png(vib_sheet *s, vib_str *out)
{
    cairo_surface_t *image = raster(s);
    const cairo_status_t status = cairo_surface_write_to_png_stream(image, add_bytes, out);
    cairo_surface_destroy(image);
    return status ? vib_fail(VIB_FAILED, "cannot make a PNG: %s", cairo_status_to_string(status)) : 0;
}

int vib_pixels_png(const unsigned char *rgb, int w, int h, vib_str *out)
{
    cairo_surface_t *image = surface_of(rgb, w, h, 3, 1);
    const cairo_status_t status = cairo_surface_write_to_png_stream(image, add_bytes, out);
    cairo_surface_destroy(image);
    return status ? vib_fail(VIB_FAILED, "cannot make a PNG: %s", cairo_status_to_string(status)) : 0;
}

unsigned char *vib_sheet_rgb(vib_sheet *s)
{
    unsigned char *rgb = vib_calloc((size_t)s->width * (size_t)s->height, 3);
    cairo_surface_t *image = raster(s);
    if (rgb && !cairo_surface_status(image)) {
        const unsigned char *data = cairo_image_surface_get_data(image);
        const size_t stride = (size_t)cairo_image_surface_get_stride(image);
        for (size_t y = 0, to = 0; y < (size_t)s->height; y++)
            for (size_t x = 0; x < (size_t)s->width; x++, to += 3) {
                uint32_t v;
                memcpy(&v, data + y * stride + x * 4, sizeof v);
                rgb[to] = (unsigned char)(v >> 16);
                rgb[to + 1] = (unsigned char)(v >> 8);
                rgb[to + 2] = (unsigned char)v;
            }
    }
    cairo_surface_destroy(image);
    return rgb;
}

/* cairo draws text as shapes, the same everywhere; the words go into title and desc, where a screen reader
 * and a search find them. */
int vib_sheet_svg(vib_sheet *s, const char *name, vib_str *out)
{
    int err = 0;
    vib_str raw = {0};
    VIB_TRY(check(s));
    cairo_surface_t *svg = cairo_svg_surface_create_for_stream(add_bytes, &raw, s->width, s->height);
    cairo_svg_surface_set_document_unit(svg, CAIRO_SVG_UNIT_PX);
    replay(s, svg);
    cairo_surface_finish(svg);
    const cairo_status_t status = cairo_surface_status(svg);
    cairo_surface_destroy(svg);
    if (status)
        VIB_FAIL(VIB_FAILED, "cannot make an SVG: %s", cairo_status_to_string(status));
    VIB_CHECK_MEM(!raw.failed && raw.text);
    err = vib_markup_svg(raw.text, name, s->title.text, s->words.text ? s->words.text : "", out);
fail:
    vib_str_free(&raw);
    return err;
}

static int is_svg(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && !strcasecmp(dot, ".svg");
}

int vib_sheet_check_path(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot && (!strcasecmp(dot, ".png") || !strcasecmp(dot, ".svg")))
        return 0;
    return vib_fail(VIB_USAGE, "%s: charts are written as .png or .svg", path);
}

int vib_sheet_write(vib_sheet *s, const char *path)
{
    int err = 0;
    vib_str data = {0};
    VIB_TRY(vib_sheet_check_path(path));
    VIB_TRY(check(s));
    if (is_svg(path)) {
        vib_str_add(&data, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        VIB_TRY(vib_sheet_svg(s, "chart", &data));
    } else {
        VIB_TRY(png(s, &data));
    }
    VIB_CHECK_MEM(!data.failed);
    err = vib_file_write(path, &(vib_piece){data.text, data.len}, 1, NULL);
fail:
    vib_str_free(&data);
    return err;
}
