#include "network/layer.h"

static const vib_field fields[] = {{0}};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    (void)opts, (void)n_in, (void)need;
    if (in->flat) {
        vib_str_add(why, "global pooling needs a picture, and gets the flat output of the layer before");
        return VIB_USAGE;
    }
    *out = (vib_shape){1, 1, in->c, 1};
    return VIB_OK;
}

enum { FORWARD, BACKWARD };

static int vector(const vib_layer *l)
{
    const int cpu = vib_layer_on_cpu(l);
    return cpu ? vib_blocks_of(l, l->in[0].c).v : 1;
}

static int add(vib_layer *l, int which, const char *pass)
{
    const vib_define defines[] = {VIB_DEFINE("V", vector(l))};
    return vib_add_kernel(l, "globalpool2d.cl", pass, defines, VIB_COUNT(defines), VIB_GROUPS(64, 1, 1),
                          &l->kernels[which], "%s_%s_v%d", l->ops->name, which == FORWARD ? "fwd" : "bwd",
                          vector(l));
}

static int prepare(vib_layer *l)
{
    const int largest = l->ops == &vib_layer_globalmaxpool2d;
    const int err = add(l, FORWARD, largest ? "MAX" : "AVG");
    return err < 0 || !l->dx[0] ? err : add(l, BACKWARD, largest ? "MAX_BWD" : "AVG_BWD");
}

static int launch(vib_layer *l, int which, const vib_tensor *dy, const vib_tensor *dx, int n)
{
    const uint64_t items = (uint64_t)n * (uint64_t)(l->in[0].c / vector(l));
    return VIB_LAUNCH(l->kernels[which], VIB_GROUPS(vib_groups64(items), 1, 1), VIB_TENSOR(l->x[0]),
                      VIB_TENSOR(l->y), VIB_TENSOR(dy), VIB_TENSOR(dx), vib_arg_i32(n),
                      vib_arg_i32(l->in[0].c), vib_arg_i32(l->in[0].h), vib_arg_i32(l->in[0].w));
}

static int forward(vib_layer *l, int n)
{
    return launch(l, FORWARD, l->y, l->x[0], n);
}

static int backward(vib_layer *l, int n)
{
    return l->dx[0] ? launch(l, BACKWARD, l->dy, l->dx[0], n) : VIB_OK;
}

#define GLOBAL(word, stem, type, text)       \
    const vib_layer_ops vib_layer_##word = { \
        .name = #word,                       \
        .help = text,                        \
        .keras = stem,                       \
        .class_name = type,                  \
        .fields = fields,                    \
        .min_inputs = 1,                     \
        .max_inputs = 1,                     \
        .infer = infer,                      \
        .prepare = prepare,                  \
        .forward = forward,                  \
        .backward = backward,                \
    }

GLOBAL(globalavgpool2d, "global_average_pooling2d", "GlobalAveragePooling2D",
       "the mean of each channel over the whole picture");
GLOBAL(globalmaxpool2d, "global_max_pooling2d", "GlobalMaxPooling2D",
       "the largest value of each channel over the whole picture");
