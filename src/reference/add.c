#include "reference/real.h"

/* y = act(((x0 + x1) + x2) + ...) */
void REF(add_forward)(const REF(site) * s)
{
    const vib_add_opts *o = s->opts;
    const size_t pixels = (size_t)s->in.n * s->in.h * s->in.w;
    for (size_t i = 0; i < pixels * s->in.c; i++) {
        real sum = s->inputs[0].x[i];
        for (int k = 1; k < s->n_inputs; k++)
            sum += s->inputs[k].x[i];
        s->y[i] = sum;
    }
    REF(activate)(o->activation, s->y, pixels, s->in.c);
}

void REF(add_backward)(const REF(site) * s)
{
    const vib_add_opts *o = s->opts;
    const size_t pixels = (size_t)s->in.n * s->in.h * s->in.w;
    for (int k = 0; k < s->n_inputs; k++) {
        for (size_t i = 0; i < pixels * s->in.c; i++)
            s->inputs[k].dx[i] = s->dy[i];
        REF(activate_backward)(o->activation, s->inputs[k].dx, s->y, pixels, s->in.c);
    }
}
