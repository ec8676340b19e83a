#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "device/blas.h"
#include "network/rival.h"

#define FIELD(m) offsetof(vib_dense_opts, m)
static const vib_field fields[] = {
    {"units", "outputs", VIB_FIELD_INT, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, FIELD(units), 1, 1048576},
    {"activation", "applied to the output", VIB_FIELD_CHOICE, VIB_FIELD_BARE, FIELD(activation),
     .choices = vib_activation_words},
    {"l1", "what the magnitudes of the weights add to the loss", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     FIELD(l1), 0, 1000},
    {"l2", "what the squares of the weights add to the loss", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL, FIELD(l2),
     0, 1000},
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
    if ((uint64_t)in->c * (uint64_t)o->units > INT_MAX) {
        vib_str_printf(
            why, "%d units of %d inputs are more weights than can be counted; use fewer units or pool first",
            o->units, in->c);
        return VIB_USAGE;
    }
    *out = (vib_shape){1, 1, o->units, 1};
    need->weights[0] =
        (vib_weight_need){"kernel", 2, {in->c, o->units}, VIB_INIT_GLOROT_UNIFORM, in->c, o->units};
    need->weights[0].l1 = o->l1;
    need->weights[0].l2 = o->l2;
    need->weights[1] = (vib_weight_need){"bias", 1, {o->units}, VIB_INIT_ZERO};
    need->n_weights = 2;
    need->activation = o->activation;
    need->multiply_adds = (uint64_t)in->c * (uint64_t)o->units;
    return VIB_OK;
}

/* Kernels of a layer. */
enum { FORWARD, ACTIVATION_FORWARD, ACTIVATION_BACKWARD, BACKWARD_WEIGHT, BACKWARD_DATA, FINISH, GRADIENT };

/* Of n pictures and `out` outputs, by 8 x 8 work-items. */
static const size_t *groups_on_gpu(const vib_tile *t, size_t n, size_t out, size_t groups[3])
{
    groups[0] = vib_cover(out, (size_t)(8 * t->wn));
    groups[1] = vib_cover(n, (size_t)(8 * t->wm));
    groups[2] = 1;
    return groups;
}

/* Of FORWARD, or of BACKWARD_DATA: p is pictures in registers. */
static int fits(const vib_layer *l, int which, const vib_tile *t)
{
    enum { MOST = 4 };
    if (!vib_layer_on_cpu(l))
        return t->wm <= MOST && t->wn <= MOST;
    return vib_vectors_fit(t, which == BACKWARD_DATA ? l->in[0].c : l->out.c, t->p);
}

/* The largest tile that leaves every compute unit a group. */
static vib_tile usual_on_gpu(const vib_layer *l, int out)
{
    vib_tile t = {.wm = 4, .wn = 4};
    size_t groups[3];
    while (t.wm * t.wn > 1) {
        groups_on_gpu(&t, (size_t)vib_layer_batch(l), (size_t)out, groups);
        if (groups[0] * groups[1] >= (size_t)vib_layer_units(l))
            break;
        *(t.wm >= t.wn ? &t.wm : &t.wn) /= 2;
    }
    return t;
}

static vib_tile usual(const vib_layer *l, int out)
{
    const vib_blocks b = vib_blocks_of(l, out);
    const int pictures = VIB_MAX(1, VIB_MIN(vib_layer_batch(l), VIB_MIN(8, b.registers / b.kb)));
    return vib_layer_on_cpu(l) ? (vib_tile){.v = b.v, .kb = b.kb, .p = pictures} : usual_on_gpu(l, out);
}

