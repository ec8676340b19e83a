/* The ends of what a run may be: high and wide pictures, one channel, 2 and 1,024 classes, 8 and 512 pixels,
 * batches of 1 and 1,024. Each trains and evaluates, to the same bits in both families; what cannot be is
 * said. */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "../capture.h"
#include "base/random.h"
#include "train/metrics.h"
#include "train/model.h"

typedef struct shape {
    int height, width;
    const char *color;
    size_t classes;
    int batch;
} shape;

/* Sizes and batches build no new kernels, but for their tiles: channels and classes do. */
static const shape shapes[] = {
    {8, 512, "grey", 2, 1},   {8, 8, "grey", 2, 1024},   {512, 512, "grey", 2, 1},   {512, 8, "rgb", 1024, 1},
    {8, 511, "rgb", 1024, 9}, {8, 8, "rgb", 1024, 1024}, {512, 512, "rgb", 1024, 3},
};

static const char layers[] =
    "augment rotation=20deg zoom=0.8..1.2 hflip vflip crop=2\n"
    "conv2d 4 3x3 same relu\nmaxpool2d 2x2\ndepthwise_conv2d 3x3 same stride=2 bias=no\n"
    "batchnorm relu6\nglobalavgpool2d\nclassify\n";

/* ---- what can be ---- */

typedef struct pictures {
    unsigned char *pixels;
    int32_t *labels;
    uint64_t *presentations;
} pictures;

static void make_pictures(const shape *s, const vib_recipe *r, pictures *p)
{
    const size_t n = (size_t)s->batch;
    const size_t each = (size_t)s->height * (size_t)s->width * (size_t)r->preprocess.channels;
    p->pixels = calloc(n, each);
    p->labels = calloc(n, sizeof *p->labels);
    p->presentations = calloc(n, sizeof *p->presentations);
    assert_non_null(p->pixels);
    assert_non_null(p->labels);
    assert_non_null(p->presentations);
    for (size_t i = 0; i < n; i++) {
        p->labels[i] = (int32_t)((i * 7 + s->classes - 1) % s->classes); /* the last class is there */
        p->presentations[i] = i;
        for (size_t k = 0; k < each; k++)
            p->pixels[i * each + k] = (unsigned char)vib_random_u32(1, 2, i * each + k, 0);
    }
}

static void free_pictures(pictures *p)
{
    free(p->pixels);
    free(p->labels);
    free(p->presentations);
}

/* Each picture's figures, behind what is there. Nothing has been learned: the loss is about that of guessing.
 */
static void add_result(vib_network *net, const shape *s, int n, vib_str *out)
{
    vib_result r;
    vib_metrics sum = {0};
    assert_int_equal(vib_network_result(net, 1, &r), 1);
    assert_int_equal(r.n, n);
    assert_int_equal(r.nonfinite, 0);
    assert_int_equal(r.outputs, s->classes == 2 ? 1 : (int)s->classes);
    vib_metrics_add(&sum, &r);
    const double guessing = log((double)s->classes);
    assert_true(fabs(vib_metrics_loss(&sum) - guessing) < 0.5);
    for (int i = 0; i < n && r.outputs > 1; i++) {
        double total = 0;
        for (int k = 0; k < r.outputs; k++)
            total += (double)r.output[i * r.outputs + k];
        assert_true(fabs(total - 1) < 1e-4);
    }
    vib_str_add_n(out, (const char *)r.loss, (size_t)n * sizeof(float));
    vib_str_add_n(out, (const char *)r.hit, (size_t)n * sizeof(float));
    vib_str_add_n(out, (const char *)r.output, (size_t)(n * r.outputs) * sizeof(float));
}

static void add_weights(vib_network *net, vib_str *out)
{
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const size_t count = vib_network_weight(net, i)->count;
        float *values = calloc(count, sizeof *values);
        assert_non_null(values);
        assert_int_equal(vib_network_get(net, VIB_VALUE, i, values), 0);
        vib_str_add_n(out, (const char *)values, count * sizeof *values);
        free(values);
    }
}

/* Everything that comes of a step on the whole batch, a step on a part of it, and an evaluation. */
static void run(vib_device *dev, const shape *s, const vib_recipe *recipe, const pictures *p, vib_str *out)
{
    vib_network *net = NULL;
    vib_str before = {0}, after = {0};
    assert_int_equal(vib_model_network(dev, recipe, 5, s->batch, 1, &net), 0);
    assert_int_equal(vib_network_init(net), 0);
    add_weights(net, &before);
    for (uint64_t t = 1; t <= 2; t++) {
        const int n = t == 1 ? s->batch : s->batch / 2 + 1;
        const vib_feed feed = {p->pixels, p->labels, p->presentations, n};
        assert_int_equal(vib_network_train(net, &feed, t, 1e-3), 0);
        add_result(net, s, n, out);
    }
    add_weights(net, &after);
    assert_memory_not_equal(before.text, after.text, before.len);
    const vib_feed feed = {p->pixels, p->labels, NULL, s->batch};
    assert_int_equal(vib_network_evaluate(net, &feed), 0);
    add_result(net, s, s->batch, out);
    vib_str_add_n(out, after.text, after.len);
    vib_str_free(&before);
    vib_str_free(&after);
    vib_network_destroy(&net);
}

