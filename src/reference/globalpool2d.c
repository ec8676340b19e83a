#include "reference/real.h"

/* y[n,c] = the mean over all pixels: each row added from +0, then the rows. */
void REF(globalavgpool2d_forward)(const REF(site) * s)
{
    const ref_size in = s->in;
    for (int n = 0; n < in.n; n++)
        for (int c = 0; c < in.c; c++) {
            real sum = 0;
            for (int h = 0; h < in.h; h++) {
                real row = 0;
                for (int w = 0; w < in.w; w++)
                    row += s->x[(((size_t)n * in.h + h) * in.w + w) * in.c + c];
                sum += row;
            }
            s->y[(size_t)n * in.c + c] = sum / (real)(in.h * in.w);
        }
}

void REF(globalavgpool2d_backward)(const REF(site) * s)
{
    const ref_size in = s->in;
    const size_t pixels = (size_t)in.h * in.w;
    for (size_t i = 0; i < pixels * in.n * in.c; i++)
        s->dx[i] = s->dy[i / in.c / pixels * in.c + i % in.c] / (real)(in.h * in.w);
}

/* y[n,c] = the largest of all pixels, row-major; NaN never wins. */
void REF(globalmaxpool2d_forward)(const REF(site) * s)
{
    const ref_size in = s->in;
    const size_t pixels = (size_t)in.h * in.w;
    for (int n = 0; n < in.n; n++)
        for (int c = 0; c < in.c; c++) {
            real best = (real)-INFINITY;
            for (size_t p = 0; p < pixels; p++) {
                const real v = s->x[((size_t)n * pixels + p) * in.c + c];
                best = v > best ? v : best;
            }
            s->y[(size_t)n * in.c + c] = best;
        }
}

/* The gradient is shared by all pixels that have the largest value. */
void REF(globalmaxpool2d_backward)(const REF(site) * s)
{
    const ref_size in = s->in;
    const size_t pixels = (size_t)in.h * in.w;
    for (int n = 0; n < in.n; n++)
        for (int c = 0; c < in.c; c++) {
            const size_t first = (size_t)n * pixels * in.c + c;
            const real best = s->y[(size_t)n * in.c + c], dy = s->dy[(size_t)n * in.c + c];
            int equal = 0;
            for (size_t p = 0; p < pixels; p++)
                equal += s->x[first + p * in.c] == best;
            for (size_t p = 0; p < pixels; p++)
                s->dx[first + p * in.c] = s->x[first + p * in.c] == best ? dy / (real)equal : 0;
        }
}
