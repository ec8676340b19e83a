#include "picture/paint.h"

#include <math.h>

vib_colour vib_mix(vib_colour a, vib_colour b, double t)
{
    return (vib_colour){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

vib_colour vib_lighter(vib_colour c, double t)
{
    return t < 0 ? vib_mix(c, (vib_colour){0, 0, 0}, -t) : vib_mix(c, (vib_colour){1, 1, 1}, t);
}

void vib_set_colour(cairo_t *cr, vib_colour c, double alpha)
{
    cairo_set_source_rgba(cr, c.r, c.g, c.b, alpha);
}

void vib_ellipse(cairo_t *cr, double x, double y, double rx, double ry)
{
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_scale(cr, rx, ry);
    cairo_new_sub_path(cr);
    cairo_arc(cr, 0, 0, 1, 0, 6.283185307);
    cairo_close_path(cr);
    cairo_restore(cr);
}

void vib_blob(cairo_t *cr, vib_dice *d, double x, double y, double radius)
{
    enum { CORNERS = 7 };
    double px[CORNERS], py[CORNERS];
    for (int i = 0; i < CORNERS; i++) {
        const double r = radius * vib_dice_between(d, .65, 1.25), a = 6.283185307 * i / CORNERS;
        px[i] = x + r * cos(a);
        py[i] = y + r * sin(a);
    }
    /* A Catmull-Rom spline through the corners, as Bézier curves. */
    cairo_move_to(cr, px[0], py[0]);
    for (int i = 0; i < CORNERS; i++) {
        const int before = (i + CORNERS - 1) % CORNERS, next = (i + 1) % CORNERS, after = (i + 2) % CORNERS;
        cairo_curve_to(cr, px[i] + (px[next] - px[before]) / 6, py[i] + (py[next] - py[before]) / 6,
                       px[next] - (px[after] - px[i]) / 6, py[next] - (py[after] - py[i]) / 6, px[next],
                       py[next]);
    }
    cairo_close_path(cr);
}

void vib_hair(cairo_t *cr, double x, double y, double angle, double length, double width, double bend)
{
    const double dx = cos(angle), dy = sin(angle);
    cairo_move_to(cr, x - dy * width / 2, y + dx * width / 2);
    cairo_line_to(cr, x + dx * length - dy * bend, y + dy * length + dx * bend);
    cairo_line_to(cr, x + dy * width / 2, y - dx * width / 2);
    cairo_close_path(cr);
}

void vib_fill(cairo_t *cr, vib_colour c)
{
    vib_set_colour(cr, c, 1);
    cairo_fill_preserve(cr);
    vib_set_colour(cr, vib_lighter(c, -.55), .6);
    cairo_set_line_width(cr, .022);
    cairo_stroke(cr);
}
