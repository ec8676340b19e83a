/* What a model does with a picture on the way to its answer. */
#include <vibrisa/inside.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "train/metrics.h"
#include "train/model.h"

/* ---- pictures ---- */

int vib_model_picture(const vib_model *model, const char *path, int times, vib_bitmap *out)
{
    enum { MOST = 16 };
    int err = 0;
    vib_str why = {0};
    vib_preprocess how = model->recipe->preprocess;
    unsigned char *bytes = NULL;
    if (times < 1 || times > MOST)
        VIB_FAIL(VIB_USAGE, "%s: pictures are enlarged 1 to %d times, not %d", path, MOST, times);
    if (times > 1)
        how.resize = VIB_RESIZE_ANTIALIAS;
    how.height *= times;
    how.width *= times;
    VIB_CHECK_MEM(bytes = vib_calloc((size_t)how.height * (size_t)how.width, (size_t)how.channels));
    err = vib_image_load(path, &how, bytes, &why);
    if (err < 0)
        VIB_FAIL(err, "%s: %s", path, why.text ? why.text : "out of memory");
    *out = (vib_bitmap){how.height, how.width, how.channels, bytes};
    bytes = NULL;
fail:
    free(bytes);
    vib_str_free(&why);
    return err;
}

void vib_bitmap_free(vib_bitmap *pixels)
{
    free(pixels->bytes);
    *pixels = (vib_bitmap){0};
}

/* ---- layers ---- */

static int check_layer(const vib_model *model, int layer, int first)
{
    if (layer >= first && layer < (int)model->recipe->graph.n)
        return VIB_OK;
    return vib_fail(VIB_USAGE, "%s: no layer %d; it has %zu, from 0", model->path, layer,
                    model->recipe->graph.n);
}

size_t vib_model_layers(const vib_model *model)
{
    return model->recipe->graph.n;
}

int vib_model_layer(const vib_model *model, int layer, vib_layer_info *out)
{
    const int err = check_layer(model, layer, 0);
    if (err < 0)
        return err;
    const vib_layer_spec *spec = &model->recipe->graph.layers[layer];
    const vib_shape *shape = &model->shapes[layer];
    const vib_layer_need *need = &model->needs[layer];
    const int convolution = need->n_weights > 0 && need->weights[0].rank == 4;
    *out = (vib_layer_info){
        .name = spec->name,
        .type = spec->ops->name,
        .inputs = spec->n_inputs,
        .input = spec->inputs[0],
        .height = shape->h,
        .width = shape->w,
        .channels = shape->c,
        .flat = shape->flat,
        .filters = convolution ? shape->c : 0,
        .rows = need->rows.size,
        .columns = need->columns.size,
        .step_rows = need->rows.step,
        .step_columns = need->columns.step,
        .above = need->rows.before,
        .left = need->columns.before,
    };
    return VIB_OK;
}

static const vib_tensor_record *weight_named(const vib_model *model, int layer, const char *name)
{
    vib_str text = {0};
    vib_str_printf(&text, "%s/%s", model->recipe->graph.layers[layer].name, name);
    const vib_tensor_record *t = text.failed ? NULL : vib_safetensors_tensor(&model->file, text.text);
    vib_str_free(&text);
    return t;
}

int vib_model_weights(const vib_model *model, int layer, const char *name, vib_weights *out)
{
    const int err = check_layer(model, layer, 0);
    if (err < 0)
        return err;
    const vib_tensor_record *t = weight_named(model, layer, name);
    if (!t)
        return vib_fail(VIB_USAGE, "%s: layer '%s' has no weight '%s'", model->path,
                        model->recipe->graph.layers[layer].name, name);
    *out = (vib_weights){.rank = t->rank, .values = t->data};
    for (int k = 0; k < t->rank; k++)
        out->dims[k] = (int)t->dims[k];
    return VIB_OK;
}

/* ---- running ---- */

void vib_maps_free(vib_maps *maps)
{
    free(maps->values);
    *maps = (vib_maps){0};
}

static const vib_shape *shape_of(const vib_model *model, int layer)
{
    return layer == VIB_INPUT ? &model->recipe->graph.input : &model->shapes[layer];
}

static int reserve(const vib_model *model, int layer, int n, vib_maps *out)
{
    const vib_shape *shape = shape_of(model, layer);
    *out = (vib_maps){shape->h, shape->w, shape->c,
                      vib_calloc((size_t)n * vib_shape_count(shape), sizeof(float))};
    return out->values ? VIB_OK : vib_fail(VIB_FAILED, "out of memory");
}

