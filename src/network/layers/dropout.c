#include <stddef.h>

#include "base/random.h"
#include "network/layer.h"

static const vib_field fields[] = {
    {"rate", "share of the elements that are dropped in training", VIB_FIELD_REAL,
     VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, offsetof(vib_dropout_opts, rate), 0, 0.99, -1},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts, (void)n_in;
    if (vib_shape_count(in) > INT32_MAX - 4) {
        vib_str_printf(why, "%dx%dx%d is too large for dropout", in->h, in->w, in->c);
        return VIB_USAGE;
    }
    *out = *in;
    need->rows = need->columns = VIB_REACH_POINT;
    return VIB_OK;
}

static int prepare(vib_layer *l)
{
    return vib_program_add(vib_layer_program(l), "dropout.cl", "dropout", NULL, 0, VIB_GROUPS(64, 1, 1),
                           &l->kernels[0]);
}

/* Only while training; else everything passes. */
static int launch(vib_layer *l, const vib_tensor *to, const vib_tensor *from, int n)
{
    const vib_dropout_opts *o = l->opts;
    const uint64_t step = vib_layer_step(l), seed = vib_layer_seed(l);
    const size_t count = vib_shape_count(&l->out);
    return VIB_LAUNCH(l->kernels[0], VIB_GROUPS(vib_groups64((count + 3) / 4), (size_t)n, 1), VIB_TENSOR(to),
                      VIB_TENSOR(from), vib_arg_i32(to->w * to->c), vib_arg_i32((int32_t)count),
                      vib_arg_i32((int32_t)(uint32_t)seed), vib_arg_i32((int32_t)(uint32_t)(seed >> 32)),
                      vib_arg_i32((int32_t)(uint32_t)step), vib_arg_i32(VIB_STREAM_LAYER + l->index),
                      vib_arg_i32(vib_layer_first(l)), vib_arg_f32(step ? (float)o->rate : 0.0f),
                      vib_arg_f32(step ? (float)(1 / (1 - o->rate)) : 1.0f));
}

static int forward(vib_layer *l, int n)
{
    return launch(l, l->y, l->x[0], n);
}

static int backward(vib_layer *l, int n)
{
    return l->dx[0] ? launch(l, l->dx[0], l->dy, n) : VIB_OK;
}

const vib_layer_ops vib_layer_dropout = {
    .name = "dropout",
    .help = "in training, some elements are zero and the others larger by as much",
    .keras = "dropout",
    .class_name = "Dropout",
    .opts_size = sizeof(vib_dropout_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
