#include "network/layers/conv2d.h"

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
    const int relu = which == VIB_CONV2D_FORWARD && l->activation == VIB_ACTIVATION_RELU;
    const vib_define defines[] = {
        VIB_DEFINE("C", l->in[0].c),     VIB_DEFINE("K", o->filters),   VIB_DEFINE("R", o->kernel.h),
        VIB_DEFINE("S", o->kernel.w),    VIB_DEFINE("SH", o->stride.h), VIB_DEFINE("SW", o->stride.w),
        VIB_DEFINE("ACT", relu ? 1 : 0), VIB_DEFINE("V", b->v),         VIB_DEFINE("KB", b->kb),
        VIB_DEFINE("P", tile),           VIB_DEFINE("JB", jb),
    };
    return vib_add_kernel(l, "conv2d.cl", pass, defines, VIB_COUNT(defines), VIB_GROUPS(1, 1, 1),
                          &l->kernels[which], "conv2d_%s_c%d_k%d_%dx%d_s%dx%d%s_v%dx%d_p%d_j%d", word,
                          l->in[0].c, o->filters, o->kernel.h, o->kernel.w, o->stride.h, o->stride.w,
                          relu ? "_relu" : "", b->v, b->kb, tile, jb);
}

static int groups(int n)
{
    return (n + VIB_GROUP_PICTURES - 1) / VIB_GROUP_PICTURES;
}

static int prepare(vib_layer *l)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const vib_blocks out = vib_blocks_of(l, o->filters), in = vib_blocks_of(l, l->in[0].c);
    VIB_TRY(add(l, VIB_CONV2D_FORWARD, "FWD_CPU", "fwd", &out,
                vib_tile_of(l->out.w, VIB_MIN(out.registers, 16) / out.kb), 1));
    if (!vib_layer_training(l))
        goto fail;
    VIB_TRY(add(l, VIB_CONV2D_BACKWARD_WEIGHT, "BWD_WEIGHT_CPU", "bwd_weight", &out, 1, columns(l, &out)));
    VIB_TRY(vib_reduce_prepare(l, &l->kernels[VIB_CONV2D_REDUCE]));
    l->scratch = (uint64_t)groups(vib_layer_batch(l)) * vib_reduce_stride(l);
    if (l->dx[0]) {
        /* A phase has at least w / stride pixels. */
        const int pixels = VIB_MAX(1, l->in[0].w / o->stride.w);
        VIB_TRY(add(l, VIB_CONV2D_BACKWARD_DATA, "BWD_DATA_CPU", "bwd_data", &in,
                    vib_tile_of(pixels, VIB_MIN(in.registers, 16) / in.kb), 1));
        VIB_TRY(vib_transpose_prepare(l, &l->transpose));
        l->scratch = VIB_MAX(l->scratch, l->weights[0].info.count);
    }
fail:
    return err;
}

static int forward(vib_layer *l, int n)
{
    const vib_blocks b = vib_blocks_of(l, l->out.c);
    const vib_size before = vib_conv2d_before(l);
    return VIB_LAUNCH(l->kernels[VIB_CONV2D_FORWARD],
                      VIB_GROUPS((size_t)l->out.h, (size_t)n, (size_t)(l->out.c / (b.v * b.kb))),
                      VIB_TENSOR(l->y), VIB_TENSOR(l->x[0]), VIB_WEIGHT(l, 0), VIB_WEIGHT(l, 1),
                      vib_arg_i32(l->out.w), vib_arg_i32(before.h), vib_arg_i32(before.w));
}

static int backward_weight(vib_layer *l, int n)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const vib_blocks b = vib_blocks_of(l, l->out.c);
    const vib_size before = vib_conv2d_before(l);
    /* A few work-items for each unit, so that none waits long for the last. */
    const int units = (int)VIB_MAX(1, vib_device_get_info(vib_layer_device(l))->compute_units);
    const int blocks = o->kernel.h * (o->kernel.w * l->in[0].c / columns(l, &b));
    const int kblocks = l->out.c / (b.v * b.kb);
    const int split = VIB_MAX(1, VIB_MIN(blocks, 4 * units / (groups(n) * kblocks)));
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_WEIGHT],
                       VIB_GROUPS((size_t)split, (size_t)groups(n), (size_t)kblocks),
                       vib_arg_buffer(vib_layer_scratch(l)), vib_arg_u64(vib_reduce_stride(l)),
                       vib_arg_u64(vib_reduce_bias_at(l)), VIB_TENSOR(l->x[0]), VIB_TENSOR(l->dy),
                       vib_arg_i32(n), vib_arg_i32(l->out.h), vib_arg_i32(l->out.w), vib_arg_i32(before.h),
                       vib_arg_i32(before.w), vib_arg_i32(vib_leaf_rows(l))));
    VIB_TRY(vib_reduce_launch(l, l->kernels[VIB_CONV2D_REDUCE], groups(n), 1));
fail:
    return err;
}

static int backward_data(vib_layer *l, int n)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const vib_blocks b = vib_blocks_of(l, l->in[0].c);
    const vib_size before = vib_conv2d_before(l);
    VIB_TRY(vib_transpose_launch(l, l->transpose, o->kernel.h * o->kernel.w, l->in[0].c, o->filters));
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_DATA],
                       VIB_GROUPS((size_t)l->in[0].h, (size_t)n, (size_t)(l->in[0].c / (b.v * b.kb))),
                       VIB_TENSOR(l->dx[0]), VIB_TENSOR(l->dy), vib_arg_buffer(vib_layer_scratch(l)),
                       vib_arg_u64(0), vib_arg_i32(l->in[0].w), vib_arg_i32(before.h),
                       vib_arg_i32(before.w)));
fail:
    return err;
}

const vib_conv2d_passes vib_conv2d_cpu = {prepare, forward, backward_weight, backward_data};
