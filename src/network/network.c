#include "network/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/mem.h"
#include "network/internal.h"

/* ---- what layers ask ---- */

vib_device *vib_layer_device(const vib_layer *layer)
{
    return layer->net->dev;
}

int vib_layer_units(const vib_layer *layer)
{
    return (int)VIB_MAX(1, vib_device_get_info(vib_layer_device(layer))->compute_units);
}

vib_program *vib_layer_program(const vib_layer *layer)
{
    return layer->net->program;
}

int vib_layer_batch(const vib_layer *layer)
{
    return layer->net->part;
}

int vib_layer_first(const vib_layer *layer)
{
    return layer->net->first;
}

int vib_layer_training(const vib_layer *layer)
{
    return layer->net->params.training && layer->dy != NULL;
}

uint64_t vib_layer_step(const vib_layer *layer)
{
    return layer->net->step;
}

uint64_t vib_layer_seed(const vib_layer *layer)
{
    return layer->net->params.seed;
}

uint64_t vib_layer_changes(const vib_layer *layer)
{
    return layer->net->changes;
}

int vib_layer_on_cpu(const vib_layer *layer)
{
    return vib_device_get_family(layer->net->dev) == VIB_FAMILY_CPU;
}

vib_buffer *vib_layer_scratch(const vib_layer *layer)
{
    return vib_device_is_aside(layer->net->dev) ? layer->net->aside : layer->net->scratch;
}

vib_buffer *vib_layer_values(const vib_layer *layer, int weight)
{
    const vib_weight *w = &layer->weights[weight];
    const vib_arena *arena = w->info.trained ? &layer->net->kinds[VIB_VALUE] : &layer->net->state;
    return arena->chunks[w->chunk].buffer;
}

vib_buffer *vib_layer_gradients(const vib_layer *layer, int weight)
{
    return layer->net->kinds[VIB_GRADIENT].chunks[layer->weights[weight].chunk].buffer;
}

vib_buffer *vib_layer_nonfinite(const vib_layer *layer)
{
    return layer->net->nonfinite;
}

/* ---- making one ---- */

static vib_layer *last_layer(const vib_network *net)
{
    return &net->layers[net->n - 1];
}

static int outputs(const vib_network *net)
{
    return (int)vib_shape_count(&net->shapes[net->n - 1]);
}

/* The kernels that belong to no layer. */
static int prepare_steps(vib_network *net)
{
    int err = 0;
    const vib_layer *first = &net->layers[0], *last = last_layer(net);
    VIB_TRY(vib_input_prepare(net));
    if (net->params.loss) {
        const int binary = net->params.loss == VIB_LOSS_BINARY_CROSSENTROPY;
        VIB_TRY(vib_add_kernel(last, "loss.cl", binary ? "BINARY" : "CATEGORICAL", NULL, 0,
                               VIB_GROUPS(1, 1, 1), &net->loss, "%s_crossentropy",
                               binary ? "binary" : "categorical"));
    }
    if (net->params.training && net->n_parts)
        VIB_TRY(vib_add_kernel(first, "add.cl", "SUM", NULL, 0, VIB_GROUPS(64, 1, 1), &net->sum, "sum"));
fail:
    return err;
}

static size_t result_floats(const vib_network *net)
{
    return (size_t)net->params.batch * (size_t)(2 + outputs(net)) + 2;
}

uint64_t vib_slots_bytes(const vib_network *net)
{
    return VIB_IN_FLIGHT * (uint64_t)(vib_input_bytes(net) + result_floats(net) * sizeof(float)) +
           vib_input_statistics_bytes(net);
}

static int prepare_slots(vib_network *net)
{
    int err = 0;
    const uint32_t one = 0x3f800000u; /* 1.0f */
    const size_t classes = (size_t)VIB_MAX(outputs(net), 2);
    VIB_TRY(vib_buffer_create(net->dev, classes * sizeof(float), "class weights", &net->class_weights));
    VIB_TRY(vib_buffer_fill(net->class_weights, 0, classes * sizeof(float), one));
    const size_t upload = vib_input_bytes(net), results = result_floats(net) * sizeof(float);
    for (int i = 0; i < VIB_IN_FLIGHT; i++) {
        vib_slot *s = &net->slots[i];
        VIB_TRY(vib_staging_create(net->dev, upload, "a batch of pictures", &s->upload));
        VIB_TRY(vib_buffer_create(net->dev, results, "results", &s->results));
        VIB_TRY(vib_buffer_fill(s->results, 0, results, 0));
        s->host = vib_calloc(result_floats(net), sizeof *s->host);
        VIB_CHECK_MEM(s->host);
    }
fail:
    return err;
}

