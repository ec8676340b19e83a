#include <stddef.h>

#include "network/layer.h"

static const vib_field fields[] = {
    {"slope", "what values below zero are multiplied by", VIB_FIELD_REAL, 0,
     offsetof(vib_leaky_relu_opts, slope), 0, 1, 0.3},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts, (void)n_in, (void)why;
    *out = *in;
    need->rows = need->columns = VIB_REACH_POINT;
    return VIB_OK;
}

static int prepare(vib_layer *l)
{
    return vib_program_add(vib_layer_program(l), "leaky_relu.cl", "leaky_relu", NULL, 0, VIB_GROUPS(64, 1, 1),
                           &l->kernels[0]);
}

static int launch(vib_layer *l, const vib_tensor *to, const vib_tensor *from, int n)
{
    const vib_leaky_relu_opts *o = l->opts;
    const int length = to->w * to->c;
    return VIB_LAUNCH(l->kernels[0], VIB_GROUPS(vib_groups64((uint64_t)length), (size_t)to->h, (size_t)n),
                      VIB_TENSOR(to), VIB_TENSOR(from), VIB_TENSOR(l->x[0]), vib_arg_i32(length),
                      vib_arg_f32((float)o->slope));
}

static int forward(vib_layer *l, int n)
{
    return launch(l, l->y, l->x[0], n);
}

static int backward(vib_layer *l, int n)
{
    return l->dx[0] ? launch(l, l->dx[0], l->dy, n) : VIB_OK;
}

const vib_layer_ops vib_layer_leaky_relu = {
    .name = "leaky_relu",
    .help = "x where it is positive, else slope times x",
    .keras = "leaky_re_lu",
    .class_name = "LeakyReLU",
    .opts_size = sizeof(vib_leaky_relu_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
