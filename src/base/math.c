#include "base/math.h"

#include <math.h>

/* pi/2 in two parts: n × high is exact enough for the |x| promised. */
static const double half_pi_high = 0x1.921fb54442d18p+0, half_pi_low = 0x1.1a62633145c07p-54;

/* Taylor series on [-pi/4, pi/4]: the first term left out is below 2^-60. */
static double sin_part(double r)
{
    static const double c[] = {1.0 / 6227020800, -1.0 / 39916800, 1.0 / 362880,
                               -1.0 / 5040,      1.0 / 120,       -1.0 / 6};
    const double z = r * r;
    double p = -1.0 / 1307674368000;
    for (unsigned i = 0; i < sizeof c / sizeof *c; i++)
        p = fma(p, z, c[i]);
    const double rz = r * z;
    return fma(rz, p, r);
}

static double cos_part(double r)
{
    static const double c[] = {-1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320,
                               -1.0 / 720,         1.0 / 24,        -0.5,           1.0};
    const double z = r * r;
    double p = 1.0 / 20922789888000;
    for (unsigned i = 0; i < sizeof c / sizeof *c; i++)
        p = fma(p, z, c[i]);
    return p;
}

static double quadrant(double x, int shift)
{
    const double n = floor(fma(x, 0x1.45f306dc9c883p-1, 0.5)); /* 2/pi */
    double r = fma(-n, half_pi_high, x);
    r = fma(-n, half_pi_low, r);
    switch (((long long)n + shift) & 3) {
    case 0:
        return sin_part(r);
    case 1:
        return cos_part(r);
    case 2:
        return -sin_part(r);
    default:
        return -cos_part(r);
    }
}

double vib_sin(double x)
{
    return quadrant(x, 0);
}

double vib_cos(double x)
{
    return quadrant(x, 1);
}

double vib_pow_int(double base, unsigned long long n)
{
    double result = 1;
    for (; n; n >>= 1) {
        if (n & 1)
            result *= base;
        base *= base;
    }
    return result;
}

/* Halves the interval until there is no number in between. */
double vib_root(double x, unsigned long long n)
{
    double low = 0, high = x > 1 ? x : 1;
    for (;;) {
        const double middle = low + (high - low) / 2;
        if (!(middle > low && middle < high))
            return vib_pow_int(high, n) <= x ? high : low;
        if (vib_pow_int(middle, n) <= x)
            low = middle;
        else
            high = middle;
    }
}
