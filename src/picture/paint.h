/* Small shapes and colours on a cairo context, and the parts of a picture. Everything here draws in the
 * coordinates the context has, and leaves no path behind. */
#ifndef VIB_PICTURE_PAINT_H
#define VIB_PICTURE_PAINT_H

#include <cairo.h>

#include "picture/scene.h"

/* ---- colours ---- */

vib_colour vib_mix(vib_colour a, vib_colour b, double t); /* t = 0: a, 1: b */
vib_colour vib_lighter(vib_colour c, double t);           /* towards white; t < 0: towards black */
void vib_set_colour(cairo_t *cr, vib_colour c, double alpha);

/* ---- shapes ---- */

void vib_ellipse(cairo_t *cr, double x, double y, double rx, double ry); /* adds to the path */
/* Adds a rounded, irregular closed shape. */
void vib_blob(cairo_t *cr, vib_dice *d, double x, double y, double radius);
/* Adds a hair: a thin triangle from (x, y) in direction angle, bent a little. */
void vib_hair(cairo_t *cr, double x, double y, double angle, double length, double width, double bend);
/* Fills the path with the colour and draws a thin darker outline. */
void vib_fill(cairo_t *cr, vib_colour c);

/* ---- parts of a picture, from back to front ---- */

void vib_paint_backdrop(cairo_t *cr, vib_scene *s); /* in pixels */
/* In head coordinates. */
void vib_paint_body(cairo_t *cr, vib_scene *s);
void vib_paint_ears(cairo_t *cr, vib_scene *s, int front); /* front: those that hang over the head */
void vib_paint_head(cairo_t *cr, vib_scene *s);
void vib_paint_face(cairo_t *cr, vib_scene *s);

/* Adds the outline of the head to the path. */
void vib_head_path(cairo_t *cr, const vib_face *f);

/* Light and shadow over the whole picture, in pixels. */
void vib_paint_light(cairo_t *cr, const vib_scene *s);

#endif
