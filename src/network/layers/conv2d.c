#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "network/layers/conv2d.h"

static int is_square(vib_size size, int side)
{
    return size.h == side && size.w == side;
}

static int check_algorithm(const void *opts, vib_str *why)
{
    const vib_conv2d_opts *o = opts;
    const char *const other = !is_square(o->kernel, 3)     ? "kernel"
                              : !is_square(o->stride, 1)   ? "stride"
                              : !is_square(o->dilation, 1) ? "dilation"
                              : o->groups != 1             ? "groups"
                                                           : NULL;
    if (o->algorithm == VIB_ALGORITHM_DIRECT || !other)
        return VIB_OK;
    vib_str_printf(why,
                   "algorithm=winograd is for 3x3 windows with stride=1, dilation=1 and groups=1; "
                   "leave it out or change %s",
                   other);
    return VIB_USAGE;
}

#define FIELD(m) offsetof(vib_conv2d_opts, m)
#define KERNEL                                                               \
    {                                                                        \
        "kernel", "height and width of the window", VIB_FIELD_SIZE,          \
            VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, FIELD(kernel), 1, 255 \
    }
#define REST                                                                                               \
    {"stride", "pixels between windows", VIB_FIELD_SIZE, VIB_FIELD_OPTIONAL, FIELD(stride), 1, 255, 1, 1}, \
        {"dilation",                                                                                       \
         "pixels from one tap of the window to the next",                                                  \
         VIB_FIELD_SIZE,                                                                                   \
         VIB_FIELD_OPTIONAL,                                                                               \
         FIELD(dilation),                                                                                  \
         1,                                                                                                \
         255,                                                                                              \
         1,                                                                                                \
         1},                                                                                               \
        {"padding",                                                                                        \
         "zeros around the picture: none, enough to keep its size, or that from a fixed place",            \
         VIB_FIELD_CHOICE,                                                                                 \
         VIB_FIELD_BARE,                                                                                   \
         FIELD(padding),                                                                                   \
         .choices = vib_padding_words},                                                                    \
        {"activation",   "applied to the output", VIB_FIELD_CHOICE,                                        \
         VIB_FIELD_BARE, FIELD(activation),       .choices = vib_activation_words},                        \
        {"bias",         "a number for each filter, added to its output",                                  \
         VIB_FIELD_FLAG, VIB_FIELD_OPTIONAL,                                                               \
         FIELD(bias),    .def = 1},                                                                        \
        {"l1",                                                                                             \
         "what the magnitudes of the weights add to the loss",                                             \
         VIB_FIELD_REAL,                                                                                   \
         VIB_FIELD_OPTIONAL,                                                                               \
         FIELD(l1),                                                                                        \
         0,                                                                                                \
         1000},                                                                                            \
    {                                                                                                      \
        "l2", "what the squares of the weights add to the loss", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,       \
            FIELD(l2), 0, 1000                                                                             \
    }

static const vib_field fields[] = {
    {"filters", "output channels", VIB_FIELD_INT, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, FIELD(filters),
     1, 65536},
    KERNEL,
    {"groups", "of input channels, each seen by its share of the filters", VIB_FIELD_INT, VIB_FIELD_OPTIONAL,
     FIELD(groups), 1, 65536, 1},
    REST,
    {"algorithm", "how the sums are made: in one chain, or as Winograd's F(2x2,3x3)", VIB_FIELD_CHOICE,
     VIB_FIELD_OPTIONAL, FIELD(algorithm), .choices = vib_algorithm_words, .check = check_algorithm},
    {0},
};

static const vib_field depthwise_fields[] = {
    KERNEL,
    {"multiplier", "filters of each input channel", VIB_FIELD_INT, VIB_FIELD_OPTIONAL, FIELD(multiplier), 1,
     65536, 1},
    REST,
    {0},
};

/* The largest number of groups that fits, at most what was asked for. */
static int fitting_groups(const vib_conv2d_opts *o, int channels)
{
    int groups = vib_divisor(channels, o->groups);
    while (o->filters % groups)
        groups = vib_divisor(channels, groups - 1);
    return groups;
}

static int check(const vib_conv2d_opts *o, const vib_shape *in, vib_str *why)
{
    if (in->flat) {
        vib_str_add(why, "a convolution needs a picture, and gets the flat output of the layer before");
        return VIB_USAGE;
    }
    if (!o->multiplier && (in->c % o->groups || o->filters % o->groups)) {
        const char *const channels = in->c % o->groups ? "input channels" : "filters";
        vib_str_printf(why, "%d %s cannot be shared among groups=%d; use groups=%d",
                       in->c % o->groups ? in->c : o->filters, channels, o->groups, fitting_groups(o, in->c));
        return VIB_USAGE;
    }
    if (o->multiplier > INT_MAX / in->c) {
        vib_str_printf(why, "multiplier=%d for %d channels is too much", o->multiplier, in->c);
        return VIB_USAGE;
    }
    return VIB_OK;
}

