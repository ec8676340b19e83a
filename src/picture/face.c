/* Eyes, muzzle, nose, mouth and whiskers: in head coordinates, moved with the way the head looks. */
#include <math.h>

#include "picture/paint.h"

static const vib_colour ink = {.1, .08, .08};

/* ---- eyes ---- */

static void almond_path(cairo_t *cr, double r, double open)
{
    cairo_move_to(cr, -1.2 * r, .1 * r);
    cairo_curve_to(cr, -.6 * r, -1.25 * r * open, .6 * r, -1.25 * r * open, 1.2 * r, 0);
    cairo_curve_to(cr, .6 * r, 1.1 * r * open, -.6 * r, 1.1 * r * open, -1.2 * r, .1 * r);
    cairo_close_path(cr);
}

/* Around the origin. */
static void paint_eye(cairo_t *cr, const vib_scene *s)
{
    const vib_face *f = &s->face;
    const double r = f->eye, look = .15 * r * s->pose.yaw;
    const int cat = s->species == VIB_CAT;
    cairo_save(cr);
    if (cat)
        almond_path(cr, r, f->eye_open);
    else
        vib_ellipse(cr, 0, 0, 1.08 * r, r * f->eye_open);
    vib_set_colour(cr, ink, 1);
    cairo_set_line_width(cr, .06);
    cairo_stroke_preserve(cr);
    cairo_clip(cr);
    vib_set_colour(cr, cat ? f->iris : (vib_colour){.9, .88, .85}, 1);
    cairo_paint(cr);
    vib_ellipse(cr, look, 0, cat ? 1.05 * r : .92 * r, cat ? 1.05 * r : .92 * r);
    vib_set_colour(cr, cat ? vib_lighter(f->iris, .12) : f->iris, 1);
    cairo_fill(cr);
    vib_ellipse(cr, look, 0, f->pupil * r * (cat ? .8 : .75), cat ? .88 * r : f->pupil * r * .75);
    vib_set_colour(cr, (vib_colour){.03, .03, .04}, 1);
    cairo_fill(cr);
    vib_ellipse(cr, look - .3 * r, -.32 * r, .2 * r, .2 * r);
    vib_set_colour(cr, (vib_colour){1, 1, 1}, .95);
    cairo_fill(cr);
    cairo_restore(cr);
}

static void paint_eyes(cairo_t *cr, const vib_scene *s)
{
    const vib_face *f = &s->face;
    for (int side = -1; side <= 1; side += 2) {
        cairo_save(cr);
        cairo_translate(cr, side * f->eye_apart * (1 - .12 * side * s->pose.yaw), f->eye_y);
        cairo_scale(cr, side * (1 - .15 * side * s->pose.yaw), 1);
        cairo_rotate(cr, -f->eye_slant);
        paint_eye(cr, s);
        cairo_restore(cr);
    }
}

/* ---- muzzle ---- */

static vib_colour muzzle_colour(const vib_coat *c)
{
    if (c->pattern == VIB_COAT_BLAZE || c->pattern == VIB_COAT_MASKED)
        return c->second;
    return vib_lighter(c->base, .24);
}

/* Smooth, without the outline that small parts have. */
static void fill_soft(cairo_t *cr, vib_colour c)
{
    vib_set_colour(cr, c, 1);
    cairo_fill(cr);
}

/* A lower lip's line: from under the nose out to both sides and up. */
static void paint_mouth(cairo_t *cr, double from, double y, double wide, double deep)
{
    cairo_move_to(cr, 0, from);
    cairo_line_to(cr, 0, y);
    for (int side = -1; side <= 1; side += 2) {
        cairo_move_to(cr, 0, y);
        cairo_curve_to(cr, side * .2 * wide, y + deep, side * .8 * wide, y + deep, side * wide,
                       y - .2 * deep);
    }
    vib_set_colour(cr, ink, .85);
    cairo_set_line_width(cr, .04);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_stroke(cr);
}

static void paint_tongue(cairo_t *cr, double y, double wide, double length)
{
    cairo_move_to(cr, -wide, y);
    cairo_curve_to(cr, -1.15 * wide, y + 1.3 * length, 1.15 * wide, y + 1.3 * length, wide, y);
    cairo_close_path(cr);
    vib_fill(cr, (vib_colour){.9, .48, .5});
    cairo_move_to(cr, 0, y);
    cairo_line_to(cr, 0, y + .6 * length);
    vib_set_colour(cr, (vib_colour){.7, .3, .35}, .8);
    cairo_stroke(cr);
}

/* A small triangle, point down. */
static void paint_cat_nose(cairo_t *cr, double y, double r, vib_colour c)
{
    cairo_move_to(cr, -r, y - .55 * r);
    cairo_curve_to(cr, -.5 * r, y - .95 * r, .5 * r, y - .95 * r, r, y - .55 * r);
    cairo_curve_to(cr, .9 * r, y, .3 * r, y + .6 * r, 0, y + .7 * r);
    cairo_curve_to(cr, -.3 * r, y + .6 * r, -.9 * r, y, -r, y - .55 * r);
    cairo_close_path(cr);
    vib_fill(cr, c);
}

