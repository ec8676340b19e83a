/* Whether a picture can be looked at: tests of everything that is drawn. Include after cmocka.h. */
#ifndef TESTS_PICTURE_LOOKS_H
#define TESTS_PICTURE_LOOKS_H

#include <stdio.h>
#include <stdlib.h>

/* NULL, or what is wrong with w × h RGB pixels of a sheet: nothing on it, ink at its edges (something is cut
 * off), or no colour. */
static inline const char *what_is_wrong(const unsigned char *rgb, int w, int h)
{
    enum { EDGE = 4 };
    size_t ink = 0, colour = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const unsigned char *p = rgb + ((size_t)y * (size_t)w + (size_t)x) * 3;
            const int white = p[0] == 255 && p[1] == 255 && p[2] == 255;
            if (!white && (x < EDGE || y < EDGE || x >= w - EDGE || y >= h - EDGE))
                return "ink at the edge";
            ink += !white;
            colour += abs(p[0] - p[1]) > 24 || abs(p[1] - p[2]) > 24;
        }
    return ink < 500 ? "hardly any ink" : colour < 60 ? "no colour" : NULL;
}

#endif
