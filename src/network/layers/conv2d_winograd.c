/* The forward pass of a 3x3 convolution by Winograd's F(2x2,3x3), alone or with a max-pooling 2x2 behind it.
 * The transformed filters are at the start of scratch: weights may have changed since the last batch. */
#include <stdio.h>

#include "network/layers/conv2d.h"

enum { PRODUCTS = 16 };

static int tiles(int count, int each)
{
    return (count + each - 1) / each;
}

/* Tiles of n pictures: those of a pooling are its windows. */
static int tiles_of(const vib_layer *l, int n)
{
    const vib_shape *out = l->fused ? &l->fused->out : &l->out;
    const int each = l->fused ? 1 : 2;
    return n * tiles(out->h, each) * tiles(out->w, each);
}

/* Floats of the transformed filters, behind which a strip of the cpu family has its place. */
static uint64_t filters(const vib_layer *l)
{
    return vib_round_up((uint64_t)PRODUCTS * (uint64_t)l->in[0].c * (uint64_t)l->out.c, 16);
}

static uint64_t strip(const vib_layer *l)
{
    return vib_round_up((uint64_t)PRODUCTS * (uint64_t)l->tiles[VIB_CONV2D_FORWARD].p * (uint64_t)l->in[0].c,
                        16);
}

/* Work-items of the cpu family. */
static int items(const vib_layer *l, int n)
{
    const vib_tile *const t = &l->tiles[VIB_CONV2D_FORWARD];
    return tiles(tiles_of(l, n), t->p * t->span);
}

static int fits_cpu(const vib_layer *l, int which, const vib_tile *t)
{
    (void)which;
    const int all = tiles_of(l, vib_layer_batch(l));
    return vib_vectors_fit(t, l->out.c, t->p) && t->p <= all && t->span <= tiles(all, t->p);
}

static vib_tile usual_cpu(const vib_layer *l)
{
    const vib_blocks b = vib_blocks_of(l, l->out.c);
    const int all = tiles_of(l, vib_layer_batch(l)), p = VIB_MIN(all, VIB_MIN(b.registers, 16) / b.kb);
    /* A few work-items for each unit, so that none waits long for the last. */
    const int wanted = 4 * vib_layer_units(l);
    return (vib_tile){.v = b.v, .kb = b.kb, .p = p, .span = tiles(tiles(all, p), wanted)};
}

/* Tiles, and channels, of a group of the gpu family: a product of wm x wn is a quarter. */
static int beside(int each)
{
    return 2 * each;
}

static int fits_gpu(const vib_layer *l, int which, const vib_tile *t)
{
    enum { MOST_SUMS = 64, MOST_BESIDE = 16 };
    (void)l, (void)which;
    return t->wm <= MOST_BESIDE && t->wn <= MOST_BESIDE && t->wm * t->wn <= MOST_SUMS;
}

static int groups_gpu(const vib_layer *l, const vib_tile *t, int n)
{
    return tiles(tiles_of(l, n), beside(t->wm)) * tiles(l->out.c, beside(t->wn));
}

/* The largest that leaves every compute unit a few groups. */
static vib_tile usual_gpu(const vib_layer *l)
{
    const int wanted = 4 * vib_layer_units(l);
    vib_tile t = {.wm = 8, .wn = l->out.c > 8 ? 8 : l->out.c > 4 ? 4 : 2};
    while (t.wm > 1 && groups_gpu(l, &t, vib_layer_batch(l)) < wanted)
        t.wm /= 2;
    return t;
}

/* Channels of y whose filters are next to one another: what a work-item multiplies with at a time. */
static int block(const vib_layer *l)
{
    const vib_tile *const t = &l->tiles[VIB_CONV2D_FORWARD];
    return vib_layer_on_cpu(l) ? t->v * t->kb : l->out.c;
}

static int prepare_filters(vib_layer *l)
{
    const vib_define defines[] = {VIB_DEFINE("C", l->in[0].c), VIB_DEFINE("K", l->out.c),
                                  VIB_DEFINE("B", block(l))};
    return vib_add_kernel(l, "conv2d_winograd.cl", "FILTERS", defines, VIB_COUNT(defines),
                          VIB_GROUPS(64, 1, 1), &l->kernels[VIB_CONV2D_FILTERS],
                          "winograd_filters_c%d_k%d_b%d", l->in[0].c, l->out.c, block(l));
}