/* Wide, with nostrils and a wet spot. */
static void paint_dog_nose(cairo_t *cr, double y, double r, vib_colour c)
{
    cairo_move_to(cr, -1.15 * r, y - .25 * r);
    cairo_curve_to(cr, -1.1 * r, y - 1.05 * r, 1.1 * r, y - 1.05 * r, 1.15 * r, y - .25 * r);
    cairo_curve_to(cr, 1.15 * r, y + .4 * r, .4 * r, y + .85 * r, 0, y + .85 * r);
    cairo_curve_to(cr, -.4 * r, y + .85 * r, -1.15 * r, y + .4 * r, -1.15 * r, y - .25 * r);
    cairo_close_path(cr);
    vib_fill(cr, c);
    for (int side = -1; side <= 1; side += 2)
        vib_ellipse(cr, side * .5 * r, y + .12 * r, .24 * r, .17 * r);
    vib_set_colour(cr, vib_lighter(c, -.65), 1);
    cairo_fill(cr);
    vib_ellipse(cr, -.1 * r, y - .5 * r, .5 * r, .16 * r);
    vib_set_colour(cr, (vib_colour){1, 1, 1}, .35);
    cairo_fill(cr);
}

static void paint_cat_muzzle(cairo_t *cr, const vib_scene *s)
{
    const vib_face *f = &s->face;
    const double w = f->muzzle_width, h = f->muzzle_height, y = f->muzzle_y, nose = y - .72 * h;
    const vib_colour c = muzzle_colour(&s->coat);
    vib_ellipse(cr, 0, y + .95 * h, .5 * w, .6 * h);
    fill_soft(cr, vib_lighter(c, -.06));
    if (f->tongue > 0)
        paint_tongue(cr, y + .35 * h, .1, .2 * f->tongue);
    for (int side = -1; side <= 1; side += 2)
        vib_ellipse(cr, side * .48 * w, y, .62 * w, h);
    fill_soft(cr, c);
    paint_mouth(cr, nose, y + .3 * h, .62 * w, .45 * h);
    paint_cat_nose(cr, nose, f->nose, f->nose_colour);
}

static void paint_dog_muzzle(cairo_t *cr, const vib_scene *s)
{
    const vib_face *f = &s->face;
    const double w = f->muzzle_width, h = f->muzzle_height, y = f->muzzle_y, nose = y - .5 * h;
    const vib_colour c = muzzle_colour(&s->coat), dark = vib_lighter(c, -.12);
    vib_ellipse(cr, 0, y + .75 * h, .62 * w, .55 * h); /* jaw */
    vib_fill(cr, dark);
    if (f->tongue > 0)
        paint_tongue(cr, y + .6 * h, .2 * w / .45, .42 * f->tongue);
    cairo_move_to(cr, -.42 * w, y - 1.5 * h); /* bridge and lips */
    cairo_curve_to(cr, -.5 * w, y - .6 * h, -1.12 * w, y - .3 * h, -1.02 * w, y + .4 * h);
    cairo_curve_to(cr, -.9 * w, y + 1.05 * h, -.2 * w, y + .95 * h, 0, y + .5 * h);
    cairo_curve_to(cr, .2 * w, y + .95 * h, .9 * w, y + 1.05 * h, 1.02 * w, y + .4 * h);
    cairo_curve_to(cr, 1.12 * w, y - .3 * h, .5 * w, y - .6 * h, .42 * w, y - 1.5 * h);
    cairo_close_path(cr);
    cairo_pattern_t *p = cairo_pattern_create_linear(0, y - 1.5 * h, 0, y - .2 * h);
    cairo_pattern_add_color_stop_rgba(p, 0, c.r, c.g, c.b, 0);
    cairo_pattern_add_color_stop_rgba(p, 1, c.r, c.g, c.b, 1);
    cairo_set_source(cr, p);
    cairo_fill(cr);
    cairo_pattern_destroy(p);
    paint_mouth(cr, nose, y + .5 * h, .85 * w, .42 * h);
    paint_dog_nose(cr, nose, f->nose, f->nose_colour);
}

/* ---- whiskers ---- */

static void paint_whiskers(cairo_t *cr, vib_scene *s)
{
    const vib_face *f = &s->face;
    const double from = .55 * f->muzzle_width, base_lightness = .59 * s->coat.base.g + .3 * s->coat.base.r;
    for (int side = -1; side <= 1; side += 2)
        for (int i = 0; i < f->n_whiskers; i++) {
            const double spread = i - (f->n_whiskers - 1) / 2., y = f->muzzle_y + .07 * spread;
            const double bent = .14 * vib_dice_bell(&s->dice) + f->whisker_droop;
            cairo_move_to(cr, side * from, y);
            cairo_curve_to(cr, side * (from + .3 * f->whiskers), y + .04 * spread,
                           side * (from + .7 * f->whiskers), y + .1 * spread, side * (from + f->whiskers),
                           y + .16 * spread + bent * f->whiskers);
        }
    vib_set_colour(cr, base_lightness > .6 ? (vib_colour){.25, .22, .22} : (vib_colour){.97, .96, .94}, .85);
    cairo_set_line_width(cr, .022);
    cairo_stroke(cr);
}

void vib_paint_face(cairo_t *cr, vib_scene *s)
{
    const double x = .2 * s->pose.yaw, y = .12 * s->pose.pitch;
    const int cat = s->species == VIB_CAT;
    const double reach = cat ? 1.3 : 1.8; /* what stands out moves more */
    cairo_save(cr);
    cairo_translate(cr, x, y);
    paint_eyes(cr, s);
    cairo_restore(cr);
    cairo_save(cr);
    cairo_translate(cr, reach * x, reach * y);
    (cat ? paint_cat_muzzle : paint_dog_muzzle)(cr, s);
    paint_whiskers(cr, s);
    cairo_restore(cr);
}
