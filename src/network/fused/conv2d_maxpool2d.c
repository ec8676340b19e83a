#include "network/fused/fused.h"
#include "network/layers/conv2d.h"

/* Of a pooling's window, and what is not one: three bits of a byte (kernels/conv2d_maxpool2d.cl). */
enum { MOST_PLACES = 4 };

/* Of weights that an innermost cache keeps beside everything else, and tiles whose sums are kept in it. */
enum { CACHED_WEIGHTS = 16 << 10, MOST_TILES = 8 };

/* What one work-item of BWD_WEIGHT_CPU has in scratch, which a core's own cache keeps; channels whose winners
 * it looks for at a time. */
enum { CACHED_SUMS = 256 << 10, MOST_LISTED = 16 };

static vib_size pool_size(const vib_layer *conv)
{
    return ((const vib_pool2d_opts *)conv->fused->opts)->size;
}

/* Weights of one output channel. */
static uint64_t filter(const vib_layer *l)
{
    return l->weights[0].info.count / (uint64_t)l->out.c;
}

/* One of Winograd's tiles is a window of the pooling; other windows are two layers. */
static int suits(const vib_conv2d_opts *o, vib_size pool)
{
    return o->algorithm == VIB_ALGORITHM_DIRECT || (pool.h == 2 && pool.w == 2);
}

int vib_fused_conv2d_maxpool2d_fits(const vib_layer *conv, const vib_layer *pool)
{
    if (conv->ops != &vib_layer_conv2d || pool->ops != &vib_layer_maxpool2d)
        return 0;
    const vib_conv2d_opts *o = conv->opts;
    const vib_pool2d_opts *p = pool->opts;
    const vib_size stride = vib_pool2d_stride(p);
    const int side_by_side = stride.h == p->size.h && stride.w == p->size.w &&
                             p->padding != VIB_PADDING_SYMMETRIC && pool->out.h * p->size.h <= conv->out.h &&
                             pool->out.w * p->size.w <= conv->out.w;
    const int plain = o->bias && o->stride.h == 1 && o->stride.w == 1 && o->dilation.h == 1 &&
                      o->dilation.w == 1 && o->groups == 1 && conv->activation <= VIB_ACTIVATION_RELU;
    const vib_blocks b = vib_blocks_of(conv, conv->in[0].c);
    return side_by_side && plain && suits(o, p->size) && p->size.h * p->size.w <= MOST_PLACES &&
           (!vib_layer_on_cpu(conv) || !conv->dx[0] || o->kernel.h * o->kernel.w <= b.registers);
}

/* Whether a filter row is whole vectors, so that winners can be met one by one. */
static int by_winner(const vib_layer *l)
{
    return l->in[0].c % 8 == 0;
}

static int fits(const vib_layer *l, int which, const vib_tile *t)
{
    const vib_conv2d_opts *o = l->opts;
    const vib_size pool = pool_size(l);
    const int row = o->kernel.w * l->in[0].c;
    if (which == VIB_CONV2D_FORWARD)
        return t->tiles <= MOST_TILES && t->p <= l->fused->out.w &&
               vib_vectors_fit(t, l->out.c, t->p * pool.h * pool.w);
    if (which == VIB_CONV2D_BACKWARD_DATA)
        return t->span <= l->in[0].h && vib_vectors_fit(t, l->in[0].c, o->kernel.h * o->kernel.w);
    if (!by_winner(l))
        return t->span <= o->kernel.h && vib_vectors_fit(t, l->out.c, t->jb) && row % t->jb == 0;
    const vib_tile whole = {.v = t->v, .kb = t->jb};
    return t->span <= l->out.c && o->kernel.h % t->rb == 0 && vib_vectors_fit(&whole, row, t->rb);
}

/* Channels whose winners BWD_WEIGHT_CPU looks for at a time, where it has `span` of them. */
static int listed(const vib_layer *l, int span)
{
    int m = by_winner(l) ? MOST_LISTED : 1;
    while (span % m || l->out.c % m)
        m /= 2;
    return m;
}

