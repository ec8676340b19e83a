#include <stdio.h>

#include "network/layers/conv2d.h"

/* Channels of a group. */
static int in_channels(const vib_layer *l)
{
    return l->in[0].c / vib_conv2d_groups(l->opts, l->in[0].c);
}

static int out_channels(const vib_layer *l)
{
    return l->out.c / vib_conv2d_groups(l->opts, l->in[0].c);
}

/* Columns of a filter row that are neighbours in x. */
static int neighbours(const vib_layer *l)
{
    const vib_conv2d_opts *o = l->opts;
    return in_channels(l) == l->in[0].c && o->dilation.w == 1 ? o->kernel.w * l->in[0].c : in_channels(l);
}

/* Columns of a filter row in registers: the largest divisor that fits. */
static int columns(const vib_layer *l, const vib_blocks *b)
{
    return vib_divisor(neighbours(l), b->registers / b->kb);
}

/* Pixels of a row of dx that are computed alike: a phase has at least these. */
static int phase(const vib_layer *l)
{
    return VIB_MAX(1, l->in[0].w / ((const vib_conv2d_opts *)l->opts)->stride.w);
}

static int fits(const vib_layer *l, int which, const vib_tile *t)
{
    if (which == VIB_CONV2D_BACKWARD_WEIGHT)
        return vib_vectors_fit(t, out_channels(l), t->jb) && neighbours(l) % t->jb == 0;
    if (which == VIB_CONV2D_BACKWARD_DATA)
        return vib_vectors_fit(t, in_channels(l), t->p) && t->p <= phase(l);
    return vib_vectors_fit(t, out_channels(l), t->p) && t->p <= l->out.w;
}

/* Whether a pass writes past the caches: it has few products for each value. */
static int streams(const vib_layer *l, int which, const vib_tile *t)
{
    enum { MOST_PRODUCTS = 128 };
    const vib_size kernel = ((const vib_conv2d_opts *)l->opts)->kernel;
    const int depth = which == VIB_CONV2D_FORWARD ? in_channels(l) : out_channels(l);
    return which != VIB_CONV2D_BACKWARD_WEIGHT && kernel.h * kernel.w * depth <= MOST_PRODUCTS &&
           vib_streams(l, vib_conv2d_written(l, which), t->v * t->kb);
}

/* Rows that a work-item of a pass writes: several where rows have few products, as each work-item takes the
 * time of a thousand to begin, as long as every unit has many work-items to take. */
static int rows(const vib_layer *l, int which)
{
    enum { FEW_PRODUCTS = 32 << 10, MANY_ITEMS = 32 };
    const int all = vib_conv2d_written(l, which)->h;
    const uint64_t few = FEW_PRODUCTS * (uint64_t)all / VIB_MAX(1, l->need.multiply_adds);
    const uint64_t many =
        (uint64_t)vib_layer_batch(l) * (uint64_t)all / (uint64_t)(MANY_ITEMS * vib_layer_units(l));
    return vib_divisor(all, (int)VIB_MAX(1, VIB_MIN(few, many)));
}

/* Work-items that have a picture's rows among them. */
static size_t bands(const vib_layer *l, int which)
{
    return (size_t)(vib_conv2d_written(l, which)->h / rows(l, which));
}

static int add(vib_layer *l, int which, const char *pass, const char *word, vib_tile usual)
{
    int err = 0;
    VIB_TRY(vib_choose_tile(l, which, word, usual, fits));
    char name[64];
    const vib_tile t = l->tiles[which];
    const int p = VIB_MAX(1, t.p), jb = VIB_MAX(1, t.jb), stream = streams(l, which, &t);
    const int r = which == VIB_CONV2D_BACKWARD_WEIGHT ? 1 : rows(l, which);
    const vib_define defines[] = {VIB_DEFINE("V", t.v), VIB_DEFINE("KB", t.kb), VIB_DEFINE("P", p),
                                  VIB_DEFINE("JB", jb), VIB_DEFINE("ROWS", r),  VIB_DEFINE("STREAM", stream)};
    snprintf(name, sizeof name, "v%dx%d_p%d_j%d_r%d%s", t.v, t.kb, p, jb, r, stream ? "_stream" : "");
    VIB_TRY(vib_conv2d_add(l, which, "conv2d.cl", pass, VIB_GROUPS(1, 1, 1), defines, VIB_COUNT(defines),
                           word, name));
fail:
    return err;
}

