#include <stddef.h>

#include "network/layer.h"

#define FIELD(m) offsetof(vib_batchnorm_opts, m)
static const vib_field fields[] = {
    {"momentum", "how much of the running statistics stays in each step", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     FIELD(momentum), 0, 0.999999, 0.99},
    {"epsilon", "added to the variance", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL, FIELD(epsilon), 1e-12, 1, 0.001},
    {"activation", "applied to the output", VIB_FIELD_CHOICE, VIB_FIELD_BARE | VIB_FIELD_OPTIONAL,
     FIELD(activation), .choices = vib_activation_words},
    {0},
};

enum {
    GAMMA = VIB_BATCHNORM_GAMMA,
    BETA = VIB_BATCHNORM_BETA,
    MEAN = VIB_BATCHNORM_MEAN,
    VARIANCE = VIB_BATCHNORM_VARIANCE
};

static int infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                 vib_str *why)
{
    static const char *const names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    (void)n_in, (void)why;
    const vib_batchnorm_opts *o = opts;
    *out = *in;
    for (int i = 0; i < (int)VIB_COUNT(names); i++)
        need->weights[i] =
            (vib_weight_need){.name = names[i],
                              .rank = 1,
                              .dims = {in->c},
                              .init = i == GAMMA || i == VARIANCE ? VIB_INIT_ONE : VIB_INIT_ZERO,
                              .state = i >= MEAN};
    need->n_weights = VIB_COUNT(names);
    need->rows = need->columns = VIB_REACH_POINT;
    need->activation = o->activation;
    need->whole_batch = 1;
    need->layer_bytes = 3 * (size_t)in->c * sizeof(float);
    return VIB_OK;
}

/* Kernels of a layer. */
enum {
    SUM,
    MEAN_OF_SUM,
    SQUARES,
    VARIANCE_OF_SUM,
    RUNNING,
    NORMALIZE,
    ACTIVATION_FORWARD,
    ACTIVATION_BACKWARD,
    GRADIENTS,
    REDUCE,
    DATA,
    FIXED_DATA,
    UPDATE,
    N_KERNELS
};
_Static_assert((int)N_KERNELS <= (int)VIB_MAX_KERNELS, "a layer has room for its kernels");

static int rows(const vib_layer *l)
{
    return VIB_MAX(1, VIB_LEAF_PIXELS / l->in[0].w);
}

static int leaves(const vib_layer *l)
{
    return (l->in[0].h + rows(l) - 1) / rows(l);
}

static int vector(const vib_layer *l)
{
    return vib_layer_on_cpu(l) ? vib_blocks_of(l, l->in[0].c).v : 1;
}

/* Floats of one leaf of a sum of C numbers. */
static uint64_t stride(const vib_layer *l)
{
    return vib_round_up((uint64_t)l->in[0].c, 16);
}

/* Vectors of channels at a time: neighbours, so that memory is read line after line. */
static int vectors(const vib_layer *l)
{
    enum { MOST = 8 };
    return vib_layer_on_cpu(l) ? vib_divisor(l->in[0].c / vector(l), MOST) : 1;
}

/* Work-items of a group of the passes over pixels. */
static int items(const vib_layer *l)
{
    return vib_layer_on_cpu(l) ? 1 : 64;
}

/* Work-groups that have the channels of a pixel among them. */
static size_t blocks(const vib_layer *l)
{
    return vib_cover((size_t)(l->in[0].c / (vectors(l) * vector(l))), (size_t)items(l));
}

/* RUNNING and UPDATE. */
static int add_for_channels(vib_layer *l, int which, const char *pass, const char *word)
{
    return vib_add_kernel(l, "batchnorm.cl", pass, NULL, 0, VIB_GROUPS(64, 1, 1), &l->kernels[which],
                          "batchnorm_%s", word);
}

static int add(vib_layer *l, int which, const char *pass, const char *word)
{
    const int sums = which == SUM || which == SQUARES;
    const int act = sums ? VIB_ACTIVATION_LINEAR : vib_activation_fused(l->activation);
    const int v = vector(l), kb = vectors(l), group = items(l);
    const int writes = which == NORMALIZE || which == DATA || which == FIXED_DATA;
    const int stream = writes && vib_streams(l, &l->in[0], kb * v);
    const vib_define defines[] = {VIB_DEFINE("V", v), VIB_DEFINE("KB", kb), VIB_DEFINE("ITEMS", group),
                                  VIB_DEFINE("ACT", act), VIB_DEFINE("STREAM", stream)};
    return vib_add_kernel(l, "batchnorm.cl", pass, defines, VIB_COUNT(defines),
                          VIB_GROUPS((size_t)group, 1, 1), &l->kernels[which], "batchnorm_%s%s_v%dx%d%s",
                          word, vib_activation_suffix(act), v, kb, stream ? "_stream" : "");
}

