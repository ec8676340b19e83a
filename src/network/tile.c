#include "network/tile.h"

#include <stdlib.h>
#include <string.h>

#include "device/tiles.h"
#include "network/internal.h"

const int vib_tile_steps[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 32, 48, 64, 0};

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"v", offsetof(vib_tile, v)},       {"kb", offsetof(vib_tile, kb)}, {"p", offsetof(vib_tile, p)},
    {"jb", offsetof(vib_tile, jb)},     {"rb", offsetof(vib_tile, rb)}, {"tiles", offsetof(vib_tile, tiles)},
    {"span", offsetof(vib_tile, span)}, {"wm", offsetof(vib_tile, wm)}, {"wn", offsetof(vib_tile, wn)},
    {"lx", offsetof(vib_tile, lx)},
};

int *vib_tile_number(vib_tile *tile, size_t k, const char **name)
{
    if (k >= VIB_COUNT(numbers))
        return NULL;
    if (name)
        *name = numbers[k].name;
    return (int *)((char *)tile + numbers[k].offset);
}

void vib_tile_print(const vib_tile *tile, vib_str *out)
{
    vib_tile t = *tile;
    const int *value;
    const char *name;
    int printed = 0;
    for (size_t k = 0; (value = vib_tile_number(&t, k, &name)); k++)
        if (*value)
            vib_str_printf(out, "%s%s=%d", printed++ ? " " : "", name, *value);
}

/* How many steps are below a value. */
static int rank(int value)
{
    int i = 0;
    while (vib_tile_steps[i] && vib_tile_steps[i] < value)
        i++;
    return i;
}

int vib_tile_distance(const vib_tile *a, const vib_tile *b)
{
    vib_tile x = *a, y = *b;
    const int *p;
    int sum = 0;
    for (size_t k = 0; (p = vib_tile_number(&x, k, NULL)); k++)
        sum += abs(rank(*p) - rank(*vib_tile_number(&y, k, NULL)));
    return sum;
}

static void print_layer(const vib_layer *l, vib_str *out)
{
    const vib_layer_spec *spec = &l->net->params.graph->layers[l->index];
    vib_str_add(out, spec->ops->name);
    vib_fields_print(spec->ops->fields, spec->opts, out);
    vib_str_add(out, "; ");
}

void vib_tile_key(const vib_layer *layer, const char *pass, vib_str *out)
{
    vib_str_printf(out, "%s %s %dx%dx%d: ", vib_layer_on_cpu(layer) ? "cpu" : "gpu", pass, layer->in[0].h,
                   layer->in[0].w, layer->in[0].c);
    print_layer(layer, out);
    if (layer->fused)
        print_layer(layer->fused, out);
    vib_str_printf(out, "batch %d", vib_layer_batch(layer));
}

/* What the device's table has for this pass, or the usual tile. */
static int look_up(const vib_layer *layer, int kernel, const char *pass, vib_tile *tile, vib_tile_fits *fits)
{
    const vib_tiles *tiles = vib_device_tiles(vib_layer_device(layer));
    vib_tile known = *tile;
    vib_str key = {0};
    const char *name;
    int *value, found = 0, complete = 1;
    vib_tile_key(layer, pass, &key);
    if (key.failed)
        return vib_fail(VIB_FAILED, "out of memory");
    for (size_t k = 0; (value = vib_tile_number(&known, k, &name)); k++) {
        const int number = *value ? vib_tiles_get(tiles, key.text, name) : 0;
        found += number > 0;
        complete &= number > 0 || !*value;
        *value = *value ? number : 0;
    }
    if (complete && fits(layer, kernel, &known))
        *tile = known;
    else if (found)
        vib_warn("%s: what `vibrisa tune` kept for it cannot be: not used", key.text);
    vib_str_free(&key);
    return VIB_OK;
}

int vib_choose_tile(vib_layer *layer, int kernel, const char *pass, vib_tile usual, vib_tile_fits *fits)
{
    int err = 0;
    const vib_tile_chooser *chooser = layer->net->params.tiles;
    vib_tile *const tile = &layer->tiles[kernel];
    *tile = usual;
    if (chooser && layer == &layer->net->layers[layer->index]) /* not a fold, which is cut alike */
        chooser->choose(chooser->user, layer, kernel, pass, tile, fits);
    else
        err = look_up(layer, kernel, pass, tile, fits);
    return err;
}
