#include <stdio.h>

#include "network/layers/conv2d.h"

/* Of a group's tile (kernels/conv2d_gpu.cl). */
static size_t rows_of(const vib_tile *t)
{
    return (size_t)(t->wm * (64 / t->lx));
}

static size_t columns_of(const vib_tile *t)
{
    return (size_t)(t->wn * t->lx);
}

/* The largest tile that leaves every compute unit a few groups; wm is a multiple of `places`. */
static vib_tile choose(const vib_layer *l, size_t rows, size_t columns, size_t layers, int places)
{
    const size_t wanted = 4 * (size_t)vib_layer_units(l);
    const int wn = columns > 16 ? 8 : columns > 8 ? 4 : 2, lx = columns > 32 ? 8 : 4;
    int wm = 8;
    while (wm > 1) {
        const vib_tile t = {.wm = wm, .wn = wn, .lx = lx};
        if (rows_of(&t) / 2 < rows &&
            vib_cover(rows, rows_of(&t)) * vib_cover(columns, columns_of(&t)) * layers >= wanted)
            break;
        wm /= 2;
    }
    return (vib_tile){.wm = VIB_MAX(places, wm / places * places), .wn = wn, .lx = lx};
}

static vib_size pool_of(const vib_layer *l)
{
    return l->fused ? ((const vib_pool2d_opts *)l->fused->opts)->size : (vib_size){1, 1};
}

/* The layer whose output and gradient are stored. */
static const vib_layer *last_of(const vib_layer *l)
{
    return l->fused ? l->fused : l;
}

static size_t groups_of(const vib_layer *l)
{
    return (size_t)vib_conv2d_groups(l->opts, l->in[0].c);
}

/* Tiles beside one another over channels of y or dx. */
static size_t beside(const vib_layer *l, int channels, const vib_tile *t)
{
    return groups_of(l) * vib_cover((size_t)channels / groups_of(l), columns_of(t));
}

/* Weights of one channel of y. */
static size_t filter(const vib_layer *l)
{
    return l->weights[0].info.count / (size_t)l->out.c;
}

static vib_tile usual(const vib_layer *l, int which)
{
    const size_t batch = (size_t)vib_layer_batch(l), groups = groups_of(l);
    const size_t out = (size_t)l->out.c / groups, in = (size_t)l->in[0].c / groups;
    const vib_size pool = pool_of(l);
    switch (which) {
    case VIB_CONV2D_FORWARD:
        return choose(l, batch * vib_pixels(&l->out), out, groups, pool.h * pool.w);
    case VIB_CONV2D_BACKWARD_DATA:
        return choose(l, batch * vib_pixels(&l->in[0]), in, groups, 1);
    default:
        return choose(l, filter(l), out, groups * batch * (size_t)vib_conv2d_leaves(l), 1);
    }
}

static int fits(const vib_layer *l, int which, const vib_tile *t)
{
    enum { MOST = 128 }; /* sums in registers */
    const vib_size pool = pool_of(l);
    const int places = which == VIB_CONV2D_FORWARD ? pool.h * pool.w : 1;
    return t->lx <= 16 && 64 % t->lx == 0 && t->wm % places == 0 && t->wn <= MOST && t->wm <= MOST / t->wn;
}

static int add(vib_layer *l, int which, const char *pass, const char *word)
{
    int err = 0;
    const vib_size pool = pool_of(l);
    VIB_TRY(vib_choose_tile(l, which, word, usual(l, which), fits));
    char name[64], pooled[32] = "";
    const vib_tile t = l->tiles[which];
    const vib_define defines[] = {VIB_DEFINE("PR", pool.h), VIB_DEFINE("PS", pool.w), VIB_DEFINE("WM", t.wm),
                                  VIB_DEFINE("WN", t.wn), VIB_DEFINE("LX", t.lx)};
    if (l->fused)
        snprintf(pooled, sizeof pooled, "pool%dx%d_", pool.h, pool.w);
    snprintf(name, sizeof name, "%st%dx%dx%d", pooled, t.wm, t.wn, t.lx);
    VIB_TRY(vib_conv2d_add(l, which, "conv2d_gpu.cl", pass, VIB_GROUPS(64, 1, 1), defines, VIB_COUNT(defines),
                           word, name));
fail:
    return err;
}

