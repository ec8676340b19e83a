#include "reference/real.h"

/* K44, each product and sum one fma: m += rate1 (g - m), v += rate2 (g g - v),
 * w -= alpha m / (sqrt(v) + epsilon); AdamW takes decay times w off first. */
void REF(adam)(real *w, real *m, real *v, const real *g, size_t n, real alpha, real rate1, real rate2,
               real epsilon, real decay)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = real_fma(rate1, g[i] - m[i], m[i]);
        v[i] = real_fma(rate2, real_fma(g[i], g[i], -v[i]), v[i]);
        if (decay != 0)
            w[i] = real_fma(-decay, w[i], w[i]);
        w[i] = w[i] - alpha * m[i] / (real_sqrt(v[i]) + epsilon);
    }
}
