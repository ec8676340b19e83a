/* Our own sine, cosine and power against libm's. */
#include "base/math.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check(double x)
{
    const double s = fabs(vib_sin(x) - sin(x)), c = fabs(vib_cos(x) - cos(x));
    if (!(s < 1e-15 && c < 1e-15)) {
        print_error("x = %a: sine off by %g, cosine by %g\n", x, s, c);
        fail();
    }
}

static void test_sin_cos(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    for (int i = -20000; i <= 20000; i++) {
        check(i * 1e-3);
        check(i * 4.99);
        check(i * pi / 4);
        check(nextafter(i * pi / 4, 1e6));
    }
    check(0);
    check(1e-300);
    check(99999.999);
    check(-99999.999);
    assert_true(vib_sin(0) == 0 && vib_cos(0) == 1);
}

static void test_pow(void **state)
{
    (void)state;
    assert_true(vib_pow_int(0.9, 0) == 1);
    assert_true(vib_pow_int(0.9, 1) == 0.9);
    assert_true(vib_pow_int(2, 100) == 0x1p100);
    assert_true(vib_pow_int(0.999, 1u << 30) == 0);
    for (unsigned n = 1; n < 3000; n += 7)
        assert_true(fabs(vib_pow_int(0.999, n) / pow(0.999, n) - 1) < 1e-12);
}

static void test_root(void **state)
{
    (void)state;
    assert_true(vib_root(1, 5) == 1);
    assert_true(vib_root(0x1p100, 100) == 2);
    assert_true(vib_root(7, 1) == 7);
    for (unsigned n = 1; n < 10000; n += 37)
        for (double x = 1e-3; x < 1e12; x *= 31) {
            const double root = vib_root(x, n);
            assert_true(vib_pow_int(root, n) <= x);
            assert_true(vib_pow_int(nextafter(root, 1e300), n) > x);
            assert_true(fabs(root / pow(x, 1.0 / n) - 1) < 1e-12);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sin_cos),
        cmocka_unit_test(test_pow),
        cmocka_unit_test(test_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
