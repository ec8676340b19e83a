/* Axes, lines and legends on a sheet. */
#ifndef VIB_PICTURE_SHOW_PLOT_H
#define VIB_PICTURE_SHOW_PLOT_H

#include "picture/show/sheet.h"

/* One line: n points (x[i], y[i]); where y is NaN it is broken. */
typedef struct vib_series {
    const char *name; /* in the legend */
    const double *x, *y;
    size_t n;
    vib_ink ink;
    int dashed; /* tells lines apart without colour */
    int rings;  /* 1: points as rings, 0: as discs */
} vib_series;

typedef struct vib_plot {
    double x, y, w, h; /* box, with everything that belongs to it */
    const char *title, *x_name, *y_name;
    const vib_series *series;
    size_t n;
    int from_zero; /* the y axis begins at 0 */
    int to_one;    /* and ends at 1 at most: a share */
    int whole;     /* x counts something: no ticks between */
    int log_x;     /* decades */
    double mark;   /* x of a dotted vertical line; NaN: none */
    const char *mark_name;
} vib_plot;

void vib_plot_draw(vib_sheet *s, const vib_plot *plot);

/* A legend in rows of at most `width`, drawn when `draw`; returns its height. */
double vib_legend(vib_sheet *s, double x, double y, double width, const vib_series *series, size_t n,
                  int draw);

/* Round steps for about `most` ticks between low and high: 1, 2 or 5 times a power of ten. */
double vib_tick_step(double low, double high, int most);

#endif
