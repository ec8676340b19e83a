#include <limits.h>

#include "network/layer.h"

static const vib_field fields[] = {{0}};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts, (void)n_in;
    if (vib_shape_count(in) > INT_MAX) {
        vib_str_printf(why, "%dx%dx%d is too large to flatten", in->h, in->w, in->c);
        return VIB_USAGE;
    }
    *out = (vib_shape){1, 1, (int)vib_shape_count(in), 1};
    need->alias = 1;
    return VIB_OK;
}

/* The output is the input. So is its gradient, unless the input's has a border and its rows do not touch:
 * then it is copied. */
static int prepare(vib_layer *l)
{
    return l->dy && l->dx[0]->border ? vib_activation_prepare(l, VIB_ACTIVATION_LINEAR, 0, &l->kernels[0])
                                     : VIB_OK;
}

static int backward(vib_layer *l, int n)
{
    const vib_shape *in = &l->in[0];
    if (!l->kernels[0])
        return VIB_OK;
    vib_tensor rows = *l->dy;
    rows.h = in->h;
    rows.w = in->w;
    rows.c = in->c;
    rows.row = in->w * in->c;
    return vib_activation_launch(l->kernels[0], VIB_ACTIVATION_LINEAR, l->dx[0], &rows, &rows, n);
}

const vib_layer_ops vib_layer_flatten = {
    .name = "flatten",
    .help = "the picture as one row of numbers, channels fastest",
    .keras = "flatten",
    .class_name = "Flatten",
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .backward = backward,
};
