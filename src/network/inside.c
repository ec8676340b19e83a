/* Looking inside a network: what its layers say, and how its answer depends on them. Blocking. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "network/internal.h"

/* ---- tensors to and from dense arrays ---- */

/* The part of a tensor's buffer that n pictures take, without the border before the first pixel. */
static size_t span(const vib_tensor *t, int n)
{
    return (size_t)(n - 1) * (size_t)t->image + (size_t)(t->h - 1) * (size_t)t->row +
           (size_t)t->w * (size_t)t->c;
}

static float *row_of(float *host, const vib_tensor *t, int picture, int y)
{
    return host + (size_t)picture * (size_t)t->image + (size_t)y * (size_t)t->row;
}

int vib_tensor_read(const vib_tensor *t, int n, float *values)
{
    int err = 0;
    const size_t row = (size_t)t->w * (size_t)t->c, count = span(t, n);
    float *host = vib_calloc(count, sizeof *host);
    VIB_CHECK_MEM(host);
    VIB_TRY(vib_buffer_read(t->buffer, (size_t)t->base * sizeof *host, host, count * sizeof *host, NULL));
    for (int i = 0; i < n; i++)
        for (int y = 0; y < t->h; y++, values += row)
            memcpy(values, row_of(host, t, i, y), row * sizeof *host);
fail:
    free(host);
    return err;
}

int vib_tensor_write(const vib_tensor *t, int n, const float *values)
{
    int err = 0;
    const size_t row = (size_t)t->w * (size_t)t->c, count = span(t, n);
    float *host = vib_calloc(count, sizeof *host);
    VIB_CHECK_MEM(host);
    /* What is between the rows stays as it is. */
    VIB_TRY(vib_buffer_read(t->buffer, (size_t)t->base * sizeof *host, host, count * sizeof *host, NULL));
    for (int i = 0; i < n; i++)
        for (int y = 0; y < t->h; y++, values += row)
            memcpy(row_of(host, t, i, y), values, row * sizeof *host);
    VIB_TRY(vib_buffer_write(t->buffer, (size_t)t->base * sizeof *host, host, count * sizeof *host, NULL));
fail:
    free(host);
    return err;
}

/* ---- outputs and gradients ---- */

int vib_network_read_output(vib_network *net, int layer, int n, float *out)
{
    return vib_tensor_read(layer == VIB_INPUT ? &net->input : &net->values[layer], n, out);
}

int vib_network_read_gradient(vib_network *net, const float *last, int layer, int n, float *out)
{
    int err = 0;
    const vib_tensor *t = layer == VIB_INPUT ? &net->input_gradient : &net->gradients[layer];
    VIB_TRY(vib_tensor_write(&net->gradients[net->n - 1], n, last));
    VIB_TRY(vib_network_backward_to(net, layer, n));
    VIB_TRY(vib_tensor_read(t, n, out));
fail:
    return err;
}
