#include <inttypes.h>
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
    /* More than any device has, and too little for sums to overflow. */
    const size_t most = SIZE_MAX / 65536, part = (size_t)net->part * sizeof(float);
    if (row > INT32_MAX)
        return vib_fail(VIB_FAILED, "%s: %dx%dx%d is too large", what, shape->h, shape->w, shape->c);
    const int err = vib_arena_add(&net->activations, image > most / part ? most : image * part, what,
                                  &out->chunk, &offset);
    out->row = (int)row;
    out->image = image;
    out->base = offset / sizeof(float) + (size_t)border * row + (size_t)border * (size_t)shape->c;
    return err;
}

/* How many inputs output i (VIB_INPUT: the network's input) is, and the widest border they need. */
static int readers_of(const vib_network *net, int i, int *border)
{
    int n = 0;
    *border = 0;
    for (size_t k = 0; k < net->n; k++)
        for (int j = 0; j < net->layers[k].n_inputs; j++)
            if (net->params.graph->layers[k].inputs[j] == i) {
                *border = VIB_MAX(*border, net->needs[k].border);
                n++;
            }
    return n;
}

/* The network's answer is what the last layer says: every other output has a reader. */
static int check_readers(vib_network *net)
{
    int border;
    for (int i = VIB_INPUT; i < (int)net->n; i++) {
        const int n = readers_of(net, i, &border);
        if (!n && i != (int)net->n - 1)
            return vib_fail(VIB_USAGE, "nothing uses the output of %s",
                            i == VIB_INPUT ? "the input" : net->layers[i].name);
        if (i != VIB_INPUT)
            net->layers[i].readers = n;
    }
    return VIB_OK;
}

/* Whether the gradient of output i is wanted: there is something to learn at or before it. */
static int wants_gradient(const vib_network *net, int i)
{
    if (!net->params.training)
        return 0;
    return i == VIB_INPUT ? net->params.input_gradient : net->wanted[i];
}

static void find_wanted(vib_network *net)
{
    for (size_t i = 0; i < net->n; i++) {
        const vib_layer_spec *spec = &net->params.graph->layers[i];
        for (int j = 0; j < net->needs[i].n_weights; j++)
            net->wanted[i] |= !net->needs[i].weights[j].state;
        for (int k = 0; k < spec->n_inputs; k++)
            net->wanted[i] |= wants_gradient(net, spec->inputs[k]);
    }
}

static vib_tensor *gradient_of(vib_network *net, int i)
{
    if (!wants_gradient(net, i))
        return NULL;
    return i == VIB_INPUT ? &net->input_gradient : &net->gradients[i];
}

/* Where the gradient from one more reader of output i goes: the first's is the sum to be, the others' are
 * added to it in the order of the recipe. */
static vib_tensor *part_of(vib_network *net, int i, unsigned char *seen)
{
    vib_tensor *const sum = gradient_of(net, i);
    if (!sum || !seen[i + 1]++)
        return sum;
    vib_part *part = &net->parts[net->n_parts++];
    part->of = i;
    return &part->tensor;
}

static int plan_layers(vib_network *net)
{
    const vib_graph *graph = net->params.graph;
    int err = 0;
    unsigned char *seen = vib_calloc(net->n + 1, 1);
    VIB_CHECK_MEM(seen);
    find_wanted(net);
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
                         .frozen = spec->frozen,
                         .activation = net->needs[i].activation,
                         .y = &net->values[i],
                         .dy = gradient_of(net, (int)i)};
        for (int k = 0; k < l->n_inputs; k++) {
            const int from = spec->inputs[k];
            l->in[k] = from == VIB_INPUT ? graph->input : net->shapes[from];
            l->x[k] = from == VIB_INPUT ? &net->input : &net->values[from];
            l->dx[k] = part_of(net, from, seen);
        }
    }
    VIB_TRY(check_readers(net));
fail:
    free(seen);
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

/* A layer whose output is its input, seen in another shape. Rows with a border between them do not touch, so
 * then it has a tensor of its own. */
