#include <stddef.h>

#include "network/layers/layers.h"

#define FIELD(m) offsetof(vib_dense_opts, m)
static const vib_field fields[] = {
    {"units", "outputs", VIB_FIELD_INT, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, FIELD(units), 1, 1048576},
    {"activation", "applied to the output", VIB_FIELD_CHOICE, VIB_FIELD_BARE, FIELD(activation),
     .choices = vib_activation_words},
    {0},
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)n_in;
    const vib_dense_opts *o = opts;
    if (!in->flat) {
        vib_str_add(why, "dense needs a flat input; put `flatten` before it");
        return VIB_USAGE;
    }
    *out = (vib_shape){1, 1, o->units, 1};
    need->weights[0] =
        (vib_weight_need){"kernel", 2, {in->c, o->units}, VIB_INIT_GLOROT_UNIFORM, in->c, o->units};
    need->weights[1] = (vib_weight_need){"bias", 1, {o->units}, VIB_INIT_ZERO};
    need->n_weights = 2;
    need->multiply_adds = (uint64_t)in->c * (uint64_t)o->units;
    return VIB_OK;
}

const vib_layer_ops vib_layer_dense = {
    .name = "dense",
    .help = "fully connected: every output sees every input",
    .keras = "dense",
    .class_name = "Dense",
    .opts_size = sizeof(vib_dense_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
};