/* What the n pictures of a step make a layer say. */
static int keep(const vib_model *model, vib_network *net, int layer, const vib_result *result, int n,
                float *to)
{
    if (layer != (int)model->recipe->graph.n - 1)
        return vib_network_read_output(net, layer, n, to);
    memcpy(to, result->output, (size_t)n * (size_t)result->outputs * sizeof *to);
    return VIB_OK;
}

/* One step with its result. */
static int step(vib_network *net, const unsigned char *pixels, int n, vib_result *out)
{
    int err = 0;
    VIB_TRY(vib_network_evaluate(net, &(vib_feed){.pixels = pixels, .n = n}));
    VIB_TRY(vib_network_result(net, 1, out));
fail:
    return err;
}

/* Pictures `first` and on, as many as the network takes. */
static int run_some(const vib_model *model, vib_network *net, const unsigned char *pixels, int first, int n,
                    const int *layers, size_t n_layers, vib_maps *out, float *probabilities)
{
    int err = 0;
    vib_result result;
    VIB_TRY(step(net, pixels + (size_t)first * vib_shape_count(&model->recipe->graph.input), n, &result));
    for (int i = 0; probabilities && i < n; i++)
        vib_spread(result.output + (size_t)i * (size_t)result.outputs, result.outputs,
                   probabilities + (size_t)(first + i) * model->n_classes);
    for (size_t k = 0; k < n_layers; k++)
        VIB_TRY(keep(model, net, layers[k], &result, n,
                     out[k].values + (size_t)first * vib_shape_count(shape_of(model, layers[k]))));
fail:
    return err;
}

int vib_model_run(const vib_model *model, vib_device *dev, const unsigned char *pixels, int n,
                  const int *layers, size_t n_layers, vib_maps *out, float *probabilities)
{
    int err = 0;
    vib_network *net = NULL;
    vib_maps *all = NULL;
    if (n < 1)
        VIB_FAIL(VIB_USAGE, "%s: %d pictures to run", model->path, n);
    for (size_t k = 0; k < n_layers; k++)
        VIB_TRY(check_layer(model, layers[k], VIB_INPUT));
    VIB_CHECK_MEM(all = vib_calloc(n_layers, sizeof *all));
    for (size_t k = 0; k < n_layers; k++)
        VIB_TRY(reserve(model, layers[k], n, &all[k]));
    VIB_TRY(vib_model_network_inside(model, dev, VIB_MIN(n, model->recipe->train.batch), 0, &net));
    const int batch = vib_network_part(net); /* of a batch in parts only the last stays to be read */
    for (int first = 0; first < n; first += batch)
        VIB_TRY(run_some(model, net, pixels, first, VIB_MIN(batch, n - first), layers, n_layers, all,
                         probabilities));
    if (n_layers)
        memcpy(out, all, n_layers * sizeof *out);
    n_layers = 0;
fail:
    for (size_t k = 0; all && k < n_layers; k++)
        vib_maps_free(&all[k]);
    free(all);
    vib_network_destroy(&net);
    return err;
}

/* ---- gradients ---- */

/* The gradient of a class's score by a layer's output, and that output when `said` is not NULL. */
static int follow(const vib_model *model, vib_device *dev, const unsigned char *pixels, size_t class_index,
                  int layer, vib_maps *gradient, vib_maps *said)
{
    int err = 0;
    vib_network *net = NULL;
    vib_result result;
    float *last = NULL;
    VIB_TRY(check_layer(model, layer, VIB_INPUT));
    if (class_index >= model->n_classes)
        VIB_FAIL(VIB_USAGE, "%s: no class %zu; it has %zu, from 0", model->path, class_index,
                 model->n_classes);
    VIB_TRY(reserve(model, layer, 1, gradient));
    VIB_TRY(vib_model_network_inside(model, dev, 1, 1, &net));
    VIB_TRY(step(net, pixels, 1, &result));
    VIB_CHECK_MEM(last = vib_calloc((size_t)result.outputs, sizeof *last));
    last[result.outputs == 1 ? 0 : class_index] = result.outputs == 1 && class_index == 0 ? -1 : 1;
    if (said) {
        VIB_TRY(reserve(model, layer, 1, said));
        VIB_TRY(keep(model, net, layer, &result, 1, said->values));
    }
    VIB_TRY(vib_network_read_gradient(net, last, layer, 1, gradient->values));
fail:
    free(last);
    vib_network_destroy(&net);
    return err;
}

int vib_model_gradient(const vib_model *model, vib_device *dev, const unsigned char *pixels,
                       size_t class_index, int layer, vib_maps *out)
{
    vib_maps gradient = {0};
    const int err = follow(model, dev, pixels, class_index, layer, &gradient, NULL);
    if (err < 0)
        vib_maps_free(&gradient);
    else
        *out = gradient;
    return err;
}