/* FORWARD, or BACKWARD_DATA: the same product with inputs and outputs exchanged. */
static int add_product(vib_layer *l, int which)
{
    int err = 0;
    const int cpu = vib_layer_on_cpu(l), data = which == BACKWARD_DATA;
    const int in = data ? l->out.c : l->in[0].c, out = data ? l->in[0].c : l->out.c;
    const int act = data ? VIB_ACTIVATION_LINEAR : vib_activation_fused(l->activation);
    char tile[32];
    VIB_TRY(vib_choose_tile(l, which, data ? "bwd_data" : "fwd", usual(l, out), fits));
    const vib_tile t = l->tiles[which];
    const vib_define defines[] = {
        VIB_DEFINE("I", in),       VIB_DEFINE("O", out),           VIB_DEFINE("ACT", act),
        VIB_DEFINE("BIAS", !data), VIB_DEFINE("V", t.v),           VIB_DEFINE("KB", t.kb),
        VIB_DEFINE("NB", t.p),     VIB_DEFINE("TRANSPOSED", data), VIB_DEFINE("WM", t.wm),
        VIB_DEFINE("WN", t.wn),
    };
    if (cpu)
        snprintf(tile, sizeof tile, "v%dx%d_n%d", t.v, t.kb, t.p);
    else
        snprintf(tile, sizeof tile, "t%dx%d", t.wm, t.wn);
    VIB_TRY(vib_add_kernel(l, "dense.cl", cpu ? "FWD_CPU" : "FWD_GPU", defines, VIB_COUNT(defines),
                           cpu ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(8, 8, 1), &l->kernels[which],
                           "dense_%s_%d_%d%s_%s", data ? "bwd_data" : "fwd", in, out,
                           vib_activation_suffix(act), tile));
fail:
    return err;
}

static int add_weight(vib_layer *l)
{
    const int cpu = vib_layer_on_cpu(l);
    const vib_blocks b = vib_blocks_of(l, l->out.c);
    /* As many chains at a time as hide how long an addition takes. */
    const int kb = vib_divisor(l->out.c / b.v, 8);
    const vib_define defines[] = {
        VIB_DEFINE("I", l->in[0].c), VIB_DEFINE("O", l->out.c), VIB_DEFINE("V", b.v),
        VIB_DEFINE("KB", kb),        VIB_DEFINE("NB", 1),
    };
    return vib_add_kernel(l, "dense.cl", cpu ? "BWD_WEIGHT_CPU" : "BWD_WEIGHT_GPU", defines,
                          VIB_COUNT(defines), cpu ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(64, 1, 1),
                          &l->kernels[BACKWARD_WEIGHT], "dense_bwd_weight_%d_%d_v%dx%d", l->in[0].c, l->out.c,
                          b.v, kb);
}

/* What a library's products leave to do. */
static int add_rest(vib_layer *l)
{
    int err = 0;
    const int act = vib_activation_fused(l->activation);
    const vib_define activation[] = {VIB_DEFINE("ACT", act)};
    VIB_TRY(vib_add_kernel(l, "product.cl", "FINISH", activation, 1, VIB_GROUPS(64, 1, 1),
                           &l->kernels[FINISH], "finish%s", vib_activation_suffix(act)));
    if (vib_layer_training(l))
        VIB_TRY(vib_add_kernel(l, "product.cl", "GRADIENT", NULL, 0, VIB_GROUPS(64, 1, 1),
                               &l->kernels[GRADIENT], "product_gradient"));
fail:
    return err;
}

/* For BACKWARD_DATA of the CPU family; a row or a column of weights lies as its transpose does. */
static int transposes(const vib_layer *l)
{
    return vib_layer_on_cpu(l) && l->in[0].c > 1 && l->out.c > 1;
}

static int prepare(vib_layer *l)
{
    int err = 0;
    VIB_TRY(add_product(l, FORWARD));
    if (vib_rival_wanted(l, l->need.multiply_adds))
        VIB_TRY(add_rest(l));
    if (l->activation != vib_activation_fused(l->activation))
        VIB_TRY(vib_activation_prepare(l, l->activation, 0, &l->kernels[ACTIVATION_FORWARD]));
    if (!vib_layer_training(l))
        goto fail;
    if (l->activation)
        VIB_TRY(vib_activation_prepare(l, l->activation, 1, &l->kernels[ACTIVATION_BACKWARD]));
    VIB_TRY(add_weight(l));
    if (l->dx[0]) {
        VIB_TRY(add_product(l, BACKWARD_DATA));
        if (transposes(l)) {
            VIB_TRY(vib_transpose_prepare(l, &l->transpose));
            l->scratch = l->weights[0].info.count;
        }
    }
fail:
    return err;
}

