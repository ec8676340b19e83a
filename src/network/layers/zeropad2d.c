#include <limits.h>
#include <stddef.h>

#include "network/layer.h"

#define FIELD(m) offsetof(vib_zeropad2d_opts, m)
static const vib_field fields[] = {
    {"size", "rows of zeros above and below, columns left and right", VIB_FIELD_SIZE,
     VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, FIELD(size), 0, 255, -1, -1},
    {"after", "rows below and columns right, the size when left out", VIB_FIELD_SIZE, VIB_FIELD_OPTIONAL,
     FIELD(after), 0, 255, -1, -1},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)n_in;
    const vib_zeropad2d_opts *o = opts;
    if (in->flat) {
        vib_str_add(why, "zeropad2d needs a picture, and gets the flat output of the layer before");
        return VIB_USAGE;
    }
    *out = (vib_shape){in->h + o->size.h + vib_zeropad2d_after(o).h,
                       in->w + o->size.w + vib_zeropad2d_after(o).w, in->c, 0};
    need->rows = (vib_reach){1, 1, o->size.h};
    need->columns = (vib_reach){1, 1, o->size.w};
    return VIB_OK;
}

enum { FORWARD, BACKWARD };

static int prepare(vib_layer *l)
{
    const int err = vib_program_add(vib_layer_program(l), "zeropad2d.cl", "zeropad2d", NULL, 0,
                                    VIB_GROUPS(64, 1, 1), &l->kernels[FORWARD]);
    return err < 0 || !l->dx[0] ? err
                                : vib_activation_prepare(l, VIB_ACTIVATION_LINEAR, 0, &l->kernels[BACKWARD]);
}

static int forward(vib_layer *l, int n)
{
    const vib_zeropad2d_opts *o = l->opts;
    const vib_shape *const in = &l->in[0], *const out = &l->out;
    const size_t groups = vib_groups64((uint64_t)out->w * (uint64_t)out->c);
    return VIB_LAUNCH(l->kernels[FORWARD], VIB_GROUPS(groups, (size_t)out->h, (size_t)n), VIB_TENSOR(l->y),
                      VIB_TENSOR(l->x[0]), vib_arg_i32(in->c), vib_arg_i32(in->h), vib_arg_i32(in->w),
                      vib_arg_i32(out->w), vib_arg_i32(o->size.h), vib_arg_i32(o->size.w));
}

static int backward(vib_layer *l, int n)
{
    const vib_zeropad2d_opts *o = l->opts;
    if (!l->dx[0])
        return VIB_OK;
    vib_tensor inside = *l->dy;
    inside.base += (uint64_t)o->size.h * (uint64_t)inside.row + (uint64_t)o->size.w * (uint64_t)inside.c;
    return vib_activation_launch(l->kernels[BACKWARD], VIB_ACTIVATION_LINEAR, l->dx[0], &inside, &inside, n);
}

const vib_layer_ops vib_layer_zeropad2d = {
    .name = "zeropad2d",
    .help = "zeros around the picture",
    .keras = "zero_padding2d",
    .class_name = "ZeroPadding2D",
    .opts_size = sizeof(vib_zeropad2d_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
