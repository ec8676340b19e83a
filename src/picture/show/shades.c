#include "picture/show/shades.h"

/* Between stops that lie evenly. */
static void between(const unsigned char (*stops)[3], int n, double t, unsigned char rgb[3])
{
    const double at = !(t > 0) ? 0 : t > 1 ? n - 1 : t * (n - 1);
    const int i = at >= n - 1 ? n - 2 : (int)at;
    for (size_t k = 0; k < 3; k++)
        rgb[k] = (unsigned char)(stops[i][k] + (at - i) * (stops[i + 1][k] - stops[i][k]) + .5);
}

void vib_cividis(double t, unsigned char rgb[3])
{
    static const unsigned char stops[][3] = {
        {0, 34, 78},     {18, 53, 112},   {59, 73, 108},   {87, 93, 109},  {112, 113, 115},
        {138, 134, 120}, {165, 156, 116}, {195, 179, 105}, {225, 204, 85}, {254, 232, 56},
    };
    between(stops, sizeof stops / sizeof *stops, t, rgb);
}

void vib_blues(double t, unsigned char rgb[3])
{
    static const unsigned char stops[][3] = {
        {247, 251, 255}, {222, 235, 247}, {198, 219, 239}, {158, 202, 225}, {107, 174, 214},
        {66, 146, 198},  {33, 113, 181},  {8, 81, 156},    {8, 48, 107},
    };
    between(stops, sizeof stops / sizeof *stops, t, rgb);
}

void vib_diverging(double t, unsigned char rgb[3])
{
    static const unsigned char stops[][3] = {
        {0, 68, 136},    {0, 114, 178}, {140, 190, 222}, {247, 247, 247},
        {242, 180, 130}, {213, 94, 0},  {140, 56, 0},
    };
    between(stops, sizeof stops / sizeof *stops, t, rgb);
}

void vib_shade_values(const float *values, size_t n, size_t step, double low, double high,
                      vib_shade_fn *shade, unsigned char *rgb)
{
    const double range = high > low ? high - low : 1;
    for (size_t i = 0; i < n; i++)
        shade(((double)values[i * step] - low) / range, rgb + 3 * i);
}
