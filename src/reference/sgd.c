#include "reference/real.h"

/* As Keras: m = momentum m - lr g, w += m; nesterov: w += momentum m - lr g; decay times w is taken off
 * first. */
void REF(sgd)(real *w, real *m, const real *g, size_t n, real lr, real momentum, int nesterov, real decay)
{
    for (size_t i = 0; i < n; i++) {
        const real step = -(lr * g[i]);
        if (decay != 0)
            w[i] = real_fma(-decay, w[i], w[i]);
        if (m)
            m[i] = real_fma(momentum, m[i], step);
        w[i] = w[i] + (!m ? step : nesterov ? real_fma(momentum, m[i], step) : m[i]);
    }
}
