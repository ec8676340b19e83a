#include <stdio.h>
#include <string.h>

#include "network/internal.h"

/* ---- a batch in a slot: labels, augmentation, pixels ---- */

static size_t how_at(const vib_network *net)
{
    return (size_t)net->params.batch * sizeof(int32_t);
}

static size_t pixels_at(const vib_network *net)
{
    return how_at(net) + (size_t)net->params.batch * sizeof(vib_augment_row);
}

size_t vib_input_bytes(const vib_network *net)
{
    /* A pixel of three channels is read as four bytes (kernels/augment.cl). */
    return vib_round_up(
        pixels_at(net) + (size_t)net->params.batch * vib_shape_count(&net->params.graph->input) + 1, 4);
}

int vib_input_upload(vib_network *net, vib_slot *s, const vib_feed *feed)
{
    const int err = vib_staging_wait(s->upload);
    if (err < 0)
        return err;
    const vib_shape *in = &net->params.graph->input;
    unsigned char *to = vib_staging_memory(s->upload);
    s->n = feed->n;
    s->augmented = feed->presentations != NULL;
    if (feed->labels)
        memcpy(to, feed->labels, (size_t)feed->n * sizeof *feed->labels);
    for (int i = 0; feed->presentations && i < feed->n; i++) {
        vib_augment_row row;
        vib_augment_draw(&net->params.augment, net->params.seed, feed->presentations[i], in->h, in->w, &row);
        memcpy(to + how_at(net) + (size_t)i * sizeof row, &row, sizeof row);
    }
    const size_t bytes = (size_t)feed->n * vib_shape_count(in);
    memcpy(to + pixels_at(net), feed->pixels, bytes);
    to[pixels_at(net) + bytes] = 0; /* read with the last pixel */
    return vib_staging_send(s->upload, pixels_at(net) + bytes + 1);
}

/* ---- from bytes to the first tensor ---- */

enum {
    TONES =
        VIB_USES_CHANNEL_SHIFT | VIB_USES_BRIGHTNESS | VIB_USES_CONTRAST | VIB_USES_SATURATION | VIB_USES_HUE,
};

/* The passes of kernels/augment.cl. */
static const char *const passes[VIB_INPUT_PASSES] = {
    [VIB_INPUT_SCALE] = "SCALE", [VIB_INPUT_AFFINE] = "AFFINE",
    [VIB_INPUT_RANGE] = "RANGE", [VIB_INPUT_FOLD_RANGE] = "FOLD_RANGE",
    [VIB_INPUT_GREY] = "GREY",   [VIB_INPUT_FOLD_GREY] = "FOLD_GREY",
    [VIB_INPUT_TONE] = "TONE",
};
static const char *const names[VIB_INPUT_PASSES] = {
    [VIB_INPUT_SCALE] = "scale", [VIB_INPUT_AFFINE] = "augment",
    [VIB_INPUT_RANGE] = "range", [VIB_INPUT_FOLD_RANGE] = "fold_range",
    [VIB_INPUT_GREY] = "grey",   [VIB_INPUT_FOLD_GREY] = "fold_grey",
    [VIB_INPUT_TONE] = "tone",
};

/* Keras 2.3 stretches a picture to its full range before it changes the brightness (K24). */
static int stretches(const vib_augment *a, unsigned uses)
{
    return uses & VIB_USES_BRIGHTNESS && !a->keras29;
}

static int is_wanted(const vib_augment *a, unsigned uses, int pass)
{
    switch (pass) {
    case VIB_INPUT_SCALE:
        return 1;
    case VIB_INPUT_AFFINE:
        return uses != 0;
    case VIB_INPUT_RANGE:
    case VIB_INPUT_FOLD_RANGE:
        return uses & VIB_USES_CHANNEL_SHIFT || stretches(a, uses);
    case VIB_INPUT_GREY:
    case VIB_INPUT_FOLD_GREY:
        return (uses & VIB_USES_CONTRAST) != 0;
    default:
        return (uses & TONES) != 0;
    }
}

/* Values that are only scaled, of a work-item: neighbours on a GPU store next to one another. */
static int run(const vib_network *net)
{
    return vib_layer_on_cpu(&net->layers[0]) ? 16 : 4;
}

