#include <limits.h>

#include "network/layers/layers.h"

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

const vib_layer_ops vib_layer_flatten = {
    .name = "flatten",
    .help = "the picture as one row of numbers, channels fastest",
    .keras = "flatten",
    .class_name = "Flatten",
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
};
