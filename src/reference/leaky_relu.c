#include "reference/real.h"

void REF(leaky_relu_forward)(const REF(site) * s)
{
    const vib_leaky_relu_opts *o = s->opts;
    const size_t n = (size_t)s->in.n * s->in.h * s->in.w * s->in.c;
    for (size_t i = 0; i < n; i++)
        s->y[i] = s->x[i] > 0 ? s->x[i] : (real)o->slope * s->x[i];
}

void REF(leaky_relu_backward)(const REF(site) * s)
{
    const vib_leaky_relu_opts *o = s->opts;
    const size_t n = (size_t)s->in.n * s->in.h * s->in.w * s->in.c;
    for (size_t i = 0; i < n; i++)
        s->dx[i] = s->x[i] > 0 ? s->dy[i] : (real)o->slope * s->dy[i];
}
