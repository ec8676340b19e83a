/* Ears, drawn for the right side of the picture; the left one is a mirror's. */
#include "picture/paint.h"

/* What an ear is drawn from: where it grows and how large it is. */
typedef struct ear {
    vib_ears kind;
    double apart, width, height; /* of the middle of its base; in head units */
    double skull_width, skull_height;
    vib_colour outside, inside;
} ear;

/* A triangle with sides that bulge a little; `round` blunts the tip. */
static void standing_path(cairo_t *cr, const ear *e, double height, double round)
{
    const double in = e->apart - .5 * e->width, out = e->apart + .5 * e->width,
                 tip = e->apart + .2 * e->width;
    const double base = -.78 * e->skull_height, low = -.3 * e->skull_height, top = base - height;
    cairo_move_to(cr, in, base + .1);
    cairo_curve_to(cr, in + .02, base - .4 * height, tip - .2 - round, top + .12 * height, tip - round / 2,
                   top);
    cairo_curve_to(cr, tip - round / 3, top - round / 2, tip + round / 3, top - round / 2, tip + round / 2,
                   top);
    cairo_curve_to(cr, tip + .12 + round, top + .3 * height, out + .04, base, out, low);
    cairo_close_path(cr);
}

static void paint_standing(cairo_t *cr, const ear *e, double height, double round)
{
    standing_path(cr, e, height, round);
    vib_fill(cr, e->outside);
    const double x = e->apart + .08 * e->width, y = -.72 * e->skull_height;
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_scale(cr, .62, .7);
    cairo_translate(cr, -x, -y);
    standing_path(cr, e, height, round);
    cairo_restore(cr);
    vib_set_colour(cr, e->inside, .9);
    cairo_fill(cr);
}

/* The part that falls over a standing base: from its two upper corners to a tip that hangs. */
static void paint_flap(cairo_t *cr, const ear *e, double rise, double out, double drop)
{
    const double left = e->apart - .42 * e->width, right = e->apart + .5 * e->width;
    const double y = -.8 * e->skull_height - rise;
    cairo_move_to(cr, left, y + .12);
    cairo_curve_to(cr, left + .05, y - .12, right - .1, y - .12, right, y + .14);
    cairo_curve_to(cr, right + .08, y + .3 * drop + .1, e->apart + out + .12, y + drop, e->apart + out,
                   y + drop);
    cairo_curve_to(cr, e->apart + out - .12, y + drop, left, y + .4 * drop, left, y + .12);
    cairo_close_path(cr);
    vib_fill(cr, e->outside);
}

static void paint_floppy(cairo_t *cr, const ear *e)
{
    const double w = e->skull_width, top = -.74 * e->skull_height, reach = 1.25 * e->height;
    const double wide = .62 * e->width, in = e->apart - .14;
    cairo_move_to(cr, in, -.9 * e->skull_height);
    cairo_curve_to(cr, in + .42, -1.14 * e->skull_height, w + wide, top - .05, w + wide, top + .45 * reach);
    cairo_curve_to(cr, w + wide + .06, top + .85 * reach, w + .7 * wide, top + 1.08 * reach, w + .25 * wide,
                   top + 1.05 * reach);
    cairo_curve_to(cr, w - .1, top + reach, w - .12, top + .5 * reach, in, -.9 * e->skull_height);
    cairo_close_path(cr);
    vib_fill(cr, e->outside);
}

static void paint_ear(cairo_t *cr, const ear *e, int front)
{
    switch (e->kind) {
    case VIB_EARS_POINTED:
        if (!front)
            paint_standing(cr, e, e->height, 0);
        break;
    case VIB_EARS_PRICKED:
        if (!front)
            paint_standing(cr, e, e->height, .13);
        break;
    case VIB_EARS_FOLDED:
        if (front)
            paint_flap(cr, e, .16 * e->height, .18, .42 * e->height);
        else
            paint_standing(cr, e, .3 * e->height, .2);
        break;
    case VIB_EARS_BUTTON:
        if (front)
            paint_flap(cr, e, .3 * e->height, .36, .72 * e->height);
        else
            paint_standing(cr, e, .4 * e->height, .2);
        break;
    case VIB_EARS_FLOPPY:
        if (front)
            paint_floppy(cr, e);
        break;
    }
}

static vib_colour ear_colour(const vib_coat *coat)
{
    if (coat->pattern == VIB_COAT_MASKED)
        return coat->second;
    return coat->pattern == VIB_COAT_PATCHY ? vib_mix(coat->base, coat->second, .7)
                                            : vib_lighter(coat->base, -.14);
}

void vib_paint_ears(cairo_t *cr, vib_scene *s, int front)
{
    const vib_face *f = &s->face;
    const vib_colour outside = ear_colour(&s->coat), pink = {.86, .62, .58};
    for (int side = 0; side < 2; side++) {
        const double mirror = side ? 1 : -1;
        const ear e = {
            .kind = f->ears[side],
            .apart = f->ear_apart,
            .width = f->ear_width * (1 - .18 * mirror * s->pose.yaw), /* the far one is seen from the side */
            .height = f->ear_height * (1 + .12 * s->pose.pitch),
            .skull_width = f->width,
            .skull_height = f->height,
            .outside = outside,
            .inside = vib_mix(pink, outside, .35),
        };
        cairo_save(cr);
        cairo_translate(cr, -.07 * s->pose.yaw, -.03 * s->pose.pitch);
        cairo_scale(cr, mirror, 1);
        cairo_translate(cr, e.apart, -.6 * f->height);
        cairo_rotate(cr, f->ear_turn[side]);
        cairo_translate(cr, -e.apart, .6 * f->height);
        paint_ear(cr, &e, front);
        cairo_restore(cr);
    }
}
