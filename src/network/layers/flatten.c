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

/* The output is the input, and so is its gradient, unless there is a border whose rows do not touch: then it
 * is copied. */
static int prepare(vib_layer *l)
{
    const int copies = !l->y_is_view || (l->dy && !l->dy_is_view);
    return copies ? vib_activation_prepare(l, VIB_ACTIVATION_LINEAR, 0, &l->kernels[0]) : VIB_OK;
}

static vib_tensor rows_of(const vib_layer *l, const vib_tensor *flat)
{
    const vib_shape *in = &l->in[0];
    vib_tensor rows = *flat;
    rows.h = in->h;
    rows.w = in->w;
    rows.c = in->c;
    rows.row = in->w * in->c;
    return rows;
}

static int forward(vib_layer *l, int n)
{
    if (l->y_is_view)
        return VIB_OK;
    const vib_tensor rows = rows_of(l, l->y);
    return vib_activation_launch(l->kernels[0], VIB_ACTIVATION_LINEAR, &rows, l->x[0], l->x[0], n);
}

static int backward(vib_layer *l, int n)
{
    if (l->dy_is_view)
        return VIB_OK;
    const vib_tensor rows = rows_of(l, l->dy);
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
    .forward = forward,
    .backward = backward,
};
