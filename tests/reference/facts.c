/* What Keras was seen to do (K-numbers) against the reference in float, which the kernels equal to the bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/common.h"
#include "network/internal.h"
#include "reference/reference.h"

static void assert_floats(const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&got[i], &want[i], sizeof *got))
            fail_msg("[%zu] is %a, must be %a", i, (double)got[i], (double)want[i]);
}

/* One forward pass of a layer over one picture. */
static void forward(const char *layer, const void *opts, ref_size in, ref_size out, const float *x,
                    const float *kernel, const float *bias, float *y, uint8_t *keep)
{
    const ref_site s = {
        .opts = opts, .in = in, .out = out, .x = x, .w = {kernel, bias}, .y = y, .keep = keep};
    ref_layer_find(layer)->forward(&s);
}

/* K36: an even amount of padding that cannot be halved goes after. */
static void test_same_padding(void **state)
{
    (void)state;
    static const vib_conv2d_opts opts = {1,          {1, 3}, {1, 2}, VIB_PADDING_SAME, .dilation = {1, 1},
                                         .groups = 1};
    static const float x[] = {1, 2, 3, 4}, kernel[] = {1, 10, 100}, bias[] = {0}, want[] = {321, 43};
    float y[2];
    const vib_window w = vib_window_of(4, 3, 2, VIB_PADDING_SAME);
    assert_int_equal(w.out, 2);
    assert_int_equal(w.before, 0);
    forward("conv2d", &opts, (ref_size){1, 1, 4, 1}, (ref_size){1, 1, 2, 1}, x, kernel, bias, y, NULL);
    assert_floats(y, want, 2);

    static const vib_conv2d_opts even = {1,          {1, 2}, {1, 1}, VIB_PADDING_SAME, .dilation = {1, 1},
                                         .groups = 1};
    static const float kernel2[] = {1, 10}, want2[] = {21, 32, 43, 4};
    float y2[4];
    forward("conv2d", &even, (ref_size){1, 1, 4, 1}, (ref_size){1, 1, 4, 1}, x, kernel2, bias, y2, NULL);
    assert_floats(y2, want2, 4);
}

/* K36: cross-correlation, so an impulse gives the kernel back turned by 180 degrees; layout HWIO. */
static void test_impulse(void **state)
{
    (void)state;
    static const vib_conv2d_opts opts = {2,          {3, 3}, {1, 1}, VIB_PADDING_SAME, .dilation = {1, 1},
                                         .groups = 1};
    float x[5 * 5 * 2] = {0}, kernel[3 * 3 * 2 * 2], y[5 * 5 * 2];
    static const float bias[] = {0.5f, -0.5f};
    for (size_t i = 0; i < VIB_COUNT(kernel); i++)
        kernel[i] = (float)(i + 1);
    x[(2 * 5 + 2) * 2 + 1] = 1; /* row 2, column 2, second channel */
    forward("conv2d", &opts, (ref_size){1, 5, 5, 2}, (ref_size){1, 5, 5, 2}, x, kernel, bias, y, NULL);
    for (int h = 0; h < 5; h++)
        for (int w = 0; w < 5; w++)
            for (int k = 0; k < 2; k++) {
                const int r = 3 - h, s = 3 - w, inside = r >= 0 && r < 3 && s >= 0 && s < 3;
                const float want = bias[k] + (inside ? kernel[((r * 3 + s) * 2 + 1) * 2 + k] : 0);
                assert_floats(&y[(h * 5 + w) * 2 + k], &want, 1);
            }
}

