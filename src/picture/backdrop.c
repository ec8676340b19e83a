/* What is behind the animal. */
#include <math.h>

#include "picture/paint.h"

static void fill_gradient(cairo_t *cr, const vib_scene *s, vib_colour from, vib_colour to, double angle)
{
    const double w = s->width / 2., h = s->height / 2., r = hypot(w, h);
    cairo_pattern_t *p = cairo_pattern_create_linear(w - r * cos(angle), h - r * sin(angle),
                                                     w + r * cos(angle), h + r * sin(angle));
    cairo_pattern_add_color_stop_rgb(p, 0, from.r, from.g, from.b);
    cairo_pattern_add_color_stop_rgb(p, 1, to.r, to.g, to.b);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
}

static vib_colour one_of(const vib_scene *s, vib_dice *d)
{
    const int a = vib_dice_below(d, 3), b = vib_dice_below(d, 3);
    return vib_mix(s->behind[a], s->behind[b], vib_dice_unit(d));
}

/* Lights out of focus. */
static void paint_blobs(cairo_t *cr, vib_scene *s)
{
    vib_dice *d = &s->dice;
    fill_gradient(cr, s, s->behind[0], s->behind[1], vib_dice_between(d, 0, 6.28));
    const int n = 6 + vib_dice_below(d, 14), round = vib_dice_chance(d, .5);
    for (int i = 0; i < n; i++) {
        const double x = vib_dice_unit(d) * s->width, y = vib_dice_unit(d) * s->height;
        const double r = vib_dice_between(d, .03, .16) * s->height;
        if (round)
            vib_ellipse(cr, x, y, r, r);
        else
            vib_blob(cr, d, x, y, r);
        const vib_colour c = one_of(s, d);
        vib_set_colour(cr, vib_lighter(c, .15), vib_dice_between(d, .3, .9));
        cairo_fill(cr);
    }
}

/* Blades in front of a lawn, some of them across the picture's lower edge. */
static void paint_grass(cairo_t *cr, vib_scene *s)
{
    vib_dice *d = &s->dice;
    const double h = s->height, horizon = vib_dice_between(d, .15, .65) * h;
    const vib_colour green = vib_mix(s->behind[1], (vib_colour){.33, .5, .2}, vib_dice_between(d, .3, .9));
    fill_gradient(cr, s, vib_lighter(s->behind[0], .3), s->behind[0], 1.57);
    cairo_rectangle(cr, 0, horizon, s->width, h - horizon);
    vib_set_colour(cr, green, 1);
    cairo_fill(cr);
    for (int shade = 0; shade < 3; shade++) {
        for (int i = 0; i < 50; i++) {
            const double x = vib_dice_unit(d) * s->width, y = vib_dice_between(d, horizon, 1.1 * h);
            const double lean = .25 * vib_dice_bell(d), length = vib_dice_between(d, .05, .16) * h;
            vib_hair(cr, x, y, lean - 1.57, length, .014 * h, .02 * h * lean);
        }
        vib_set_colour(cr, vib_lighter(green, .22 * (shade - 1)), 1);
        cairo_fill(cr);
    }
}

/* A wall with paper or a picture, and a floor. */
static void paint_room(cairo_t *cr, vib_scene *s)
{
    vib_dice *d = &s->dice;
    const double w = s->width, h = s->height, floor = vib_dice_between(d, .6, .95) * h;
    fill_gradient(cr, s, s->behind[0], vib_lighter(s->behind[0], .2), vib_dice_between(d, 0, 6.28));
    if (vib_dice_chance(d, .5)) {
        const double step = vib_dice_between(d, .05, .2) * w;
        for (double x = vib_dice_unit(d) * step; x < w; x += step)
            cairo_rectangle(cr, x, 0, step * .4, floor);
        vib_set_colour(cr, s->behind[2], .5);
        cairo_fill(cr);
    }
    for (int i = vib_dice_below(d, 3); i > 0; i--) {
        const double x = vib_dice_between(d, -.1, .8) * w, y = vib_dice_between(d, -.05, .45) * h;
        const double wide = vib_dice_between(d, .15, .45) * w, high = vib_dice_between(d, .15, .45) * h;
        cairo_rectangle(cr, x, y, wide, high);
        const vib_colour c = one_of(s, d);
        vib_set_colour(cr, vib_lighter(c, .2), 1);
        cairo_fill_preserve(cr);
        vib_set_colour(cr, vib_lighter(c, -.4), 1);
        cairo_set_line_width(cr, .025 * h);
        cairo_stroke(cr);
    }
    cairo_rectangle(cr, 0, floor, w, h - floor);
    vib_set_colour(cr, s->behind[1], 1);
    cairo_fill(cr);
}