static int add(vib_layer *l, int which, const char *pass, const char *word, vib_tile usual)
{
    int err = 0;
    VIB_TRY(vib_choose_tile(l, which, word, usual, fits));
    const vib_conv2d_opts *o = l->opts;
    const vib_tile t = l->tiles[which];
    const int kb = VIB_MAX(1, t.kb), p = VIB_MAX(1, t.p), rb = VIB_MAX(1, t.rb), jb = VIB_MAX(1, t.jb);
    const int tiles = VIB_MAX(1, t.tiles), m = which == VIB_CONV2D_BACKWARD_WEIGHT ? listed(l, t.span) : 1;
    const vib_size pool = pool_size(l);
    const vib_define defines[] = {
        VIB_DEFINE("C", l->in[0].c),  VIB_DEFINE("K", o->filters),
        VIB_DEFINE("R", o->kernel.h), VIB_DEFINE("S", o->kernel.w),
        VIB_DEFINE("PR", pool.h),     VIB_DEFINE("PS", pool.w),
        VIB_DEFINE("V", t.v),         VIB_DEFINE("KB", kb),
        VIB_DEFINE("P", p),           VIB_DEFINE("RB", rb),
        VIB_DEFINE("JB", jb),         VIB_DEFINE("T", tiles),
        VIB_DEFINE("M", m),           VIB_DEFINE("ACT", vib_activation_fused(l->activation)),
    };
    VIB_TRY(vib_add_kernel(l, "conv2d_maxpool2d.cl", pass, defines, VIB_COUNT(defines), VIB_GROUPS(1, 1, 1),
                           &l->kernels[which],
                           "conv2d_%s_c%d_k%d_%dx%d_pool%dx%d%s_v%dx%d_p%d_j%dx%d_t%d_m%d", word, l->in[0].c,
                           o->filters, o->kernel.h, o->kernel.w, pool.h, pool.w,
                           vib_activation_suffix(l->activation), t.v, kb, p, rb, jb, tiles, m));
fail:
    return err;
}

/* ---- sizes of scratch and of ranges ---- */

static int groups(int n)
{
    return (n + VIB_GROUP_PICTURES - 1) / VIB_GROUP_PICTURES;
}

/* A few work-items for each unit, so that none waits long for the last. */
static int wanted_items(const vib_layer *l, int each)
{
    return each * vib_layer_units(l);
}

/* Output channels of one work-item of BWD_WEIGHT_CPU: dy is read from far away, a line of it for all. */
static int usual_channels(const vib_layer *l)
{
    const int each = l->out.c * groups(vib_layer_batch(l)) / wanted_items(l, 2);
    const int cached = (int)(CACHED_SUMS / (2 * sizeof(float) * filter(l)));
    const int span = VIB_MAX(1, VIB_MIN(VIB_MIN(each, cached), l->out.c));
    int m = 8;
    while (m > span)
        m /= 2;
    return span / m * m;
}

/* Shares of the window that BWD_DENSE_CPU has work-items for: each looks for the winners again, so few. */
static int usual_split(const vib_layer *l, int channels)
{
    const int rows = ((const vib_conv2d_opts *)l->opts)->kernel.h;
    const int others = groups(vib_layer_batch(l)) * (l->out.c / channels);
    return VIB_MAX(1, VIB_MIN(rows, wanted_items(l, 2) / others));
}

/* Work-items of a filter gradient for each group: shares, of the output channels or of the window, for each
 * block of output channels. */
static int shares(const vib_layer *l)
{
    const int span = l->tiles[VIB_CONV2D_BACKWARD_WEIGHT].span;
    return by_winner(l) ? (l->out.c + span - 1) / span : span;
}

static int blocks(const vib_layer *l)
{
    const vib_tile t = l->tiles[VIB_CONV2D_BACKWARD_WEIGHT];
    return by_winner(l) ? 1 : l->out.c / (t.v * t.kb);
}

/* Rows of dx of one work-item of BWD_DATA_CPU: bands repeat work at their edges, so few. */
static int usual_band(const vib_layer *l)
{
    const int bands = (wanted_items(l, 4) + vib_layer_batch(l) - 1) / vib_layer_batch(l);
    const int rows = (l->in[0].h + bands - 1) / bands, kernel = ((const vib_conv2d_opts *)l->opts)->kernel.h;
    return VIB_MIN(l->in[0].h, VIB_MAX(rows, 4 * kernel));
}

static int band(const vib_layer *l)
{
    return l->tiles[VIB_CONV2D_BACKWARD_DATA].span;
}

static int bands(const vib_layer *l)
{
    return (l->in[0].h + band(l) - 1) / band(l);
}

