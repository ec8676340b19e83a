#include "reference/real.h"

/* A picture of bytes and what is done to it. */
typedef struct job {
    const uint8_t *x;
    int h, w, c;
    const vib_augment *what;
    const vib_augment_row *how;
    unsigned uses;
} job;

static real clamp(real v, real low, real high)
{
    return v < low ? low : v > high ? high : v;
}

/* ---- where a pixel comes from ---- */

static int mirror(int r, int n)
{
    r %= 2 * n;
    r = r < 0 ? r + 2 * n : r;
    return r < n ? r : 2 * n - 1 - r;
}

/* Brings *r of r + a into a side of n; returns the neighbour that a leads to, *outside: it has none. */
static int place(int fill, int n, int *r, real *a, int *outside)
{
    const int inside = *r >= 0 && (*r < n - 1 || (*r == n - 1 && *a == 0));
    if (fill == VIB_FILL_REFLECT) {
        const int next = mirror(*r + 1, n);
        *r = mirror(*r, n);
        return next;
    }
    if (!inside && fill == VIB_FILL_WRAP) { /* SciPy's period is one pixel short */
        const int period = n > 1 ? n - 1 : 1;
        *r %= period;
        *r = *r < 0 ? *r + period : *r;
    } else if (!inside) {
        *outside |= fill == VIB_FILL_CONSTANT;
        *r = *r < 0 ? 0 : n - 1;
        *a = 0;
    }
    return *r < n - 1 ? *r + 1 : *r;
}

/* Channel k for output pixel (i, j), 0 to 255: mirrored, cropped, moved. */
static real sample(const job *b, int i, int j, int k)
{
    const vib_augment_row *how = b->how;
    const int to = (how->vflip != 0 ? b->h - 1 - i : i) + (int)how->crop[0];
    const int from = (how->hflip != 0 ? b->w - 1 - j : j) + (int)how->crop[1];
    int outside = to < 0 || to >= b->h || from < 0 || from >= b->w;
    const real p[2] = {(real)to, (real)from};
    real t[2] = {0, 0}, d[2];
    if (b->uses & VIB_USES_CROP_SCALE)
        for (int s = 0; s < 2; s++)
            t[s] = clamp(real_fma((real)how->into[s], p[s], (real)how->into_offset[s]),
                         (real)how->low[s] - p[s], (real)how->high[s] - p[s]);
    const real ci = p[0] - (real)how->centre[0] + t[0], cj = p[1] - (real)how->centre[1] + t[1];
    for (int s = 0; s < 2; s++)
        d[s] = real_fma((real)how->delta[2 * s], ci,
                        real_fma((real)how->delta[2 * s + 1], cj, (real)how->offset[s])) +
               t[s];
    const real fi = real_floor(d[0]), fj = real_floor(d[1]);
    real a = d[0] - fi, e = d[1] - fj;
    int r = to + (int)fi, q = from + (int)fj;
    const int below = place(b->what->fill, b->h, &r, &a, &outside);
    const int beside = place(b->what->fill, b->w, &q, &e, &outside);
    if (outside)
        return (real)(float)b->what->cval;
    const uint8_t *upper = b->x + (size_t)r * b->w * b->c + k,
                  *lower = b->x + (size_t)below * b->w * b->c + k;
    const real p00 = upper[q * b->c], p01 = upper[beside * b->c];
    const real p10 = lower[q * b->c], p11 = lower[beside * b->c];
    const real top = real_fma(e, p01 - p00, p00), low = real_fma(e, p11 - p10, p10);
    return real_fma(a, low - top, top);
}

/* ---- tones ---- */

static real grey_of(const real *v, int c)
{
    return c == 3 ? real_fma((real)0.114f, v[2], real_fma((real)0.587f, v[1], (real)0.299f * v[0])) : v[0];
}

/* K24: channel shift within the picture's own range, brightness of whole numbers; R20 stretches them first.
 */
