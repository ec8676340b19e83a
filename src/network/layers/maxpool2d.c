#include <stddef.h>

#include "network/layers/layers.h"

#define FIELD(m) offsetof(vib_maxpool2d_opts, m)
static const vib_field fields[] = {
    {"size", "height and width of the window", VIB_FIELD_SIZE, VIB_FIELD_POSITIONAL, FIELD(size), 1, 16, 2,
     2},
    {"stride", "pixels between windows, the size when left out", VIB_FIELD_SIZE, VIB_FIELD_OPTIONAL,
     FIELD(stride), 0, 255, 0, 0},
    {"padding", "whether windows may hang over the edge", VIB_FIELD_CHOICE,
     VIB_FIELD_BARE | VIB_FIELD_OPTIONAL, FIELD(padding), .choices = vib_padding_words},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)n_in;
    const vib_maxpool2d_opts *o = opts;
    const vib_size stride = vib_maxpool2d_stride(o);
    if (in->flat) {
        vib_str_add(why, "maxpool2d needs a picture, and gets the flat output of the layer before");
        return VIB_USAGE;
    }
    const vib_window h = vib_window_of(in->h, o->size.h, stride.h, o->padding);
    const vib_window w = vib_window_of(in->w, o->size.w, stride.w, o->padding);
    if (h.out < 1 || w.out < 1) {
        vib_str_printf(why,
                       "a %dx%d window does not fit in the %dx%d input; leave out a pooling layer or use "
                       "larger pictures",
                       o->size.h, o->size.w, in->h, in->w);
        return VIB_USAGE;
    }
    *out = (vib_shape){h.out, w.out, in->c, 0};
    need->kernel = VIB_MAX(o->size.h, o->size.w);
    need->stride = VIB_MAX(stride.h, stride.w);
    need->keep_bytes = vib_shape_count(out);
    return VIB_OK;
}

const vib_layer_ops vib_layer_maxpool2d = {
    .name = "maxpool2d",
    .help = "max-pooling: the largest value of each window",
    .keras = "max_pooling2d",
    .class_name = "MaxPooling2D",
    .opts_size = sizeof(vib_maxpool2d_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
};
