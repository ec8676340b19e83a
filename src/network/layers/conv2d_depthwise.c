#include <stdio.h>

#include "network/layers/conv2d.h"

/* Filters of an input channel. */
static int multiplier(const vib_layer *l)
{
    return l->out.c / l->in[0].c;
}

/* Channels that one vector can be of. */
static int neighbours(const vib_layer *l, int which)
{
    if (multiplier(l) == 1)
        return l->in[0].c;
    return which == VIB_CONV2D_BACKWARD_DATA ? 1 : multiplier(l);
}

static int channels(const vib_layer *l, int which)
{
    return which == VIB_CONV2D_BACKWARD_DATA ? l->in[0].c : l->out.c;
}

/* Pixels of a row that are computed alike. */
static int pixels(const vib_layer *l, int which)
{
    const vib_conv2d_opts *o = l->opts;
    return which == VIB_CONV2D_BACKWARD_DATA ? VIB_MAX(1, l->in[0].w / o->stride.w) : l->out.w;
}

static int fits(const vib_layer *l, int which, const vib_tile *t)
{
    const vib_size kernel = ((const vib_conv2d_opts *)l->opts)->kernel;
    const int one = vib_layer_on_cpu(l) || (t->v == 1 && t->kb == 1);
    if (which == VIB_CONV2D_BACKWARD_WEIGHT)
        return one && neighbours(l, which) % t->v == 0 && kernel.h % t->rb == 0 && t->p <= 16 &&
               vib_vectors_fit(t, channels(l, which), t->rb * kernel.w);
    return one && neighbours(l, which) % t->v == 0 && t->p <= pixels(l, which) &&
           vib_vectors_fit(t, channels(l, which), t->p);
}

/* As much of the window in registers as fits, or a row of it. */
static vib_tile usual_weight(const vib_layer *l)
{
    enum { PIXELS = 4 };
    const vib_size kernel = ((const vib_conv2d_opts *)l->opts)->kernel;
    const vib_blocks b = vib_blocks_of(l, neighbours(l, VIB_CONV2D_BACKWARD_WEIGHT));
    vib_tile best = {0};
    for (int kb = vib_layer_on_cpu(l) ? b.kb : 1; kb > 0; kb--) {
        const vib_tile t = {.v = vib_layer_on_cpu(l) ? b.v : 1,
                            .kb = kb,
                            .p = PIXELS,
                            .rb = vib_divisor(kernel.h, b.registers / (kb * kernel.w))};
        const int sums = t.rb * kernel.w * kb;
        if (l->out.c % (t.v * kb) == 0 &&
            (!best.v || (sums <= b.registers && sums > best.rb * kernel.w * best.kb)))
            best = t;
    }
    return best;
}

static vib_tile usual(const vib_layer *l, int which)
{
    enum { GPU_PIXELS = 4, MOST_VECTORS = 4 };
    if (which == VIB_CONV2D_BACKWARD_WEIGHT)
        return usual_weight(l);
    if (!vib_layer_on_cpu(l))
        return (vib_tile){.v = 1, .kb = 1, .p = VIB_MIN(GPU_PIXELS, pixels(l, which))};
    /* Neighbours, so that memory is read line after line. */
    const vib_blocks b = vib_blocks_of(l, neighbours(l, which));
    const int kb = vib_divisor(channels(l, which) / b.v, MOST_VECTORS);
    return (vib_tile){.v = b.v, .kb = kb, .p = vib_tile_of(pixels(l, which), VIB_MIN(b.registers, 16) / kb)};
}

static int add(vib_layer *l, int which, const char *word)
{
    static const char *const passes[2][3] = {{"FWD_GPU", "BWD_WEIGHT_GPU", "BWD_DATA_GPU"},
                                             {"FWD_CPU", "BWD_WEIGHT_CPU", "BWD_DATA_CPU"}};
    int err = 0;
    char name[64];
    const int cpu = vib_layer_on_cpu(l);
    VIB_TRY(vib_choose_tile(l, which, word, usual(l, which), fits));
    const vib_tile t = l->tiles[which];
    const int stream =
        which != VIB_CONV2D_BACKWARD_WEIGHT && vib_streams(l, vib_conv2d_written(l, which), t.v * t.kb);
    const vib_define defines[] = {VIB_DEFINE("V", t.v), VIB_DEFINE("KB", t.kb), VIB_DEFINE("P", t.p),
                                  VIB_DEFINE("RB", VIB_MAX(1, t.rb)), VIB_DEFINE("STREAM", stream)};
    snprintf(name, sizeof name, "v%dx%d_p%d_r%d%s", t.v, t.kb, t.p, t.rb, stream ? "_stream" : "");
    VIB_TRY(vib_conv2d_add(l, which, "depthwise_conv2d.cl", passes[cpu][which],
                           cpu ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(64, 1, 1), defines, VIB_COUNT(defines),
                           word, name));
fail:
    return err;
}

