#include <stddef.h>

#include "network/layer.h"

static const vib_field fields[] = {
    {"activation", "applied to the sum", VIB_FIELD_CHOICE, VIB_FIELD_BARE | VIB_FIELD_OPTIONAL,
     offsetof(vib_add_opts, activation), .choices = vib_activation_words},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts;
    for (int k = 1; k < n_in; k++)
        if (in[k].h != in[0].h || in[k].w != in[0].w || in[k].c != in[0].c || in[k].flat != in[0].flat) {
            vib_str_printf(
                why,
                "add needs equal shapes, and gets %dx%dx%d and %dx%dx%d; a conv2d with a 1x1 kernel "
                "changes the channels",
                in[0].h, in[0].w, in[0].c, in[k].h, in[k].w, in[k].c);
            return VIB_USAGE;
        }
    *out = in[0];
    need->rows = need->columns = VIB_REACH_POINT;
    return VIB_OK;
}

enum { SUM, LAST_SUM, FORWARD, BACKWARD };

static int add_sum(vib_layer *l, int which, int act)
{
    const vib_define activation[] = {VIB_DEFINE("ACT", act)};
    return vib_add_kernel(l, "add.cl", "SUM", activation, 1, VIB_GROUPS(64, 1, 1), &l->kernels[which],
                          "add%s", vib_activation_suffix(act));
}

/* relu and relu6 are part of the last addition, other activations have their own kernel. */
static int prepare(vib_layer *l)
{
    int err = 0;
    const vib_add_opts *o = l->opts;
    const int act = vib_activation_fused(o->activation);
    VIB_TRY(add_sum(l, LAST_SUM, act));
    if (l->n_inputs > 2)
        VIB_TRY(add_sum(l, SUM, VIB_ACTIVATION_LINEAR));
    if (o->activation != act)
        VIB_TRY(vib_activation_prepare(l, o->activation, 0, &l->kernels[FORWARD]));
    if (l->dy)
        VIB_TRY(vib_activation_prepare(l, o->activation, o->activation != VIB_ACTIVATION_LINEAR,
                                       &l->kernels[BACKWARD]));
fail:
    return err;
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    const vib_add_opts *o = l->opts;
    for (int k = 1; k < l->n_inputs; k++)
        VIB_TRY(vib_add_launch(l->kernels[k == l->n_inputs - 1 ? LAST_SUM : SUM], l->y,
                               k == 1 ? l->x[0] : l->y, l->x[k], n));
    if (l->kernels[FORWARD])
        VIB_TRY(vib_activation_launch(l->kernels[FORWARD], o->activation, l->y, l->y, l->y, n));
fail:
    return err;
}

static int backward(vib_layer *l, int n)
{
    int err = 0;
    const vib_add_opts *o = l->opts;
    for (int k = 0; k < l->n_inputs; k++)
        if (l->dx[k])
            VIB_TRY(vib_activation_launch(l->kernels[BACKWARD], o->activation, l->dx[k], l->dy, l->y, n));
fail:
    return err;
}

const vib_layer_ops vib_layer_add = {
    .name = "add",
    .help = "the sum of branches of one shape",
    .keras = "add",
    .class_name = "Add",
    .opts_size = sizeof(vib_add_opts),
    .fields = fields,
    .min_inputs = 2,
    .max_inputs = VIB_MAX_INPUTS,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