static int prepare_forward(vib_layer *l)
{
    return add(l, VIB_CONV2D_FORWARD, "FWD", "fwd");
}

static int prepare_backward(vib_layer *l)
{
    int err = 0;
    VIB_TRY(add(l, VIB_CONV2D_BACKWARD_WEIGHT, "BWD_WEIGHT", "bwd_weight"));
    VIB_TRY(vib_reduce_prepare(l, &l->kernels[VIB_CONV2D_REDUCE]));
    l->aside = (uint64_t)(vib_layer_batch(l) * vib_conv2d_leaves(l)) * vib_reduce_stride(l);
    if (l->dx[0])
        VIB_TRY(add(l, VIB_CONV2D_BACKWARD_DATA, "BWD_DATA", "bwd_data"));
fail:
    return err;
}

static int forward(vib_layer *l, int n)
{
    const vib_layer *last = last_of(l);
    const vib_size pool = pool_of(l), before = vib_conv2d_before(l);
    const vib_tile *const t = &l->tiles[VIB_CONV2D_FORWARD];
    const size_t pixels = (size_t)n * vib_pixels(&last->out) * (size_t)(pool.h * pool.w);
    return VIB_LAUNCH(l->kernels[VIB_CONV2D_FORWARD],
                      VIB_GROUPS(beside(l, l->out.c, t), vib_cover(pixels, rows_of(t)), 1),
                      VIB_TENSOR(last->y), VIB_KEEP(last), VIB_TENSOR(l->x[0]), VIB_WEIGHT(l, 0),
                      VIB_CONV2D_BIAS(l), vib_arg_i32(n), vib_arg_i32(l->out.h), vib_arg_i32(l->out.w),
                      vib_arg_i32(before.h), vib_arg_i32(before.w));
}

static int backward_weight(vib_layer *l, int n)
{
    int err = 0;
    const vib_layer *last = last_of(l);
    const vib_size before = vib_conv2d_before(l);
    const vib_tile *const t = &l->tiles[VIB_CONV2D_BACKWARD_WEIGHT];
    const int leaves = vib_conv2d_leaves(l);
    VIB_TRY(
        VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_WEIGHT],
                   VIB_GROUPS(beside(l, l->out.c, t), vib_cover(filter(l), rows_of(t)), (size_t)(n * leaves)),
                   vib_arg_buffer(vib_layer_scratch(l)), vib_arg_u64(vib_reduce_stride(l)),
                   vib_arg_u64(vib_reduce_bias_at(l)), VIB_TENSOR(l->x[0]), VIB_TENSOR(last->dy),
                   VIB_KEEP(last), vib_arg_i32(l->out.h), vib_arg_i32(l->out.w), vib_arg_i32(before.h),
                   vib_arg_i32(before.w), vib_arg_i32(vib_leaf_rows(l))));
    VIB_TRY(vib_reduce_launch(l, l->kernels[VIB_CONV2D_REDUCE], n * leaves, VIB_GROUP_PICTURES * leaves));
fail:
    return err;
}

static int backward_data(vib_layer *l, int n)
{
    const vib_layer *last = last_of(l);
    const vib_size before = vib_conv2d_before(l);
    const vib_tile *const t = &l->tiles[VIB_CONV2D_BACKWARD_DATA];
    const size_t pixels = (size_t)n * vib_pixels(&l->in[0]);
    return VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_DATA],
                      VIB_GROUPS(beside(l, l->in[0].c, t), vib_cover(pixels, rows_of(t)), 1),
                      VIB_TENSOR(l->dx[0]), VIB_TENSOR(last->dy), VIB_KEEP(last), VIB_WEIGHT(l, 0),
                      vib_arg_i32(n), vib_arg_i32(l->in[0].h), vib_arg_i32(l->in[0].w), vib_arg_i32(l->out.h),
                      vib_arg_i32(l->out.w), vib_arg_i32(before.h), vib_arg_i32(before.w));
}

const vib_conv2d_passes vib_conv2d_gpu = {prepare_forward, prepare_backward, forward, backward_weight,
                                          backward_data};
