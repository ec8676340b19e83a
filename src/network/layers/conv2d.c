#include <assert.h>
#include <limits.h>
#include <stddef.h>

#include "network/layer.h"

#define FIELD(m) offsetof(vib_conv2d_opts, m)
static const vib_field fields[] = {
    {"filters", "output channels", VIB_FIELD_INT, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, FIELD(filters),
     1, 65536},
    {"kernel", "height and width of the window", VIB_FIELD_SIZE, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED,
     FIELD(kernel), 1, 255},
    {"stride", "pixels between windows", VIB_FIELD_SIZE, VIB_FIELD_OPTIONAL, FIELD(stride), 1, 255, 1, 1},
    {"padding", "zeros around the picture: none, or enough to keep its size", VIB_FIELD_CHOICE,
     VIB_FIELD_BARE, FIELD(padding), .choices = vib_padding_words},
    {"activation", "applied to the output", VIB_FIELD_CHOICE, VIB_FIELD_BARE, FIELD(activation),
     .choices = vib_activation_words},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)n_in;
    const vib_conv2d_opts *o = opts;
    if (in->flat) {
        vib_str_add(why, "conv2d needs a picture, and gets the flat output of the layer before");
        return VIB_USAGE;
    }
    const vib_window h = vib_window_of(in->h, o->kernel.h, o->stride.h, o->padding);
    const vib_window w = vib_window_of(in->w, o->kernel.w, o->stride.w, o->padding);
    if (h.out < 1 || w.out < 1) {
        vib_str_printf(why, "a %dx%d window does not fit in the %dx%d input; use `same` or a smaller window",
                       o->kernel.h, o->kernel.w, in->h, in->w);
        return VIB_USAGE;
    }
    *out = (vib_shape){h.out, w.out, o->filters, 0};

    /* Windows reach `before` pixels over the top and left, and what is left over the bottom and right. */
    const int after_h = (h.out - 1) * o->stride.h + o->kernel.h - h.before - in->h;
    const int after_w = (w.out - 1) * o->stride.w + o->kernel.w - w.before - in->w;
    need->border = VIB_MAX(VIB_MAX(h.before, w.before), VIB_MAX(VIB_MAX(after_h, after_w), 0));
    /* Input pixel i gets from outputs (i + before - r) / stride, r < size: how far outside is that? */
    const int grad_before_h = (o->kernel.h - 1 - h.before + o->stride.h - 1) / o->stride.h;
    const int grad_before_w = (o->kernel.w - 1 - w.before + o->stride.w - 1) / o->stride.w;
    const int grad_after_h = (in->h - 1 + h.before) / o->stride.h - (h.out - 1);
    const int grad_after_w = (in->w - 1 + w.before) / o->stride.w - (w.out - 1);
    need->grad_border =
        VIB_MAX(VIB_MAX(VIB_MAX(grad_before_h, grad_before_w), VIB_MAX(grad_after_h, grad_after_w)), 0);

    need->kernel = VIB_MAX(o->kernel.h, o->kernel.w);
    need->stride = VIB_MAX(o->stride.h, o->stride.w);
    const int area = o->kernel.h * o->kernel.w;
    if ((uint64_t)area * (uint64_t)in->c * (uint64_t)o->filters > INT_MAX) {
        vib_str_printf(
            why, "%d filters of %dx%dx%d are more weights than can be counted; use fewer or smaller ones",
            o->filters, o->kernel.h, o->kernel.w, in->c);
        return VIB_USAGE;
    }
    need->weights[0] = (vib_weight_need){"kernel",
                                         4,
                                         {o->kernel.h, o->kernel.w, in->c, o->filters},
                                         VIB_INIT_GLOROT_UNIFORM,
                                         area * in->c,
                                         area * o->filters};
    need->weights[1] = (vib_weight_need){"bias", 1, {o->filters}, VIB_INIT_ZERO};
    need->n_weights = 2;
    need->activation = o->activation;
    need->multiply_adds =
        (uint64_t)h.out * (uint64_t)w.out * (uint64_t)area * (uint64_t)in->c * (uint64_t)o->filters;
    return VIB_OK;
}

/* Kernels of a layer. */
enum { FORWARD, ACTIVATION_FORWARD, ACTIVATION_BACKWARD, BACKWARD_WEIGHT, BACKWARD_DATA, REDUCE, N_KERNELS };
static_assert((int)N_KERNELS <= (int)VIB_MAX_KERNELS, "a layer has room for its kernels");

static int leaves(const vib_layer *l)
{
    return (l->out.h + vib_leaf_rows(l) - 1) / vib_leaf_rows(l);
}

/* Columns of a filter row in registers: the largest divisor that fits. */
static int columns(const vib_layer *l, const vib_blocks *b)
{
    const vib_conv2d_opts *o = l->opts;
    int jb = VIB_MAX(1, b->registers / b->kb);
    while (o->kernel.w * l->in[0].c % jb)
        jb--;
    return jb;
}