/* K37: an odd edge is dropped; the first of equals gets the whole gradient; a NaN in front is passed over. */
static void test_maxpool(void **state)
{
    (void)state;
    static const vib_pool2d_opts opts = {{2, 2}, {0, 0}, VIB_PADDING_VALID};
    assert_int_equal(vib_window_of(5, 2, 2, VIB_PADDING_VALID).out, 2);

    static const float ties[2 * 4] = {7, 7, 0, 0, 7, 7, 0, 5}, dy[2] = {1, 2};
    static const float want[2 * 4] = {1, 0, 0, 0, 0, 0, 0, 2};
    float y[2], dx[2 * 4];
    uint8_t keep[2];
    const ref_site s = {.opts = &opts,
                        .in = {1, 2, 4, 1},
                        .out = {1, 1, 2, 1},
                        .x = ties,
                        .dy = dy,
                        .y = y,
                        .dx = dx,
                        .keep = keep};
    ref_maxpool2d_forward(&s);
    ref_maxpool2d_backward(&s);
    assert_floats(dx, want, VIB_COUNT(want));

    static const float nan[4] = {NAN, 1, 2, 3}, three = 3;
    forward("maxpool2d", &opts, (ref_size){1, 2, 2, 1}, (ref_size){1, 1, 1, 1}, nan, NULL, NULL, y, keep);
    assert_floats(y, &three, 1);
}

/* K38: rows, then columns, then channels. */
static void test_flatten(void **state)
{
    (void)state;
    float x[4 * 4 * 32], y[4 * 4 * 32];
    for (int h = 0; h < 4; h++)
        for (int w = 0; w < 4; w++)
            for (int c = 0; c < 32; c++)
                x[(h * 4 + w) * 32 + c] = (float)(h * 10000 + w * 100 + c);
    forward("flatten", NULL, (ref_size){1, 4, 4, 32}, (ref_size){1, 1, 1, 512}, x, NULL, NULL, y, NULL);
    assert_true(y[(2 * 4 + 3) * 32 + 7] == 20307.0f);
}

/* K39: kernel (in, out), y = x W + b. */
static void test_dense(void **state)
{
    (void)state;
    static const vib_dense_opts opts = {3, VIB_ACTIVATION_LINEAR};
    static const float x[] = {1, 10}, kernel[] = {1, 2, 3, 4, 5, 6}, bias[] = {100, 200, 300};
    static const float want[] = {141, 252, 363};
    float y[3];
    forward("dense", &opts, (ref_size){1, 1, 1, 2}, (ref_size){1, 1, 1, 3}, x, kernel, bias, y, NULL);
    assert_floats(y, want, 3);
}

/* K40: zeros of both signs give +0 and no gradient; NaN is not hidden. */
static void test_relu(void **state)
{
    (void)state;
    static const float x[] = {-1, -0.0f, 0, 2, INFINITY, -INFINITY}, dy[] = {3, 3, 3, 3, 3, 3};
    static const float want[] = {0, 0, 0, 2, INFINITY, 0}, want_dx[] = {0, 0, 0, 3, 3, 0};
    const ref_size size = {1, 1, 1, (int)VIB_COUNT(x)};
    float y[VIB_COUNT(x)], dx[VIB_COUNT(x)], nan = NAN;
    const ref_site s = {.in = size, .out = size, .x = x, .y = y, .dy = dy, .dx = dx};
    ref_relu_forward(&s);
    ref_relu_backward(&s);
    assert_floats(y, want, VIB_COUNT(x));
    assert_floats(dx, want_dx, VIB_COUNT(x));
    ref_activate(VIB_ACTIVATION_RELU, &nan, 1, 1);
    assert_true(isnan(nan));
}

/* K42, from the logit: no clipping at either end. K46: p = 0.5 is class 0. */
/* Without smoothing or weights. */
static const ref_target plain = {1, 0, NULL};

static void test_binary_crossentropy(void **state)
{
    (void)state;
    enum { N = 6 };
    static const float z[N] = {50, -50, 0, 0, -200, 200};
    static const int32_t labels[N] = {0, 1, 0, 1, 0, 1};
    static const float want_hit[N] = {0, 0, 1, 0, 1, 1}, half = 0.5f;
    float p[N], loss[N], hit[N], dz[N];
    ref_binary_crossentropy(z, labels, N, 1, &plain, p, loss, hit, dz);
    assert_true(loss[0] == 50 && loss[1] == 50);
    assert_true(dz[0] == 1 && fabsf(dz[1] + 1) <= 0x1p-24f);
    assert_floats(&p[2], &half, 1);
    assert_true(fabsf(loss[2] - 0.69314718f) <= 0x1p-24f && loss[3] == loss[2]);
    assert_true(dz[2] == 0.5f && dz[3] == -0.5f);
    assert_true(loss[4] == 0 && loss[5] == 0 && dz[5] == 0);
    assert_floats(hit, want_hit, N);
}

