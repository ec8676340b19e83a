/* Body and head with their fur: shape, pattern, hairs. */
#include <math.h>

#include "picture/paint.h"

enum { SHADES = 3 };

/* ---- hairs ---- */

/* All hairs of one shade are one path: filling it once is what makes this quick. */
static void fill_shade(cairo_t *cr, vib_colour c, int shade, double alpha)
{
    static const double steps[SHADES] = {-.28, 0, .22};
    vib_set_colour(cr, vib_lighter(c, steps[shade]), alpha);
    cairo_fill(cr);
}

/* A fringe around an ellipse, so that no head ends in a smooth line. */
static void paint_fringe(cairo_t *cr, vib_scene *s, double x, double y, double rx, double ry, int hairs)
{
    vib_dice *d = &s->dice;
    const double width = .05 + .25 * s->coat.length;
    for (int shade = 0; shade < SHADES; shade++) {
        for (int i = 0; i < hairs / SHADES; i++) {
            const double a = vib_dice_between(d, 0, 6.283185), in = vib_dice_between(d, .86, .96);
            const double turn = .35 * vib_dice_bell(d),
                         length = vib_dice_between(d, .6, 1.5) * s->coat.length;
            vib_hair(cr, x + in * rx * cos(a), y + in * ry * sin(a), a + turn, length + .06, width,
                     .3 * turn * length);
        }
        fill_shade(cr, s->coat.base, shade, 1);
    }
}

/* Hairs on the face grow away from the nose. Faint, so that the pattern under them shows. */
static void paint_hairs(cairo_t *cr, vib_scene *s, double rx, double ry)
{
    vib_dice *d = &s->dice;
    for (int shade = 0; shade < SHADES; shade += 2) {
        for (int i = 0; i < s->coat.hairs / 2; i++) {
            const double a = vib_dice_between(d, 0, 6.283185), r = sqrt(vib_dice_unit(d)) * .88;
            const double turn = .3 * vib_dice_bell(d), length = vib_dice_between(d, .7, 1.4) * s->coat.length;
            vib_hair(cr, r * rx * cos(a), r * ry * sin(a), a + turn, length, .03, .2 * turn * length);
        }
        fill_shade(cr, s->coat.base, shade, .5);
    }
}

/* ---- patterns, clipped to the head ---- */

static void paint_stripes(cairo_t *cr, vib_scene *s)
{
    const double w = s->face.width, h = s->face.height, shift = .15 * s->pose.yaw;
    for (int i = -2; i <= 2; i++) /* up the forehead */
        vib_hair(cr, .16 * i + shift, -.34 * h, -1.5708 + .16 * i, .6 * h, .11, .03 * i);
    for (int side = -1; side <= 1; side += 2)
        for (int i = 0; i < 3; i++) { /* in from the cheeks */
            const double y = (.02 + .24 * i) * h;
            cairo_move_to(cr, side * 1.2 * w, y - .1 * h);
            cairo_line_to(cr, side * .56 * w + shift, y + .08 * h);
            cairo_line_to(cr, side * 1.2 * w, y + .05 * h);
            cairo_close_path(cr);
        }
    vib_set_colour(cr, s->coat.second, .8);
    cairo_fill(cr);
}

static void paint_blaze(cairo_t *cr, vib_scene *s)
{
    const double h = s->face.height, x = .2 * s->pose.yaw, w = vib_dice_between(&s->dice, .08, .2);
    cairo_move_to(cr, x - .6 * w, -1.1 * h);
    cairo_curve_to(cr, x - w, -.3 * h, x - .3, .1, x - .62, 1.1 * h);
    cairo_line_to(cr, x + .62, 1.1 * h);
    cairo_curve_to(cr, x + .3, .1, x + w, -.3 * h, x + .6 * w, -1.1 * h);
    cairo_close_path(cr);
    vib_set_colour(cr, s->coat.second, .95);
    cairo_fill(cr);
}

static void paint_patches(cairo_t *cr, vib_scene *s)
{
    vib_dice *d = &s->dice;
    for (int i = 1 + vib_dice_below(d, 3); i > 0; i--) {
        const double a = vib_dice_between(d, 0, 6.283185), r = vib_dice_between(d, .4, .9);
        vib_blob(cr, d, r * s->face.width * cos(a), r * s->face.height * sin(a),
                 vib_dice_between(d, .25, .5));
        vib_set_colour(cr, s->coat.second, .92);
        cairo_fill(cr);
    }
}

static void paint_mask(cairo_t *cr, vib_scene *s)
{
    const double x = .22 * s->pose.yaw, y = .38, r = s->face.width * vib_dice_between(&s->dice, .55, .85);
    const vib_colour c = s->coat.second;
    cairo_pattern_t *p = cairo_pattern_create_radial(x, y, .3 * r, x, y, r);
    cairo_pattern_add_color_stop_rgba(p, 0, c.r, c.g, c.b, .95);
    cairo_pattern_add_color_stop_rgba(p, 1, c.r, c.g, c.b, 0);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
}