static int place_alias(vib_network *net, vib_layer *l)
{
    int err = 0;
    l->y_is_view = !l->x[0]->border;
    l->dy_is_view = l->dy && !l->dx[0]->border;
    if (l->y_is_view)
        *l->y = flat_view(l->x[0]);
    else
        VIB_TRY(place(net, &l->out, 0, l->name, l->y));
    if (l->dy_is_view)
        *l->dy = flat_view(l->dx[0]);
    else if (l->dy)
        VIB_TRY(place(net, &l->out, 0, l->name, l->dy));
fail:
    return err;
}

size_t vib_kept_bytes(const vib_layer *l)
{
    return l->need.keep_bytes * (size_t)vib_layer_batch(l) + l->need.layer_bytes;
}

static int place_layer(vib_network *net, size_t i)
{
    int err = 0, border;
    vib_layer *l = &net->layers[i];
    if (l->hidden)
        return VIB_OK;
    for (size_t k = 0; k < net->n_parts; k++)
        if (net->parts[k].of == (int)i)
            VIB_TRY(place(net, &l->out, 0, l->name, &net->parts[k].tensor));
    if (l->need.alias) {
        VIB_TRY(place_alias(net, l));
        goto fail;
    }
    readers_of(net, (int)i, &border);
    VIB_TRY(place(net, &l->out, border, l->name, l->y));
    if (l->dy)
        VIB_TRY(place(net, &l->out, l->need.grad_border, l->name, l->dy));
    if (vib_kept_bytes(l))
        VIB_TRY(vib_arena_add(&net->activations, vib_kept_bytes(l), l->name, &net->keep_chunk[i],
                              &net->keep_offset[i]));
fail:
    return err;
}

static int plan_tensors(vib_network *net)
{
    int err = 0, border;
    const vib_shape *in = &net->params.graph->input;
    readers_of(net, VIB_INPUT, &border);
    VIB_TRY(place(net, in, border, "the input", &net->input));
    if (wants_gradient(net, VIB_INPUT))
        VIB_TRY(place(net, in, 0, "the input's gradient", &net->input_gradient));
    for (size_t k = 0; k < net->n_parts; k++)
        if (net->parts[k].of == VIB_INPUT)
            VIB_TRY(place(net, in, 0, "the input's gradient", &net->parts[k].tensor));
    for (size_t i = 0; i < net->n; i++)
        VIB_TRY(place_layer(net, i));
fail:
    return err;
}

static size_t count_of(const vib_weight_need *need)
{
    size_t count = 1;
    for (int d = 0; d < need->rank; d++)
        count *= (size_t)need->dims[d];
    return count;
}

/* The tensors of a layer that are trained, or those that are not, one behind the other: sums over the batch
 * are laid out alike. */
static int place_weights(vib_network *net, const vib_layer *l, int trained)
{
    int err = 0;
    size_t bytes = 0, chunk, offset, at[VIB_MAX_WEIGHTS];
    for (int j = 0; j < l->need.n_weights; j++) {
        const size_t count = count_of(&l->need.weights[j]);
        if (count > INT32_MAX)
            VIB_FAIL(VIB_USAGE, "%s has too many weights (%zu)", l->name, count);
        at[j] = bytes;
        if (l->weights[j].info.trained == trained)
            bytes += vib_round_up(count * sizeof(float), VIB_ALIGNMENT);
    }
    if (!bytes)
        goto fail;
    VIB_TRY(vib_arena_add(trained ? &net->kinds[VIB_VALUE] : &net->state, bytes, l->name, &chunk, &offset));
    for (int j = 0; j < l->need.n_weights; j++)
        if (l->weights[j].info.trained == trained) {
            l->weights[j].chunk = chunk;
            l->weights[j].offset = (offset + at[j]) / sizeof(float);
        }
fail:
    return err;
}

static int name_weight(const vib_layer *l, const vib_weight_need *need, vib_weight *w)
{
    vib_str name = {0};
    vib_str_printf(&name, "%s/%s", l->name, need->name);
    if (name.failed)
        return vib_fail(VIB_FAILED, "out of memory");
    w->name = name.text;
    w->info = (vib_weight_info){
        .name = w->name, .rank = need->rank, .count = count_of(need), .trained = !need->state};
    for (int d = 0; d < need->rank; d++)
        w->info.dims[d] = need->dims[d];
    return VIB_OK;
}