static int add(vib_layer *l, int which, const char *pass, const char *word, const vib_blocks *b, int tile,
               int jb)
{
    const vib_conv2d_opts *o = l->opts;
    const int relu = which == FORWARD && l->activation == VIB_ACTIVATION_RELU;
    const size_t *const local = vib_layer_on_cpu(l) ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(8, 8, 1);
    const vib_define defines[] = {
        VIB_DEFINE("C", l->in[0].c),     VIB_DEFINE("K", o->filters),   VIB_DEFINE("R", o->kernel.h),
        VIB_DEFINE("S", o->kernel.w),    VIB_DEFINE("SH", o->stride.h), VIB_DEFINE("SW", o->stride.w),
        VIB_DEFINE("ACT", relu ? 1 : 0), VIB_DEFINE("V", b->v),         VIB_DEFINE("KB", b->kb),
        VIB_DEFINE("P", tile),           VIB_DEFINE("JB", jb),
    };
    return vib_add_kernel(l, "conv2d.cl", pass, defines, VIB_COUNT(defines), local, &l->kernels[which],
                          "conv2d_%s_c%d_k%d_%dx%d_s%dx%d%s_v%dx%d_p%d_j%d", word, l->in[0].c, o->filters,
                          o->kernel.h, o->kernel.w, o->stride.h, o->stride.w, relu ? "_relu" : "", b->v,
                          b->kb, tile, jb);
}

static int prepare(vib_layer *l)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const int cpu = vib_layer_on_cpu(l), separate = l->activation > VIB_ACTIVATION_RELU;
    const vib_blocks out = vib_blocks_of(l, o->filters), in = vib_blocks_of(l, l->in[0].c);
    VIB_TRY(add(l, FORWARD, cpu ? "FWD_CPU" : "FWD_GPU", "fwd", &out,
                vib_tile_of(l->out.w, VIB_MIN(out.registers, 16) / out.kb), 1));
    if (separate)
        VIB_TRY(vib_activation_prepare(l, l->activation, 0, &l->kernels[ACTIVATION_FORWARD]));
    if (!vib_layer_training(l))
        goto fail;

    if (l->activation && !l->masked)
        VIB_TRY(vib_activation_prepare(l, l->activation, 1, &l->kernels[ACTIVATION_BACKWARD]));
    VIB_TRY(add(l, BACKWARD_WEIGHT, cpu ? "BWD_WEIGHT_CPU" : "BWD_WEIGHT_GPU", "bwd_weight", &out, 1,
                columns(l, &out)));
    VIB_TRY(vib_reduce_prepare(l, &l->kernels[REDUCE]));
    const int batch = vib_layer_batch(l);
    const int sums = cpu ? (batch + VIB_GROUP_PICTURES - 1) / VIB_GROUP_PICTURES : batch * leaves(l);
    l->scratch = (uint64_t)sums * vib_reduce_stride(l);
    if (l->dx[0]) {
        /* A phase has at least w / stride pixels. */
        const int pixels = VIB_MAX(1, l->in[0].w / o->stride.w);
        VIB_TRY(add(l, BACKWARD_DATA, cpu ? "BWD_DATA_CPU" : "BWD_DATA_GPU", "bwd_data", &in,
                    vib_tile_of(pixels, VIB_MIN(in.registers, 16) / in.kb), 1));
        if (cpu) {
            VIB_TRY(vib_transpose_prepare(l, &l->transpose));
            l->scratch = VIB_MAX(l->scratch, l->weights[0].info.count);
        }
    }
fail:
    return err;
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    const vib_blocks b = vib_blocks_of(l, l->out.c);
    const vib_arg ow = vib_arg_i32(l->out.w), oh = vib_arg_i32(l->out.h);
    const vib_arg ph = vib_arg_i32(vib_conv2d_before(l).h), pw = vib_arg_i32(vib_conv2d_before(l).w);
    if (vib_layer_on_cpu(l))
        VIB_TRY(VIB_LAUNCH(
            l->kernels[FORWARD], VIB_GROUPS((size_t)l->out.h, (size_t)n, (size_t)(l->out.c / (b.v * b.kb))),
            VIB_TENSOR(l->y), VIB_TENSOR(l->x[0]), VIB_WEIGHT(l, 0), VIB_WEIGHT(l, 1), ow, ph, pw));
    else
        VIB_TRY(
            VIB_LAUNCH(l->kernels[FORWARD],
                       VIB_GROUPS(vib_tiles32(l->out.c), vib_tiles32((uint64_t)n * vib_pixels(&l->out)), 1),
                       VIB_TENSOR(l->y), VIB_TENSOR(l->x[0]), VIB_WEIGHT(l, 0), VIB_WEIGHT(l, 1),
                       vib_arg_i32(n), oh, ow, ph, pw));
    if (l->kernels[ACTIVATION_FORWARD])
        VIB_TRY(vib_activation_launch(l->kernels[ACTIVATION_FORWARD], l->activation, l->y, l->y, l->y, n));
