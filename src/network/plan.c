#include <stdlib.h>

#include "base/mem.h"
#include "network/internal.h"

/* A tensor for `batch` pictures of a shape inside a border. */
static int place(vib_network *net, const vib_shape *shape, int border, const char *what, vib_tensor *out)
{
    const size_t row = (size_t)(shape->w + 2 * border) * (size_t)shape->c;
    const size_t image = (size_t)(shape->h + 2 * border) * row;
    size_t offset;
    *out = (vib_tensor){.h = shape->h, .w = shape->w, .c = shape->c, .border = border};
    if (row > INT32_MAX || image > SIZE_MAX / sizeof(float) / (size_t)net->params.batch)
        return vib_fail(VIB_FAILED, "%s: %dx%dx%d is too large", what, shape->h, shape->w, shape->c);
    const int err = vib_arena_add(&net->activations, image * (size_t)net->params.batch * sizeof(float), what,
                                  &out->chunk, &offset);
    out->row = (int)row;
    out->image = image;
    out->base = offset / sizeof(float) + (size_t)border * row + (size_t)border * (size_t)shape->c;
    return err;
}

/* The layer that reads output i (VIB_INPUT: the network's input); only the last output has none. */
static int consumer(const vib_network *net, int i, int *out)
{
    int found = -1;
    for (size_t k = 0; k < net->n; k++)
        for (int j = 0; j < net->layers[k].n_inputs; j++)
            if (net->params.graph->layers[k].inputs[j] == i) {
                if (found >= 0)
                    return vib_fail(VIB_USAGE, "%s feeds both %s and %s, and nothing joins the branches",
                                    i == VIB_INPUT ? "the input" : net->layers[i].name,
                                    net->layers[found].name, net->layers[k].name);
                found = (int)k;
            }
    if (found < 0 && i != (int)net->n - 1)
        return vib_fail(VIB_USAGE, "nothing uses the output of %s",
                        i == VIB_INPUT ? "the input" : net->layers[i].name);
    *out = found;
    return VIB_OK;
}

/* Whether the gradient of output i is wanted: there is something to learn at or before it. */
static int wants_gradient(const vib_network *net, int i)
{
    if (!net->params.training)
        return 0;
    if (i == VIB_INPUT)
        return net->params.input_gradient;
    const vib_layer_spec *spec = &net->params.graph->layers[i];
    int wanted = net->needs[i].n_weights > 0;
    for (int k = 0; k < spec->n_inputs && !wanted; k++)
        wanted = wants_gradient(net, spec->inputs[k]);
    return wanted;
}

static vib_tensor *gradient_of(vib_network *net, int i)
{
    if (!wants_gradient(net, i))
        return NULL;
    return i == VIB_INPUT ? &net->input_gradient : &net->gradients[i];
}

static int plan_layers(vib_network *net)
{
    const vib_graph *graph = net->params.graph;
    int err = 0;
    for (size_t i = 0; i < net->n; i++) {
        vib_layer *l = &net->layers[i];
        const vib_layer_spec *spec = &graph->layers[i];
        *l = (vib_layer){.net = net,
                         .ops = spec->ops,
                         .opts = spec->opts,
                         .name = spec->name,
                         .index = (int)i,
                         .out = net->shapes[i],
                         .need = net->needs[i],
                         .n_inputs = spec->n_inputs,
                         .activation = net->needs[i].activation,
                         .y = &net->values[i],
                         .dy = gradient_of(net, (int)i)};
        for (int k = 0; k < l->n_inputs; k++) {
            const int from = spec->inputs[k];
            l->in[k] = from == VIB_INPUT ? graph->input : net->shapes[from];
            l->x[k] = from == VIB_INPUT ? &net->input : &net->values[from];
            l->dx[k] = gradient_of(net, from);
        }
    }
    for (int i = VIB_INPUT; i < (int)net->n; i++) {
        int reader;
        VIB_TRY(consumer(net, i, &reader));
    }
fail:
    return err;
}

/* A view of `of` as a flat tensor. */
static vib_tensor flat_view(const vib_tensor *of)
{
    vib_tensor v = *of;
    v.c = of->h * of->w * of->c;
    v.h = v.w = 1;
    v.row = v.c;
    return v;
}

static int plan_tensors(vib_network *net)
{
    int err = 0, reader;
    VIB_TRY(consumer(net, VIB_INPUT, &reader));
    VIB_TRY(place(net, &net->params.graph->input, net->needs[reader].border, "the input", &net->input));
    if (wants_gradient(net, VIB_INPUT))
        VIB_TRY(place(net, &net->params.graph->input, 0, "the input's gradient", &net->input_gradient));
    for (size_t i = 0; i < net->n; i++) {
        vib_layer *l = &net->layers[i];
        VIB_TRY(consumer(net, (int)i, &reader));
        if (l->hidden)
            continue;
        if (l->need
                .alias) { /* its consumers read no border, so the rows touch; in the gradient they may not */
            *l->y = flat_view(l->x[0]);
            if (l->dy && l->dx[0]->border)
                VIB_TRY(place(net, &l->out, 0, l->name, l->dy));
            else if (l->dy)
                *l->dy = flat_view(l->dx[0]);
            continue;
        }
        VIB_TRY(place(net, &l->out, reader < 0 ? 0 : net->needs[reader].border, l->name, l->y));
        if (l->dy)
            VIB_TRY(place(net, &l->out, l->need.grad_border, l->name, l->dy));
        if (l->need.keep_bytes)
            VIB_TRY(vib_arena_add(&net->activations, l->need.keep_bytes * (size_t)net->params.batch, l->name,
                                  &net->keep_chunk[i], &net->keep_offset[i]));
    }
fail:
    return err;
}