/* The weights of a layer outside of training: its kernel's form, and a bias. */
static int place_fold(vib_network *net, vib_layer *l)
{
    vib_weight *const w = l->fold->weights;
    const size_t kernel = l->weights[0].info.count, channels = (size_t)l->out.c;
    const size_t bias_at = vib_round_up(kernel * sizeof(float), VIB_ALIGNMENT);
    size_t chunk, offset;
    const int err = vib_arena_add(&net->state, bias_at + channels * sizeof(float), l->name, &chunk, &offset);
    w[0] = (vib_weight){.info.count = kernel, .chunk = chunk, .offset = offset / sizeof(float)};
    w[1] = (vib_weight){.info.count = channels, .chunk = chunk, .offset = (offset + bias_at) / sizeof(float)};
    return err;
}

static int plan_weights(vib_network *net)
{
    int err = 0;
    size_t k = 0;
    for (size_t i = 0; i < net->n; i++) {
        vib_layer *l = &net->layers[i];
        l->weights = &net->weights[k];
        for (int j = 0; j < l->need.n_weights; j++, k++)
            VIB_TRY(name_weight(l, &l->need.weights[j], &net->weights[k]));
        VIB_TRY(place_weights(net, l, 1));
        VIB_TRY(place_weights(net, l, 0));
        if (l->fold)
            VIB_TRY(place_fold(net, l));
    }
fail:
    return err;
}

/* Bytes on the device that may be used: drivers keep some for themselves. */
static uint64_t memory(const vib_network *net)
{
    const uint64_t all = vib_device_get_info(net->dev)->global_bytes;
    return net->params.memory ? net->params.memory : all ? all - all / 16 : UINT64_MAX;
}

