/* Colours that stand for numbers: even steps look even, and light and dark survive any kind of colour vision
 * and a black-and-white printer. */
#ifndef VIB_PICTURE_SHOW_SHADES_H
#define VIB_PICTURE_SHOW_SHADES_H

#include <stddef.h>

/* t in [0,1] (cut to it; NaN is 0) as RGB. */
typedef void vib_shade_fn(double t, unsigned char rgb[3]);

/* n numbers, `step` floats apart, as RGB pixels in the shades between two numbers. */
void vib_shade_values(const float *values, size_t n, size_t step, double low, double high,
                      vib_shade_fn *shade, unsigned char *rgb);

/* Cividis (Nuñez, Anderton, Renslow 2018): dark blue to yellow, for heat maps and feature maps. */
void vib_cividis(double t, unsigned char rgb[3]);
/* White to dark blue, for tables with text on them. */
void vib_blues(double t, unsigned char rgb[3]);
/* Blue, white, vermillion around 0.5: numbers with a sign. */
void vib_diverging(double t, unsigned char rgb[3]);

#endif
