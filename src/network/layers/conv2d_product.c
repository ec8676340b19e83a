/* The forward pass of a convolution as a matrix product of its windows, for large filters in --math fast. */
#include "device/blas.h"
#include "network/layers/conv2d.h"
#include "network/rival.h"

/* Values of a window from which copying it is little beside multiplying it, and how many floats of windows
 * are worth having at a time. */
enum { LEAST_WINDOW = 128, MOST_FLOATS = 1 << 24 };

static int window(const vib_layer *l)
{
    const vib_conv2d_opts *o = l->opts;
    return o->kernel.h * o->kernel.w * l->in[0].c;
}

/* Pictures whose windows are in scratch at a time. */
static int pictures(const vib_layer *l)
{
    const uint64_t each = vib_pixels(&l->out) * (uint64_t)(window(l) + l->out.c);
    return (int)VIB_MAX(1, VIB_MIN(MOST_FLOATS / each, (uint64_t)vib_layer_batch(l)));
}

/* Whole windows of neighbouring pixels, a bias, and no other order asked for. */
static int is_plain(const vib_layer *l)
{
    const vib_conv2d_opts *o = l->opts;
    return l->need.n_weights > 1 && o->algorithm == VIB_ALGORITHM_DIRECT && !o->multiplier &&
           o->groups == 1 && o->dilation.h == 1 && o->dilation.w == 1;
}

int vib_conv2d_product_prepare(vib_layer *l)
{
    int err = 0;
    if (!is_plain(l) || window(l) < LEAST_WINDOW || !vib_rival_wanted(l, l->need.multiply_adds))
        return VIB_OK;
    const int act = vib_activation_fused(l->activation);
    const vib_define activation[] = {VIB_DEFINE("ACT", act)};
    VIB_TRY(vib_add_kernel(l, "product.cl", "IM2COL", NULL, 0, VIB_GROUPS(64, 1, 1),
                           &l->kernels[VIB_CONV2D_IM2COL], "im2col"));
    VIB_TRY(vib_add_kernel(l, "product.cl", "FINISH", activation, 1, VIB_GROUPS(64, 1, 1),
                           &l->kernels[VIB_CONV2D_FINISH], "finish%s", vib_activation_suffix(act)));
    l->scratch =
        VIB_MAX(l->scratch, (uint64_t)pictures(l) * vib_pixels(&l->out) * (uint64_t)(window(l) + l->out.c));
fail:
    return err;
}

/* n pictures from the first'th. */
static int some(vib_layer *l, int first, int n)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const vib_size before = vib_conv2d_before(l);
    const size_t rows = (size_t)n * (size_t)vib_pixels(&l->out), k = (size_t)window(l), m = (size_t)l->out.c;
    vib_buffer *const scratch = vib_layer_scratch(l);
    vib_tensor x = *l->x[0], y = *l->y;
    x.base += (uint64_t)first * x.image;
    y.base += (uint64_t)first * y.image;
    const vib_matrix col = {scratch, 0, k, 0}, product = {scratch, (uint64_t)rows * k, m, 0};
    const vib_matrix w = {vib_layer_values(l, 0), l->weights[0].offset, m, 0};
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_IM2COL],
                       VIB_GROUPS(vib_groups64((uint64_t)l->out.w * k), (size_t)l->out.h, (size_t)n),
                       vib_arg_buffer(scratch), vib_arg_u64(0), VIB_TENSOR(&x), vib_arg_i32(l->out.h),
                       vib_arg_i32(l->out.w), vib_arg_i32(l->in[0].c), vib_arg_i32(o->kernel.h),
                       vib_arg_i32(o->kernel.w), vib_arg_i32(o->stride.h), vib_arg_i32(o->stride.w),
                       vib_arg_i32(before.h), vib_arg_i32(before.w)));
    VIB_TRY(vib_blas_product(vib_layer_device(l), &product, &col, &w, rows, m, k));
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_FINISH],
                       VIB_GROUPS(vib_groups64((uint64_t)l->out.w * m), (size_t)l->out.h, (size_t)n),
                       VIB_TENSOR(&y), vib_arg_buffer(scratch), vib_arg_u64(product.base), VIB_WEIGHT(l, 1),
                       vib_arg_i32(l->out.w), vib_arg_i32(l->out.c)));
fail:
    return err;
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    const int most = pictures(l);
    for (int i = 0; i < n; i += most)
        VIB_TRY(some(l, i, VIB_MIN(most, n - i)));
fail:
    return err;
}

int vib_conv2d_product_forward(vib_layer *l, int (*kernel)(vib_layer *, int), int n)
{
    const vib_tensor *y = l->y;
    const vib_rival rival = {
        .which = VIB_CONV2D_FORWARD,
        .pass = "fwd",
        .kernel = kernel,
        .product = forward,
        .buffer = y->buffer,
        .at = y->base,
        .count = (size_t)(n - 1) * (size_t)y->image + (size_t)(y->h - 1) * (size_t)y->row +
                 (size_t)y->w * (size_t)y->c,
    };
    return l->kernels[VIB_CONV2D_IM2COL] ? vib_rival_run(l, &rival, n) : kernel(l, n);
}
