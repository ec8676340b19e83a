#include "reference/real.h"

/* Channels of the inputs one behind the other. */
void REF(concat_forward)(const REF(site) * s)
{
    const size_t pixels = (size_t)s->out.n * s->out.h * s->out.w;
    real *y = s->y;
    for (size_t p = 0; p < pixels; p++)
        for (int k = 0; k < s->n_inputs; k++)
            for (int c = 0; c < s->inputs[k].in.c; c++)
                *y++ = s->inputs[k].x[p * (size_t)s->inputs[k].in.c + (size_t)c];
}

void REF(concat_backward)(const REF(site) * s)
{
    const size_t pixels = (size_t)s->out.n * s->out.h * s->out.w;
    const real *dy = s->dy;
    for (size_t p = 0; p < pixels; p++)
        for (int k = 0; k < s->n_inputs; k++)
            for (int c = 0; c < s->inputs[k].in.c; c++)
                s->inputs[k].dx[p * (size_t)s->inputs[k].in.c + (size_t)c] = *dy++;
}