static void keras_tones(const job *b, real *y, size_t n)
{
    real low = y[0], high = y[0];
    for (size_t i = 1; i < n; i++) {
        low = y[i] < low ? y[i] : low;
        high = y[i] > high ? y[i] : high;
    }
    const real shift = (real)b->how->channel_shift;
    if (b->uses & VIB_USES_CHANNEL_SHIFT) {
        for (size_t i = 0; i < n; i++)
            y[i] = clamp(y[i] + shift, low, high);
        const real from = low, to = high;
        low = clamp(from + shift, from, to);
        high = clamp(to + shift, from, to);
    }
    for (size_t i = 0; i < n && b->uses & VIB_USES_BRIGHTNESS; i++) {
        real v = y[i];
        if (!b->what->keras29) {
            v = v - low;
            v = high > low ? v / (high - low) : v;
            v = v * 255;
        }
        y[i] = real_floor(clamp(real_floor(v) * (real)b->how->brightness, 0, 255));
    }
}

/* Distances from the mean grey of the picture: each row is added from +0, then the rows. */
static void contrast(const job *b, real *y)
{
    real sum = 0;
    for (int i = 0; i < b->h; i++) {
        real row = 0;
        for (int j = 0; j < b->w; j++)
            row = row + grey_of(y + ((size_t)i * b->w + j) * b->c, b->c);
        sum = sum + row;
    }
    const real mean = sum / (real)(b->h * b->w);
    for (size_t i = 0; i < (size_t)b->h * b->w * b->c; i++)
        y[i] = clamp(real_fma((real)b->how->contrast, y[i] - mean, mean), 0, 255);
}

static void saturate(real factor, real *v)
{
    const real grey = grey_of(v, 3);
    for (int k = 0; k < 3; k++)
        v[k] = clamp(real_fma(factor, v[k] - grey, grey), 0, 255);
}

/* The colour circle, cut into six, turned; the largest and the least value stay. */
static void turn(real by, real *v)
{
    static const int own[] = {5, 3, 1};
    real most = v[0], least = v[0], at = 0;
    for (int k = 1; k < 3; k++) {
        most = v[k] > most ? v[k] : most;
        least = v[k] < least ? v[k] : least;
    }
    const real depth = most - least;
    if (depth > 0)
        at = v[0] == most   ? (v[1] - v[2]) / depth
             : v[1] == most ? (v[2] - v[0]) / depth + 2
                            : (v[0] - v[1]) / depth + 4;
    at = real_fma(6, by, at);
    at = at < 0 ? at + 6 : at;
    at = at >= 6 ? at - 6 : at;
    for (int k = 0; k < 3; k++) {
        real t = at + (real)own[k];
        t = t >= 6 ? t - 6 : t;
        t = t < 4 - t ? t : 4 - t;
        v[k] = real_fma(-depth, clamp(t, 0, 1), most);
    }
}

static void tones(const job *b, real *y)
{
    const size_t pixels = (size_t)b->h * b->w;
    if (b->uses & (VIB_USES_CHANNEL_SHIFT | VIB_USES_BRIGHTNESS))
        keras_tones(b, y, pixels * b->c);
    if (b->uses & VIB_USES_CONTRAST)
        contrast(b, y);
    for (size_t i = 0; i < pixels && b->c == 3; i++) {
        if (b->uses & VIB_USES_SATURATION)
            saturate((real)b->how->saturation, y + i * 3);
        if (b->uses & VIB_USES_HUE)
            turn((real)b->how->hue, y + i * 3);
    }
}

static int is_erased(const job *b, int i, int j)
{
    const float *e = b->how->erased;
    return b->uses & VIB_USES_ERASE && (float)i >= e[0] && (float)j >= e[1] && (float)i < e[2] &&
           (float)j < e[3];
}

void REF(augment)(real *y, const uint8_t *x, int h, int w, int c, real scale, const vib_augment *what,
                  const vib_augment_row *how)
{
    const size_t n = (size_t)h * w * c;
    if (!how) {
        for (size_t i = 0; i < n; i++)
            y[i] = (real)x[i] * scale;
        return;
    }
    const job b = {x, h, w, c, what, how, vib_augment_uses(what)};
    for (size_t i = 0; i < n; i++)
        y[i] = sample(&b, (int)(i / c) / w, (int)(i / c) % w, (int)(i % c));
    tones(&b, y);
    for (size_t i = 0; i < n; i++)
        y[i] = (is_erased(&b, (int)(i / c) / w, (int)(i / c) % w) ? (real)(float)what->erase_value : y[i]) *
               scale;
}
