#include "reference/real.h"

/* Copies the inside of the larger picture. */
static void copy(const REF(site) * s, real *small, real *large)
{
    const vib_zeropad2d_opts *o = s->opts;
    const size_t row = (size_t)s->in.w * s->in.c;
    for (int n = 0; n < s->in.n; n++)
        for (int h = 0; h < s->in.h; h++)
            for (size_t i = 0; i < row; i++) {
                real *a = small + ((size_t)n * s->in.h + h) * row + i;
                real *b =
                    large + (((size_t)n * s->out.h + h + o->size.h) * s->out.w + o->size.w) * s->out.c + i;
                if (s->y == large)
                    *b = *a;
                else
                    *a = *b;
            }
}

void REF(zeropad2d_forward)(const REF(site) * s)
{
    for (size_t i = 0; i < (size_t)s->out.n * s->out.h * s->out.w * s->out.c; i++)
        s->y[i] = 0;
    copy(s, (real *)s->x, s->y);
}

void REF(zeropad2d_backward)(const REF(site) * s)
{
    copy(s, s->dx, (real *)s->dy);
}
