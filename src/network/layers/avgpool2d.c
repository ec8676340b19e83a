#include "network/layers/pool2d.h"

#include <stddef.h>

#define FIELD(m) offsetof(vib_pool2d_opts, m)
static const vib_field fields[] = {
    {"size", "height and width of the window", VIB_FIELD_SIZE, VIB_FIELD_POSITIONAL, FIELD(size), 1, 255, 2,
     2},
    {"stride", "pixels between windows, the size when left out", VIB_FIELD_SIZE, VIB_FIELD_OPTIONAL,
     FIELD(stride), 0, 255, 0, 0},
    {"padding", "whether windows may hang over the edge", VIB_FIELD_CHOICE,
     VIB_FIELD_BARE | VIB_FIELD_OPTIONAL, FIELD(padding), .choices = vib_padding_words},
    {0},
};

enum { FORWARD, BACKWARD };

static int add(vib_layer *l, int which)
{
    const int cpu = vib_layer_on_cpu(l);
    const int v = cpu ? vib_blocks_of(l, l->in[0].c).v : 1;
    const char *const pass = which == FORWARD ? (cpu ? "FWD_CPU" : "FWD_GPU") : cpu ? "BWD_CPU" : "BWD_GPU";
    const vib_define defines[] = {VIB_DEFINE("V", v)};
    return vib_add_kernel(l, "avgpool2d.cl", pass, defines, VIB_COUNT(defines),
                          cpu ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(64, 1, 1), &l->kernels[which],
                          "avgpool2d_%s_v%d", which == FORWARD ? "fwd" : "bwd", v);
}

static int prepare(vib_layer *l)
{
    const int err = add(l, FORWARD);
    return err < 0 || !l->dx[0] ? err : add(l, BACKWARD);
}

static int launch(vib_layer *l, int which, const vib_tensor *to, const vib_tensor *from, int n)
{
    const vib_pool2d_opts *o = l->opts;
    const vib_size stride = vib_pool2d_stride(o);
    const vib_shape *const in = &l->in[0], *const over = which == FORWARD ? &l->out : in;
    const int cpu = vib_layer_on_cpu(l);
    const size_t *const groups = cpu ? VIB_GROUPS((size_t)over->h, (size_t)n, 1)
                                     : VIB_GROUPS(vib_groups64((uint64_t)n * vib_shape_count(over)), 1, 1);
    return VIB_LAUNCH(l->kernels[which], groups, VIB_TENSOR(to), VIB_TENSOR(from), vib_arg_i32(n),
                      vib_arg_i32(in->c), vib_arg_i32(in->h), vib_arg_i32(in->w), vib_arg_i32(l->out.h),
                      vib_arg_i32(l->out.w), vib_arg_i32(o->size.h), vib_arg_i32(o->size.w),
                      vib_arg_i32(stride.h), vib_arg_i32(stride.w),
                      vib_arg_i32(vib_window_of(in->h, o->size.h, stride.h, o->padding).before),
                      vib_arg_i32(vib_window_of(in->w, o->size.w, stride.w, o->padding).before));
}

static int forward(vib_layer *l, int n)
{
    return launch(l, FORWARD, l->y, l->x[0], n);
}

static int backward(vib_layer *l, int n)
{
    return l->dx[0] ? launch(l, BACKWARD, l->dx[0], l->dy, n) : VIB_OK;
}

const vib_layer_ops vib_layer_avgpool2d = {
    .name = "avgpool2d",
    .help = "average pooling: the mean of each window's pixels",
    .keras = "average_pooling2d",
    .class_name = "AveragePooling2D",
    .opts_size = sizeof(vib_pool2d_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = vib_pool2d_infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
