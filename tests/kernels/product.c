#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check.h"

/* A convolution of two pictures: every number different. */
enum { N = 2, H = 5, W = 7, C = 3, R = 3, S = 2, SH = 2, SW = 3, OH = 2, OW = 2, K = 5, WINDOW = R * S * C };
enum { COL = N * OH * OW * WINDOW, OUT = N * OH * OW * K, IN = N * H * W * C };

typedef struct data {
    vib_buffer *x, *y, *flag;
    vib_kernel *im2col, *finish, *gradient;
    float in[IN], got[COL], want[COL];
} data;

static int fetch(data *d, size_t n)
{
    return vib_buffer_read(d->y, 0, d->got, n * sizeof(float), NULL);
}

static int check_im2col(data *d, vib_str *why)
{
    int err = 0;
    VIB_TRY(VIB_LAUNCH(d->im2col, VIB_GROUPS(vib_groups64(OW * WINDOW), OH, N), vib_arg_buffer(d->y),
                       vib_arg_u64(0), vib_arg_buffer(d->x), vib_arg_u64(0), vib_arg_i32(W * C),
                       vib_arg_u64(H * W * C), vib_arg_i32(OH), vib_arg_i32(OW), vib_arg_i32(C),
                       vib_arg_i32(R), vib_arg_i32(S), vib_arg_i32(SH), vib_arg_i32(SW), vib_arg_i32(0),
                       vib_arg_i32(0)));
    VIB_TRY(fetch(d, COL));
    float *to = d->want;
    for (int n = 0; n < N; n++)
        for (int oh = 0; oh < OH; oh++)
            for (int ow = 0; ow < OW; ow++)
                for (int r = 0; r < R; r++)
                    for (int q = 0; q < S * C; q++)
                        *to++ = d->in[((n * H + oh * SH + r) * W + ow * SW) * C + q];
    VIB_TRY(vib_check_same("im2col", d->got, d->want, COL, why));
fail:
    return err;
}

/* In place, over the values of x; its first K are the bias too. */
static int check_finish(data *d, vib_str *why)
{
    int err = 0;
    VIB_TRY(vib_buffer_copy(d->y, 0, d->x, 0, OUT * sizeof(float)));
    VIB_TRY(VIB_LAUNCH(d->finish, VIB_GROUPS(vib_groups64(OW * K), OH, N), vib_arg_buffer(d->y),
                       vib_arg_u64(0), vib_arg_i32(OW * K), vib_arg_u64(OH * OW * K), vib_arg_buffer(d->y),
                       vib_arg_u64(0), vib_arg_buffer(d->x), vib_arg_u64(0), vib_arg_i32(OW),
                       vib_arg_i32(K)));
    VIB_TRY(fetch(d, OUT));
    for (int i = 0; i < OUT; i++) {
        const float v = d->in[i] + d->in[i % K];
        d->want[i] = v <= 0 ? 0 : v;
    }
    VIB_TRY(vib_check_same("bias and relu", d->got, d->want, OUT, why));
fail:
    return err;
}

/* x is dy of OH pictures of K; y is the kernel's gradient, the bias behind it. */
static int check_gradient(data *d, float in_kernel, int flagged, vib_str *why)
{
    int err = 0;
    int32_t flag = 0;
    enum { COUNT = 2 * K };
    for (int i = 0; i < COUNT; i++)
        d->want[i] = i == K + 1 ? in_kernel : 1;
    VIB_TRY(vib_buffer_write(d->y, 0, d->want, COUNT * sizeof(float), NULL));
    VIB_TRY(vib_buffer_fill(d->flag, 0, sizeof flag, 0));
    VIB_TRY(VIB_LAUNCH(d->gradient, VIB_GROUPS(vib_groups64(COUNT), 1, 1), vib_arg_buffer(d->y),
                       vib_arg_u64(0), vib_arg_u64(COUNT), vib_arg_buffer(d->x), vib_arg_u64(0),
                       vib_arg_i32(COUNT), vib_arg_i32(K), vib_arg_i32(OH), vib_arg_buffer(d->flag)));
    VIB_TRY(fetch(d, COUNT + K));
    for (int k = 0; k < K; k++) {
        float sum = 0;
        for (int n = 0; n < OH; n++)
            sum = sum + d->in[n * K + k];
        d->want[COUNT + k] = sum == 0 ? 0 : sum;
    }
    VIB_TRY(vib_check_same("the bias gradient", d->got, d->want, COUNT + K, why));
    VIB_TRY(vib_buffer_read(d->flag, 0, &flag, sizeof flag, NULL));
    if ((flag != 0) != flagged) {
        vib_str_add(why, flagged ? "a kernel gradient that is not finite raises no flag" : "the flag is up");
        err = VIB_FAILED;
    }
fail:
    return err;
}

static int prepare(data *d, vib_device *dev, vib_program *program)
{
    int err = 0;
    const size_t *const local = VIB_GROUPS(64, 1, 1);
    const vib_define im2col[] = {{"PASS", "IM2COL"}}, gradient[] = {{"PASS", "GRADIENT"}};
    const vib_define finish[] = {{"PASS", "FINISH"}, {"ACT", "RELU"}};
    VIB_TRY(vib_program_add(program, "product.cl", "im2col", im2col, 1, local, &d->im2col));
    VIB_TRY(vib_program_add(program, "product.cl", "finish", finish, 2, local, &d->finish));
    VIB_TRY(vib_program_add(program, "product.cl", "gradient", gradient, 1, local, &d->gradient));
    VIB_TRY(vib_program_build(program));
    VIB_TRY(vib_buffer_create(dev, sizeof d->in, "x", &d->x));
    VIB_TRY(vib_buffer_create(dev, sizeof d->got, "y", &d->y));
    VIB_TRY(vib_buffer_create(dev, sizeof(int32_t), "a flag", &d->flag));
    VIB_TRY(vib_buffer_write(d->x, 0, d->in, sizeof d->in, NULL));
fail:
    return err;
}

int vib_check_product(vib_device *dev, uint64_t seed, vib_str *why)
{
    int err = 0;
    vib_program *program = NULL;
    data *d = vib_calloc(1, sizeof *d);
    VIB_CHECK_MEM(d);
    vib_check_values(d->in, IN, seed, 201, vib_device_is_exact(dev));
    VIB_TRY(vib_program_create(dev, &program));
    VIB_TRY(prepare(d, dev, program));
    VIB_TRY(check_im2col(d, why));
    VIB_TRY(check_finish(d, why));
    VIB_TRY(check_gradient(d, 1, 0, why));
    VIB_TRY(check_gradient(d, NAN, 1, why));
fail:
    if (d) {
        vib_buffer_destroy(&d->x);
        vib_buffer_destroy(&d->y);
        vib_buffer_destroy(&d->flag);
    }
    vib_program_destroy(&program);
    free(d);
    return err;
}