static int prepare_forward(vib_layer *l)
{
    return add(l, VIB_CONV2D_FORWARD, "fwd");
}

static int prepare_backward(vib_layer *l)
{
    int err = 0;
    VIB_TRY(add(l, VIB_CONV2D_BACKWARD_WEIGHT, "bwd_weight"));
    VIB_TRY(vib_reduce_prepare(l, &l->kernels[VIB_CONV2D_REDUCE]));
    l->aside = (uint64_t)(vib_layer_batch(l) * vib_conv2d_leaves(l)) * vib_reduce_stride(l);
    if (l->dx[0])
        VIB_TRY(add(l, VIB_CONV2D_BACKWARD_DATA, "bwd_data"));
fail:
    return err;
}

/* Into `groups`, for n pictures of h rows: `strips` of each row, on the gpu family a work-item each. */
static const size_t *range(const vib_layer *l, int which, int h, int strips, int n, size_t groups[3])
{
    const vib_tile *const t = &l->tiles[which];
    const size_t blocks = (size_t)(channels(l, which) / (t->v * t->kb));
    const int cpu = vib_layer_on_cpu(l);
    groups[0] = cpu ? (size_t)h : vib_groups64(blocks * (uint64_t)strips);
    groups[1] = cpu ? (size_t)n : (size_t)h;
    groups[2] = cpu ? blocks : (size_t)n;
    return groups;
}

static int strips(int count, int each)
{
    return (count + each - 1) / each;
}

static int forward(vib_layer *l, int n)
{
    size_t groups[3];
    const vib_size before = vib_conv2d_before(l);
    const int each = strips(l->out.w, l->tiles[VIB_CONV2D_FORWARD].p);
    return VIB_LAUNCH(l->kernels[VIB_CONV2D_FORWARD], range(l, VIB_CONV2D_FORWARD, l->out.h, each, n, groups),
                      VIB_TENSOR(l->y), VIB_TENSOR(l->x[0]), VIB_WEIGHT(l, 0), VIB_CONV2D_BIAS(l),
                      vib_arg_i32(l->out.w), vib_arg_i32(before.h), vib_arg_i32(before.w));
}

static int backward_data(vib_layer *l, int n)
{
    size_t groups[3];
    const vib_shape *in = &l->in[0];
    const vib_size before = vib_conv2d_before(l);
    const int phases = ((const vib_conv2d_opts *)l->opts)->stride.w;
    const int each = phases * strips(strips(in->w, phases), l->tiles[VIB_CONV2D_BACKWARD_DATA].p);
    return VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_DATA],
                      range(l, VIB_CONV2D_BACKWARD_DATA, in->h, each, n, groups), VIB_TENSOR(l->dx[0]),
                      VIB_TENSOR(l->dy), VIB_WEIGHT(l, 0), vib_arg_i32(in->w), vib_arg_i32(before.h),
                      vib_arg_i32(before.w));
}

static int backward_weight(vib_layer *l, int n)
{
    int err = 0;
    const vib_tile *const t = &l->tiles[VIB_CONV2D_BACKWARD_WEIGHT];
    const vib_size before = vib_conv2d_before(l);
    const int leaves = vib_conv2d_leaves(l), rows = ((const vib_conv2d_opts *)l->opts)->kernel.h / t->rb;
    const size_t items = (size_t)(l->out.c / (t->v * t->kb) * rows);
    VIB_TRY(VIB_LAUNCH(
        l->kernels[VIB_CONV2D_BACKWARD_WEIGHT],
        VIB_GROUPS(vib_layer_on_cpu(l) ? items : vib_groups64(items), (size_t)leaves, (size_t)n),
        vib_arg_buffer(vib_layer_scratch(l)), vib_arg_u64(vib_reduce_stride(l)),
        vib_arg_u64(vib_reduce_bias_at(l)), VIB_TENSOR(l->x[0]), VIB_TENSOR(l->dy), vib_arg_i32(l->out.h),
        vib_arg_i32(l->out.w), vib_arg_i32(before.h), vib_arg_i32(before.w), vib_arg_i32(vib_leaf_rows(l))));
    VIB_TRY(vib_reduce_launch(l, l->kernels[VIB_CONV2D_REDUCE], n * leaves, VIB_GROUP_PICTURES * leaves));
fail:
    return err;
}

const vib_conv2d_passes vib_conv2d_depthwise = {prepare_forward, prepare_backward, forward, backward_weight,
                                                backward_data};
