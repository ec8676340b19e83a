/* From gradients to weights: l1 and l2, clipping, and the optimizer's step over whole arenas. */
#include <math.h>

#include "base/math.h"
#include "network/internal.h"

enum { LEAF = 1024, PENALTY = 0, SQUARES = 1 };

/* As in Keras 3, what is not trained adds nothing to the loss. */
static int is_regularized(const vib_weight_need *need)
{
    return !need->state && (need->l1 > 0 || need->l2 > 0);
}

static int add(vib_network *net, const char *file, const char *pass, const char *name, vib_kernel **out)
{
    const vib_define vector[] = {VIB_DEFINE("V", net->optimizer.vector)};
    return vib_add_kernel(&net->layers[0], file, pass, vector, 1, VIB_GROUPS(64, 1, 1), out, "%s_v%d", name,
                          net->optimizer.vector);
}

static int add_step(vib_network *net)
{
    const vib_optimizer *o = &net->params.optimizer;
    vib_kernel **step = &net->optimizer.step;
    if (o->method == VIB_METHOD_ADAM)
        return add(net, "adam.cl", "ADAM", "adam", step);
    if (o->method == VIB_METHOD_ADAMW)
        return add(net, "adam.cl", "ADAMW", "adamw", step);
    if (o->momentum == 0)
        return add(net, "sgd.cl", "PLAIN", "sgd", step);
    return o->nesterov ? add(net, "sgd.cl", "NESTEROV", "sgd_nesterov", step)
                       : add(net, "sgd.cl", "MOMENTUM", "sgd_momentum", step);
}

static int add_norm(vib_network *net, const char *pass, const char *name, int one, vib_kernel **out)
{
    return vib_add_kernel(&net->layers[0], "norm.cl", pass, NULL, 0,
                          one ? VIB_GROUPS(1, 1, 1) : VIB_GROUPS(64, 1, 1), out, "%s", name);
}

int vib_optimizer_prepare(vib_network *net)
{
    int err = 0, l1 = 0;
    vib_optimizer_kernels *k = &net->optimizer;
    const int cpu = vib_device_get_family(net->dev) == VIB_FAMILY_CPU;
    const int clips = net->params.training && net->params.optimizer.clip_norm > 0;
    for (size_t i = 0; i < net->n; i++)
        for (int j = 0; j < net->layers[i].need.n_weights; j++) {
            k->penalizes |= is_regularized(&net->layers[i].need.weights[j]);
            l1 |= !net->layers[i].need.weights[j].state && net->layers[i].need.weights[j].l1 > 0;
        }
    /* Arenas are cut in steps of 512 bytes, so any vector fits. */
    k->vector = cpu ? 16 : 4;
    if (net->params.training)
        VIB_TRY(add_step(net));
    if (net->params.training && k->penalizes)
        VIB_TRY(add_norm(net, "REGULARIZE", "norm_regularize", 0, &k->regularize));
    if (clips)
        VIB_TRY(add_norm(net, "CLIP", "norm_clip", 0, &k->clip));
    if (!clips && !k->penalizes)
        goto fail;
    VIB_TRY(add_norm(net, "SQUARES", "norm_squares", 0, &k->squares));
    if (l1)
        VIB_TRY(add_norm(net, "MAGNITUDES", "norm_magnitudes", 0, &k->magnitudes));
    VIB_TRY(add_norm(net, cpu ? "TOTAL_CPU" : "TOTAL_GPU", "norm_total", cpu, &k->total));
    VIB_TRY(vib_buffer_create(net->dev, 2 * sizeof(float), "two sums", &k->sums));
fail:
    return err;
}

static size_t leaves_of(const vib_weight *w)
{
    return (w->info.count + LEAF - 1) / LEAF;
}

uint64_t vib_optimizer_scratch(const vib_network *net)
{
    size_t most = 0;
    for (size_t i = 0; i < net->n_weights; i++)
        most = VIB_MAX(most, leaves_of(&net->weights[i]));
    return net->optimizer.sums ? most : 0;
}

/* sums[at] = fma(factor, the sum over a weight's values or gradients, sums[at]) */
static int add_sum(vib_network *net, vib_kernel *leaves, vib_buffer *values, const vib_weight *w, int at,
                   double factor)
{
    int err = 0;
    const size_t n = leaves_of(w);
    VIB_TRY(VIB_LAUNCH(leaves, VIB_GROUPS(vib_groups64(n), 1, 1), vib_arg_buffer(net->scratch),
                       vib_arg_buffer(values), vib_arg_u64(w->offset), vib_arg_i32((int32_t)w->info.count)));
    VIB_TRY(VIB_LAUNCH(net->optimizer.total, VIB_GROUPS(1, 1, 1), vib_arg_buffer(net->optimizer.sums),
                       vib_arg_i32(at), vib_arg_buffer(net->scratch), vib_arg_i32((int32_t)n),
                       vib_arg_f32((float)factor)));
fail:
    return err;
}

int vib_optimizer_penalty(vib_network *net)
{
    int err = 0;
    if (!net->optimizer.penalizes)
        return VIB_OK;
    VIB_TRY(vib_buffer_fill(net->optimizer.sums, PENALTY * sizeof(float), sizeof(float), 0));
    for (size_t i = 0; i < net->n; i++) {
        const vib_layer *l = &net->layers[i];
        for (int j = 0; j < l->need.n_weights; j++) {
            const vib_weight_need *need = &l->need.weights[j];
            vib_buffer *values = vib_layer_values(l, j);
            if (!is_regularized(need))
                continue;
            if (need->l1 > 0)
                VIB_TRY(add_sum(net, net->optimizer.magnitudes, values, &l->weights[j], PENALTY, need->l1));
            if (need->l2 > 0)
                VIB_TRY(add_sum(net, net->optimizer.squares, values, &l->weights[j], PENALTY, need->l2));
        }
    }
fail:
    return err;
}