/* Floats of scratch of one work-item. */
static uint64_t data_item(const vib_layer *l)
{
    const vib_conv2d_opts *o = l->opts;
    const vib_size pool = pool_size(l);
    const uint64_t ow = (uint64_t)l->fused->out.w, places = (uint64_t)pool.h * (uint64_t)pool.w;
    const uint64_t width = ow * (uint64_t)pool.w + (uint64_t)o->kernel.w - 1;
    const uint64_t words = ow * places * (((uint64_t)l->out.c + 63) / 64);
    const uint64_t rows = (uint64_t)VIB_MAX(1, o->kernel.h - 1);
    return vib_round_up(rows * width * (uint64_t)l->in[0].c + 1 + 2 * words, 16);
}

static uint64_t weight_item(const vib_layer *l)
{
    const vib_tile t = l->tiles[VIB_CONV2D_BACKWARD_WEIGHT];
    if (!by_winner(l))
        return vib_round_up(filter(l) * (uint64_t)(t.v * t.kb), 16);
    const uint64_t span = (uint64_t)t.span;
    return 128 + vib_round_up(2 * span, 16) + vib_round_up(2 * span * (filter(l) + 16), 16);
}

/* Behind the sums over groups, and behind the transposed weights. */
static uint64_t weight_items_at(const vib_layer *l)
{
    return (uint64_t)groups(vib_layer_batch(l)) * vib_reduce_stride(l);
}

static uint64_t data_items_at(const vib_layer *l)
{
    return vib_round_up(l->weights[0].info.count, 16);
}

/* ---- what a layer does ---- */

static int prepare_backward(vib_layer *l)
{
    int err = 0;
    const vib_conv2d_opts *o = l->opts;
    const int row = o->kernel.w * l->in[0].c;
    const vib_blocks out = vib_blocks_of(l, l->out.c), in = vib_blocks_of(l, l->in[0].c);
    VIB_TRY(vib_reduce_prepare(l, &l->kernels[VIB_CONV2D_REDUCE]));
    if (by_winner(l)) {
        const int vectors = row / in.v, jb = vib_divisor(vectors, in.registers);
        const int rb = jb == vectors ? vib_divisor(o->kernel.h, in.registers / vectors) : 1;
        VIB_TRY(add(l, VIB_CONV2D_BACKWARD_WEIGHT, "BWD_WEIGHT_CPU", "bwd_weight",
                    (vib_tile){.v = in.v, .rb = rb, .jb = jb, .span = usual_channels(l)}));
    } else {
        const int jb = vib_divisor(row, VIB_MAX(1, out.registers / out.kb));
        VIB_TRY(add(l, VIB_CONV2D_BACKWARD_WEIGHT, "BWD_DENSE_CPU", "bwd_weight",
                    (vib_tile){.v = out.v, .kb = out.kb, .jb = jb, .span = usual_split(l, out.v * out.kb)}));
    }
    l->aside = weight_items_at(l) +
               (uint64_t)groups(vib_layer_batch(l)) * (uint64_t)(shares(l) * blocks(l)) * weight_item(l);
    if (l->dx[0]) {
        const int kb = o->kernel.h * o->kernel.w <= in.registers / in.kb ? in.kb : 1;
        VIB_TRY(add(l, VIB_CONV2D_BACKWARD_DATA, "BWD_DATA_CPU", "bwd_data",
                    (vib_tile){.v = in.v, .kb = kb, .span = usual_band(l)}));
        VIB_TRY(vib_transpose_prepare(l, &l->transpose));
        const uint64_t items = (uint64_t)vib_layer_batch(l) * (uint64_t)bands(l);
        l->scratch = VIB_MAX(l->scratch, data_items_at(l) + items * data_item(l));
    }
fail:
    return err;
}

static int prepare_forward(vib_layer *l)
{
    const vib_size pool = pool_size(l);
    vib_blocks b = vib_blocks_of(l, l->out.c);
    const int places = pool.h * pool.w, room = VIB_MIN(b.registers, 16);
    if (places * b.kb > room)
        b.kb = 1;
    const int p = vib_tile_of(l->fused->out.w, VIB_MAX(1, room / (places * b.kb)));
    const size_t weights = filter(l) * (size_t)(b.kb * b.v) * sizeof(float);
    /* Not as few as a narrow row has: layers of all sizes share a kernel. */
    const int tiles = weights <= CACHED_WEIGHTS ? 1 : MOST_TILES;
    return add(l, VIB_CONV2D_FORWARD, "FWD_CPU", "fwd",
               (vib_tile){.v = b.v, .kb = b.kb, .p = p, .tiles = tiles});
}

