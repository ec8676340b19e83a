/* Functions whose bits are the same on every device: compiles as OpenCL C (in every program, after common.cl)
 * and as C11 (src/reference). Products and sums are single fma()s; no built-in exp, log or pow. Needs
 * correctly rounded fma, division and conversion, and denormals: what the probe of src/device/probe.c checks.
 *
 * Largest error in ulp: exp 1.0, log 1.0, log1p 2.5, sigmoid 2.5, tanh 1.5 (tests/reference/exact.c). */
#ifndef VIB_EXACT_H
#define VIB_EXACT_H

#ifdef __OPENCL_VERSION__
#define EXACT_FN
#define EXACT_FMA(a, b, c) fma((a), (b), (c))
#define EXACT_FLOOR(x) floor(x)
#define EXACT_FABS(x) fabs(x)
#define EXACT_AS_FLOAT(u) as_float((uint)(u))
#define EXACT_AS_UINT(x) as_uint(x)
typedef uint exact_uint;
#else
#include <math.h>
#include <stdint.h>
#include <string.h>
#define EXACT_FN static inline
#define EXACT_FMA(a, b, c) fmaf((a), (b), (c))
#define EXACT_FLOOR(x) floorf(x)
#define EXACT_FABS(x) fabsf(x)
#define EXACT_AS_FLOAT(u) exact_as_float(u)
#define EXACT_AS_UINT(x) exact_as_uint(x)
typedef uint32_t exact_uint;
static inline float exact_as_float(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}
static inline uint32_t exact_as_uint(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
#endif

/* e^x: x = n ln 2 + r, |r| <= ln 2 / 2; Taylor to r^7; scaled by 2^n in two steps so that denormal results
 * are rounded once. */
EXACT_FN float exact_exp(float x)
{
    if (x != x)
        return x;
    if (x > 89.0f)
        return EXACT_AS_FLOAT(0x7f800000u);
    if (x < -104.0f)
        return 0.0f;
    const float n = EXACT_FLOOR(EXACT_FMA(x, 1.44269504f, 0.5f));
    float r = EXACT_FMA(n, -0.693359375f, x);
    r = EXACT_FMA(n, 2.12194440e-4f, r);
    float p = 1.98412698e-4f;
    p = EXACT_FMA(p, r, 1.38888889e-3f);
    p = EXACT_FMA(p, r, 8.33333333e-3f);
    p = EXACT_FMA(p, r, 4.16666667e-2f);
    p = EXACT_FMA(p, r, 1.66666667e-1f);
    p = EXACT_FMA(p, r, 0.5f);
    p = EXACT_FMA(p, r, 1.0f);
    p = EXACT_FMA(p, r, 1.0f);
    const int i = (int)n, low = i / 2;
    return p * EXACT_AS_FLOAT((exact_uint)(low + 127) << 23) *
           EXACT_AS_FLOAT((exact_uint)(i - low + 127) << 23);
}

/* ln x for normal x > 0: x = m 2^e with m in [sqrt(1/2), sqrt(2)); s = (m-1)/(m+1), ln m = 2 atanh s. */
EXACT_FN float exact_log(float x)
{
    const exact_uint u = EXACT_AS_UINT(x);
    int e = (int)(u >> 23) - 126;
    float m = EXACT_AS_FLOAT((u & 0x007fffffu) | 0x3f000000u);
    if (m < 0.707106781f) {
        e -= 1;
        m = m + m;
    }
    const float f = m - 1.0f; /* exact */
    const float s = f / (m + 1.0f), z = s * s;
    float p = 0.22222222f;
    p = EXACT_FMA(p, z, 0.28571429f);
    p = EXACT_FMA(p, z, 0.4f);
    p = EXACT_FMA(p, z, 0.66666667f);
    /* ln m = f - s (f - p z), which keeps f, the large part, unrounded. */
    const float tail = EXACT_FMA(-p, z, f);
    const float n = (float)e;
    float y = EXACT_FMA(n, -2.12194440e-4f, EXACT_FMA(-s, tail, 0.0f));
    y = f + y;
    return EXACT_FMA(n, 0.693359375f, y);
}

/* ln(1 + x), 0 <= x <= 1: the rounding of 1 + x is undone by a quotient near 1. */
EXACT_FN float exact_log1p(float x)
{
    const float u = 1.0f + x;
    return u == 1.0f ? x : exact_log(u) * (x / (u - 1.0f));
}

/* 1 / (1 + e^-x), from the side on which e^ is small. */
EXACT_FN float exact_sigmoid(float x)
{
    const float e = exact_exp(-EXACT_FABS(x));
    return (x >= 0.0f ? 1.0f : e) / (1.0f + e);
}

/* The hyperbolic tangent: x + x^3 p(x^2) near 0, else 1 - 2 / (e^2|x| + 1), which has no digits to lose. */
EXACT_FN float exact_tanh(float x)
{
    const float a = EXACT_FABS(x), z = x * x;
    float p = -5.70498872745e-3f;
    if (a < 0.625f) {
        p = EXACT_FMA(p, z, 2.06390887954e-2f);
        p = EXACT_FMA(p, z, -5.37397155531e-2f);
        p = EXACT_FMA(p, z, 1.33314422036e-1f);
        p = EXACT_FMA(p, z, -3.33332819422e-1f);
        return EXACT_FMA(x * z, p, x);
    }
    p = 1.0f - 2.0f / (exact_exp(a + a) + 1.0f);
    return x < 0.0f ? -p : p;
}

/* Binary cross-entropy of logit z against label y, from the logit (K42). */
EXACT_FN float exact_binary_crossentropy(float z, float y)
{
    const float positive = z <= 0.0f ? 0.0f : z;
    return EXACT_FMA(-z, y, positive) + exact_log1p(exact_exp(-EXACT_FABS(z)));
}

#endif
