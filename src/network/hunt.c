/* Where a number that is not finite first appears: the step once more, in a network of its own whose layers
 * are not fused, each output and gradient looked at as it is made. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "network/internal.h"

typedef struct hunt {
    vib_network *net; /* unfused, with the weights of the other */
    float *values;    /* room for what is looked at */
    size_t cap;
    vib_str *where;
} hunt;

static int is_finite(const float *values, size_t n)
{
    size_t i = 0;
    while (i < n && isfinite(values[i]))
        i++;
    return i == n;
}

/* 1 and its name when something in n floats of a buffer is not finite. */
static int look(hunt *h, vib_buffer *buffer, uint64_t first, size_t n, const char *what, const char *name)
{
    int err = 0;
    VIB_CHECK_MEM(vib_grow(&h->values, &h->cap, n, sizeof *h->values) == 0);
    VIB_TRY(vib_buffer_read(buffer, (size_t)first * sizeof(float), h->values, n * sizeof(float), NULL));
    if (is_finite(h->values, n))
        return 0;
    vib_str_printf(h->where, "%s %s", what, name);
    return 1;
fail:
    return err;
}

/* Its border, which is zeros, too. */
static int look_at_tensor(hunt *h, const vib_tensor *t, int n, const char *what, const char *name)
{
    const uint64_t corner = (uint64_t)t->border * (uint64_t)(t->row + t->c);
    return look(h, t->buffer, t->base - corner, (size_t)n * (size_t)t->image, what, name);
}

static int look_at_weights(hunt *h, const vib_layer *l, int gradients)
{
    int found = 0;
    for (int j = 0; j < l->need.n_weights && !found; j++) {
        const vib_weight *w = &l->weights[j];
        if (gradients && !w->info.trained)
            continue;
        found = look(h, gradients ? vib_layer_gradients(l, j) : vib_layer_values(l, j), w->offset,
                     w->info.count, gradients ? "the gradient of" : "the weights", w->name);
    }
    return found;
}

static int hunt_forward(hunt *h, int n)
{
    int found = 0;
    vib_network *net = h->net;
    for (size_t i = 0; i < net->n && !found; i++)
        found = look_at_weights(h, &net->layers[i], 0);
    for (size_t i = 0; i < net->n && !found; i++) {
        vib_layer *l = &net->layers[i];
        if (l->ops->forward && (found = l->ops->forward(l, n)) < 0)
            break;
        found = look_at_tensor(h, l->y, n, "the output of", l->name);
    }
    return found;
}

static int hunt_backward(hunt *h, int n)
{
    vib_network *net = h->net;
    const vib_layer *last = &net->layers[net->n - 1];
    int found = last->dy ? look_at_tensor(h, last->dy, n, "the gradient of the loss at", last->name) : 0;
    for (size_t i = net->n; i-- > 0 && !found;) {
        vib_layer *l = &net->layers[i];
        if (!l->dy)
            continue;
        if ((found = vib_network_backward_layer(net, i, n)) < 0)
            break;
        found = look_at_weights(h, l, 1);
        for (int k = 0; k < l->n_inputs && !found; k++)
            if (l->dx[k])
                found = look_at_tensor(h, l->dx[k], n, "the gradient of the input of", l->name);
    }
    return found;
}

static int make_twin(vib_network *of, vib_network **out)
{
    int err = 0;
    float *values = NULL;
    vib_network_params params = of->params;
    params.unfused = 1;
    params.guard = 0;
    params.program = NULL;
    params.tiles = NULL;
    VIB_TRY(vib_network_create(of->dev, &params, out));
    for (size_t i = 0; i < of->n_weights; i++) {
        free(values);
        values = vib_calloc(of->weights[i].info.count, sizeof *values);
        VIB_CHECK_MEM(values);
        VIB_TRY(vib_network_get(of, VIB_VALUE, i, values));
        VIB_TRY(vib_network_set(*out, VIB_VALUE, i, values));
    }
fail:
    free(values);
    return err;
}

/* As much of it at a time as there is room for. */
static int hunt_batch(hunt *h)
{
    int err = 0;
    vib_network *net = h->net;
    const vib_slot *s = &net->slots[0];
    for (int done = 0, n; done < s->n && !err; done += n) {
        net->first = done;
        n = VIB_MIN(s->n - done, net->part);
        VIB_TRY(vib_input_launch(net, s, n));
        VIB_TRY(hunt_forward(h, n));
        if (err > 0)
            break;
        VIB_TRY(vib_network_loss(net, s, n, 1));
        VIB_TRY(hunt_backward(h, n));
    }
fail:
    return err;
}

int vib_network_find_nonfinite(vib_network *net, vib_str *where)
{
    int err = 0;
    hunt h = {.where = where};
    if (!net->taken)
        return 0;
    const vib_slot *s = &net->slots[(net->taken - 1) % VIB_IN_FLIGHT];
    VIB_TRY(make_twin(net, &h.net));
    VIB_TRY(vib_network_borrow(h.net, net, s));
    VIB_TRY(hunt_batch(&h));
fail:
    vib_network_destroy(&h.net);
    free(h.values);
    return err;
}