/* Grad-CAM from what a layer says and the gradient by it, into the first channel's worth of `map`. */
static void weigh(const vib_maps *said, const vib_maps *gradient, float *map)
{
    const size_t n = (size_t)said->height * (size_t)said->width, c = (size_t)said->channels;
    for (size_t k = 0; k < c; k++) {
        double weight = 0;
        for (size_t i = 0; i < n; i++)
            weight += (double)gradient->values[i * c + k];
        weight /= (double)n;
        for (size_t i = 0; i < n; i++)
            map[i] += (float)weight * said->values[i * c + k];
    }
    for (size_t i = 0; i < n; i++)
        map[i] = map[i] > 0 ? map[i] : 0;
}

int vib_model_cam(const vib_model *model, vib_device *dev, const unsigned char *pixels, size_t class_index,
                  int layer, vib_maps *out)
{
    int err = 0;
    vib_maps gradient = {0}, said = {0}, map = {.channels = 1};
    VIB_TRY(check_layer(model, layer, 0));
    if (model->shapes[layer].flat)
        VIB_FAIL(VIB_USAGE, "%s: the output of layer '%s' is flat: it has no place in the picture any more",
                 model->path, model->recipe->graph.layers[layer].name);
    VIB_TRY(follow(model, dev, pixels, class_index, layer, &gradient, &said));
    map.height = said.height;
    map.width = said.width;
    VIB_CHECK_MEM(map.values = vib_calloc((size_t)map.height * (size_t)map.width, sizeof *map.values));
    weigh(&said, &gradient, map.values);
    *out = map;
fail:
    vib_maps_free(&gradient);
    vib_maps_free(&said);
    return err;
}

/* ---- receptive fields ---- */

/* Rows or columns from `low` to `high`; high < low: none. */
typedef struct interval {
    int low, high;
} interval;

static interval hull(interval a, interval b)
{
    if (a.high < a.low || b.high < b.low)
        return a.high < a.low ? b : a;
    return (interval){VIB_MIN(a.low, b.low), VIB_MAX(a.high, b.high)};
}

/* What outputs see of `n` inputs. What is outside is zeros, whatever the picture. */
static interval seen_by(interval outputs, const vib_reach *reach, int n)
{
    if (outputs.high < outputs.low)
        return outputs;
    if (!reach->size)
        return (interval){0, n - 1};
    const int low = outputs.low * reach->step - reach->before;
    const int high = outputs.high * reach->step - reach->before + reach->size - 1;
    return (interval){VIB_MAX(low, 0), VIB_MIN(high, n - 1)};
}

int vib_model_field(const vib_model *model, int layer, int y, int x, vib_box *out)
{
    int err = check_layer(model, layer, 0);
    if (err < 0)
        return err;
    const vib_graph *graph = &model->recipe->graph;
    const vib_shape *shape = &model->shapes[layer];
    if (y < 0 || x < 0 || y >= shape->h || x >= shape->w)
        return vib_fail(VIB_USAGE, "%s: layer '%s' has no output at %d,%d; its outputs are at 0,0 to %d,%d",
                        model->path, graph->layers[layer].name, y, x, shape->h - 1, shape->w - 1);
    /* Of each layer, and in place 0 of the picture: what has been seen so far. */
    interval(*seen)[2] = vib_calloc(graph->n + 1, sizeof *seen);
    VIB_CHECK_MEM(seen);
    for (size_t i = 0; i <= graph->n; i++)
        seen[i][0] = seen[i][1] = (interval){0, -1};
    seen[layer + 1][0] = (interval){y, y};
    seen[layer + 1][1] = (interval){x, x};
    for (int i = layer; i >= 0; i--)
        for (int k = 0; k < graph->layers[i].n_inputs; k++) {
            const int from = graph->layers[i].inputs[k];
            const vib_shape *in = shape_of(model, from);
            interval *const to = seen[from + 1];
            to[0] = hull(to[0], seen_by(seen[i + 1][0], &model->needs[i].rows, in->h));
            to[1] = hull(to[1], seen_by(seen[i + 1][1], &model->needs[i].columns, in->w));
        }
    const int none = seen[0][0].high < seen[0][0].low || seen[0][1].high < seen[0][1].low;
    *out = none ? (vib_box){0}
                : (vib_box){seen[0][0].low, seen[0][1].low, seen[0][0].high + 1, seen[0][1].high + 1};
fail:
    free(seen);
    return err;
}
