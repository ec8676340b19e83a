/* A batchnorm folded into the layer in front of it (docs/arithmetic.md): outside of training that layer's own
 * forward pass, with other weights, is both. */
#include "network/fused/fused.h"

/* Rows of a kernel that one work-item has. */
enum { ROWS = 64 };

static int vector(const vib_fold *f)
{
    return vib_layer_on_cpu(&f->layer) ? vib_blocks_of(&f->layer, f->layer.out.c).v : 1;
}

static int prepare(vib_layer *l)
{
    int err = 0;
    vib_fold *f = l->fold;
    const vib_define defines[] = {VIB_DEFINE("V", vector(f))};
    if (!l->hidden)
        VIB_TRY(f->layer.ops->prepare(l));
    VIB_TRY(f->layer.ops->prepare(&f->layer));
    l->scratch = VIB_MAX(l->scratch, f->layer.scratch);
    VIB_TRY(vib_add_kernel(l, "batchnorm.cl", "FOLD", defines, VIB_COUNT(defines), VIB_GROUPS(64, 1, 1),
                           &f->kernel, "batchnorm_fold_v%d", vector(f)));
fail:
    return err;
}

static int fold(const vib_layer *l)
{
    const vib_fold *f = l->fold;
    const vib_batchnorm_opts *o = f->norm->opts;
    const int channels = l->out.c, rows = (int)(l->weights[0].info.count / (size_t)channels);
    return VIB_LAUNCH(
        f->kernel,
        VIB_GROUPS(vib_groups64((uint64_t)(channels / vector(f))), (size_t)((rows - 1) / ROWS + 1), 1),
        VIB_WEIGHT(&f->layer, 0), vib_arg_u64(f->weights[1].offset), VIB_WEIGHT(l, 0),
        VIB_WEIGHT(l, l->need.n_weights - 1), VIB_WEIGHT(f->norm, VIB_BATCHNORM_GAMMA),
        VIB_WEIGHT(f->norm, VIB_BATCHNORM_BETA), VIB_WEIGHT(f->norm, VIB_BATCHNORM_MEAN),
        VIB_WEIGHT(f->norm, VIB_BATCHNORM_VARIANCE), vib_arg_i32(rows), vib_arg_i32(ROWS),
        vib_arg_i32(channels), vib_arg_i32(l->need.n_weights > 1), vib_arg_f32((float)o->epsilon));
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    vib_fold *f = l->fold;
    if (vib_layer_step(l))
        return f->layer.ops->forward(l, n);
    if (f->changes != vib_layer_changes(l)) {
        VIB_TRY(fold(l));
        f->changes = vib_layer_changes(l);
    }
    VIB_TRY(f->layer.ops->forward(&f->layer, n));
fail:
    return err;
}

static int backward(vib_layer *l, int n)
{
    return l->fold->layer.ops->backward(l, n);
}

const vib_layer_ops vib_fused_fold = {
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
