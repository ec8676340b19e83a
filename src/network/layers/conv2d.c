#include <limits.h>
#include <stddef.h>

#include "network/layers/conv2d.h"

#define FIELD(m) offsetof(vib_conv2d_opts, m)
static const vib_field fields[] = {
    {"filters", "output channels", VIB_FIELD_INT, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, FIELD(filters),
     1, 65536},
    {"kernel", "height and width of the window", VIB_FIELD_SIZE, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED,
     FIELD(kernel), 1, 255},
    {"stride", "pixels between windows", VIB_FIELD_SIZE, VIB_FIELD_OPTIONAL, FIELD(stride), 1, 255, 1, 1},
    {"padding", "zeros around the picture: none, enough to keep its size, or that from a fixed place",
     VIB_FIELD_CHOICE, VIB_FIELD_BARE, FIELD(padding), .choices = vib_padding_words},
    {"activation", "applied to the output", VIB_FIELD_CHOICE, VIB_FIELD_BARE, FIELD(activation),
     .choices = vib_activation_words},
    {"bias", "a number for each filter, added to its output", VIB_FIELD_FLAG, VIB_FIELD_OPTIONAL, FIELD(bias),
     .def = 1},
    {"l1", "what the magnitudes of the weights add to the loss", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     FIELD(l1), 0, 1000},
    {"l2", "what the squares of the weights add to the loss", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL, FIELD(l2),
     0, 1000},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)n_in;
    const vib_conv2d_opts *o = opts;
    if (in->flat) {
        vib_str_add(why, "conv2d needs a picture, and gets the flat output of the layer before");
        return VIB_USAGE;
    }
    const vib_window h = vib_window_of(in->h, o->kernel.h, o->stride.h, o->padding);
    const vib_window w = vib_window_of(in->w, o->kernel.w, o->stride.w, o->padding);
    if (h.out < 1 || w.out < 1) {
        vib_str_printf(why, "a %dx%d window does not fit in the %dx%d input; use `same` or a smaller window",
                       o->kernel.h, o->kernel.w, in->h, in->w);
        return VIB_USAGE;
    }
    *out = (vib_shape){h.out, w.out, o->filters, 0};

    /* Windows reach `before` pixels over the top and left, and what is left over the bottom and right. */
    const int after_h = (h.out - 1) * o->stride.h + o->kernel.h - h.before - in->h;
    const int after_w = (w.out - 1) * o->stride.w + o->kernel.w - w.before - in->w;
    need->border = VIB_MAX(VIB_MAX(h.before, w.before), VIB_MAX(VIB_MAX(after_h, after_w), 0));
    /* Input pixel i gets from outputs (i + before - r) / stride, r < size: how far outside is that? */
    const int grad_before_h = (o->kernel.h - 1 - h.before + o->stride.h - 1) / o->stride.h;
    const int grad_before_w = (o->kernel.w - 1 - w.before + o->stride.w - 1) / o->stride.w;
    const int grad_after_h = (in->h - 1 + h.before) / o->stride.h - (h.out - 1);
    const int grad_after_w = (in->w - 1 + w.before) / o->stride.w - (w.out - 1);
    need->grad_border =
        VIB_MAX(VIB_MAX(VIB_MAX(grad_before_h, grad_before_w), VIB_MAX(grad_after_h, grad_after_w)), 0);

    need->rows = (vib_reach){o->kernel.h, o->stride.h, h.before};
    need->columns = (vib_reach){o->kernel.w, o->stride.w, w.before};
    const int area = o->kernel.h * o->kernel.w;
    if ((uint64_t)area * (uint64_t)in->c * (uint64_t)o->filters > INT_MAX) {
        vib_str_printf(
            why, "%d filters of %dx%dx%d are more weights than can be counted; use fewer or smaller ones",
            o->filters, o->kernel.h, o->kernel.w, in->c);
        return VIB_USAGE;
    }
    need->weights[0] = (vib_weight_need){"kernel",
                                         4,
                                         {o->kernel.h, o->kernel.w, in->c, o->filters},
                                         VIB_INIT_GLOROT_UNIFORM,
                                         area * in->c,
                                         area * o->filters};
    need->weights[0].l1 = o->l1;
    need->weights[0].l2 = o->l2;
    need->weights[1] = (vib_weight_need){"bias", 1, {o->filters}, VIB_INIT_ZERO};
    need->n_weights = o->bias ? 2 : 1;
    need->activation = o->activation;
    need->multiply_adds =
        (uint64_t)h.out * (uint64_t)w.out * (uint64_t)area * (uint64_t)in->c * (uint64_t)o->filters;
    return VIB_OK;
}

static const vib_conv2d_passes *passes(const vib_layer *l)
{
    return vib_layer_on_cpu(l) ? &vib_conv2d_cpu : &vib_conv2d_gpu;
}

int vib_conv2d_leaves(const vib_layer *layer)
{
    return (layer->out.h + vib_leaf_rows(layer) - 1) / vib_leaf_rows(layer);
}

static int prepare(vib_layer *l)
{
    int err = 0;
    VIB_TRY(passes(l)->prepare(l));
    if (l->activation > VIB_ACTIVATION_RELU)
        VIB_TRY(vib_activation_prepare(l, l->activation, 0, &l->kernels[VIB_CONV2D_ACTIVATION_FORWARD]));
    if (vib_layer_training(l) && l->activation && !l->masked)
        VIB_TRY(vib_activation_prepare(l, l->activation, 1, &l->kernels[VIB_CONV2D_ACTIVATION_BACKWARD]));
fail:
    return err;
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    vib_kernel *const activation = l->kernels[VIB_CONV2D_ACTIVATION_FORWARD];
    VIB_TRY(passes(l)->forward(l, n));
    if (activation)
        VIB_TRY(vib_activation_launch(activation, l->activation, l->y, l->y, l->y, n));
fail:
    return err;
}

static int backward(vib_layer *l, int n)
{
    int err = 0;
    vib_kernel *const activation = l->kernels[VIB_CONV2D_ACTIVATION_BACKWARD];
    if (activation)
        VIB_TRY(vib_activation_launch(activation, l->activation, l->dy, l->dy, l->y, n));
    VIB_TRY(passes(l)->backward_weight(l, n));
    if (l->dx[0])
        VIB_TRY(passes(l)->backward_data(l, n));
fail:
    return err;
}

const vib_layer_ops vib_layer_conv2d = {
    .name = "conv2d",
    .help = "convolution: the same small filters slide over the whole picture",
    .keras = "conv2d",
    .class_name = "Conv2D",
    .opts_size = sizeof(vib_conv2d_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
