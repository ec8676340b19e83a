/* Winograd's F(2x2,3x3) against the direct convolution: to the bit where every sum is exact, else in float
 * against double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/common.h"
#include "base/random.h"
#include "reference/reference.h"

enum { SEED = 3, X, KERNEL, BIAS };

/* Pictures, and what is made of them in float and in double. */
typedef struct example {
    int n, h, w, c, k, padding, bias;
    vib_conv2d_opts opts;
    ref_size in, out;
    size_t n_x, n_kernel, n_y;
    float *x, *kernel, *biases, *y;
    double *x64, *kernel64, *biases64, *y64;
} example;

static const example examples[] = {
    {2, 6, 8, 16, 8, VIB_PADDING_SAME, 1},  {1, 7, 5, 3, 4, VIB_PADDING_SAME, 1},
    {2, 5, 6, 2, 3, VIB_PADDING_VALID, 0},  {1, 1, 3, 4, 2, VIB_PADDING_SYMMETRIC, 1},
    {1, 8, 8, 256, 4, VIB_PADDING_SAME, 1},
};

static void *zeros(size_t n, size_t size)
{
    void *p = calloc(n, size);
    assert_non_null(p);
    return p;
}

/* Values in [-1, 1], or with `whole` whole numbers up to that. */
static void fill(float *to, double *to64, size_t n, int whole, uint32_t stream)
{
    for (size_t i = 0; i < n; i++) {
        const float u = 2 * vib_random_unit(SEED, stream, i, 0) - 1;
        to[i] = whole ? floorf(u * (float)whole) : u;
        to64[i] = (double)to[i];
    }
}

static void open_example(example *e, int whole)
{
    const vib_window h = vib_window_of(e->h, 3, 1, e->padding), w = vib_window_of(e->w, 3, 1, e->padding);
    e->opts = (vib_conv2d_opts){.filters = e->k,
                                .kernel = {3, 3},
                                .stride = {1, 1},
                                .padding = e->padding,
                                .bias = e->bias,
                                .dilation = {1, 1},
                                .groups = 1};
    e->in = (ref_size){e->n, e->h, e->w, e->c};
    e->out = (ref_size){e->n, h.out, w.out, e->k};
    e->n_x = (size_t)e->n * (size_t)(e->h * e->w * e->c);
    e->n_kernel = (size_t)(9 * e->c * e->k);
    e->n_y = (size_t)e->n * (size_t)(h.out * w.out * e->k);
    e->x = zeros(e->n_x, sizeof *e->x);
    e->x64 = zeros(e->n_x, sizeof *e->x64);
    e->kernel = zeros(e->n_kernel, sizeof *e->kernel);
    e->kernel64 = zeros(e->n_kernel, sizeof *e->kernel64);
    e->biases = zeros((size_t)e->k, sizeof *e->biases);
    e->biases64 = zeros((size_t)e->k, sizeof *e->biases64);
    e->y = zeros(e->n_y, sizeof *e->y);
    e->y64 = zeros(e->n_y, sizeof *e->y64);
    fill(e->x, e->x64, e->n_x, whole, X);
    fill(e->kernel, e->kernel64, e->n_kernel, whole, KERNEL);
    fill(e->biases, e->biases64, (size_t)e->k, whole, BIAS);
}

static void close_example(example *e)
{
    free(e->x);
    free(e->x64);
    free(e->kernel);
    free(e->kernel64);
    free(e->biases);
    free(e->biases64);
    free(e->y);
    free(e->y64);
}

static void run(example *e, int algorithm)
{
    const ref_site s = {.opts = &e->opts,
                        .in = e->in,
                        .out = e->out,
                        .x = e->x,
                        .w = {e->kernel, e->bias ? e->biases : NULL},
                        .y = e->y};
    for (size_t i = 0; i < e->n_y; i++)
        e->y[i] = NAN;
    e->opts.algorithm = algorithm;
    ref_conv2d_forward(&s);
}

static void run64(example *e, int algorithm)
{
    const ref64_site s = {.opts = &e->opts,
                          .in = e->in,
                          .out = e->out,
                          .x = e->x64,
                          .w = {e->kernel64, e->bias ? e->biases64 : NULL},
                          .y = e->y64};
    e->opts.algorithm = algorithm;
    ref64_conv2d_forward(&s);
}

/* The largest difference between float and double, in parts of the largest value. */
static double difference(const example *e)
{
    double most = 0, off = 0;
    for (size_t i = 0; i < e->n_y; i++) {
        if (isnan(e->y[i]))
            fail_msg("output %zu was not written", i);
        most = fmax(most, fabs(e->y64[i]));
        off = fmax(off, fabs((double)e->y[i] - e->y64[i]));
    }
    return off / most;
}

/* Small whole numbers: quarters of their sums, and sums of those, are exact. */
static void test_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(examples); i++) {
        example e = examples[i];
        open_example(&e, 8);
        run(&e, VIB_ALGORITHM_WINOGRAD);
        run64(&e, VIB_ALGORITHM_DIRECT);
        assert_true(difference(&e) == 0);
        close_example(&e);
    }
}

/* Its chains are a ninth as long as those of the direct form, which makes good for its sums of sums. */
static void test_near(void **state)
{
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(examples); i++) {
        example e = examples[i];
        open_example(&e, 0);
        run64(&e, VIB_ALGORITHM_DIRECT);
        run(&e, VIB_ALGORITHM_DIRECT);
        const double direct = difference(&e);
        run(&e, VIB_ALGORITHM_WINOGRAD);
        const double winograd = difference(&e);
        print_message("%dx%dx%d: direct %.2g of the largest value from the truth, Winograd %.2g\n", e.h, e.w,
                      e.c, direct, winograd);
        assert_true(winograd > 0 && winograd < 1e-6);
        close_example(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact), cmocka_unit_test(test_near)};
    return cmocka_run_group_tests_name("Winograd and direct", tests, NULL, NULL);
}
