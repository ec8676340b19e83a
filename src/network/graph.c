#include "network/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "network/layers/layers.h"

void vib_graph_free(vib_graph *graph)
{
    for (size_t i = 0; i < graph->n; i++) {
        free(graph->layers[i].opts);
        free(graph->layers[i].name);
    }
    free(graph->layers);
    *graph = (vib_graph){0};
}

vib_layer_spec *vib_graph_add(vib_graph *graph, const vib_layer_ops *ops)
{
    void *opts = vib_calloc(1, ops->opts_size);
    if (!opts || vib_grow(&graph->layers, &graph->cap, graph->n + 1, sizeof *graph->layers) < 0) {
        free(opts);
        return NULL;
    }
    vib_fields_default(ops->fields, opts);
    vib_layer_spec *spec = &graph->layers[graph->n];
    *spec = (vib_layer_spec){.ops = ops, .opts = opts, .n_inputs = 1};
    spec->inputs[0] = graph->n ? (int)graph->n - 1 : VIB_INPUT;
    graph->n++;
    return spec;
}

int vib_graph_name_layers(vib_graph *graph)
{
    for (size_t i = 0; i < graph->n; i++) {
        vib_layer_spec *spec = &graph->layers[i];
        if (spec->name)
            continue;
        size_t before = 0;
        for (size_t j = 0; j < i; j++)
            before += !graph->layers[j].named && !strcmp(graph->layers[j].ops->keras, spec->ops->keras);
        vib_str name = {0};
        vib_str_add(&name, spec->ops->keras);
        if (before)
            vib_str_printf(&name, "_%zu", before);
        if (name.failed)
            return vib_fail(VIB_FAILED, "out of memory");
        spec->name = name.text;
    }
    return VIB_OK;
}

int vib_graph_infer(const vib_graph *graph, vib_shape *shapes, vib_layer_need *needs, size_t *at,
                    vib_str *why)
{
    for (size_t i = 0; i < graph->n; i++) {
        const vib_layer_spec *spec = &graph->layers[i];
        vib_shape in[VIB_MAX_INPUTS];
        for (int k = 0; k < spec->n_inputs; k++)
            in[k] = spec->inputs[k] == VIB_INPUT ? graph->input : shapes[spec->inputs[k]];
        *at = i;
        needs[i] = (vib_layer_need){0};
        const int err = spec->ops->infer(spec->opts, in, spec->n_inputs, &shapes[i], &needs[i], why);
        if (err < 0)
            return err;
        for (int k = 0; spec->frozen && k < needs[i].n_weights; k++)
            needs[i].weights[k].state = 1;
    }
    return VIB_OK;
}

static int readers_of(const vib_graph *graph, int layer)
{
    int n = 0;
    for (size_t i = 0; i < graph->n; i++)
        for (int k = 0; k < graph->layers[i].n_inputs; k++)
            n += graph->layers[i].inputs[k] == layer;
    return n;
}

int vib_graph_folds_into(const vib_graph *graph, const vib_layer_need *needs, size_t i)
{
    const int from = graph->layers[i].inputs[0];
    if (graph->layers[i].ops != &vib_layer_batchnorm || from == VIB_INPUT)
        return VIB_INPUT;
    const vib_layer_ops *before = graph->layers[from].ops;
    const int sums =
        before == &vib_layer_conv2d || before == &vib_layer_depthwise_conv2d || before == &vib_layer_dense;
    return sums && !needs[from].activation && readers_of(graph, from) == 1 ? from : VIB_INPUT;
}

static int check_loss(const vib_graph *graph, const vib_shape *shapes, vib_loss loss, size_t classes,
                      vib_str *why)
{
    const vib_layer_spec *last = &graph->layers[graph->n - 1];
    const vib_shape *out = &shapes[graph->n - 1];
    const int binary = loss == VIB_LOSS_BINARY_CROSSENTROPY;
    const int want = binary ? VIB_ACTIVATION_SIGMOID : VIB_ACTIVATION_SOFTMAX;
    const size_t outputs = binary ? 1 : classes;
    if (loss == VIB_LOSS_NONE) {
        vib_str_add(why,
                    "there is no loss; add `loss binary_crossentropy`, `loss categorical_crossentropy` or "
                    "end with `classify`");
        return VIB_USAGE;
    }
    if (last->ops != &vib_layer_dense || ((const vib_dense_opts *)last->opts)->activation != want) {
        vib_str_printf(why, "%s needs `dense %zu %s` as the last layer",
                       binary ? "binary_crossentropy" : "categorical_crossentropy", outputs,
                       vib_activation_words[want]);
        return VIB_USAGE;
    }
    if (binary && classes != 2) {
        vib_str_printf(why, "binary_crossentropy tells two classes apart, the data have %zu; use `classify`",
                       classes);
        return VIB_BAD_MODEL;
    }
    if ((size_t)out->c != outputs) {
        vib_str_printf(why, "the last layer has %d outputs, %zu classes need %zu", out->c, classes, outputs);
        return VIB_BAD_MODEL;
    }
    return VIB_OK;
}

int vib_graph_check_loss(const vib_graph *graph, vib_loss loss, size_t classes, vib_str *why)
{
    if (!graph->n) {
        vib_str_add(why, "the network has no layers");
        return VIB_USAGE;
    }
    vib_shape *shapes = vib_calloc(graph->n, sizeof *shapes);
    vib_layer_need *needs = vib_calloc(graph->n, sizeof *needs);
    size_t at;
    int err = shapes && needs ? vib_graph_infer(graph, shapes, needs, &at, why)
                              : vib_fail(VIB_FAILED, "out of memory");
    if (err >= 0)
        err = check_loss(graph, shapes, loss, classes, why);
    free(shapes);
    free(needs);
    return err;
}
