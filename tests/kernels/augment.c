/* Augmentation: the input of networks with many recipes of it, against plain C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "check.h"

/* A batch of n pictures of h × w × c. */
typedef struct augment_case {
    vib_augment augment;
    int h, w, c, n;
} augment_case;

#define COLORS .contrast = {0.5, 1.8}, .saturation = {0.2, 2}, .hue = 0.5
#define ERASED .erase = 0.8, .erase_scale = {0.02, 0.5}, .erase_ratio = {0.3, 3.3}, .erase_value = 77
#define AFFINE .rotation = 60, .height_shift = 0.4, .width_shift = 3, .shear = 20, .zoom = {0.5, 1.6}

static const augment_case everything[] = {
    {{AFFINE, COLORS, ERASED, .fill = VIB_FILL_REFLECT, .cval = 33, .channel_shift = 60, .hflip = 1,
      .vflip = 1, .brightness = {0.4, 1.6}, .crop = 2, .crop_scale = {0.3, 1}, .crop_ratio = {0.7, 1.5}},
     5,
     7,
     3,
     3},
};

static const augment_case parts[] = {
    {{AFFINE, ERASED, .fill = VIB_FILL_CONSTANT, .cval = 200, .channel_shift = 30, .brightness = {0.4, 1.6},
      .contrast = {0.5, 1.8}, .keras29 = 1},
     6,
     4,
     1,
     2},
    {{AFFINE, .fill = VIB_FILL_NEAREST, .hflip = 1}, 9, 66, 3, 4},
    {{AFFINE, .fill = VIB_FILL_WRAP, .vflip = 1}, 8, 11, 3, 4},
    {{AFFINE, .fill = VIB_FILL_WRAP, .contrast = {0.5, 1.5}}, 1, 3, 1, 3},
    {{AFFINE, .fill = VIB_FILL_REFLECT, .keras29 = 1}, 13, 6, 1, 4},
    {{AFFINE, .fill = VIB_FILL_CONSTANT, .keras29 = 1}, 7, 7, 3, 4},
    {{.crop = 4, .hflip = 1}, 8, 8, 3, 5},
    {{.crop_scale = {0.1, 0.9}, .crop_ratio = {0.75, 4 / 3.0}, .vflip = 1}, 10, 9, 3, 5},
    {{.channel_shift = 100}, 5, 5, 3, 3},
    {{.brightness = {0.5, 1.5}}, 5, 70, 3, 3},
    {{.brightness = {0.5, 1.5}, .keras29 = 1}, 5, 5, 1, 3},
    {{.hue = 0.2, ERASED}, 8, 8, 3, 9},
    {{ERASED}, 67, 5, 3, 9},
};

enum { MOST = 16 };

/* Random bytes; one picture in three all the same, where ranges are empty. */
static void make_pictures(const augment_case *test, uint64_t seed, unsigned char *pixels,
                          uint64_t *presentations)
{
    const size_t picture = (size_t)test->h * (size_t)test->w * (size_t)test->c;
    for (size_t i = 0; i < picture * (size_t)test->n; i++) {
        const size_t n = i / picture;
        pixels[i] = (unsigned char)vib_random_u32(seed, 102, n % 3 == 2 ? n : i, 0);
    }
    for (int i = 0; i < test->n; i++)
        presentations[i] = (uint64_t)i * 1000003;
}

static int compare(vib_network *net, const augment_case *test, uint64_t seed, int number, vib_str *why)
{
    int err = 0;
    const size_t picture = (size_t)test->h * (size_t)test->w * (size_t)test->c, n = picture * (size_t)test->n;
    unsigned char *pixels = vib_calloc(n, 1);
    float *got = vib_calloc(n, sizeof *got), *want = vib_calloc(n, sizeof *want);
    uint64_t presentations[MOST];
    char what[32];
    VIB_CHECK_MEM(pixels && got && want);
    make_pictures(test, seed, pixels, presentations);
    for (int plain = 0; plain <= 1; plain++) {
        const vib_feed feed = {.pixels = pixels, .presentations = plain ? NULL : presentations, .n = test->n};
        VIB_TRY(vib_network_feed(net, &feed, got));
        for (int i = 0; i < test->n; i++) {
            vib_augment_row row;
            vib_augment_draw(&test->augment, VIB_CHECK_SEED, presentations[i], test->h, test->w, &row);
            ref_augment(want + (size_t)i * picture, pixels + (size_t)i * picture, test->h, test->w, test->c,
                        (float)(1.0 / 255), &test->augment, plain ? NULL : &row);
        }
        snprintf(what, sizeof what, "recipe %d%s", number, plain ? ", as it is" : "");
        VIB_TRY(vib_check_same(what, got, want, n, why));
    }
    VIB_TRY(vib_network_check_guards(net));
fail:
    free(pixels);
    free(got);
    free(want);
    return err;
}

/* One program for all of them. */
static int run(vib_device *dev, uint64_t seed, const augment_case *tests, int n, vib_str *why)
{
    int err = 0;
    vib_program *program = NULL;
    vib_graph graphs[MOST];
    vib_network *nets[MOST] = {0};
    memset(graphs, 0, sizeof graphs);
    VIB_TRY(vib_program_create(dev, &program));
    for (int i = 0; i < n; i++) {
        VIB_TRY(vib_check_graph("zeropad2d 1x1", tests[i].h, tests[i].w, tests[i].c, &graphs[i]));
        const vib_network_params params = {.graph = &graphs[i],
                                           .rescale = 1.0 / 255,
                                           .augment = tests[i].augment,
                                           .seed = VIB_CHECK_SEED,
                                           .batch = tests[i].n,
                                           .training = 1,
                                           .guard = 1,
                                           .program = program};
        VIB_TRY(vib_network_create(dev, &params, &nets[i]));
    }
    VIB_TRY(vib_program_build(program));
    for (int i = 0; i < n; i++)
        VIB_TRY(compare(nets[i], &tests[i], seed, i, why));
fail:
    for (int i = 0; i < n; i++) {
        vib_network_destroy(&nets[i]);
        vib_graph_free(&graphs[i]);
    }
    vib_program_destroy(&program);
    return err;
}

int vib_check_augment(vib_device *dev, uint64_t seed, vib_str *why)
{
    return run(dev, seed, everything, VIB_COUNT(everything), why);
}

int vib_check_augment_parts(vib_device *dev, uint64_t seed, vib_str *why)
{
    return run(dev, seed, parts, VIB_COUNT(parts), why);
}