/* Zeros that windows reach around the picture, and, for the input gradient, around the gradient of the
 * output. */
static void find_borders(const vib_conv2d_opts *o, const vib_shape *in, vib_window h, vib_window w,
                         vib_layer_need *need)
{
    const vib_size span = vib_conv2d_span(o);
    /* Windows reach `before` pixels over the top and left, and what is left over the bottom and right. */
    int after_h = (h.out - 1) * o->stride.h + span.h - h.before - in->h;
    int after_w = (w.out - 1) * o->stride.w + span.w - w.before - in->w;
    if (o->algorithm == VIB_ALGORITHM_WINOGRAD) { /* tiles of two pixels may hang over */
        after_h += h.out % 2;
        after_w += w.out % 2;
    }
    need->border = VIB_MAX(VIB_MAX(h.before, w.before), VIB_MAX(VIB_MAX(after_h, after_w), 0));
    /* Input pixel i gets from outputs (i + before - r) / stride, r < span: how far outside is that? */
    const int grad_before_h = (span.h - 1 - h.before + o->stride.h - 1) / o->stride.h;
    const int grad_before_w = (span.w - 1 - w.before + o->stride.w - 1) / o->stride.w;
    const int grad_after_h = (in->h - 1 + h.before) / o->stride.h - (h.out - 1);
    const int grad_after_w = (in->w - 1 + w.before) / o->stride.w - (w.out - 1);
    need->grad_border =
        VIB_MAX(VIB_MAX(VIB_MAX(grad_before_h, grad_before_w), VIB_MAX(grad_after_h, grad_after_w)), 0);
}

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)n_in;
    const vib_conv2d_opts *o = opts;
    if (check(o, in, why) < 0)
        return VIB_USAGE;
    const vib_size span = vib_conv2d_span(o);
    const vib_window h = vib_window_of(in->h, span.h, o->stride.h, o->padding);
    const vib_window w = vib_window_of(in->w, span.w, o->stride.w, o->padding);
    if (h.out < 1 || w.out < 1) {
        vib_str_printf(why, "a %dx%d window does not fit in the %dx%d input; use `same` or a smaller window",
                       span.h, span.w, in->h, in->w);
        return VIB_USAGE;
    }
    const int filters = o->multiplier ? in->c * o->multiplier : o->filters;
    const int depth = in->c / vib_conv2d_groups(o, in->c), area = o->kernel.h * o->kernel.w;
    *out = (vib_shape){h.out, w.out, filters, 0};
    find_borders(o, in, h, w, need);

    need->rows = (vib_reach){span.h, o->stride.h, h.before};
    need->columns = (vib_reach){span.w, o->stride.w, w.before};
    if ((uint64_t)area * (uint64_t)depth * (uint64_t)filters > INT_MAX) {
        vib_str_printf(
            why, "%d filters of %dx%dx%d are more weights than can be counted; use fewer or smaller ones",
            filters, o->kernel.h, o->kernel.w, depth);
        return VIB_USAGE;
    }
    /* Keras's form of the weights, from which it also has the fans. */
    const int rows = o->multiplier ? in->c : depth, columns = o->multiplier ? o->multiplier : filters;
    need->weights[0] = (vib_weight_need){
        "kernel",      4, {o->kernel.h, o->kernel.w, rows, columns}, VIB_INIT_GLOROT_UNIFORM, area * rows,
        area * columns};
    need->weights[0].l1 = o->l1;
    need->weights[0].l2 = o->l2;
    need->weights[1] = (vib_weight_need){"bias", 1, {filters}, VIB_INIT_ZERO};
    need->n_weights = o->bias ? 2 : 1;
    need->activation = o->activation;
    need->multiply_adds =
        (uint64_t)h.out * (uint64_t)w.out * (uint64_t)area * (uint64_t)depth * (uint64_t)filters;
    return VIB_OK;
}