/* Everything but memory and programs, for `part` pictures at a time; where that is too much, `why` says so.
 */
static int plan(vib_device *dev, const vib_network_params *params, int part, vib_str *why, vib_network **out)
{
    int err = 0;
    vib_network *net = vib_calloc(1, sizeof *net);
    VIB_CHECK_MEM(net);
    net->dev = dev;
    net->params = *params;
    net->part = part;
    if (params->program)
        net->program = params->program;
    else
        VIB_TRY(vib_program_create(dev, &net->program));
    VIB_TRY(vib_plan(net));
    if (params->loss && (!net->shapes[net->n - 1].flat || last_layer(net)->need.alias))
        VIB_FAIL(VIB_USAGE, "%s: the loss needs a dense layer at the end", last_layer(net)->name);
    if (!vib_plan_is_too_much(net, why)) {
        for (size_t i = 0; i < net->n; i++)
            if (net->layers[i].ops->prepare)
                VIB_TRY(net->layers[i].ops->prepare(&net->layers[i]));
        VIB_TRY(prepare_steps(net));
        VIB_TRY(vib_optimizer_prepare(net));
        VIB_TRY(vib_split_prepare(net));
        vib_plan_is_too_much(net, why);
    }
    *out = net;
    net = NULL;
fail:
    vib_network_destroy(&net);
    return err;
}

/* The layer that needs a whole batch, in training; NULL: none. */
static const char *whole_batch(const vib_network *net)
{
    for (size_t i = 0; net->params.training && i < net->n; i++)
        if (net->needs[i].whole_batch)
            return net->layers[i].name;
    return NULL;
}

/* The largest batch that fits without being split; 0: none. */
static int largest_batch(vib_device *dev, const vib_network_params *params, int *largest)
{
    int err = 0;
    vib_str why = {0};
    vib_network_params smaller = *params;
    *largest = 0;
    for (int too_many = params->batch; too_many - *largest > 1;) {
        vib_network *net = NULL;
        smaller.batch = *largest + (too_many - *largest) / 2;
        VIB_TRY(plan(dev, &smaller, smaller.batch, &why, &net));
        *(why.len ? &too_many : largest) = smaller.batch;
        vib_network_destroy(&net);
        vib_str_free(&why);
    }
fail:
    vib_str_free(&why);
    return err;
}

static int refuse(vib_device *dev, const vib_network_params *params, const char *whole, const vib_str *why)
{
    int largest = 0;
    if (!params->program) {
        const int err = largest_batch(dev, params, &largest);
        if (err < 0)
            return err;
    }
    if (!largest)
        return vib_fail(VIB_BAD_MODEL,
                        "%d pictures at once do not fit the device: %s: use a smaller --batch, smaller "
                        "pictures or fewer filters",
                        params->batch, why->text);
    if (whole)
        return vib_fail(VIB_BAD_MODEL,
                        "%d pictures at once do not fit the device: %s; %s needs a whole batch: use "
                        "--batch %d",
                        params->batch, why->text, whole, largest);
    return vib_fail(VIB_BAD_MODEL, "%d pictures at once do not fit the device: %s: use --batch %d",
                    params->batch, why->text, largest);
}

/* As many pictures at a time as fit. */
static int fit(vib_device *dev, const vib_network_params *params, vib_network **out)
{
    int err = 0, part = params->part ? VIB_MIN(params->part, params->batch) : params->batch;
    vib_network *net = NULL;
    vib_str why = {0}, first = {0};
    while (!net) {
        VIB_TRY(plan(dev, params, part, &why, &net));
        if (!why.len)
            break;
        const char *const whole = whole_batch(net);
        const int smaller = whole || params->unfused || params->program ? 0 : vib_split_smaller(part);
        vib_network_destroy(&net);
        if (!smaller)
            VIB_TRY(refuse(dev, params, whole, first.len ? &first : &why));
        if (!first.len)
            vib_str_add(&first, why.text);
        vib_str_free(&why);
        part = smaller;
    }
    if (first.len)
        vib_info("a batch of %d pictures is computed %d at a time, to the same numbers: at once, %s",
                 params->batch, part, first.text);
    *out = net;
    net = NULL;
fail:
    vib_network_destroy(&net);
    vib_str_free(&why);
    vib_str_free(&first);
    return err;
}

