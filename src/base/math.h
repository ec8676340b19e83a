/* The few transcendental functions whose results reach the device. libm's differ between C libraries in the
 * last bit; these are fma chains and give the same bits everywhere. Of libm only fma, sqrt, floor, fabs. */
#ifndef VIB_BASE_MATH_H
#define VIB_BASE_MATH_H

/* Sine and cosine of x radians, |x| < 1e5; absolute error below 1e-15. */
double vib_sin(double x);
double vib_cos(double x);

/* base^n by repeated squaring, n >= 0. */
double vib_pow_int(double base, unsigned long long n);

/* The n-th root of x > 0, n >= 1: what vib_pow_int brings nearest to x from below. */
double vib_root(double x, unsigned long long n);

#endif
