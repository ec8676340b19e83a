#include <stdlib.h>

#include "reference/real.h"

enum { CHUNK = 512 };

/* start + sum of a[i] * b[i * stride]: chains of 512 terms, added in order. */
static real dot(real start, const real *a, const real *b, size_t stride, int n)
{
    real total = 0;
    for (int from = 0; from < n; from += CHUNK) {
        real sum = from ? 0 : start;
        for (int i = from; i < from + CHUNK && i < n; i++)
            sum = real_fma(a[i], b[(size_t)i * stride], sum);
        total = from ? total + sum : sum;
    }
    return total;
}

/* y[n,o] = act(bias[o] + sum over i of x[n,i] * w[i,o]) */
void REF(dense_forward)(const REF(site) * s)
{
    const int in = s->in.h * s->in.w * s->in.c, units = s->out.c;
    for (int n = 0; n < s->in.n; n++)
        for (int o = 0; o < units; o++)
            s->y[(size_t)n * units + o] = dot(s->w[1][o], s->x + (size_t)n * in, s->w[0] + o, units, in);
    REF(activate)(((const vib_dense_opts *)s->opts)->activation, s->y, s->in.n, units);
}

/* dx[n,i] = sum over o of dy[n,o] * w[i,o]; dw[i,o] = sum over n of x[n,i] * dy[n,o], db[o] = sum of dy[n,o]:
 * running sums over groups of 8 pictures, then the tree. */
void REF(dense_backward)(const REF(site) * s)
{
    const int in = s->in.h * s->in.w * s->in.c, units = s->out.c, N = s->in.n;
    const int n_groups = (N + REF_GROUP - 1) / REF_GROUP;
    real *dy = malloc((size_t)N * units * sizeof *dy + 1);
    real *groups = malloc((size_t)n_groups * sizeof *groups + 1);
    if (!dy || !groups)
        abort();
    for (size_t i = 0; i < (size_t)N * units; i++)
        dy[i] = s->dy[i];
    REF(activate_backward)(((const vib_dense_opts *)s->opts)->activation, dy, s->y, N, units);

    for (int i = -1; i < in; i++) /* -1: the bias */
        for (int o = 0; o < units; o++) {
            for (int g = 0; g < n_groups; g++) {
                real sum = 0;
                for (int n = g * REF_GROUP; n < (g + 1) * REF_GROUP && n < N; n++) {
                    const real d = dy[(size_t)n * units + o];
                    sum = i < 0 ? sum + d : real_fma(s->x[(size_t)n * in + i], d, sum);
                }
                groups[g] = sum + 0;
            }
            REF(tree)(i < 0 ? &s->dw[1][o] : &s->dw[0][(size_t)i * units + o], groups, n_groups, 1);
        }
    if (s->dx)
        for (int n = 0; n < N; n++)
            for (int i = 0; i < in; i++)
                s->dx[(size_t)n * in + i] =
                    dot(0, dy + (size_t)n * units, s->w[0] + (size_t)i * units, 1, units) + 0;
    free(groups);
    free(dy);
}

void REF(flatten_forward)(const REF(site) * s)
{
    const size_t count = (size_t)s->in.n * s->in.h * s->in.w * s->in.c;
    for (size_t i = 0; i < count; i++)
        s->y[i] = s->x[i];
}

void REF(flatten_backward)(const REF(site) * s)
{
    const size_t count = (size_t)s->in.n * s->in.h * s->in.w * s->in.c;
    for (size_t i = 0; i < count; i++)
        s->dx[i] = s->dy[i];
}
