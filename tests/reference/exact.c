/* The functions of kernels/exact.h against libm in double, over a lattice of all floats and every float near
 * the places where their algorithms change. What is allowed is what all floats were once measured to need:
 * exp 0.93, log 0.95, log1p 2.47, sigmoid 2.40. tanh: over the lattice 1.31. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>

#include "exact.h"

/* A prime, so that all low bits occur. */
enum { STRIDE = 1021, AROUND = 4000 };

/* Distance of got from the true value, in units of the last place of a float there. */
static double ulps(float got, double want)
{
    if (fabs(want) > (double)FLT_MAX * (1 + 0x1p-25))
        return isinf(got) && (got > 0) == (want > 0) ? 0 : INFINITY;
    int e;
    frexp(want, &e);
    const double ulp = ldexp(1, (e < -125 ? -125 : e) - 24);
    return fabs((double)got - want) / ulp;
}

typedef struct judged {
    const char *name;
    float (*fn)(float x);
    double (*want)(double x);
    float low, high; /* of the argument */
    double allowed;
} judged;

static double worst;
static float worst_at;

static void judge_one(const judged *f, float x)
{
    if (!(x >= f->low && x <= f->high))
        return;
    const double error = ulps(f->fn(x), f->want((double)x));
    if (error > worst) {
        worst = error;
        worst_at = x;
    }
}

static void judge_around(const judged *f, float at)
{
    const uint32_t u = exact_as_uint(at);
    for (uint32_t i = 0; i < 2 * AROUND; i++)
        judge_one(f, exact_as_float(u - AROUND + i));
}

static void judge(const judged *f)
{
    static const float edges[] = {
        1,           2,          0.5f,        0.707106781f, 1.41421356f, 0.346573590f, -0.3465736f,
        1.03972077f, 88.722839f, -87.336544f, -103.97208f,  -104,        89,           0x1p-126f,
        0x1p-24f,    0x1p-149f,  -0x1p-24f,   16,           0.625f,      -0.625f};
    worst = worst_at = 0;
    for (uint64_t u = 0; u <= UINT32_MAX; u += STRIDE)
        judge_one(f, exact_as_float((uint32_t)u));
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        judge_around(f, edges[i]);
    print_message("%s: at most %.3f ulp from the true value, at %a\n", f->name, worst, (double)worst_at);
    if (!(worst <= f->allowed))
        fail_msg("%s(%a) is %.3f ulp from the true value, %.1f allowed", f->name, (double)worst_at, worst,
                 f->allowed);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static void test_exp(void **state)
{
    (void)state;
    judge(&(judged){"exp", exact_exp, exp, -FLT_MAX, FLT_MAX, 1.0});
}

static void test_log(void **state)
{
    (void)state;
    judge(&(judged){"log", exact_log, log, FLT_MIN, FLT_MAX, 1.0});
}

static void test_log1p(void **state)
{
    (void)state;
    judge(&(judged){"log1p", exact_log1p, log1p, 0, 1, 2.5});
}

static void test_sigmoid(void **state)
{
    (void)state;
    judge(&(judged){"sigmoid", exact_sigmoid, sigmoid, -FLT_MAX, FLT_MAX, 2.5});
}

static void test_tanh(void **state)
{
    (void)state;
    judge(&(judged){"tanh", exact_tanh, tanh, -FLT_MAX, FLT_MAX, 1.5});
}

/* Bit for bit, except that one NaN is as good as another. */
static void assert_value(float got, float want)
{
    if (isnan(want) ? !isnan(got) : exact_as_uint(got) != exact_as_uint(want))
        fail_msg("%a, must be %a", (double)got, (double)want);
}

static void test_specials(void **state)
{
    (void)state;
    assert_value(exact_exp(NAN), NAN);
    assert_value(exact_exp(INFINITY), INFINITY);
    assert_value(exact_exp(-INFINITY), 0);
    assert_value(exact_exp(0), 1);
    assert_value(exact_exp(-0.0f), 1);
    assert_value(exact_exp(0x1p-149f), 1);
    assert_value(exact_exp(-0x1p-149f), 1);
    assert_value(exact_exp(FLT_MAX), INFINITY);
    assert_value(exact_exp(-FLT_MAX), 0);
    assert_true(exact_exp(-100) > 0 && exact_exp(-100) < FLT_MIN); /* denormal, not flushed */
    assert_value(exact_log(1), 0);
    assert_value(exact_log1p(0), 0);
    assert_value(exact_log1p(0x1p-149f), 0x1p-149f);
    assert_value(exact_sigmoid(NAN), NAN);
    assert_value(exact_sigmoid(INFINITY), 1);
    assert_value(exact_sigmoid(-INFINITY), 0);
    assert_value(exact_sigmoid(0), 0.5f);
    assert_value(exact_sigmoid(-0.0f), 0.5f);
    assert_value(exact_sigmoid(0x1p-149f), 0.5f);
    assert_value(exact_tanh(NAN), NAN);
    assert_value(exact_tanh(INFINITY), 1);
    assert_value(exact_tanh(-INFINITY), -1);
    assert_value(exact_tanh(0), 0);
    assert_value(exact_binary_crossentropy(50, 0), 50);
    assert_value(exact_binary_crossentropy(-50, 1), 50);
    assert_value(exact_binary_crossentropy(0, 0), exact_log1p(1));
    assert_value(exact_binary_crossentropy(NAN, 0), NAN);
    assert_value(exact_binary_crossentropy(INFINITY, 0), NAN); /* 0 x infinity: it shows */
}

/* Never down by more than the error bound explains: a larger logit must not get a smaller answer beyond one
 * unit of the last place; over 2^-10 steps, not at all. */
static void test_monotone(void **state)
{
    (void)state;
    float last_exp = 0, last_sigmoid = 0;
    for (int i = -104 * 1024; i <= 104 * 1024; i++) {
        const float x = (float)i / 1024, e = exact_exp(x), s = exact_sigmoid(x);
        assert_true(e >= last_exp);
        assert_true(s >= last_sigmoid && s <= 1);
        last_exp = e;
        last_sigmoid = s;
    }
    /* The answer never changes side of one half: accuracy and probability agree. */
    for (uint32_t u = 1; u < 0x3f800000u; u += STRIDE) {
        assert_true(exact_sigmoid(exact_as_float(u)) >= 0.5f);
        assert_true(exact_sigmoid(-exact_as_float(u)) <= 0.5f);
    }
}

/* Losses are never negative, and p and 1 - p mirror each other to a rounding. */
static void test_loss(void **state)
{
    (void)state;
    for (uint64_t u = 0; u < 0x7f800000u; u += STRIDE) {
        const float z = exact_as_float((uint32_t)u);
        assert_true(exact_binary_crossentropy(z, 1) >= 0 && exact_binary_crossentropy(z, 0) >= 0);
        assert_true(exact_binary_crossentropy(-z, 1) == exact_binary_crossentropy(z, 0));
        assert_true(fabsf(exact_sigmoid(z) + exact_sigmoid(-z) - 1) <= 0x1p-23f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp),     cmocka_unit_test(test_log),      cmocka_unit_test(test_log1p),
        cmocka_unit_test(test_sigmoid), cmocka_unit_test(test_specials), cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_loss),    cmocka_unit_test(test_tanh),
    };
    return cmocka_run_group_tests_name("exact functions", tests, NULL, NULL);
}
