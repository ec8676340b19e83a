#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "network/internal.h"

size_t vib_network_weights(const vib_network *net)
{
    return net->n_weights;
}

const vib_weight_info *vib_network_weight(const vib_network *net, size_t i)
{
    return &net->weights[i].info;
}

static vib_buffer *buffer_of(const vib_network *net, vib_weight_kind kind, size_t i)
{
    const int trained = net->weights[i].info.trained;
    const vib_arena *arena = trained ? &net->kinds[kind] : &net->state;
    return arena->n && (trained || kind == VIB_VALUE) ? arena->chunks[net->weights[i].chunk].buffer : NULL;
}

int vib_network_get(vib_network *net, vib_weight_kind kind, size_t i, float *out)
{
    const vib_weight *w = &net->weights[i];
    vib_buffer *buffer = buffer_of(net, kind, i);
    if (!buffer)
        return vib_fail(VIB_FAILED, "%s: %s is not being trained", w->name,
                        w->info.trained ? "the network" : "it");
    return vib_buffer_read(buffer, (size_t)w->offset * sizeof(float), out, w->info.count * sizeof(float),
                           NULL);
}

int vib_network_set(vib_network *net, vib_weight_kind kind, size_t i, const float *values)
{
    const vib_weight *w = &net->weights[i];
    vib_buffer *buffer = buffer_of(net, kind, i);
    if (!buffer)
        return vib_fail(VIB_FAILED, "%s: %s is not being trained", w->name,
                        w->info.trained ? "the network" : "it");
    net->changes++;
    return vib_buffer_write(buffer, (size_t)w->offset * sizeof(float), values, w->info.count * sizeof(float),
                            NULL);
}

int vib_network_has(const vib_network *net, vib_weight_kind kind)
{
    const vib_optimizer *o = &net->params.optimizer;
    switch (kind) {
    case VIB_VALUE:
        return 1;
    case VIB_GRADIENT:
        return net->params.training;
    case VIB_MOMENT1:
        return net->params.training && (o->method != VIB_METHOD_SGD || o->momentum != 0);
    case VIB_MOMENT2:
        return net->params.training && o->method != VIB_METHOD_SGD;
    }
    return 0;
}

int vib_network_has_trained(const vib_network *net)
{
    size_t i = 0;
    while (i < net->n_weights && !net->weights[i].info.trained)
        i++;
    return i < net->n_weights;
}

int vib_network_set_class_weights(vib_network *net, const float *weights, size_t classes)
{
    return vib_buffer_write(net->class_weights, 0, weights, classes * sizeof *weights, NULL);
}

static void initial(const vib_weight_need *need, uint64_t seed, uint32_t layer, uint32_t tensor, float *out,
                    size_t n)
{
    if (need->init == VIB_INIT_ONE) {
        for (size_t i = 0; i < n; i++)
            out[i] = 1;
        return;
    }
    if (need->init == VIB_INIT_ZERO) {
        memset(out, 0, n * sizeof *out);
        return;
    }
    const double limit = sqrt(6.0 / ((double)need->fan_in + (double)need->fan_out));
    for (size_t i = 0; i < n; i++) {
        const double u = (double)vib_random_unit(seed, VIB_STREAM_INIT + layer, i, tensor);
        out[i] = (float)((2 * u - 1) * limit);
    }
}

int vib_network_init(vib_network *net)
{
    int err = 0;
    float *values = NULL;
    size_t most = 0;
    for (size_t i = 0; i < net->n_weights; i++)
        most = VIB_MAX(most, net->weights[i].info.count);
    values = vib_calloc(most, sizeof *values);
    VIB_CHECK_MEM(values);
    for (size_t i = 0; i < net->n; i++) {
        const vib_layer *l = &net->layers[i];
        for (int j = 0; j < l->need.n_weights; j++) {
            const size_t k = (size_t)(l->weights - net->weights) + (size_t)j;
            initial(&l->need.weights[j], net->params.seed, (uint32_t)i, (uint32_t)j, values,
                    net->weights[k].info.count);
            VIB_TRY(vib_network_set(net, VIB_VALUE, k, values));
        }
    }
    for (int kind = VIB_MOMENT1; kind <= VIB_MOMENT2; kind++)
        for (size_t c = 0; c < net->kinds[kind].n; c++)
            VIB_TRY(
                vib_buffer_fill(net->kinds[kind].chunks[c].buffer, 0, net->kinds[kind].chunks[c].bytes, 0));
fail:
    free(values);
    return err;
}