fail:
    return err;
}

static int backward_weight(vib_layer *l, int n)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const vib_blocks b = vib_blocks_of(l, l->out.c);
    const int groups = (n + VIB_GROUP_PICTURES - 1) / VIB_GROUP_PICTURES, kblocks = l->out.c / (b.v * b.kb);
    const vib_arg part = vib_arg_buffer(vib_layer_scratch(l)), stride = vib_arg_u64(vib_reduce_stride(l));
    const vib_arg bias_at = vib_arg_u64(vib_reduce_bias_at(l)), rows = vib_arg_i32(vib_leaf_rows(l));
    const vib_arg oh = vib_arg_i32(l->out.h), ow = vib_arg_i32(l->out.w);
    const vib_arg ph = vib_arg_i32(vib_conv2d_before(l).h), pw = vib_arg_i32(vib_conv2d_before(l).w);
    if (vib_layer_on_cpu(l)) {
        /* A few work-items for each unit, so that none waits long for the last. */
        const int units = (int)VIB_MAX(1, vib_device_get_info(vib_layer_device(l))->compute_units);
        const int blocks = o->kernel.h * (o->kernel.w * l->in[0].c / columns(l, &b));
        const int split = VIB_MAX(1, VIB_MIN(blocks, 4 * units / (groups * kblocks)));
        VIB_TRY(VIB_LAUNCH(l->kernels[BACKWARD_WEIGHT],
                           VIB_GROUPS((size_t)split, (size_t)groups, (size_t)kblocks), part, stride, bias_at,
                           VIB_TENSOR(l->x[0]), VIB_TENSOR(l->dy), vib_arg_i32(n), oh, ow, ph, pw, rows));
        VIB_TRY(vib_reduce_launch(l, l->kernels[REDUCE], groups, 1));
    } else {
        VIB_TRY(VIB_LAUNCH(
            l->kernels[BACKWARD_WEIGHT],
            VIB_GROUPS(vib_tiles32(l->out.c), vib_tiles32(l->weights[0].info.count / (size_t)l->out.c),
                       (size_t)(n * leaves(l))),
            part, stride, bias_at, VIB_TENSOR(l->x[0]), VIB_TENSOR(l->dy), oh, ow, ph, pw, rows));
        VIB_TRY(vib_reduce_launch(l, l->kernels[REDUCE], n * leaves(l), VIB_GROUP_PICTURES * leaves(l)));
    }
fail:
    return err;
}

static int backward_data(vib_layer *l, int n)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const vib_blocks b = vib_blocks_of(l, l->in[0].c);
    const vib_arg h = vib_arg_i32(l->in[0].h), w = vib_arg_i32(l->in[0].w);
    const vib_arg ph = vib_arg_i32(vib_conv2d_before(l).h), pw = vib_arg_i32(vib_conv2d_before(l).w);
    if (vib_layer_on_cpu(l)) {
        VIB_TRY(vib_transpose_launch(l, l->transpose, o->kernel.h * o->kernel.w, l->in[0].c, o->filters));
        VIB_TRY(VIB_LAUNCH(l->kernels[BACKWARD_DATA],
                           VIB_GROUPS((size_t)l->in[0].h, (size_t)n, (size_t)(l->in[0].c / (b.v * b.kb))),
                           VIB_TENSOR(l->dx[0]), VIB_TENSOR(l->dy), vib_arg_buffer(vib_layer_scratch(l)),
                           vib_arg_u64(0), w, ph, pw));
    } else {
        VIB_TRY(VIB_LAUNCH(
            l->kernels[BACKWARD_DATA],
            VIB_GROUPS(vib_tiles32(l->in[0].c), vib_tiles32((uint64_t)n * vib_pixels(&l->in[0])), 1),
            VIB_TENSOR(l->dx[0]), VIB_TENSOR(l->dy), VIB_WEIGHT(l, 0), vib_arg_i32(n), h, w,
            vib_arg_i32(l->out.h), vib_arg_i32(l->out.w), ph, pw));
    }
fail:
    return err;
}

static int backward(vib_layer *l, int n)
{
    int err = 0;
    if (l->kernels[ACTIVATION_BACKWARD])
        VIB_TRY(vib_activation_launch(l->kernels[ACTIVATION_BACKWARD], l->activation, l->dy, l->dy, l->y, n));
    VIB_TRY(backward_weight(l, n));
    if (l->dx[0])
        VIB_TRY(backward_data(l, n));
fail:
    return err;
}

const vib_layer_ops vib_layer_conv2d = {
    .name = "conv2d",
    .help = "convolution: the same small filters slide over the whole picture",
    .keras = "conv2d",
    .class_name = "Conv2D",
    .opts_size = sizeof(vib_conv2d_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
