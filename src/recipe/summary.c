#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "recipe/recipe.h"

/* How much of the picture one output sees; side 0: all of it. */
typedef struct field {
    uint64_t side, jump;
} field;

static field input_field(const vib_layer_spec *spec, const field *fields)
{
    field widest = {1, 1};
    for (int k = 0; k < spec->n_inputs; k++) {
        const field f = spec->inputs[k] == VIB_INPUT ? (field){1, 1} : fields[spec->inputs[k]];
        if (f.side == 0)
            return f;
        if (f.side > widest.side)
            widest = f;
    }
    return widest;
}

static field next_field(field in, const vib_layer_need *need)
{
    const int size = VIB_MAX(need->rows.size, need->columns.size);
    const int step = VIB_MAX(need->rows.step, need->columns.step);
    if (in.side == 0 || size == 0)
        return (field){0, 0};
    const field out = {in.side + (uint64_t)(size - 1) * in.jump, in.jump * (uint64_t)step};
    return out.side > INT_MAX || out.jump > INT_MAX ? (field){0, 0} : out;
}

static uint64_t count_of(const vib_weight_need *need)
{
    uint64_t count = 1;
    for (int k = 0; k < need->rank; k++)
        count *= (uint64_t)need->dims[k];
    return count;
}

/* A filter that slides has a kernel of height × width × in × out. */
static int is_convolution(const vib_layer_need *need)
{
    return need->n_weights > 0 && need->weights[0].rank == 4;
}

/* A weight from every input to every output, and the biases; the largest number when there are more. */
static uint64_t dense_parameters(const vib_shape *in, const vib_shape *out)
{
    const uint64_t inputs = vib_shape_count(in), outputs = vib_shape_count(out);
    return inputs + 1 > UINT64_MAX / outputs ? UINT64_MAX : (inputs + 1) * outputs;
}

static void fill_row(vib_summary_row *row, const vib_layer_spec *spec, const vib_shape *in,
                     const vib_shape *out, const vib_layer_need *need, field f)
{
    snprintf(row->name, sizeof row->name, "%s", spec->name);
    snprintf(row->type, sizeof row->type, "%s", spec->ops->class_name);
    row->height = out->flat ? 0 : out->h;
    row->width = out->flat ? 0 : out->w;
    row->channels = out->c;
    for (int i = 0; i < need->n_weights; i++) {
        row->parameters += count_of(&need->weights[i]);
        row->trained += need->weights[i].state ? 0 : count_of(&need->weights[i]);
    }
    row->multiply_adds = need->multiply_adds;
    row->receptive_field = (int)f.side;
    row->jump = (int)f.jump;
    row->dense_parameters = is_convolution(need) ? dense_parameters(in, out) : 0;
}

/* Gradients and moments. */
static uint64_t tensors_of(const vib_optimizer *optimizer)
{
    return optimizer->method == VIB_METHOD_SGD ? 1 + (optimizer->momentum != 0) : 3;
}

/* What a layer has in the place of its weights outside of training, with the batchnorm behind it in them. */
static uint64_t folded_floats(const vib_layer_need *need, int channels)
{
    return count_of(&need->weights[0]) + (uint64_t)channels;
}

static void add_up(vib_summary *s, const vib_graph *graph, const vib_shape *shapes,
                   const vib_layer_need *needs, const vib_optimizer *optimizer)
{
    uint64_t floats = vib_shape_count(&graph->input), kept = 0, folded = 0;
    for (size_t i = 0; i < s->n; i++) {
        s->parameters += s->rows[i].parameters;
        s->multiply_adds += s->rows[i].multiply_adds;
        floats += 2 * (uint64_t)vib_shape_count(&shapes[i]);
        kept += needs[i].keep_bytes;
        s->trained += s->rows[i].trained;
        const int into = vib_graph_folds_into(graph, needs, i);
        if (into != VIB_INPUT)
            folded += folded_floats(&needs[into], shapes[i].c);
    }
    s->weight_bytes = (s->parameters + folded + s->trained * tensors_of(optimizer)) * sizeof(float);
    s->activation_bytes = (floats * sizeof(float) + kept) * (uint64_t)s->batch;
}

static int summarise(const vib_recipe *recipe, vib_summary *s)
{
    int err = 0;
    size_t at;
    vib_str why = {0};
    const vib_graph *graph = &recipe->graph;
    vib_shape *shapes = vib_calloc(graph->n, sizeof *shapes);
    vib_layer_need *needs = vib_calloc(graph->n, sizeof *needs);
    field *fields = vib_calloc(graph->n, sizeof *fields);
    *s = (vib_summary){graph->input.h, graph->input.w, graph->input.c, .batch = recipe->train.batch};
    s->rows = vib_calloc(graph->n, sizeof *s->rows);
    VIB_CHECK_MEM(shapes && needs && fields && s->rows);
    if ((err = vib_graph_infer(graph, shapes, needs, &at, &why)) < 0)
        VIB_FAIL(err, "%s: %s", graph->layers[at].name, why.text ? why.text : "out of memory");
    for (size_t i = 0; i < graph->n; i++) {
        const vib_layer_spec *spec = &graph->layers[i];
        const vib_shape *in = spec->inputs[0] == VIB_INPUT ? &graph->input : &shapes[spec->inputs[0]];
        fields[i] = next_field(input_field(spec, fields), &needs[i]);
        fill_row(&s->rows[i], spec, in, &shapes[i], &needs[i], fields[i]);
    }
    s->n = graph->n;
    add_up(s, graph, shapes, needs, &recipe->optimizer);
fail:
    free(shapes);
    free(needs);
    free(fields);
    vib_str_free(&why);
    if (err < 0)
        vib_summary_free(s);
    return err;
}

int vib_recipe_summary(const vib_recipe *recipe, int classes, vib_summary *out)
{
    if (!recipe->classify)
        return summarise(recipe, out);
    vib_recipe *resolved = NULL;
    int err = vib_recipe_resolve(recipe, classes > 0 ? (size_t)classes : 2, &resolved);
    if (err >= 0)
        err = summarise(resolved, out);
    vib_recipe_free(&resolved);
    return err;
}

void vib_summary_free(vib_summary *summary)
{
    free(summary->rows);
    *summary = (vib_summary){0};
}
