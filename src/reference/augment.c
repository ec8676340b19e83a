#include "reference/real.h"

/* Bilinear sample of a channel at row i + floor(di) + frac, clamped to the picture (fill_mode nearest, K22).
 */
static real sample(const uint8_t *x, int h, int w, int c, int i, int j, real di, real dj)
{
    const real fi = real_floor(di), fj = real_floor(dj);
    real a = di - fi, b = dj - fj;
    int r = i + (int)fi, q = j + (int)fj;
    if (r < 0 || r >= h - 1) {
        r = r < 0 ? 0 : h - 1;
        a = 0;
    }
    if (q < 0 || q >= w - 1) {
        q = q < 0 ? 0 : w - 1;
        b = 0;
    }
    const size_t down = r < h - 1 ? (size_t)w * c : 0, right = q < w - 1 ? (size_t)c : 0;
    const uint8_t *p = x + ((size_t)r * w + q) * c;
    const real top = real_fma(b, (real)(p[right] - p[0]), (real)p[0]);
    const real low = real_fma(b, (real)(p[down + right] - p[down]), (real)p[down]);
    return real_fma(a, low - top, top);
}

void REF(augment)(real *y, const uint8_t *x, int h, int w, int c, real scale, const ref_affine *how)
{
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++) {
            const int from = how && how->flip ? w - 1 - j : j;
            for (int k = 0; k < c; k++) {
                real value = (real)x[((size_t)i * w + from) * c + k];
                if (how) {
                    const real ci = (real)i - (real)how->centre[0], cj = (real)from - (real)how->centre[1];
                    const real di = real_fma((real)how->delta[0], ci, (real)how->delta[1] * cj);
                    const real dj = real_fma((real)how->delta[2], ci, (real)how->delta[3] * cj);
                    value = sample(x + k, h, w, c, i, from, di, dj);
                }
                y[((size_t)i * w + j) * c + k] = value * scale;
            }
        }
}
