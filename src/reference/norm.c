#include "reference/real.h"

enum { LEAF = 1024 };

static real leaf(const real *v, size_t n, int magnitudes)
{
    real sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = magnitudes ? sum + (v[i] < 0 ? -v[i] : v[i]) : real_fma(v[i], v[i], sum);
    return sum;
}

/* Leaves of 1024 values in a balanced tree; one without a right neighbour is passed up. */
real REF(sum_of)(const real *v, size_t n, int magnitudes)
{
    if (n <= LEAF)
        return leaf(v, n, magnitudes);
    size_t left = LEAF;
    while (left * 2 < n)
        left *= 2;
    return REF(sum_of)(v, left, magnitudes) + REF(sum_of)(v + left, n - left, magnitudes);
}

void REF(regularize)(real *g, const real *w, size_t n, real l1, real l2_twice)
{
    for (size_t i = 0; i < n; i++) {
        const real pull = w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0;
        g[i] = real_fma(l2_twice, w[i], g[i]) + pull;
    }
}

void REF(clip)(real *g, size_t n, real squares, real most)
{
    const real norm = real_sqrt(squares), scale = norm > most ? most / norm : 1;
    for (size_t i = 0; i < n; i++)
        g[i] = g[i] * scale;
}