/* The gradient is divided by the pictures of the batch (K43). */
static void test_mean(void **state)
{
    (void)state;
    static const float z = 0;
    static const int32_t label = 1;
    float p, loss, hit, dz;
    ref_binary_crossentropy(&z, &label, 1, 32, &plain, &p, &loss, &hit, &dz);
    assert_true(dz == -0.5f / 32);
}

static void test_categorical_crossentropy(void **state)
{
    (void)state;
    /* Huge logits, then a tie: the answer is the first largest. */
    static const float z[6] = {1000, 900, -1000, 2, 2, 1};
    static const int32_t labels[2] = {2, 1};
    float p[6], loss[2], hit[2], dz[6];
    ref_categorical_crossentropy(z, labels, 2, 3, 1, &plain, p, loss, hit, dz);
    assert_true(p[0] == 1 && p[1] < 1e-37f && p[2] == 0);
    assert_true(loss[0] == 2000 && hit[0] == 0);
    assert_true(dz[0] == 1 && dz[2] == -1);
    assert_true(p[3] == p[4] && hit[1] == 0);
    assert_true(fabsf(loss[1] - (float)(log(2 + exp(-1.0)))) <= 0x1p-23f);
}

/* K44. Ours has its products and sums in one rounding each, so the last bit may differ from TensorFlow's. */
static void test_adam(void **state)
{
    (void)state;
    enum { N = 3, STEPS = 3 };
    static const float gradients[STEPS][N] = {{1e-8f, .5f, -2}, {1e-8f, -.5f, 1}, {0, .25f, 1}};
    static const float want[N] = {0x1.fffe8cp-1f, 0x1.ffb676p+0f, 0x1.802718p+1f};
    float w[N] = {1, 2, 3}, m[N] = {0}, v[N] = {0};
    for (uint64_t t = 1; t <= STEPS; t++) {
        const vib_optimizer adam = {0.001, 0.9, 0.999, 1e-7};
        const vib_adam_scalars s = vib_adam_scalars_of(&adam, t, adam.lr);
        ref_adam(w, m, v, gradients[t - 1], N, s.alpha, s.rate1, s.rate2, s.epsilon, 0);
    }
    for (int i = 0; i < N; i++) {
        const float ulp = nextafterf(want[i], INFINITY) - want[i];
        if (!(fabsf(w[i] - want[i]) <= ulp))
            fail_msg("[%d] is %a, TensorFlow has %a", i, (double)w[i], (double)want[i]);
    }
}

/* The tree over groups: neighbours first; what has no right neighbour goes up as it is. */
static void test_tree(void **state)
{
    (void)state;
    static const float groups[5] = {0x1p24f, 1, 1, 1, -0x1p24f};
    float sum;
    ref_tree(&sum, groups, 5, 1);
    /* ((2^24 + 1) + (1 + 1)) - 2^24, where 2^24 + 1 rounds to even. */
    assert_true(sum == 2);
    ref_tree(&sum, groups, 3, 1);
    assert_true(sum == 0x1p24f); /* (2^24 + 1) + 1 */
    ref_tree(&sum, groups, 1, 1);
    assert_true(sum == 0x1p24f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_padding),
        cmocka_unit_test(test_impulse),
        cmocka_unit_test(test_maxpool),
        cmocka_unit_test(test_flatten),
        cmocka_unit_test(test_dense),
        cmocka_unit_test(test_relu),
        cmocka_unit_test(test_binary_crossentropy),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_categorical_crossentropy),
        cmocka_unit_test(test_adam),
        cmocka_unit_test(test_tree),
    };
    return cmocka_run_group_tests_name("what Keras does", tests, NULL, NULL);
}