/* to (n × out) = from (n × in) times weights. */
static int product(vib_layer *l, int which, const vib_tensor *to, const vib_tensor *from, vib_arg weights,
                   vib_arg weights_base, int n)
{
    const vib_tile t = l->tiles[which];
    const int out = (int)to->image;
    size_t on_gpu[3];
    const size_t *const groups =
        vib_layer_on_cpu(l) ? VIB_GROUPS((size_t)(out / (t.v * t.kb)), vib_cover((size_t)n, (size_t)t.p), 1)
                            : groups_on_gpu(&t, (size_t)n, (size_t)out, on_gpu);
    return VIB_LAUNCH(l->kernels[which], groups, vib_arg_buffer(to->buffer), vib_arg_u64(to->base),
                      vib_arg_buffer(from->buffer), vib_arg_u64(from->base), weights, weights_base,
                      VIB_WEIGHT(l, 1), vib_arg_i32(n));
}

static int forward_kernel(vib_layer *l, int n)
{
    return product(l, FORWARD, l->y, l->x[0], vib_arg_buffer(vib_layer_values(l, 0)),
                   vib_arg_u64(l->weights[0].offset), n);
}

static int backward_data_kernel(vib_layer *l, int n)
{
    int err = 0;
    vib_arg weights = vib_arg_buffer(vib_layer_values(l, 0)), base = vib_arg_u64(l->weights[0].offset);
    if (transposes(l)) {
        VIB_TRY(vib_transpose_launch(l, l->transpose, l->in[0].c, l->out.c));
        weights = vib_arg_buffer(vib_layer_scratch(l));
        base = vib_arg_u64(0);
    }
    VIB_TRY(product(l, BACKWARD_DATA, l->dx[0], l->dy, weights, base, n));
fail:
    return err;
}

static int backward_weight_kernel(vib_layer *l, int n)
{
    const size_t items = vib_layer_on_cpu(l) ? (size_t)l->in[0].c : vib_groups64(l->weights[0].info.count);
    return VIB_LAUNCH(l->kernels[BACKWARD_WEIGHT], VIB_GROUPS(items, 1, 1),
                      vib_arg_buffer(vib_layer_gradients(l, 0)), vib_arg_u64(l->weights[0].offset),
                      vib_arg_u64(l->weights[1].offset), vib_arg_buffer(l->x[0]->buffer),
                      vib_arg_u64(l->x[0]->base), vib_arg_buffer(l->dy->buffer), vib_arg_u64(l->dy->base),
                      vib_arg_i32(n), vib_arg_buffer(vib_layer_nonfinite(l)));
}

/* ---- the same as a library's products ---- */

/* Of pictures, a row each; or of the weights. */
static vib_matrix rows_of(const vib_tensor *t, int transposed)
{
    return (vib_matrix){t->buffer, t->base, (size_t)t->image, transposed};
}

static vib_matrix weights_of(const vib_layer *l, vib_buffer *buffer, int transposed)
{
    return (vib_matrix){buffer, l->weights[0].offset, (size_t)l->out.c, transposed};
}

