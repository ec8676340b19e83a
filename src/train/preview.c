/* The pictures a run begins with, as they are and as the network is given them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"
#include "data/index.h"
#include "train/model.h"
#include "train/setup.h"

/* Reads pictures in the order of the first epoch until there are enough; their places go into presentations.
 */
static int read_first(const vib_recipe *recipe, const vib_dataset *set, const uint32_t *order, size_t most,
                      vib_preview *p, uint64_t *presentations)
{
    const size_t bytes = (size_t)p->height * (size_t)p->width * (size_t)p->channels;
    for (size_t place = 0; place < set->n && p->n < most; place++) {
        vib_str why = {0};
        char *path = vib_dataset_full_path(set, order[place]);
        if (!path)
            return vib_fail(VIB_FAILED, "out of memory");
        const int err = vib_image_load(path, &recipe->preprocess, p->before + p->n * bytes, &why);
        if (err < 0)
            vib_warn("%s: %s; left out", path, why.text ? why.text : "cannot be read");
        else
            presentations[p->n] = place;
        if (err == 0)
            p->index[p->n++] = order[place];
        free(path);
        vib_str_free(&why);
        if (err == VIB_FAILED)
            return err;
    }
    return p->n ? VIB_OK : vib_fail(VIB_BAD_DATA, "none of the %zu pictures could be read", set->n);
}

/* The network's numbers as bytes again; what augmentation brings beyond black or white is cut off. */
static void to_bytes(const float *values, size_t n, double rescale, unsigned char *out)
{
    for (size_t i = 0; i < n; i++) {
        const double v = (double)values[i] / rescale + .5;
        out[i] = (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static int augment(vib_device *dev, const vib_recipe *recipe, uint64_t seed, const uint64_t *presentations,
                   vib_preview *p)
{
    int err = 0;
    vib_network *net = NULL;
    const size_t values = p->n * (size_t)p->height * (size_t)p->width * (size_t)p->channels;
    float *floats = vib_calloc(values, sizeof *floats);
    VIB_CHECK_MEM(floats);
    VIB_TRY(vib_model_network(dev, recipe, seed, (int)p->n, 1, &net));
    const size_t part = (size_t)vib_network_part(net), picture = values / p->n;
    for (size_t i = 0; i < p->n; i += part) {
        const vib_feed feed = {.pixels = p->before + i * picture,
                               .presentations = presentations + i,
                               .n = (int)VIB_MIN(part, p->n - i)};
        VIB_TRY(vib_network_feed(net, &feed, floats + i * picture));
    }
    to_bytes(floats, values, (double)(float)recipe->rescale, p->after);
fail:
    vib_network_destroy(&net);
    free(floats);
    return err;
}

int vib_train_preview(vib_device *dev, const vib_recipe *recipe, const vib_dataset *train, uint64_t seed,
                      size_t n, vib_preview *out)
{
    enum { MOST = 256 };
    int err = 0;
    vib_recipe *resolved = NULL;
    uint32_t *order = NULL;
    uint64_t *presentations = NULL;
    vib_preview p = {0};
    if (n < 1 || n > MOST)
        VIB_FAIL(VIB_USAGE, "a preview is of 1 to %d pictures, not %zu", MOST, n);
    VIB_TRY(vib_recipe_resolve(recipe, train->n_classes, &resolved));
    const vib_preprocess *how = &resolved->preprocess;
    const size_t bytes = (size_t)how->height * (size_t)how->width * (size_t)how->channels;
    p.height = how->height;
    p.width = how->width;
    p.channels = how->channels;
    VIB_CHECK_MEM(order = vib_calloc(train->n, sizeof *order));
    VIB_CHECK_MEM(presentations = vib_calloc(n, sizeof *presentations));
    VIB_CHECK_MEM(p.before = vib_calloc(n, bytes));
    VIB_CHECK_MEM(p.after = vib_calloc(n, bytes));
    VIB_CHECK_MEM(p.index = vib_calloc(n, sizeof *p.index));
    if (resolved->train.shuffle)
        vib_random_permutation(seed, VIB_STREAM_SHUFFLE, 0, order, (uint32_t)train->n);
    else
        for (size_t i = 0; i < train->n; i++)
            order[i] = (uint32_t)i;
    VIB_TRY(read_first(resolved, train, order, n, &p, presentations));
    VIB_TRY(augment(dev, resolved, seed, presentations, &p));
    *out = p;
    p = (vib_preview){0};
fail:
    vib_preview_free(&p);
    vib_recipe_free(&resolved);
    free(order);
    free(presentations);
    return err;
}

void vib_preview_free(vib_preview *preview)
{
    free(preview->before);
    free(preview->after);
    free(preview->index);
    *preview = (vib_preview){0};
}