int vib_network_create(vib_device *dev, const vib_network_params *params, vib_network **out)
{
    int err = 0;
    vib_network *net = NULL;
    if (params->batch < 1 || !params->graph->n)
        VIB_FAIL(VIB_USAGE, "a network needs layers and a batch of at least 1");
    VIB_TRY(fit(dev, params, &net));
    VIB_TRY(vib_plan_allocate(net));
    VIB_TRY(vib_input_allocate(net));
    VIB_TRY(prepare_slots(net));
    if (!params->program)
        VIB_TRY(vib_program_build(net->program));
    if (params->guard)
        VIB_TRY(vib_guard_fill(net));
    *out = net;
    net = NULL;
fail:
    vib_network_destroy(&net);
    return err;
}

int vib_network_part(const vib_network *net)
{
    return net->part;
}

void vib_network_destroy(vib_network **network)
{
    vib_network *net = *network;
    if (!net)
        return;
    vib_device_finish(net->dev); /* copies still use host memory */
    for (int i = 0; i < VIB_IN_FLIGHT; i++) {
        vib_slot *s = &net->slots[i];
        vib_event_wait(&s->read);
        vib_staging_destroy(&s->upload);
        vib_buffer_destroy(&s->results);
        free(s->host);
    }
    vib_arena_free(&net->activations);
    vib_arena_free(&net->state);
    for (int k = 0; k < VIB_WEIGHT_KINDS; k++)
        vib_arena_free(&net->kinds[k]);
    for (int l = 0; l < net->n_waiting; l++)
        vib_arena_free(&net->waiting[l]);
    vib_buffer_destroy(&net->scratch);
    vib_buffer_destroy(&net->aside);
    vib_buffer_destroy(&net->nonfinite);
    vib_buffer_destroy(&net->class_weights);
    vib_buffer_destroy(&net->input_statistics);
    vib_buffer_destroy(&net->optimizer.sums);
    if (!net->params.program)
        vib_program_destroy(&net->program);
    for (size_t i = 0; net->weights && i < net->n_weights; i++)
        free(net->weights[i].name);
    free(net->weights);
    free(net->shapes);
    free(net->needs);
    free(net->layers);
    free(net->folds);
    free(net->values);
    free(net->gradients);
    free(net->wanted);
    free(net->parts);
    free(net->keep_chunk);
    free(net->keep_offset);
    free(net);
    *network = NULL;
}

/* ---- steps ---- */

int vib_network_loss(vib_network *net, const vib_slot *s, int n, int training)
{
    const vib_layer *last = last_layer(net);
    const vib_tensor *dz = last->dy ? last->dy : last->y;
    const uint64_t batch = (uint64_t)net->params.batch, first = (uint64_t)net->first;
    const double off = net->params.smoothing / VIB_MAX(outputs(net), 2);
    return VIB_LAUNCH(net->loss, VIB_GROUPS((size_t)n, 1, 1), vib_arg_buffer(s->results), vib_arg_u64(first),
                      vib_arg_u64(batch + first), vib_arg_u64(2 * batch + first * (uint64_t)outputs(net)),
                      vib_arg_buffer(dz->buffer), vib_arg_u64(dz->base), vib_arg_buffer(last->y->buffer),
                      vib_arg_u64(last->y->base), vib_arg_buffer(vib_staging_buffer(s->upload)),
                      vib_arg_u64(first), vib_arg_buffer(net->class_weights), vib_arg_i32(outputs(net)),
                      vib_arg_f32((float)(1 - net->params.smoothing + off)), vib_arg_f32((float)off),
                      vib_arg_f32((float)s->n), vib_arg_i32(s->has_loss), vib_arg_i32(training));
}

int vib_network_forward(vib_network *net, int n)
{
    int err = 0;
    for (size_t i = 0; i < net->n; i++)
        if (net->layers[i].ops->forward) {
            vib_device_profile_user(net->dev, net->layers[i].name);
            VIB_TRY(net->layers[i].ops->forward(&net->layers[i], n));
        }
fail:
    vib_device_profile_user(net->dev, NULL);
    return err;
}

