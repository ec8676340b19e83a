#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "network/internal.h"

enum { OUTSIDE, BORDER, INSIDE };
enum { NOT_A_NUMBER = 0x7fc00000 };

/* Calls the tensors of a chunk. Aliases share their places with others and are left out; only a gradient
 * behind a border has its own. */
static int tensors_of(vib_network *net, size_t chunk, const vib_tensor **out, const char **names)
{
    int n = 0;
    if (net->input.chunk == chunk) {
        out[n] = &net->input;
        names[n++] = "the input";
    }
    if (net->input_gradient.buffer && net->input_gradient.chunk == chunk) {
        out[n] = &net->input_gradient;
        names[n++] = "the input's gradient";
    }
    for (size_t i = 0; i < net->n; i++) {
        const vib_layer *l = &net->layers[i];
        if (l->hidden)
            continue;
        if (!l->y_is_view && l->y->chunk == chunk) {
            out[n] = l->y;
            names[n++] = l->name;
        }
        if (l->dy && !l->dy_is_view && l->dy->chunk == chunk) {
            out[n] = l->dy;
            names[n++] = l->name;
        }
    }
    for (size_t k = 0; k < net->n_parts; k++)
        if (net->parts[k].tensor.chunk == chunk) {
            out[n] = &net->parts[k].tensor;
            names[n++] = "a branch's gradient";
        }
    return n;
}

/* Marks each float of a chunk as border or inside of a tensor, or as neither. */
static void mark(unsigned char *map, const vib_tensor *t, int batch)
{
    const size_t border = (size_t)t->border;
    const size_t start = (size_t)t->base - border * (size_t)t->row - border * (size_t)t->c;
    memset(map + start, BORDER, (size_t)t->image * (size_t)batch);
    for (int n = 0; n < batch; n++)
        for (int h = 0; h < t->h; h++)
            memset(map + t->base + (size_t)n * t->image + (size_t)h * (size_t)t->row, INSIDE,
                   (size_t)t->w * (size_t)t->c);
}

/* Marks the bytes kept between forward and backward. */
static void mark_kept(vib_network *net, size_t chunk, unsigned char *map)
{
    for (size_t i = 0; i < net->n; i++)
        if (vib_kept_bytes(&net->layers[i]) && net->keep_chunk[i] == chunk)
            memset(map + net->keep_offset[i] / sizeof(float), INSIDE,
                   (vib_kept_bytes(&net->layers[i]) + 3) / sizeof(float));
}

/* Fills a chunk (fill = 1), or checks that only insides have changed. */
static int walk(vib_network *net, size_t chunk, int fill)
{
    int err = 0;
    const vib_chunk *c = &net->activations.chunks[chunk];
    const size_t words = c->bytes / sizeof(float), most = 2 * net->n + 2 + net->n_parts;
    unsigned char *map = vib_calloc(words, 1);
    uint32_t *data = vib_calloc(words, sizeof *data);
    const vib_tensor **tensors = vib_calloc(most, sizeof *tensors);
    const char **names = vib_calloc(most, sizeof *names);
    VIB_CHECK_MEM(map && data && tensors && names);
    const int n = tensors_of(net, chunk, tensors, names);
    for (int i = 0; i < n; i++)
        mark(map, tensors[i], net->part);
    mark_kept(net, chunk, map);
    if (fill) {
        static const uint32_t with[] = {[OUTSIDE] = VIB_GUARD_WORD, [BORDER] = 0, [INSIDE] = NOT_A_NUMBER};
        for (size_t i = 0; i < words; i++)
            data[i] = with[map[i]];
        VIB_TRY(vib_buffer_write(c->buffer, 0, data, c->bytes, NULL));
        goto fail;
    }
    VIB_TRY(vib_buffer_read(c->buffer, 0, data, c->bytes, NULL));
    for (size_t i = 0; i < words; i++) {
        if (map[i] == INSIDE || data[i] == (map[i] == BORDER ? 0 : VIB_GUARD_WORD))
            continue;
        const char *near = "activations";
        for (int k = 0; k < n; k++)
            if (i + VIB_GUARD_BYTES >= tensors[k]->base)
                near = names[k];
        VIB_FAIL(VIB_FAILED, "%s: the %s was overwritten at element %zu with 0x%08x", near,
                 map[i] == BORDER ? "border" : "guard", i, (unsigned)data[i]);
    }
fail:
    free(map);
    free(data);
    free(tensors);
    free(names);
    return err;
}

/* Scratch memory is written before it is read, and not behind its end. */
static int fill_scratch(vib_buffer *scratch)
{
    int err = 0;
    const size_t inside = vib_buffer_bytes(scratch) - VIB_GUARD_BYTES;
    VIB_TRY(vib_buffer_fill(scratch, 0, inside, NOT_A_NUMBER));
    VIB_TRY(vib_buffer_fill(scratch, inside, VIB_GUARD_BYTES, VIB_GUARD_WORD));
fail:
    return err;
}

static int check_scratch(vib_buffer *scratch)
{
    int err = 0;
    uint32_t guard[VIB_GUARD_BYTES / sizeof(uint32_t)];
    VIB_TRY(vib_buffer_read(scratch, vib_buffer_bytes(scratch) - sizeof guard, guard, sizeof guard, NULL));
    for (size_t i = 0; i < VIB_COUNT(guard); i++)
        if (guard[i] != VIB_GUARD_WORD)
            VIB_FAIL(VIB_FAILED, "scratch memory: the guard was overwritten at element %zu with 0x%08x", i,
                     (unsigned)guard[i]);
fail:
    return err;
}

int vib_guard_fill(vib_network *net)
{
    int err = 0;
    for (size_t i = 0; i < net->activations.n; i++)
        VIB_TRY(walk(net, i, 1));
    VIB_TRY(fill_scratch(net->scratch));
    if (net->aside)
        VIB_TRY(fill_scratch(net->aside));
fail:
    return err;
}

int vib_network_check_guards(vib_network *net)
{
    int err = 0;
    for (size_t i = 0; i < net->activations.n; i++)
        VIB_TRY(walk(net, i, 0));
    VIB_TRY(check_scratch(net->scratch));
    if (net->aside)
        VIB_TRY(check_scratch(net->aside));
fail:
    return err;
}