static int prepare_training(vib_layer *l)
{
    int err = 0;
    VIB_TRY(add(l, SUM, "SUM", "sum"));
    VIB_TRY(add(l, SQUARES, "SQUARES", "squares"));
    VIB_TRY(vib_reduce_add(l, "MEAN", 1, "reduce_mean", &l->kernels[MEAN_OF_SUM]));
    VIB_TRY(vib_reduce_add(l, "VARIANCE", 1, "reduce_variance", &l->kernels[VARIANCE_OF_SUM]));
    if (l->activation != vib_activation_fused(l->activation))
        VIB_TRY(vib_activation_prepare(l, l->activation, 1, &l->kernels[ACTIVATION_BACKWARD]));
    VIB_TRY(add(l, GRADIENTS, "GRADIENTS", "gradients"));
    VIB_TRY(vib_reduce_prepare(l, &l->kernels[REDUCE]));
    VIB_TRY(add_for_channels(l, UPDATE, "UPDATE", "update"));
    if (l->dx[0]) {
        VIB_TRY(add(l, DATA, "DATA", "bwd_data"));
        VIB_TRY(add(l, FIXED_DATA, "FIXED_DATA", "bwd_fixed_data"));
    }
    l->scratch = (uint64_t)vib_layer_batch(l) * (uint64_t)leaves(l) * vib_reduce_stride(l);
fail:
    return err;
}

static int prepare(vib_layer *l)
{
    int err = 0;
    VIB_TRY(add_for_channels(l, RUNNING, "RUNNING", "running"));
    VIB_TRY(add(l, NORMALIZE, "NORMALIZE", "normalize"));
    if (l->activation != vib_activation_fused(l->activation))
        VIB_TRY(vib_activation_prepare(l, l->activation, 0, &l->kernels[ACTIVATION_FORWARD]));
    if (vib_layer_training(l))
        VIB_TRY(prepare_training(l));
fail:
    return err;
}

/* Floats from the start of the kept ones. */
static vib_arg kept(const vib_layer *l, int which)
{
    return vib_arg_u64(l->keep_base / sizeof(float) + (uint64_t)which * (uint64_t)l->in[0].c);
}

static int leaf_sums(vib_layer *l, int which, uint64_t part_stride, int n)
{
    const vib_shape *in = &l->in[0];
    return VIB_LAUNCH(l->kernels[which], VIB_GROUPS(blocks(l), (size_t)leaves(l), (size_t)n),
                      vib_arg_buffer(vib_layer_scratch(l)), vib_arg_u64(part_stride),
                      vib_arg_u64(which == GRADIENTS ? vib_reduce_bias_at(l) : 0), VIB_TENSOR(l->x[0]),
                      VIB_TENSOR(which == GRADIENTS ? l->dy : l->x[0]), vib_arg_buffer(l->keep), kept(l, 0),
                      VIB_WEIGHT(l, GAMMA), VIB_WEIGHT(l, BETA), vib_arg_i32(in->c), vib_arg_i32(in->h),
                      vib_arg_i32(in->w), vib_arg_i32(rows(l)));
}

/* A leaf sum's end, `which` of the kept numbers. */
static int finish(vib_layer *l, int kernel, int which, int n)
{
    const vib_batchnorm_opts *o = l->opts;
    const int c = l->in[0].c;
    return VIB_LAUNCH(l->kernels[kernel], VIB_GROUPS(vib_reduce_groups(l, (uint64_t)c), 1, 1),
                      vib_arg_buffer(l->keep), kept(l, which), vib_arg_buffer(vib_layer_scratch(l)),
                      vib_arg_u64(stride(l)), vib_arg_i32(c), vib_arg_i32(c), vib_arg_i32(0),
                      vib_arg_i32(n * leaves(l)), vib_arg_i32(VIB_GROUP_PICTURES * leaves(l)),
                      vib_arg_f32((float)((uint64_t)n * vib_pixels(&l->in[0]))),
                      vib_arg_f32((float)o->epsilon), vib_arg_buffer(vib_layer_nonfinite(l)));
}