static void paint_pattern(cairo_t *cr, vib_scene *s)
{
    switch (s->coat.pattern) {
    case VIB_COAT_STRIPED:
        paint_stripes(cr, s);
        break;
    case VIB_COAT_BLAZE:
        paint_blaze(cr, s);
        break;
    case VIB_COAT_PATCHY:
        paint_patches(cr, s);
        break;
    case VIB_COAT_MASKED:
        paint_mask(cr, s);
        break;
    case VIB_COAT_PLAIN:
    default:
        break;
    }
}

/* ---- head ---- */

void vib_head_path(cairo_t *cr, const vib_face *f)
{
    const double w = f->width, h = f->height, c = f->cheeks;
    cairo_move_to(cr, 0, -h);
    cairo_curve_to(cr, .58 * w, -1.02 * h, w, -.55 * h, w, .05);
    cairo_curve_to(cr, w + c, .55 * h, .56 * w + c, h, 0, h);
    cairo_curve_to(cr, -.56 * w - c, h, -w - c, .55 * h, -w, .05);
    cairo_curve_to(cr, -w, -.55 * h, -.58 * w, -1.02 * h, 0, -h);
    cairo_close_path(cr);
}

/* Lighter where the light comes from, so that the head is round. */
static void fill_round(cairo_t *cr, const vib_scene *s, vib_colour c)
{
    const double angle = s->light.angle - s->pose.roll, x = .4 * cos(angle), y = .4 * sin(angle);
    const vib_colour light = vib_lighter(c, .12), dark = vib_lighter(c, -.2);
    cairo_pattern_t *p = cairo_pattern_create_radial(x, y, .1, 0, 0, 1.15);
    cairo_pattern_add_color_stop_rgb(p, 0, light.r, light.g, light.b);
    cairo_pattern_add_color_stop_rgb(p, .6, c.r, c.g, c.b);
    cairo_pattern_add_color_stop_rgb(p, 1, dark.r, dark.g, dark.b);
    cairo_set_source(cr, p);
    cairo_fill(cr);
    cairo_pattern_destroy(p);
}

void vib_paint_head(cairo_t *cr, vib_scene *s)
{
    const vib_face *f = &s->face;
    paint_fringe(cr, s, 0, .02, f->width, f->height, s->coat.hairs);
    vib_head_path(cr, f);
    fill_round(cr, s, s->coat.base);
    cairo_save(cr);
    vib_head_path(cr, f);
    cairo_clip(cr);
    paint_pattern(cr, s);
    cairo_restore(cr);
    paint_hairs(cr, s, f->width, f->height);
}

/* ---- body ---- */

static void paint_collar(cairo_t *cr, const vib_scene *s)
{
    cairo_move_to(cr, -.78, .72);
    cairo_curve_to(cr, -.5, 1.22, .5, 1.22, .78, .72);
    cairo_set_line_width(cr, .2);
    vib_set_colour(cr, vib_lighter(s->collar_colour, -.4), 1);
    cairo_stroke_preserve(cr);
    cairo_set_line_width(cr, .15);
    vib_set_colour(cr, s->collar_colour, 1);
    cairo_stroke(cr);
    vib_ellipse(cr, 0, 1.24, .12, .12);
    vib_fill(cr, (vib_colour){.86, .74, .3});
}

void vib_paint_body(cairo_t *cr, vib_scene *s)
{
    const vib_colour c = vib_lighter(s->coat.base, -.16);
    cairo_save(cr);
    cairo_rotate(cr, .4 * s->pose.lean - .7 * s->pose.roll);
    paint_fringe(cr, s, 0, 2.2, 1.2, 1.6, s->coat.hairs);
    cairo_move_to(cr, -.6, .2);
    cairo_curve_to(cr, -.7, 1, -1.25, 1.1, -1.3, 2.4);
    cairo_line_to(cr, -1.4, 7);
    cairo_line_to(cr, 1.4, 7);
    cairo_line_to(cr, 1.3, 2.4);
    cairo_curve_to(cr, 1.25, 1.1, .7, 1, .6, .2);
    cairo_close_path(cr);
    vib_fill(cr, c);
    if (s->coat.pattern == VIB_COAT_BLAZE) {
        vib_blob(cr, &s->dice, 0, 1.7, .6);
        vib_set_colour(cr, vib_lighter(s->coat.second, -.1), 1);
        cairo_fill(cr);
    }
    if (s->collar)
        paint_collar(cr, s);
    cairo_restore(cr);
}
