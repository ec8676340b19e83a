#include <stdlib.h>

#include "reference/real.h"

/* A sum over the batch for each of two numbers a channel: leaves of rows, groups of pictures, a tree
 * (docs/arithmetic.md, "Sums over the batch"). add: what one element gives to the two. */
static void sum_batch(const REF(site) * s, const real *mean, const real *inverse, int which, real *out)
{
    const ref_size in = s->in;
    const int rows = in.w < 256 ? 256 / in.w : 1, n_groups = (in.n + REF_GROUP - 1) / REF_GROUP;
    const size_t count = 2 * (size_t)in.c;
    real *groups = calloc((size_t)n_groups * count, sizeof *groups);
    for (int n = 0; n < in.n; n++)
        for (int first = 0; first < in.h; first += rows)
            for (int c = 0; c < in.c; c++) {
                real sum = 0, other = 0;
                for (int h = first; h < first + rows && h < in.h; h++)
                    for (int w = 0; w < in.w; w++) {
                        const size_t i = (((size_t)n * in.h + h) * in.w + w) * in.c + c;
                        const real x = s->x[i];
                        if (which == 0) {
                            sum += x;
                        } else if (which == 1) {
                            sum = real_fma(x - mean[c], x - mean[c], sum);
                        } else {
                            sum = real_fma(s->dy[i], (x - mean[c]) * inverse[c], sum);
                            other += s->dy[i];
                        }
                    }
                groups[n / REF_GROUP * count + c] += sum;
                groups[n / REF_GROUP * count + in.c + c] += other;
            }
    REF(tree)(out, groups, n_groups, count);
    free(groups);
}

/* stats: mean, variance, 1 / sqrt(variance + epsilon) of each channel. Of the batch in training, else the
 * running ones. */
static void statistics(const REF(site) * s, real *stats)
{
    const vib_batchnorm_opts *o = s->opts;
    const int C = s->in.c;
    const real count = (real)((size_t)s->in.n * s->in.h * s->in.w);
    real *sums = calloc(2 * (size_t)C, sizeof *sums), *mean = stats, *variance = stats + C;
    if (s->step)
        sum_batch(s, NULL, NULL, 0, sums);
    for (int c = 0; c < C; c++)
        mean[c] = s->step ? sums[c] / count : s->w[2][c];
    if (s->step)
        sum_batch(s, mean, NULL, 1, sums);
    for (int c = 0; c < C; c++) {
        variance[c] = s->step ? sums[c] / count : s->w[3][c];
        stats[2 * C + c] = 1 / real_sqrt(variance[c] + (real)(float)o->epsilon);
    }
    free(sums);
}

void REF(batchnorm_forward)(const REF(site) * s)
{
    const vib_batchnorm_opts *o = s->opts;
    const int C = s->in.c;
    const size_t pixels = (size_t)s->in.n * s->in.h * s->in.w;
    real *stats = calloc(3 * (size_t)C, sizeof *stats);
    statistics(s, stats);
    for (size_t i = 0; i < pixels * C; i++) {
        const size_t c = i % C;
        s->y[i] = real_fma(s->x[i] - stats[c], s->w[0][c] * stats[2 * C + c], s->w[1][c]);
    }
    REF(activate)(o->activation, s->y, pixels, C);
    free(stats);
}

void REF(batchnorm_fold)(const vib_batchnorm_opts *o, const real *const *norm, const real *w,
                         const real *bias, size_t rows, int C, real *to, real *to_bias)
{
    for (int c = 0; c < C; c++) {
        const real scale = norm[0][c] * (1 / real_sqrt(norm[3][c] + (real)(float)o->epsilon));
        for (size_t row = 0; row < rows; row++)
            to[row * C + c] = w[row * C + c] * scale;
        to_bias[c] = real_fma((bias ? bias[c] : 0) - norm[2][c], scale, norm[1][c]);
    }
}

/* In training the running statistics (w[2], w[3]) move too: here, where the whole step is known. */
void REF(batchnorm_backward)(const REF(site) * s)
{
    const vib_batchnorm_opts *o = s->opts;
    const int C = s->in.c;
    const size_t pixels = (size_t)s->in.n * s->in.h * s->in.w;
    const real rate = (real)(float)(1 - o->momentum);
    real *stats = calloc(3 * (size_t)C, sizeof *stats), *sums = calloc(2 * (size_t)C, sizeof *sums);
    real *dy = calloc(pixels * C, sizeof *dy);
    for (size_t i = 0; i < pixels * C; i++)
        dy[i] = s->dy[i];
    REF(activate_backward)(o->activation, dy, s->y, pixels, C);
    REF(site) behind = *s;
    behind.dy = dy;
    statistics(s, stats);
    sum_batch(&behind, stats, stats + 2 * C, 2, sums);
    for (int c = 0; c < C; c++) {
        s->dw[0][c] = sums[c] + 0;
        s->dw[1][c] = sums[C + c] + 0;
        if (s->step) {
            real *mean = (real *)s->w[2] + c, *variance = (real *)s->w[3] + c;
            *mean = real_fma(rate, stats[c] - *mean, *mean);
            *variance = real_fma(rate, stats[C + c] - *variance, *variance);
        }
    }
    for (size_t i = 0; s->dx && i < pixels * C; i++) {
        const size_t c = i % C;
        const real scale = s->w[0][c] * stats[2 * C + c];
        const real xhat = (s->x[i] - stats[c]) * stats[2 * C + c];
        const real dgamma = sums[c] / (real)pixels, dbeta = sums[C + c] / (real)pixels;
        s->dx[i] = s->step ? scale * (dy[i] - real_fma(xhat, dgamma, dbeta)) : scale * dy[i];
    }
    free(stats);
    free(sums);
    free(dy);
}
