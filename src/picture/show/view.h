/* What several pictures of what a network sees have in common. */
#ifndef VIB_PICTURE_SHOW_VIEW_H
#define VIB_PICTURE_SHOW_VIEW_H

#include <vibrisa/inside.h>

#include "picture/show/shades.h"
#include "picture/show/sheet.h"

/* A picture as the network takes it, and the same part of it large enough to be looked at. */
typedef struct vib_view {
    const char *name; /* without folders; borrowed */
    vib_bitmap input, large;
} vib_view;

/* Returns as vib_model_picture. */
int vib_view_open(const vib_model *model, const char *path, vib_view *out);
void vib_view_free(vib_view *view);

/* A file's name without its folders. */
const char *vib_base_name(const char *path);

/* The most probable class. */
size_t vib_most_probable(const float *probabilities, size_t n);

/* One channel of a layer's output, in the shades between two numbers, in the middle of the box and as large
 * as it allows with its shape kept. */
void vib_draw_map(vib_sheet *s, double x, double y, double w, double h, const vib_maps *maps, int channel,
                  double low, double high, vib_shade_fn *shade);

/* The part of a box that a picture of `columns` × `rows` takes when its shape is kept, in the middle. */
typedef struct vib_place {
    double x, y, w, h;
} vib_place;
vib_place vib_fit_into(double x, double y, double w, double h, int columns, int rows);

/* The smallest and the largest number; 0 is always between them. */
void vib_limits(const float *values, size_t n, double *low, double *high);

/* A bar of shades with what its ends stand for, in one line of text whose baseline is y; returns its width.
 */
double vib_shade_bar(vib_sheet *s, double x, double y, double width, vib_shade_fn *shade, const char *low,
                     const char *high);
/* The same for numbers. */
double vib_number_bar(vib_sheet *s, double x, double y, double width, vib_shade_fn *shade, double low,
                      double high);

/* A line around part of a picture that shows on light and on dark. */
void vib_outline(vib_sheet *s, double x, double y, double w, double h);

#endif