/* The gradients from the readers of output i, added up. */
static int add_parts(vib_network *net, int i, const vib_tensor *sum, int n)
{
    int err = 0;
    for (size_t k = 0; k < net->n_parts; k++)
        if (net->parts[k].of == i)
            VIB_TRY(vib_add_launch(net->sum, sum, sum, &net->parts[k].tensor, n));
fail:
    return err;
}

int vib_network_backward_layer(vib_network *net, size_t i, int n)
{
    int err = 0;
    vib_layer *l = &net->layers[i];
    VIB_TRY(add_parts(net, (int)i, l->dy, n));
    if (l->ops->backward)
        VIB_TRY(l->ops->backward(l, n));
fail:
    return err;
}

int vib_network_backward_to(vib_network *net, int layer, int n)
{
    int err = 0;
    for (int i = (int)net->n - 1; i > layer; i--)
        if (net->layers[i].dy) {
            vib_device_profile_user(net->dev, net->layers[i].name);
            VIB_TRY(vib_network_backward_layer(net, (size_t)i, n));
        }
    if (layer != VIB_INPUT)
        VIB_TRY(add_parts(net, layer, net->layers[layer].dy, n));
    else if (net->params.input_gradient)
        VIB_TRY(add_parts(net, VIB_INPUT, &net->input_gradient, n));
fail:
    vib_device_join(net->dev);
    vib_device_profile_user(net->dev, NULL);
    return err;
}

int vib_network_backward(vib_network *net, int n)
{
    return vib_network_backward_to(net, VIB_INPUT, n);
}

int vib_network_update(vib_network *net)
{
    int err = 0;
    for (size_t i = 0; i < net->n; i++)
        if (net->layers[i].ops->update)
            VIB_TRY(net->layers[i].ops->update(&net->layers[i]));
fail:
    return err;
}

int vib_network_borrow(vib_network *net, const vib_network *from, const vib_slot *s)
{
    int err = 0;
    vib_slot *own = &net->slots[0];
    own->n = s->n;
    own->has_loss = s->has_loss;
    own->augmented = s->augmented;
    net->step = s->step;
    VIB_TRY(vib_staging_wait(own->upload));
    memcpy(vib_staging_memory(own->upload), vib_staging_memory(s->upload), vib_input_bytes(net));
    VIB_TRY(vib_staging_send(own->upload, vib_input_bytes(net)));
    VIB_TRY(vib_buffer_copy(net->class_weights, 0, from->class_weights, 0,
                            (size_t)VIB_MAX(outputs(net), 2) * sizeof(float)));
fail:
    return err;
}

/* The answer of a network without a loss. */
static int keep_output(vib_network *net, const vib_slot *s, int n)
{
    const vib_layer *last = last_layer(net);
    const size_t picture = (size_t)outputs(net) * sizeof(float);
    const size_t at = 2 * (size_t)net->params.batch * sizeof(float) + (size_t)net->first * picture;
    return vib_buffer_copy(s->results, at, last->y->buffer, (size_t)last->y->base * sizeof(float),
                           (size_t)n * picture);
}

/* Forward, and in training backward, of as much of the batch as there is room for, again and again. */
static int run_parts(vib_network *net, const vib_slot *s, int training)
{
    int err = 0;
    for (net->first = 0; net->first < s->n; net->first += net->part) {
        const int left = s->n - net->first, n = VIB_MIN(left, net->part);
        VIB_TRY(vib_input_launch(net, s, n));
        VIB_TRY(vib_network_forward(net, n));
        VIB_TRY(net->params.loss ? vib_network_loss(net, s, n, training) : keep_output(net, s, n));
        if (training)
            VIB_TRY(vib_network_backward(net, n));
        if (training && net->n_waiting)
            VIB_TRY(vib_split_add(net, net->first / net->part, n == left));
        if (n == left)
            break; /* before `first` could overflow */
    }
fail:
    net->first = 0;
    return err;
}

/* Loss, hits, output and flag come back when they come. */
static int fetch(vib_network *net, vib_slot *s)
{
    int err = 0;
    const size_t n = result_floats(net);
    if (net->optimizer.penalizes)
        VIB_TRY(vib_buffer_copy(s->results, (n - 2) * sizeof(float), net->optimizer.sums, 0, sizeof(float)));
    VIB_TRY(vib_buffer_copy(s->results, (n - 1) * sizeof(float), net->nonfinite, 0, sizeof(int32_t)));
    VIB_TRY(vib_buffer_read(s->results, 0, s->host, n * sizeof(float), &s->read));
    VIB_TRY(vib_staging_recall(s->upload));
    VIB_TRY(vib_device_flush(net->dev));
fail:
    return err;
}