static int forward(vib_layer *l, int n)
{
    const vib_layer *pool = l->fused;
    const vib_tile t = l->tiles[VIB_CONV2D_FORWARD];
    return VIB_LAUNCH(l->kernels[VIB_CONV2D_FORWARD],
                      VIB_GROUPS((size_t)pool->out.h, (size_t)n, (size_t)(l->out.c / (t.v * t.kb))),
                      VIB_TENSOR(pool->y), VIB_KEEP(pool), VIB_TENSOR(l->x[0]), VIB_WEIGHT(l, 0),
                      VIB_WEIGHT(l, 1), vib_arg_i32(pool->out.h), vib_arg_i32(pool->out.w),
                      vib_arg_i32(vib_conv2d_before(l).h), vib_arg_i32(vib_conv2d_before(l).w));
}

static int backward_weight(vib_layer *l, int n)
{
    int err = 0;
    const vib_layer *pool = l->fused;
    vib_kernel *const kernel = l->kernels[VIB_CONV2D_BACKWARD_WEIGHT];
    const vib_size before = vib_conv2d_before(l);
    const vib_arg ph = vib_arg_i32(before.h), pw = vib_arg_i32(before.w), N = vib_arg_i32(n);
    const vib_arg OH = vib_arg_i32(pool->out.h), OW = vib_arg_i32(pool->out.w);
    const vib_arg scratch = vib_arg_buffer(vib_layer_scratch(l)), leaf_rows = vib_arg_i32(vib_leaf_rows(l));
    const vib_arg stride = vib_arg_u64(vib_reduce_stride(l)), bias_at = vib_arg_u64(vib_reduce_bias_at(l));
    VIB_TRY(VIB_LAUNCH(kernel, VIB_GROUPS((size_t)shares(l), (size_t)groups(n), (size_t)blocks(l)), scratch,
                       stride, bias_at, VIB_TENSOR(l->x[0]), VIB_TENSOR(pool->dy), VIB_KEEP(pool), scratch,
                       vib_arg_u64(weight_items_at(l)), vib_arg_u64(weight_item(l)), N, OH, OW, ph, pw,
                       leaf_rows, vib_arg_i32(l->tiles[VIB_CONV2D_BACKWARD_WEIGHT].span)));
    VIB_TRY(vib_reduce_launch(l, l->kernels[VIB_CONV2D_REDUCE], groups(n), 1));
fail:
    return err;
}

static int backward_data(vib_layer *l, int n)
{
    int err = 0;
    const vib_layer *pool = l->fused;
    const vib_size before = vib_conv2d_before(l);
    const vib_arg scratch = vib_arg_buffer(vib_layer_scratch(l));
    VIB_TRY(vib_transpose_launch(l, l->transpose, (int)filter(l), l->out.c));
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_BACKWARD_DATA], VIB_GROUPS((size_t)bands(l), (size_t)n, 1),
                       VIB_TENSOR(l->dx[0]), VIB_TENSOR(pool->dy), VIB_KEEP(pool), scratch, vib_arg_u64(0),
                       scratch, vib_arg_u64(data_items_at(l)), vib_arg_u64(data_item(l)),
                       vib_arg_i32(l->in[0].h), vib_arg_i32(l->in[0].w), vib_arg_i32(pool->out.h),
                       vib_arg_i32(pool->out.w), vib_arg_i32(before.h), vib_arg_i32(before.w),
                       vib_arg_i32(band(l))));
fail:
    return err;
}

static const vib_conv2d_passes on_cpu = {prepare_forward, prepare_backward, forward, backward_weight,
                                         backward_data};

static const vib_conv2d_passes *passes(const vib_layer *l)
{
    return vib_layer_on_cpu(l) ? &on_cpu : &vib_conv2d_gpu;
}

static int prepare_pair(vib_layer *l)
{
    return vib_conv2d_prepare(l, passes(l));
}

static int forward_pair(vib_layer *l, int n)
{
    return vib_conv2d_forward(l, passes(l), n);
}

static int backward_pair(vib_layer *l, int n)
{
    return vib_conv2d_backward(l, passes(l), n);
}

const vib_layer_ops vib_fused_conv2d_maxpool2d = {
    .prepare = prepare_pair,
    .forward = forward_pair,
    .backward = backward_pair,
};
const vib_layer_ops vib_fused_away = {0};