/* Frozen, it normalizes in training as it does in use, like Keras's. */
static int uses_batch(const vib_layer *l)
{
    return vib_layer_step(l) && !l->frozen;
}

static int statistics(vib_layer *l, int n)
{
    int err = 0;
    const vib_batchnorm_opts *o = l->opts;
    if (uses_batch(l)) {
        VIB_TRY(leaf_sums(l, SUM, stride(l), n));
        VIB_TRY(finish(l, MEAN_OF_SUM, 0, n));
        VIB_TRY(leaf_sums(l, SQUARES, stride(l), n));
        VIB_TRY(finish(l, VARIANCE_OF_SUM, 1, n));
    } else {
        VIB_TRY(VIB_LAUNCH(l->kernels[RUNNING], VIB_GROUPS(vib_groups64((uint64_t)l->in[0].c), 1, 1),
                           vib_arg_buffer(l->keep), kept(l, 0), VIB_WEIGHT(l, MEAN), VIB_WEIGHT(l, VARIANCE),
                           vib_arg_i32(l->in[0].c), vib_arg_f32((float)o->epsilon)));
    }
fail:
    return err;
}

/* NORMALIZE, DATA or FIXED_DATA. The last two have gradients; forward passes the kept numbers in their place.
 */
static int each(vib_layer *l, int which, const vib_tensor *to, const vib_tensor *dy, int n)
{
    const vib_shape *in = &l->in[0];
    const int has = which == DATA;
    return VIB_LAUNCH(
        l->kernels[which], VIB_GROUPS(blocks(l), (size_t)in->h, (size_t)n), VIB_TENSOR(to),
        VIB_TENSOR(l->x[0]), VIB_TENSOR(dy), vib_arg_buffer(l->keep), kept(l, 0), VIB_WEIGHT(l, GAMMA),
        VIB_WEIGHT(l, BETA), vib_arg_buffer(has ? vib_layer_gradients(l, GAMMA) : l->keep),
        vib_arg_u64(l->weights[GAMMA].offset), vib_arg_u64(l->weights[BETA].offset), vib_arg_i32(in->c),
        vib_arg_i32(in->w), vib_arg_f32((float)((uint64_t)n * vib_pixels(in))));
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    if (l->folded && !vib_layer_step(l))
        return VIB_OK;
    VIB_TRY(statistics(l, n));
    VIB_TRY(each(l, NORMALIZE, l->y, l->x[0], n));
    if (l->kernels[ACTIVATION_FORWARD])
        VIB_TRY(vib_activation_launch(l->kernels[ACTIVATION_FORWARD], l->activation, l->y, l->y, l->y, n));
fail:
    return err;
}

static int backward(vib_layer *l, int n)
{
    int err = 0;
    if (l->kernels[ACTIVATION_BACKWARD])
        VIB_TRY(vib_activation_launch(l->kernels[ACTIVATION_BACKWARD], l->activation, l->dy, l->dy, l->y, n));
    if (!l->frozen) {
        VIB_TRY(leaf_sums(l, GRADIENTS, vib_reduce_stride(l), n));
        VIB_TRY(vib_reduce_launch(l, l->kernels[REDUCE], n * leaves(l), VIB_GROUP_PICTURES * leaves(l)));
    }
    if (l->dx[0])
        VIB_TRY(each(l, uses_batch(l) ? DATA : FIXED_DATA, l->dx[0], l->dy, n));
fail:
    return err;
}

static int update(vib_layer *l)
{
    const vib_batchnorm_opts *o = l->opts;
    if (l->frozen)
        return VIB_OK;
    return VIB_LAUNCH(l->kernels[UPDATE], VIB_GROUPS(vib_groups64((uint64_t)l->in[0].c), 1, 1),
                      VIB_WEIGHT(l, MEAN), VIB_WEIGHT(l, VARIANCE), vib_arg_buffer(l->keep), kept(l, 0),
                      vib_arg_i32(l->in[0].c), vib_arg_f32((float)(1 - o->momentum)),
                      vib_arg_buffer(vib_layer_nonfinite(l)));
}

const vib_layer_ops vib_layer_batchnorm = {
    .name = "batchnorm",
    .help = "each channel brought to a mean and a deviation that are learnt",
    .keras = "batch_normalization",
    .class_name = "BatchNormalization",
    .opts_size = sizeof(vib_batchnorm_opts),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .update = update,
};