int vib_conv2d_winograd_prepare(vib_layer *l)
{
    int err = 0;
    const int cpu = vib_layer_on_cpu(l);
    VIB_TRY(vib_choose_tile(l, VIB_CONV2D_FORWARD, "fwd", cpu ? usual_cpu(l) : usual_gpu(l),
                            cpu ? fits_cpu : fits_gpu));
    VIB_TRY(prepare_filters(l));
    char name[64];
    const vib_tile *const t = &l->tiles[VIB_CONV2D_FORWARD];
    const vib_define defines[] = {
        VIB_DEFINE("POOL", l->fused != NULL), VIB_DEFINE("B", block(l)),
        VIB_DEFINE("V", VIB_MAX(1, t->v)),    VIB_DEFINE("KB", VIB_MAX(1, t->kb)),
        VIB_DEFINE("P", VIB_MAX(1, t->p)),    VIB_DEFINE("VC", vib_blocks_of(l, l->in[0].c).v),
        VIB_DEFINE("WM", VIB_MAX(1, t->wm)),  VIB_DEFINE("WN", VIB_MAX(1, t->wn))};
    const char *const pool = l->fused ? "pool2x2_" : "";
    if (cpu)
        snprintf(name, sizeof name, "%sv%dx%d_p%d", pool, t->v, t->kb, t->p);
    else
        snprintf(name, sizeof name, "%st%dx%d", pool, t->wm, t->wn);
    VIB_TRY(vib_conv2d_add(l, VIB_CONV2D_FORWARD, "conv2d_winograd.cl", cpu ? "FWD_CPU" : "FWD_GPU",
                           cpu ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(64, 1, 1), defines, VIB_COUNT(defines),
                           "winograd", name));
    l->scratch = VIB_MAX(l->scratch, filters(l));
    if (cpu)
        l->scratch = VIB_MAX(l->scratch, filters(l) + (uint64_t)items(l, vib_layer_batch(l)) * strip(l));
fail:
    return err;
}

static int launch_cpu(vib_layer *l, int n)
{
    const vib_layer *last = l->fused ? l->fused : l;
    const vib_size before = vib_conv2d_before(l);
    const vib_arg scratch = vib_arg_buffer(vib_layer_scratch(l));
    return VIB_LAUNCH(l->kernels[VIB_CONV2D_FORWARD], VIB_GROUPS((size_t)items(l, n), 1, 1),
                      VIB_TENSOR(last->y), VIB_KEEP(last), VIB_TENSOR(l->x[0]), scratch, scratch,
                      vib_arg_u64(filters(l)), vib_arg_u64(strip(l)), VIB_CONV2D_BIAS(l), vib_arg_i32(n),
                      vib_arg_i32(l->out.h), vib_arg_i32(l->out.w), vib_arg_i32(before.h),
                      vib_arg_i32(before.w), vib_arg_i32(l->tiles[VIB_CONV2D_FORWARD].span));
}

static int launch_gpu(vib_layer *l, int n)
{
    const vib_layer *last = l->fused ? l->fused : l;
    const vib_size before = vib_conv2d_before(l);
    const vib_tile *const t = &l->tiles[VIB_CONV2D_FORWARD];
    return VIB_LAUNCH(
        l->kernels[VIB_CONV2D_FORWARD],
        VIB_GROUPS((size_t)tiles(l->out.c, beside(t->wn)), (size_t)tiles(tiles_of(l, n), beside(t->wm)), 1),
        VIB_TENSOR(last->y), VIB_KEEP(last), VIB_TENSOR(l->x[0]), vib_arg_buffer(vib_layer_scratch(l)),
        VIB_CONV2D_BIAS(l), vib_arg_i32(n), vib_arg_i32(l->out.h), vib_arg_i32(l->out.w),
        vib_arg_i32(before.h), vib_arg_i32(before.w));
}

int vib_conv2d_winograd_forward(vib_layer *l, int n)
{
    int err = 0;
    VIB_TRY(VIB_LAUNCH(l->kernels[VIB_CONV2D_FILTERS],
                       VIB_GROUPS(vib_groups64((uint64_t)l->in[0].c * (uint64_t)l->out.c), 1, 1),
                       vib_arg_buffer(vib_layer_scratch(l)), VIB_WEIGHT(l, 0)));
    VIB_TRY(vib_layer_on_cpu(l) ? launch_cpu(l, n) : launch_gpu(l, n));
fail:
    return err;
}