static int regularize(vib_network *net)
{
    int err = 0;
    for (size_t i = 0; i < net->n; i++) {
        const vib_layer *l = &net->layers[i];
        for (int j = 0; j < l->need.n_weights; j++) {
            const vib_weight_need *need = &l->need.weights[j];
            const vib_weight *w = &l->weights[j];
            if (is_regularized(need))
                VIB_TRY(VIB_LAUNCH(net->optimizer.regularize, VIB_GROUPS(vib_groups64(w->info.count), 1, 1),
                                   vib_arg_buffer(vib_layer_gradients(l, j)), vib_arg_u64(w->offset),
                                   vib_arg_buffer(vib_layer_values(l, j)),
                                   vib_arg_i32((int32_t)w->info.count), vib_arg_f32((float)need->l1),
                                   vib_arg_f32((float)(2 * need->l2))));
        }
    }
fail:
    return err;
}

/* The norm of all gradients as one vector, tensor by tensor in the order of the recipe. */
static int clip(vib_network *net)
{
    int err = 0;
    const vib_arena *gradients = &net->kinds[VIB_GRADIENT];
    VIB_TRY(vib_buffer_fill(net->optimizer.sums, SQUARES * sizeof(float), sizeof(float), 0));
    for (size_t i = 0; i < net->n_weights; i++)
        if (net->weights[i].info.trained)
            VIB_TRY(add_sum(net, net->optimizer.squares, gradients->chunks[net->weights[i].chunk].buffer,
                            &net->weights[i], SQUARES, 1));
    for (size_t c = 0; c < gradients->n; c++) {
        const uint64_t n = gradients->chunks[c].bytes / sizeof(float);
        VIB_TRY(VIB_LAUNCH(net->optimizer.clip, VIB_GROUPS(vib_groups64(n), 1, 1),
                           vib_arg_buffer(gradients->chunks[c].buffer), vib_arg_u64(n),
                           vib_arg_buffer(net->optimizer.sums), vib_arg_i32(SQUARES),
                           vib_arg_f32((float)net->params.optimizer.clip_norm)));
    }
fail:
    return err;
}

vib_adam_scalars vib_adam_scalars_of(const vib_optimizer *o, uint64_t t, double lr)
{
    /* Keras computes alpha in single precision, where 1 - 0.999^t has few digits left: so does this. */
    const float power1 = (float)vib_pow_int((float)o->beta1, t),
                power2 = (float)vib_pow_int((float)o->beta2, t);
    return (vib_adam_scalars){
        .alpha = (float)lr * sqrtf(1 - power2) / (1 - power1),
        .rate1 = (float)(1 - o->beta1),
        .rate2 = (float)(1 - o->beta2),
        .epsilon = (float)o->epsilon,
    };
}

static int move(vib_network *net, size_t chunk, uint64_t t, double lr)
{
    const vib_optimizer *o = &net->params.optimizer;
    const vib_arena *kinds = net->kinds;
    const uint64_t n = kinds[VIB_VALUE].chunks[chunk].bytes / sizeof(float);
    const size_t groups = vib_groups64(n / (uint64_t)net->optimizer.vector);
    const vib_arg w = vib_arg_buffer(kinds[VIB_VALUE].chunks[chunk].buffer);
    const vib_arg g = vib_arg_buffer(kinds[VIB_GRADIENT].chunks[chunk].buffer);
    const vib_arg decay = vib_arg_f32((float)(lr * o->weight_decay)), flag = vib_arg_buffer(net->nonfinite);
    if (o->method == VIB_METHOD_SGD)
        return VIB_LAUNCH(net->optimizer.step, VIB_GROUPS(groups, 1, 1), w,
                          o->momentum != 0 ? vib_arg_buffer(kinds[VIB_MOMENT1].chunks[chunk].buffer) : g, g,
                          vib_arg_u64(n), vib_arg_f32((float)lr), vib_arg_f32((float)o->momentum), decay,
                          flag);
    const vib_adam_scalars s = vib_adam_scalars_of(o, t, lr);
    return VIB_LAUNCH(net->optimizer.step, VIB_GROUPS(groups, 1, 1), w,
                      vib_arg_buffer(kinds[VIB_MOMENT1].chunks[chunk].buffer),
                      vib_arg_buffer(kinds[VIB_MOMENT2].chunks[chunk].buffer), g, vib_arg_u64(n),
                      vib_arg_f32(s.alpha), vib_arg_f32(s.rate1), vib_arg_f32(s.rate2),
                      vib_arg_f32(s.epsilon), decay, flag);
}

int vib_optimizer_step(vib_network *net, uint64_t t, double lr)
{
    int err = 0;
    if (net->optimizer.regularize)
        VIB_TRY(regularize(net));
    if (net->optimizer.clip)
        VIB_TRY(clip(net));
    for (size_t i = 0; i < net->kinds[VIB_VALUE].n; i++)
        VIB_TRY(move(net, i, t, lr));
fail:
    return err;
}