static void test_shapes(void **state)
{
    static const vib_family families[] = {VIB_FAMILY_CPU, VIB_FAMILY_GPU};
    const vib_family own = vib_device_get_family(*state);
    for (size_t i = 0; i < VIB_COUNT(shapes); i++) {
        const shape *s = &shapes[i];
        char text[512];
        pictures p;
        vib_recipe *open_ended = NULL, *recipe = NULL;
        vib_str bits[VIB_COUNT(families)] = {{0}};
        snprintf(text, sizeof text, "vibrisa 1\nimage %dx%d %s\n%strain batch=%d\n", s->height, s->width,
                 s->color, layers, s->batch);
        assert_int_equal(vib_recipe_parse(text, "shapes", NULL, 0, &open_ended), 0);
        assert_int_equal(vib_recipe_resolve(open_ended, s->classes, &recipe), 0);
        make_pictures(s, recipe, &p);
        for (size_t f = 0; f < VIB_COUNT(families); f++) {
            vib_device_use_family(*state, families[f]);
            run(*state, s, recipe, &p, &bits[f]);
        }
        assert_int_equal(bits[0].len, bits[1].len);
        assert_memory_equal(bits[0].text, bits[1].text, bits[0].len);
        for (size_t f = 0; f < VIB_COUNT(families); f++)
            vib_str_free(&bits[f]);
        free_pictures(&p);
        vib_recipe_free(&recipe);
        vib_recipe_free(&open_ended);
    }
    vib_device_use_family(*state, own);
}

/* ---- what cannot ---- */

static void test_mistakes(void **state)
{
    static const struct {
        const char *image, *layers, *train, *said;
        size_t classes;
    } mistakes[] = {
        {"0x8", "", "", "size must be from 1 to 16384, not \"0x8\"", 2},
        {"8x16385", "", "", "size must be from 1 to 16384, not \"8x16385\"", 2},
        {"8x8", "", "batch=0", "batch must be from 1 to 65536, not \"0\"", 2},
        {"8x8", "", "batch=65537", "batch must be from 1 to 65536, not \"65537\"", 2},
        {"8x64", "conv2d 4 9x3 valid\n", "", "a 9x3 window does not fit in the 8x64 input; use `same`", 2},
        {"8x8", "maxpool2d 2x2\nmaxpool2d 2x2\nmaxpool2d 2x2\nmaxpool2d 2x2\n", "",
         "window does not fit in the 1x1 input", 2},
        {"8x8", "", "class_weight=1,2,3", "class_weight has 3 numbers, the data have 1024 classes", 1024},
    };
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(mistakes); i++) {
        char text[512];
        vib_recipe *open_ended = NULL, *recipe = NULL;
        snprintf(text, sizeof text, "vibrisa 1\nimage %s\n%sflatten\nclassify\ntrain %s\n", mistakes[i].image,
                 mistakes[i].layers, mistakes[i].train);
        capture_start();
        int err = vib_recipe_parse(text, "shapes", NULL, 0, &open_ended);
        if (err == VIB_OK)
            err = vib_recipe_resolve(open_ended, mistakes[i].classes, &recipe);
        assert_true(err == VIB_USAGE || err == VIB_BAD_MODEL);
        assert_int_equal(captured_count, 1);
        assert_captured(mistakes[i].said);
        vib_recipe_free(&open_ended);
    }
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
}

/* More than a device has: what is too much, and what fits. */
static void test_too_much(void **state)
{
    static const char text[] =
        "vibrisa 1\nimage 16384x16384\nconv2d 64 3x3 same\nglobalavgpool2d\nclassify\n";
    vib_recipe *open_ended = NULL, *recipe = NULL;
    vib_network *net = NULL;
    assert_int_equal(vib_recipe_parse(text, "shapes", NULL, 0, &open_ended), 0);
    assert_int_equal(vib_recipe_resolve(open_ended, 2, &recipe), 0);
    capture_start();
    assert_int_equal(vib_model_network(*state, recipe, 1, 65536, 1, &net), VIB_BAD_MODEL);
    assert_captured("conv2d");
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_recipe_free(&recipe);
    vib_recipe_free(&open_ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_too_much),
    };
    return cmocka_run_group_tests_name("extreme shapes", tests, engine_setup, engine_teardown);
}