/* t == 0: forward only. */
static int step(vib_network *net, const vib_feed *feed, uint64_t t, double lr)
{
    int err = 0;
    if (feed->n < 1 || feed->n > net->params.batch)
        return vib_fail(VIB_USAGE, "a batch of %d pictures, the network has room for %d", feed->n,
                        net->params.batch);
    if (vib_network_pending(net) == VIB_IN_FLIGHT)
        return vib_fail(VIB_FAILED, "%d results are waiting to be taken", VIB_IN_FLIGHT);
    vib_slot *s = &net->slots[net->submitted % VIB_IN_FLIGHT];
    net->step = t;
    s->has_loss = net->params.loss && feed->labels;
    s->step = t;
    VIB_TRY(vib_input_upload(net, s, feed));
    VIB_TRY(run_parts(net, s, t > 0));
    if (net->params.loss)
        VIB_TRY(vib_optimizer_penalty(net));
    if (t > 0) {
        net->changes++;
        VIB_TRY(vib_optimizer_step(net, t, lr));
        VIB_TRY(vib_network_update(net));
    }
    VIB_TRY(fetch(net, s));
    net->submitted++;
fail:
    if (err < 0) { /* copies of a step that failed half-way must not outlive it */
        vib_device_finish(net->dev);
        vib_staging_wait(s->upload);
        vib_event_wait(&s->read);
    }
    return err;
}

int vib_network_train(vib_network *net, const vib_feed *feed, uint64_t t, double lr)
{
    if (!net->params.training || !net->params.loss || !feed->labels || t < 1)
        return vib_fail(VIB_USAGE, "training needs a network made for it, a loss, labels and a step from 1");
    return step(net, feed, t, lr);
}

int vib_network_feed(vib_network *net, const vib_feed *feed, float *out)
{
    int err = 0;
    vib_slot *s = &net->slots[net->submitted % VIB_IN_FLIGHT];
    if (feed->n > net->part)
        VIB_FAIL(VIB_USAGE, "%d pictures, the network has room for %d", feed->n, net->part);
    VIB_TRY(vib_input_upload(net, s, feed));
    VIB_TRY(vib_input_launch(net, s, feed->n));
    VIB_TRY(vib_network_read_output(net, VIB_INPUT, feed->n, out));
fail:
    vib_device_finish(net->dev);
    vib_staging_wait(s->upload);
    return err;
}

int vib_network_evaluate(vib_network *net, const vib_feed *feed)
{
    vib_feed plain = *feed;
    plain.presentations = NULL;
    return step(net, &plain, 0, 0);
}

int vib_network_pending(const vib_network *net)
{
    return (int)(net->submitted - net->taken);
}

int vib_network_result(vib_network *net, int wait, vib_result *out)
{
    int err = 0;
    if (net->submitted == net->taken)
        return 0;
    vib_slot *s = &net->slots[net->taken % VIB_IN_FLIGHT];
    if (!wait) {
        VIB_TRY(vib_event_done(s->read));
        if (err == 0)
            return 0;
    }
    VIB_TRY(vib_event_wait(&s->read));
    VIB_TRY(vib_staging_wait(s->upload));
    const size_t batch = (size_t)net->params.batch;
    int32_t flag;
    memcpy(&flag, s->host + result_floats(net) - 1, sizeof flag);
    *out = (vib_result){.n = s->n,
                        .loss = s->has_loss ? s->host : NULL,
                        .hit = s->has_loss ? s->host + batch : NULL,
                        .output = s->host + 2 * batch,
                        .outputs = outputs(net),
                        .penalty = s->host[result_floats(net) - 2],
                        .nonfinite = flag != 0};
    net->taken++;
    return 1;
fail:
    return err;
}

void vib_network_memory(const vib_network *net, uint64_t *weights, uint64_t *activations)
{
    *weights = vib_arena_bytes(&net->state);
    for (int k = 0; k < VIB_WEIGHT_KINDS; k++)
        *weights += vib_arena_bytes(&net->kinds[k]);
    *activations = vib_arena_bytes(&net->activations);
}