int vib_plan(vib_network *net)
{
    int err = 0;
    size_t at = 0;
    vib_str why = {0};
    const vib_graph *graph = net->params.graph;
    const size_t limit = (size_t)VIB_MIN(VIB_MIN(vib_device_get_info(net->dev)->max_alloc_bytes, memory(net)),
                                         (uint64_t)SIZE_MAX);
    net->n = graph->n;
    net->activations = (vib_arena){.what = "activations", .limit = limit, .guard = net->params.guard};
    net->kinds[VIB_VALUE] = (vib_arena){.what = "weights", .limit = limit};
    net->state = (vib_arena){.what = "state", .limit = limit};
    net->shapes = vib_calloc(net->n, sizeof *net->shapes);
    net->needs = vib_calloc(net->n, sizeof *net->needs);
    net->layers = vib_calloc(net->n, sizeof *net->layers);
    net->folds = vib_calloc(net->n, sizeof *net->folds);
    net->changes = 1;
    net->values = vib_calloc(net->n, sizeof *net->values);
    net->gradients = vib_calloc(net->n, sizeof *net->gradients);
    net->wanted = vib_calloc(net->n, 1);
    size_t inputs = 0;
    for (size_t i = 0; i < net->n; i++)
        inputs += (size_t)graph->layers[i].n_inputs;
    net->parts = vib_calloc(inputs, sizeof *net->parts);
    net->keep_chunk = vib_calloc(net->n, sizeof *net->keep_chunk);
    net->keep_offset = vib_calloc(net->n, sizeof *net->keep_offset);
    VIB_CHECK_MEM(net->shapes && net->needs && net->layers && net->folds && net->values && net->gradients &&
                  net->wanted && net->parts && net->keep_chunk && net->keep_offset);
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

static uint64_t largest_aside(const vib_network *net)
{
    uint64_t floats = 0;
    for (size_t i = 0; i < net->n; i++)
        floats = VIB_MAX(floats, net->layers[i].aside);
    return floats;
}

/* 0: scratch is for both. */
static uint64_t aside_bytes(const vib_network *net)
{
    return vib_device_has_aside(net->dev) ? largest_aside(net) * sizeof(float) : 0;
}

static uint64_t scratch_bytes(const vib_network *net)
{
    const uint64_t both = vib_device_has_aside(net->dev) ? 1 : largest_aside(net);
    uint64_t floats = VIB_MAX(VIB_MAX(1, both), vib_optimizer_scratch(net));
    for (size_t i = 0; i < net->n; i++)
        floats = VIB_MAX(floats, net->layers[i].scratch);
    return floats * sizeof(float);
}

/* One piece of memory above what the device gives in one piece. */
static int piece_is_too_much(const char *what, uint64_t bytes, uint64_t limit, vib_str *why)
{
    if (bytes > limit)
        vib_str_printf(why, "%s needs %" PRIu64 " MiB in one piece, the device allows %" PRIu64, what,
                       bytes >> 20, limit >> 20);
    return bytes > limit;
}

uint64_t vib_plan_bytes(const vib_network *net)
{
    uint64_t copies = 1 + (uint64_t)net->n_waiting;
    for (int k = VIB_GRADIENT; net->params.training && k < VIB_WEIGHT_KINDS; k++)
        copies += vib_network_has(net, k) != 0;
    return vib_arena_bytes(&net->activations) + vib_arena_bytes(&net->state) +
           copies * vib_arena_bytes(&net->kinds[VIB_VALUE]) + scratch_bytes(net) + aside_bytes(net) +
           vib_slots_bytes(net);
}

int vib_plan_is_too_much(const vib_network *net, vib_str *why)
{
    const vib_arena *const arenas[] = {&net->activations, &net->kinds[VIB_VALUE], &net->state};
    const uint64_t limit = net->activations.limit, room = memory(net);
    for (size_t i = 0; i < VIB_COUNT(arenas); i++)
        if (piece_is_too_much(arenas[i]->largest_what, arenas[i]->largest, limit, why))
            return 1;
    if (piece_is_too_much("scratch memory", VIB_MAX(scratch_bytes(net), aside_bytes(net)), limit, why))
        return 1;
    const uint64_t bytes = vib_plan_bytes(net);
    if (bytes > room)
        vib_str_printf(why, "they need %" PRIu64 " MiB, the device has %" PRIu64, bytes >> 20, room >> 20);
    return bytes > room;
}

static int allocate_scratch(const vib_network *net, uint64_t bytes, vib_buffer **out)
{
    const size_t guard = net->params.guard ? VIB_GUARD_BYTES : 0;
    return vib_buffer_create(net->dev, (size_t)bytes + guard, "scratch memory", out);
}

int vib_plan_allocate(vib_network *net)
{
    int err = 0;
    VIB_TRY(vib_arena_allocate(&net->kinds[VIB_VALUE], net->dev));
    VIB_TRY(vib_arena_allocate(&net->state, net->dev));
    if (net->params.training) {
        static const char *const what[] = {"weights", "gradients", "first moments", "second moments"};
        for (int k = VIB_GRADIENT; k < VIB_WEIGHT_KINDS && vib_network_has(net, k); k++) {
            VIB_TRY(vib_arena_like(&net->kinds[VIB_VALUE], what[k], &net->kinds[k]));
            VIB_TRY(vib_arena_allocate(&net->kinds[k], net->dev));
        }
    }
    VIB_TRY(vib_arena_allocate(&net->activations, net->dev));
    net->input.buffer = net->activations.chunks[net->input.chunk].buffer;
    if (wants_gradient(net, VIB_INPUT))
        net->input_gradient.buffer = net->activations.chunks[net->input_gradient.chunk].buffer;
    for (size_t k = 0; k < net->n_parts; k++)
        net->parts[k].tensor.buffer = net->activations.chunks[net->parts[k].tensor.chunk].buffer;
    for (size_t i = 0; i < net->n; i++) {
        vib_layer *l = &net->layers[i];
        if (!l->hidden)
            l->y->buffer = net->activations.chunks[l->y->chunk].buffer;
        if (l->dy && !l->hidden)
            l->dy->buffer = net->activations.chunks[l->dy->chunk].buffer;
        if (vib_kept_bytes(l)) {
            l->keep = net->activations.chunks[net->keep_chunk[i]].buffer;
            l->keep_base = net->keep_offset[i];
        }
    }
    VIB_TRY(allocate_scratch(net, scratch_bytes(net), &net->scratch));
    if (aside_bytes(net))
        VIB_TRY(allocate_scratch(net, aside_bytes(net), &net->aside));
    VIB_TRY(vib_split_allocate(net));
    VIB_TRY(vib_buffer_create(net->dev, sizeof(int32_t), "a flag", &net->nonfinite));
    VIB_TRY(vib_buffer_fill(net->nonfinite, 0, sizeof(int32_t), 0));
fail:
    return err;
}