static int plan_weights(vib_network *net)
{
    int err = 0;
    size_t k = 0;
    for (size_t i = 0; i < net->n; i++) {
        vib_layer *l = &net->layers[i];
        /* A layer's weights stay together: its sums over the batch are laid out alike. */
        size_t bytes = 0, chunk, offset, at[VIB_MAX_WEIGHTS];
        for (int j = 0; j < l->need.n_weights; j++) {
            size_t count = 1;
            for (int d = 0; d < l->need.weights[j].rank; d++)
                count *= (size_t)l->need.weights[j].dims[d];
            if (count > INT32_MAX)
                VIB_FAIL(VIB_USAGE, "%s has too many weights (%zu)", l->name, count);
            at[j] = bytes;
            bytes += vib_round_up(count * sizeof(float), VIB_ALIGNMENT);
            net->weights[k + (size_t)j].info.count = count;
        }
        l->weights = &net->weights[k];
        if (!bytes)
            continue;
        VIB_TRY(vib_arena_add(&net->kinds[VIB_VALUE], bytes, l->name, &chunk, &offset));
        for (int j = 0; j < l->need.n_weights; j++, k++) {
            const vib_weight_need *need = &l->need.weights[j];
            vib_weight *w = &net->weights[k];
            vib_str name = {0};
            vib_str_printf(&name, "%s/%s", l->name, need->name);
            w->name = name.text;
            VIB_CHECK_MEM(w->name);
            w->info.name = w->name;
            w->info.rank = need->rank;
            for (int d = 0; d < need->rank; d++)
                w->info.dims[d] = need->dims[d];
            w->chunk = chunk;
            w->offset = (offset + at[j]) / sizeof(float);
        }
    }
fail:
    return err;
}

int vib_plan(vib_network *net)
{
    int err = 0;
    size_t at = 0;
    vib_str why = {0};
    const vib_graph *graph = net->params.graph;
    const size_t limit = (size_t)VIB_MIN(vib_device_get_info(net->dev)->max_alloc_bytes, (uint64_t)SIZE_MAX);
    net->n = graph->n;
    net->activations = (vib_arena){.what = "activations", .limit = limit, .guard = net->params.guard};
    net->kinds[VIB_VALUE] = (vib_arena){.what = "weights", .limit = limit};
    net->shapes = vib_calloc(net->n, sizeof *net->shapes);
    net->needs = vib_calloc(net->n, sizeof *net->needs);
    net->layers = vib_calloc(net->n, sizeof *net->layers);
    net->values = vib_calloc(net->n, sizeof *net->values);
    net->gradients = vib_calloc(net->n, sizeof *net->gradients);
    net->keep_chunk = vib_calloc(net->n, sizeof *net->keep_chunk);
    net->keep_offset = vib_calloc(net->n, sizeof *net->keep_offset);
    VIB_CHECK_MEM(net->shapes && net->needs && net->layers && net->values && net->gradients &&
                  net->keep_chunk && net->keep_offset);
    if (vib_graph_infer(graph, net->shapes, net->needs, &at, &why) < 0)
        VIB_FAIL(VIB_USAGE, "%s: %s", graph->layers[at].name, why.text ? why.text : "out of memory");
    for (size_t i = 0; i < net->n; i++)
        net->n_weights += (size_t)net->needs[i].n_weights;
    net->weights = vib_calloc(net->n_weights, sizeof *net->weights);
    VIB_CHECK_MEM(net->weights);

    VIB_TRY(plan_layers(net));
    vib_fuse(net);
    VIB_TRY(plan_tensors(net));
    VIB_TRY(plan_weights(net));
fail:
    vib_str_free(&why);
    return err;
}

int vib_plan_allocate(vib_network *net)
{
    int err = 0;
    uint64_t scratch = 1;
    VIB_TRY(vib_arena_allocate(&net->kinds[VIB_VALUE], net->dev));
    if (net->params.training) {
        static const char *const what[] = {"weights", "gradients", "first moments", "second moments"};
        for (int k = VIB_GRADIENT; k < VIB_WEIGHT_KINDS; k++) {
            VIB_TRY(vib_arena_like(&net->kinds[VIB_VALUE], what[k], &net->kinds[k]));
            VIB_TRY(vib_arena_allocate(&net->kinds[k], net->dev));
        }
    }
    VIB_TRY(vib_arena_allocate(&net->activations, net->dev));
    net->input.buffer = net->activations.chunks[net->input.chunk].buffer;
    if (wants_gradient(net, VIB_INPUT))
        net->input_gradient.buffer = net->activations.chunks[net->input_gradient.chunk].buffer;
    for (size_t i = 0; i < net->n; i++) {
        vib_layer *l = &net->layers[i];
        if (!l->hidden)
            l->y->buffer = net->activations.chunks[l->y->chunk].buffer;
        if (l->dy && !l->hidden)
            l->dy->buffer = net->activations.chunks[l->dy->chunk].buffer;
        if (l->need.keep_bytes) {
            l->keep = net->activations.chunks[net->keep_chunk[i]].buffer;
            l->keep_base = net->keep_offset[i];
        }
        scratch = VIB_MAX(scratch, l->scratch);
    }
    VIB_TRY(vib_buffer_create(net->dev, (size_t)scratch * sizeof(float), "scratch memory", &net->scratch));
    VIB_TRY(vib_buffer_create(net->dev, sizeof(int32_t), "a flag", &net->nonfinite));
    VIB_TRY(vib_buffer_fill(net->nonfinite, 0, sizeof(int32_t), 0));
fail:
    return err;
}