/* Hills and pointed trees: there are triangles without ears. */
static void paint_hills(cairo_t *cr, vib_scene *s)
{
    vib_dice *d = &s->dice;
    const double w = s->width, h = s->height;
    fill_gradient(cr, s, vib_lighter(s->behind[0], .4), s->behind[0], 1.57);
    for (int i = 0; i < 4; i++) {
        const double top = vib_dice_between(d, .3, .9) * h, x = vib_dice_unit(d) * w;
        vib_ellipse(cr, x, top + h, vib_dice_between(d, .5, 1.2) * w, h);
        vib_set_colour(cr, one_of(s, d), 1);
        cairo_fill(cr);
    }
    for (int i = vib_dice_below(d, 9); i > 0; i--) {
        const double x = vib_dice_unit(d) * w, y = vib_dice_between(d, .3, 1.1) * h;
        const double high = vib_dice_between(d, .12, .4) * h;
        vib_hair(cr, x, y, -1.57, high, high * vib_dice_between(d, .35, .8), 0);
        vib_set_colour(cr, one_of(s, d), 1);
        cairo_fill(cr);
    }
}

/* A blanket: stripes across, dots or checks. */
static void paint_cloth(cairo_t *cr, vib_scene *s)
{
    vib_dice *d = &s->dice;
    const double r = hypot(s->width, s->height), step = vib_dice_between(d, .05, .14) * r;
    const int dots = vib_dice_chance(d, .4), checks = vib_dice_chance(d, .4);
    fill_gradient(cr, s, s->behind[0], vib_lighter(s->behind[0], -.15), 0);
    cairo_save(cr);
    cairo_translate(cr, s->width / 2., s->height / 2.);
    cairo_rotate(cr, vib_dice_between(d, 0, 3.14));
    for (double x = -r; x < r; x += step) {
        if (!dots)
            cairo_rectangle(cr, x, -r, step / 2, 2 * r);
        for (double y = -r; dots && y < r; y += step)
            vib_ellipse(cr, x, y, step / 4, step / 4);
    }
    vib_set_colour(cr, s->behind[1], .7);
    cairo_fill(cr);
    for (double y = -r; !dots && checks && y < r; y += step)
        cairo_rectangle(cr, -r, y, 2 * r, step / 2);
    vib_set_colour(cr, s->behind[2], .5);
    cairo_fill(cr);
    cairo_restore(cr);
}

void vib_paint_backdrop(cairo_t *cr, vib_scene *s)
{
    switch (s->backdrop) {
    case VIB_BACKDROP_BLOBS:
        paint_blobs(cr, s);
        break;
    case VIB_BACKDROP_GRASS:
        paint_grass(cr, s);
        break;
    case VIB_BACKDROP_ROOM:
        paint_room(cr, s);
        break;
    case VIB_BACKDROP_HILLS:
        paint_hills(cr, s);
        break;
    case VIB_BACKDROP_CLOTH:
        paint_cloth(cr, s);
        break;
    case VIB_BACKDROP_GRADIENT:
    default:
        fill_gradient(cr, s, s->behind[0], s->behind[1], vib_dice_between(&s->dice, 0, 6.28));
        break;
    }
}
