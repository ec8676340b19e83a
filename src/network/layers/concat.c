#include <limits.h>

#include "network/layer.h"

static const vib_field fields[] = {{0}};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts;
    *out = in[0];
    for (int k = 1; k < n_in; k++) {
        if (in[k].h != in[0].h || in[k].w != in[0].w || in[k].flat != in[0].flat) {
            vib_str_printf(why, "concat needs equal heights and widths, and gets %dx%dx%d and %dx%dx%d",
                           in[0].h, in[0].w, in[0].c, in[k].h, in[k].w, in[k].c);
            return VIB_USAGE;
        }
        if (in[k].c > INT_MAX - out->c) {
            vib_str_add(why, "more channels than can be counted");
            return VIB_USAGE;
        }
        out->c += in[k].c;
    }
    need->rows = need->columns = VIB_REACH_POINT;
    return VIB_OK;
}

static int prepare(vib_layer *l)
{
    return vib_program_add(vib_layer_program(l), "concat.cl", "concat", NULL, 0, VIB_GROUPS(64, 1, 1),
                           &l->kernels[0]);
}

/* `count` channels of one tensor into another, each from its own first. */
static int launch(vib_layer *l, const vib_tensor *to, int to_c, const vib_tensor *from, int from_c, int count,
                  int n)
{
    const size_t groups = vib_groups64((uint64_t)l->out.w * (uint64_t)count);
    return VIB_LAUNCH(l->kernels[0], VIB_GROUPS(groups, (size_t)l->out.h, (size_t)n), VIB_TENSOR(to),
                      VIB_TENSOR(from), vib_arg_i32(l->out.w), vib_arg_i32(count), vib_arg_i32(to->c),
                      vib_arg_i32(to_c), vib_arg_i32(from->c), vib_arg_i32(from_c));
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    for (int k = 0, at = 0; k < l->n_inputs; at += l->in[k++].c)
        VIB_TRY(launch(l, l->y, at, l->x[k], 0, l->in[k].c, n));
fail:
    return err;
}

static int backward(vib_layer *l, int n)
{
    int err = 0;
    for (int k = 0, at = 0; k < l->n_inputs; at += l->in[k++].c)
        if (l->dx[k])
            VIB_TRY(launch(l, l->dx[k], 0, l->dy, at, l->in[k].c, n));
fail:
    return err;
}

const vib_layer_ops vib_layer_concat = {
    .name = "concat",
    .help = "the channels of branches, one behind the other",
    .keras = "concatenate",
    .class_name = "Concatenate",
    .fields = fields,
    .min_inputs = 2,
    .max_inputs = VIB_MAX_INPUTS,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