/* Channels that a work-item of a pass has. */
static int block(const vib_layer *l, int which)
{
    return l->tiles[which].v * l->tiles[which].kb;
}

/* Weights in blocks of the channels of a pass. */
static int add_pack(vib_layer *l, int which, const char *pass, int of)
{
    const vib_conv2d_opts *o = l->opts;
    const vib_tile t = l->tiles[of];
    const int shares = vib_conv2d_groups(o, l->in[0].c);
    const vib_define defines[] = {
        VIB_DEFINE("C", l->in[0].c),  VIB_DEFINE("K", l->out.c), VIB_DEFINE("R", o->kernel.h),
        VIB_DEFINE("S", o->kernel.w), VIB_DEFINE("G", shares),   VIB_DEFINE("V", t.v),
        VIB_DEFINE("KB", t.kb),
    };
    l->scratch = VIB_MAX(l->scratch, l->weights[0].info.count);
    return vib_add_kernel(l, "conv2d.cl", pass, defines, VIB_COUNT(defines), VIB_GROUPS(1, 1, 1),
                          &l->kernels[which], "pack%s_c%d_k%d_%dx%d_g%d_v%dx%d",
                          which == VIB_CONV2D_PACK_DATA ? "_data" : "", l->in[0].c, l->out.c, o->kernel.h,
                          o->kernel.w, shares, t.v, t.kb);
}

static int launch_pack(const vib_layer *l, int which, int blocks)
{
    const vib_size kernel = ((const vib_conv2d_opts *)l->opts)->kernel;
    return VIB_LAUNCH(l->kernels[which], VIB_GROUPS((size_t)blocks, (size_t)(kernel.h * kernel.w), 1),
                      vib_arg_buffer(vib_layer_scratch(l)), VIB_WEIGHT(l, 0));
}

static int groups(int n)
{
    return (n + VIB_GROUP_PICTURES - 1) / VIB_GROUP_PICTURES;
}

/* Bytes that a work-item may read again and again, and of sums that it may add to: caches hold them. */
enum { MOST_READ = 128 << 10, MOST_SUMS = 512 << 10 };

static size_t weight_bytes(const vib_layer *l)
{
    return l->weights[0].info.count * sizeof(float);
}

/* The fewest equal shares of n things that are as many as wanted, or n. */
static int shares(int n, int wanted)
{
    return n / vib_divisor(n, VIB_MAX(1, n / VIB_MAX(1, wanted)));
}

/* Work-items that have a row's blocks of channels among them. */
static size_t row_shares(const vib_layer *l, int blocks)
{
    return (size_t)shares(blocks, (int)(weight_bytes(l) / MOST_READ));
}

static int prepare_forward(vib_layer *l)
{
    int err = 0;
    const vib_blocks out = vib_blocks_of(l, out_channels(l));
    const int pixels = VIB_MIN(out.registers, 16) / out.kb;
    VIB_TRY(add(l, VIB_CONV2D_FORWARD, "FWD_CPU", "fwd",
                (vib_tile){.v = out.v, .kb = out.kb, .p = vib_tile_of(l->out.w, pixels)}));
    if (block(l, VIB_CONV2D_FORWARD) < l->out.c)
        VIB_TRY(add_pack(l, VIB_CONV2D_PACK, "PACK_CPU", VIB_CONV2D_FORWARD));
fail:
    return err;
}