/* A pass with what the recipe uses, which is also in its name: networks may share a program. */
static int add_pass(vib_network *net, unsigned uses, int pass)
{
    const vib_augment *a = &net->params.augment;
    const int c = net->params.graph->input.c, stretch = stretches(a, uses), fill = uses ? a->fill : 0;
    const vib_define defines[] = {
        VIB_DEFINE("C", c),
        VIB_DEFINE("FILL", fill),
        VIB_DEFINE("VFLIP", (uses & VIB_USES_VFLIP) != 0),
        VIB_DEFINE("CROP", (uses & VIB_USES_CROP) != 0),
        VIB_DEFINE("CROP_SCALE", (uses & VIB_USES_CROP_SCALE) != 0),
        VIB_DEFINE("TONES", (uses & TONES) != 0),
        VIB_DEFINE("CHANNEL_SHIFT", (uses & VIB_USES_CHANNEL_SHIFT) != 0),
        VIB_DEFINE("BRIGHTNESS", uses & VIB_USES_BRIGHTNESS ? 1 + stretch : 0),
        VIB_DEFINE("CONTRAST", (uses & VIB_USES_CONTRAST) != 0),
        VIB_DEFINE("SATURATION", (uses & VIB_USES_SATURATION) != 0),
        VIB_DEFINE("HUE", (uses & VIB_USES_HUE) != 0),
        VIB_DEFINE("ERASE", (uses & VIB_USES_ERASE) != 0),
        VIB_DEFINE("V", run(net)),
    };
    const unsigned key =
        (uses & ~(unsigned)(VIB_USES_AFFINE | VIB_USES_HFLIP)) << 3 | (unsigned)fill << 1 | (unsigned)stretch;
    char suffix[16] = "";
    if (key)
        snprintf(suffix, sizeof suffix, "_%x", key);
    return vib_add_kernel(&net->layers[0], "augment.cl", passes[pass], defines, VIB_COUNT(defines),
                          VIB_GROUPS(64, 1, 1), &net->input_passes[pass], "%s_c%d%s", names[pass], c, suffix);
}

int vib_input_prepare(vib_network *net)
{
    int err = 0;
    const unsigned uses = net->params.training ? vib_augment_uses(&net->params.augment) : 0;
    for (int pass = 0; pass < VIB_INPUT_PASSES; pass++)
        if (is_wanted(&net->params.augment, uses, pass))
            VIB_TRY(add_pass(net, pass == VIB_INPUT_SCALE ? 0 : uses, pass));
fail:
    return err;
}

uint64_t vib_input_statistics_bytes(const vib_network *net)
{
    /* Four numbers of a picture and two of each row (kernels/augment.cl). */
    return (uint64_t)net->part * (4 + 2 * (uint64_t)net->params.graph->input.h) * sizeof(float);
}

int vib_input_allocate(vib_network *net)
{
    int err = 0;
    const size_t bytes = (size_t)vib_input_statistics_bytes(net);
    VIB_TRY(vib_buffer_create(net->dev, bytes, "statistics of pictures", &net->input_statistics));
    VIB_TRY(vib_buffer_fill(net->input_statistics, 0, bytes, 0));
fail:
    return err;
}

/* Work-groups of 64 for n pictures. */
static void groups_of(const vib_network *net, int pass, int n, size_t groups[3])
{
    const vib_shape *in = &net->params.graph->input;
    memcpy(groups, VIB_GROUPS(vib_groups64((uint64_t)in->w), (size_t)in->h, (size_t)n), 3 * sizeof *groups);
    if (pass == VIB_INPUT_SCALE) {
        const uint64_t runs = ((uint64_t)in->w * (uint64_t)in->c - 1) / (uint64_t)run(net) + 1;
        memcpy(groups, VIB_GROUPS(vib_groups64((uint64_t)in->h * runs), (size_t)n, 1), 3 * sizeof *groups);
    }
    if (pass == VIB_INPUT_RANGE || pass == VIB_INPUT_GREY)
        memcpy(groups, VIB_GROUPS(vib_groups64((uint64_t)in->h), (size_t)n, 1), 3 * sizeof *groups);
    if (pass == VIB_INPUT_FOLD_RANGE || pass == VIB_INPUT_FOLD_GREY)
        memcpy(groups, VIB_GROUPS(vib_groups64((uint64_t)n), 1, 1), 3 * sizeof *groups);
}

int vib_input_launch(vib_network *net, const vib_slot *s, int n)
{
    int err = 0;
    const vib_shape *in = &net->params.graph->input;
    const vib_augment *a = &net->params.augment;
    const size_t pixels = pixels_at(net) + (size_t)net->first * vib_shape_count(in);
    const size_t how = how_at(net) / sizeof(float) + (size_t)net->first * VIB_AUGMENT_FLOATS;
    const vib_arg upload = vib_arg_buffer(vib_staging_buffer(s->upload));
    const int changes = s->augmented && net->input_passes[VIB_INPUT_AFFINE];
    const int first = changes ? VIB_INPUT_AFFINE : VIB_INPUT_SCALE;
    const int last = changes ? VIB_INPUT_TONE : VIB_INPUT_SCALE;
    for (int pass = first; pass <= last; pass++) {
        size_t groups[3];
        if (!net->input_passes[pass])
            continue;
        groups_of(net, pass, n, groups);
        VIB_TRY(VIB_LAUNCH(net->input_passes[pass], groups, VIB_TENSOR(&net->input), upload,
                           vib_arg_u64(pixels), upload, vib_arg_u64(how),
                           vib_arg_buffer(net->input_statistics), vib_arg_i32(n), vib_arg_i32(in->h),
                           vib_arg_i32(in->w), vib_arg_f32((float)net->params.rescale),
                           vib_arg_f32((float)a->cval), vib_arg_f32((float)a->erase_value)));
    }
fail:
    return err;
}