static int forward_product(vib_layer *l, int n)
{
    int err = 0;
    const vib_matrix y = rows_of(l->y, 0), x = rows_of(l->x[0], 0),
                     w = weights_of(l, vib_layer_values(l, 0), 0);
    VIB_TRY(
        vib_blas_product(vib_layer_device(l), &y, &x, &w, (size_t)n, (size_t)l->out.c, (size_t)l->in[0].c));
    VIB_TRY(VIB_LAUNCH(l->kernels[FINISH], VIB_GROUPS(vib_groups64((uint64_t)l->out.c), 1, (size_t)n),
                       VIB_TENSOR(l->y), vib_arg_buffer(l->y->buffer), vib_arg_u64(l->y->base),
                       VIB_WEIGHT(l, 1), vib_arg_i32(1), vib_arg_i32(l->out.c)));
fail:
    return err;
}

static int backward_data_product(vib_layer *l, int n)
{
    const vib_matrix dx = rows_of(l->dx[0], 0), dy = rows_of(l->dy, 0),
                     w = weights_of(l, vib_layer_values(l, 0), 1);
    return vib_blas_product(vib_layer_device(l), &dx, &dy, &w, (size_t)n, (size_t)l->in[0].c,
                            (size_t)l->out.c);
}

static int backward_weight_product(vib_layer *l, int n)
{
    int err = 0;
    vib_buffer *const gradients = vib_layer_gradients(l, 0);
    const uint64_t count = l->weights[0].info.count;
    const vib_matrix dw = weights_of(l, gradients, 0), x = rows_of(l->x[0], 1), dy = rows_of(l->dy, 0);
    VIB_TRY(
        vib_blas_product(vib_layer_device(l), &dw, &x, &dy, (size_t)l->in[0].c, (size_t)l->out.c, (size_t)n));
    VIB_TRY(VIB_LAUNCH(l->kernels[GRADIENT], VIB_GROUPS(vib_groups64(count), 1, 1), vib_arg_buffer(gradients),
                       vib_arg_u64(l->weights[0].offset), vib_arg_u64(l->weights[1].offset),
                       vib_arg_buffer(l->dy->buffer), vib_arg_u64(l->dy->base), vib_arg_i32((int32_t)count),
                       vib_arg_i32(l->out.c), vib_arg_i32(n), vib_arg_buffer(vib_layer_nonfinite(l))));
fail:
    return err;
}

/* ---- */

static int pass(vib_layer *l, const vib_rival *rival, int n)
{
    return l->kernels[FINISH] ? vib_rival_run(l, rival, n) : rival->kernel(l, n);
}

static int forward(vib_layer *l, int n)
{
    int err = 0;
    const vib_rival rival = {FORWARD,
                             "fwd",
                             forward_kernel,
                             forward_product,
                             l->y->buffer,
                             l->y->base,
                             (size_t)n * (size_t)l->out.c};
    VIB_TRY(pass(l, &rival, n));
    if (l->kernels[ACTIVATION_FORWARD])
        VIB_TRY(vib_activation_launch(l->kernels[ACTIVATION_FORWARD], l->activation, l->y, l->y, l->y, n));
fail:
    return err;
}

static int backward_weight(vib_layer *l, int n)
{
    const vib_rival rival = {
        BACKWARD_WEIGHT,           "bwd_weight",         backward_weight_kernel,  backward_weight_product,
        vib_layer_gradients(l, 0), l->weights[0].offset, l->weights[0].info.count};
    return pass(l, &rival, n);
}

static int backward_data(vib_layer *l, int n)
{
    const vib_rival rival = {
        BACKWARD_DATA,    "bwd_data",     backward_data_kernel,          backward_data_product,
        l->dx[0]->buffer, l->dx[0]->base, (size_t)n * (size_t)l->in[0].c};
    return pass(l, &rival, n);
}

static int backward(vib_layer *l, int n)
{
    int err = 0;
    if (l->kernels[ACTIVATION_BACKWARD])
        VIB_TRY(vib_activation_launch(l->kernels[ACTIVATION_BACKWARD], l->activation, l->dy, l->dy, l->y, n));
    VIB_TRY(vib_backward_weight(l, backward_weight, n));
    if (l->dx[0])
        VIB_TRY(backward_data(l, n));
fail:
    return err;
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
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