int vib_conv2d_add(vib_layer *l, int which, const char *file, const char *pass, const size_t local[3],
                   const vib_define *defines, size_t n, const char *word, const char *tile)
{
    enum { MOST = 20 };
    const vib_conv2d_opts *o = l->opts;
    const int groups = vib_conv2d_groups(o, l->in[0].c);
    const int act = which == VIB_CONV2D_FORWARD ? vib_activation_fused(l->activation) : VIB_ACTIVATION_LINEAR;
    const int bias = l->need.n_weights > 1;
    const vib_define sizes[] = {
        VIB_DEFINE("C", l->in[0].c),     VIB_DEFINE("K", l->out.c),       VIB_DEFINE("R", o->kernel.h),
        VIB_DEFINE("S", o->kernel.w),    VIB_DEFINE("SH", o->stride.h),   VIB_DEFINE("SW", o->stride.w),
        VIB_DEFINE("DH", o->dilation.h), VIB_DEFINE("DW", o->dilation.w), VIB_DEFINE("G", groups),
        VIB_DEFINE("ACT", act),          VIB_DEFINE("BIAS", bias),
    };
    vib_define all[MOST];
    char rare[48] = "";
    if (n > MOST - VIB_COUNT(sizes))
        return vib_fail(VIB_FAILED, "%s: too many macros", file);
    memcpy(all, sizes, sizeof sizes);
    memcpy(all + VIB_COUNT(sizes), defines, n * sizeof *defines);
    if (groups > 1 || o->dilation.h > 1 || o->dilation.w > 1)
        snprintf(rare, sizeof rare, "_d%dx%d_g%d", o->dilation.h, o->dilation.w, groups);
    return vib_add_kernel(l, file, pass, all, n + VIB_COUNT(sizes), local, &l->kernels[which],
                          "conv2d_%s_c%d_k%d_%dx%d_s%dx%d%s%s%s_%s", word, l->in[0].c, l->out.c, o->kernel.h,
                          o->kernel.w, o->stride.h, o->stride.w, rare, bias ? "" : "_nobias",
                          vib_activation_suffix(act), tile);
}

static const vib_conv2d_passes *passes(const vib_layer *l)
{
    const int groups = vib_conv2d_groups(l->opts, l->in[0].c);
    if (groups > 1 && groups == l->in[0].c)
        return &vib_conv2d_depthwise;
    return vib_layer_on_cpu(l) ? &vib_conv2d_cpu : &vib_conv2d_gpu;
}

const vib_shape *vib_conv2d_written(const vib_layer *layer, int which)
{
    return which == VIB_CONV2D_FORWARD ? &layer->out : &layer->in[0];
}

int vib_conv2d_leaves(const vib_layer *layer)
{
    return (layer->out.h + vib_leaf_rows(layer) - 1) / vib_leaf_rows(layer);
}

static int is_winograd(const vib_layer *l)
{
    return ((const vib_conv2d_opts *)l->opts)->algorithm == VIB_ALGORITHM_WINOGRAD;
}

int vib_conv2d_prepare(vib_layer *l, const vib_conv2d_passes *direct)
{
    int err = 0;
    VIB_TRY(is_winograd(l) ? vib_conv2d_winograd_prepare(l) : direct->prepare_forward(l));
    if (vib_layer_training(l))
        VIB_TRY(direct->prepare_backward(l));
fail:
    return err;
}

int vib_conv2d_forward(vib_layer *l, const vib_conv2d_passes *direct, int n)
{
    return is_winograd(l) ? vib_conv2d_winograd_forward(l, n) : direct->forward(l, n);
}

int vib_conv2d_backward(vib_layer *l, const vib_conv2d_passes *direct, int n)
{
    int err = 0;
    VIB_TRY(vib_backward_weight(l, direct->backward_weight, n));
    if (l->dx[0])
        VIB_TRY(direct->backward_data(l, n));
fail:
    return err;
}

static int prepare(vib_layer *l)
{
    int err = 0;
    VIB_TRY(vib_conv2d_prepare(l, passes(l)));
    VIB_TRY(vib_conv2d_product_prepare(l));
    if (l->activation != vib_activation_fused(l->activation))
        VIB_TRY(vib_activation_prepare(l, l->activation, 0, &l->kernels[VIB_CONV2D_ACTIVATION_FORWARD]));
    if (vib_layer_training(l) && l->activation && !l->masked)
        VIB_TRY(vib_activation_prepare(l, l->activation, 1, &l->kernels[VIB_CONV2D_ACTIVATION_BACKWARD]));
fail:
    return err;
}

static int by_kernels(vib_layer *l, int n)
{
    return vib_conv2d_forward(l, passes(l), n);
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    vib_kernel *const activation = l->kernels[VIB_CONV2D_ACTIVATION_FORWARD];
    VIB_TRY(vib_conv2d_product_forward(l, by_kernels, n));
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
    VIB_TRY(vib_conv2d_backward(l, passes(l), n));
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

const vib_layer_ops vib_layer_depthwise_conv2d = {
    .name = "depthwise_conv2d",
    .help = "convolution of each channel by itself",
    .keras = "depthwise_conv2d",
    .class_name = "DepthwiseConv2D",
    .opts_size = sizeof(vib_depthwise_conv2d_opts),
    .fields = depthwise_fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
