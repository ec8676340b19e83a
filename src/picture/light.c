/* Light and shadow over a finished picture. */
#include <math.h>

#include "picture/paint.h"

static void shade_side(cairo_t *cr, const vib_scene *s)
{
    const double w = s->width / 2., h = s->height / 2., r = hypot(w, h);
    const double x = r * cos(s->light.angle), y = r * sin(s->light.angle);
    cairo_pattern_t *p = cairo_pattern_create_linear(w + x, h + y, w - x, h - y);
    cairo_pattern_add_color_stop_rgba(p, 0, 1, 1, 1, s->light.shade * .35);
    cairo_pattern_add_color_stop_rgba(p, .35, 1, 1, 1, 0);
    cairo_pattern_add_color_stop_rgba(p, .5, 0, 0, 0, 0);
    cairo_pattern_add_color_stop_rgba(p, 1, 0, 0, 0, s->light.shade);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
}

static void shade_corners(cairo_t *cr, const vib_scene *s)
{
    const double w = s->width / 2., h = s->height / 2., r = hypot(w, h);
    cairo_pattern_t *p = cairo_pattern_create_radial(w, h, .45 * r, w, h, r);
    cairo_pattern_add_color_stop_rgba(p, 0, 0, 0, 0, 0);
    cairo_pattern_add_color_stop_rgba(p, 1, 0, 0, 0, s->light.vignette);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
}

void vib_paint_light(cairo_t *cr, const vib_scene *s)
{
    const vib_colour warm = {1, .72, .3}, cold = {.35, .55, 1};
    if (s->light.shade > 0)
        shade_side(cr, s);
    if (s->light.vignette > 0)
        shade_corners(cr, s);
    vib_set_colour(cr, s->light.warmth > 0 ? warm : cold, .16 * fabs(s->light.warmth));
    cairo_paint(cr);
}