static int prepare_backward(vib_layer *l)
{
    int err = 0;
    const vib_blocks out = vib_blocks_of(l, out_channels(l)), in = vib_blocks_of(l, in_channels(l));
    const int pixels = VIB_MIN(in.registers, 16) / in.kb;
    VIB_TRY(add(l, VIB_CONV2D_BACKWARD_WEIGHT, "BWD_WEIGHT_CPU", "bwd_weight",
                (vib_tile){.v = out.v, .kb = out.kb, .jb = columns(l, &out)}));
    VIB_TRY(vib_reduce_prepare(l, &l->kernels[VIB_CONV2D_REDUCE]));
    l->aside = (uint64_t)groups(vib_layer_batch(l)) * vib_reduce_stride(l);
    if (l->dx[0]) {
        VIB_TRY(add(l, VIB_CONV2D_BACKWARD_DATA, "BWD_DATA_CPU", "bwd_data",
                    (vib_tile){.v = in.v, .kb = in.kb, .p = vib_tile_of(phase(l), pixels)}));
        VIB_TRY(add_pack(l, VIB_CONV2D_PACK_DATA, "PACK_DATA_CPU", VIB_CONV2D_BACKWARD_DATA));
    }
fail:
    return err;
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    const int blocks = l->out.c / block(l, VIB_CONV2D_FORWARD), packed = l->kernels[VIB_CONV2D_PACK] != NULL;
    const vib_size before = vib_conv2d_before(l);
    if (packed)
        VIB_TRY(launch_pack(l, VIB_CONV2D_PACK, blocks));
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_FORWARD],
                       VIB_GROUPS(bands(l, VIB_CONV2D_FORWARD), (size_t)n, row_shares(l, blocks)),
                       VIB_TENSOR(l->y), VIB_TENSOR(l->x[0]),
                       vib_arg_buffer(packed ? vib_layer_scratch(l) : vib_layer_values(l, 0)),
                       vib_arg_u64(packed ? 0 : l->weights[0].offset), VIB_CONV2D_BIAS(l),
                       vib_arg_i32(l->out.w), vib_arg_i32(before.h), vib_arg_i32(before.w)));
fail:
    return err;
}

static int backward_weight(vib_layer *l, int n)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const vib_tile t = l->tiles[VIB_CONV2D_BACKWARD_WEIGHT];
    const vib_size before = vib_conv2d_before(l);
    const int kblocks = l->out.c / block(l, VIB_CONV2D_BACKWARD_WEIGHT);
    const int blocks = o->kernel.h * (o->kernel.w * in_channels(l) / t.jb);
    const size_t leaf = (size_t)vib_leaf_rows(l) * (size_t)(l->out.w * l->out.c) * sizeof(float);
    const size_t fit = VIB_MAX(weight_bytes(l) / MOST_SUMS, leaf / MOST_READ);
    /* Two work-items for each unit, so that none waits long; they share the wider of x and dy. */
    const int wanted = 2 * vib_layer_units(l) / groups(n);
    const int least = shares(kblocks, VIB_MAX((int)fit, l->out.c > l->in[0].c ? wanted : 1));
    const int split = shares(blocks, wanted / least);
    const int k_split = VIB_MAX(least, shares(kblocks, wanted / split));
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_WEIGHT],
                       VIB_GROUPS((size_t)split, (size_t)groups(n), (size_t)k_split),
                       vib_arg_buffer(vib_layer_scratch(l)), vib_arg_u64(vib_reduce_stride(l)),
                       vib_arg_u64(vib_reduce_bias_at(l)), VIB_TENSOR(l->x[0]), VIB_TENSOR(l->dy),
                       vib_arg_i32(n), vib_arg_i32(l->out.h), vib_arg_i32(l->out.w), vib_arg_i32(before.h),
                       vib_arg_i32(before.w), vib_arg_i32(vib_leaf_rows(l))));
    VIB_TRY(vib_reduce_launch(l, l->kernels[VIB_CONV2D_REDUCE], groups(n), 1));
fail:
    return err;
}

static int backward_data(vib_layer *l, int n)
{
    int err = 0;
    const int blocks = l->in[0].c / block(l, VIB_CONV2D_BACKWARD_DATA);
    const vib_size before = vib_conv2d_before(l);
    VIB_TRY(launch_pack(l, VIB_CONV2D_PACK_DATA, blocks));
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_DATA],
                       VIB_GROUPS(bands(l, VIB_CONV2D_BACKWARD_DATA), (size_t)n, row_shares(l, blocks)),
                       VIB_TENSOR(l->dx[0]), VIB_TENSOR(l->dy), vib_arg_buffer(vib_layer_scratch(l)),
                       vib_arg_u64(0), vib_arg_i32(l->in[0].w), vib_arg_i32(before.h),
                       vib_arg_i32(before.w)));
fail:
    return err;
}

const vib_conv2d_passes vib_conv2d_cpu = {prepare_forward, prepare_backward, forward, backward_weight,
                                          backward_data};
