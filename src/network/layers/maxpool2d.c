#include "network/layers/pool2d.h"

#include <stddef.h>

#define FIELD(m) offsetof(vib_pool2d_opts, m)
static const vib_field fields[] = {
    {"size", "height and width of the window", VIB_FIELD_SIZE, VIB_FIELD_POSITIONAL, FIELD(size), 1, 16, 2,
     2},
    {"stride", "pixels between windows, the size when left out", VIB_FIELD_SIZE, VIB_FIELD_OPTIONAL,
     FIELD(stride), 0, 255, 0, 0},
    {"padding", "whether windows may hang over the edge", VIB_FIELD_CHOICE,
     VIB_FIELD_BARE | VIB_FIELD_OPTIONAL, FIELD(padding), .choices = vib_padding_words},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    const int err = vib_pool2d_infer(opts, in, n_in, out, need, why);
    if (err == VIB_OK)
        need->keep_bytes = vib_shape_count(out);
    return err;
}

enum { FORWARD, BACKWARD };

static int add(vib_layer *l, int which)
{
    const vib_pool2d_opts *o = l->opts;
    const vib_size stride = vib_pool2d_stride(o);
    const int cpu = vib_layer_on_cpu(l);
    const int v = vib_blocks_of(l, l->in[0].c).v, relu = which == BACKWARD && l->masks;
    const char *const pass = which == FORWARD ? (cpu ? "FWD_CPU" : "FWD_GPU") : cpu ? "BWD_CPU" : "BWD_GPU";
    const vib_define defines[] = {
        VIB_DEFINE("C", l->in[0].c),   VIB_DEFINE("R", o->size.h), VIB_DEFINE("S", o->size.w),
        VIB_DEFINE("SH", stride.h),    VIB_DEFINE("SW", stride.w), VIB_DEFINE("V", v),
        VIB_DEFINE("RELU_BACK", relu),
    };
    return vib_add_kernel(l, "maxpool2d.cl", pass, defines, VIB_COUNT(defines),
                          cpu ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(64, 1, 1), &l->kernels[which],
                          "maxpool2d_%s_c%d_%dx%d_s%dx%d%s_v%d", which == FORWARD ? "fwd" : "bwd", l->in[0].c,
                          o->size.h, o->size.w, stride.h, stride.w, relu ? "_relu" : "", v);
}

static int prepare(vib_layer *l)
{
    const int err = add(l, FORWARD);
    return err < 0 || !l->dx[0] ? err : add(l, BACKWARD);
}

static int launch(vib_layer *l, int which, int n)
{
    const vib_pool2d_opts *o = l->opts;
    const vib_size stride = vib_pool2d_stride(o);
    const vib_shape *const over = which == FORWARD ? &l->out : &l->in[0];
    const int cpu = vib_layer_on_cpu(l);
    const size_t *const groups = cpu ? VIB_GROUPS((size_t)over->h, (size_t)n, 1)
                                     : VIB_GROUPS(vib_groups64((uint64_t)n * vib_shape_count(over)), 1, 1);
    const vib_arg N = vib_arg_i32(n), H = vib_arg_i32(l->in[0].h), W = vib_arg_i32(l->in[0].w);
    const vib_arg OH = vib_arg_i32(l->out.h), OW = vib_arg_i32(l->out.w);
    const vib_arg ph = vib_arg_i32(vib_window_of(l->in[0].h, o->size.h, stride.h, o->padding).before);
    const vib_arg pw = vib_arg_i32(vib_window_of(l->in[0].w, o->size.w, stride.w, o->padding).before);
    if (which == FORWARD)
        return VIB_LAUNCH(l->kernels[FORWARD], groups, VIB_TENSOR(l->y), VIB_KEEP(l), VIB_TENSOR(l->x[0]), N,
                          H, W, OH, OW, ph, pw);
    return VIB_LAUNCH(l->kernels[BACKWARD], groups, VIB_TENSOR(l->dx[0]), VIB_TENSOR(l->dy), VIB_KEEP(l),
                      VIB_TENSOR(l->y), N, H, W, OH, OW, ph, pw);
}

static int forward(vib_layer *l, int n)
{
    return launch(l, FORWARD, n);
}

static int backward(vib_layer *l, int n)
{
    return l->dx[0] ? launch(l, BACKWARD, n) : VIB_OK;
}

const vib_layer_ops vib_layer_maxpool2d = {
    .name = "maxpool2d",
    .help = "max-pooling: the largest value of each window",
    .keras = "max_pooling2d",
    .class_name = "MaxPooling2D",
    .opts_size = sizeof(vib_pool2d_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
