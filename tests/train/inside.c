/* What a model does inside, against Keras's numbers (tests/golden/inside.py), the first in both families. */
#include "../network/engine.h"

#include <math.h>
#include <string.h>
#include <vibrisa/inside.h>

#include "../capture.h"
#include "../data/make.h"
#include "models.h"
#include "network/internal.h"

/* Of the largest number of a tensor, or of a hundredth. */
#define TOLERANCE 1e-4

/* ---- the golden's models, as files ---- */

typedef struct golden_model {
    vib_model *model;
    unsigned char *pixels;
    size_t n_pixels;
} golden_model;

static void write_recipe(const json_t *c, char *text, size_t size)
{
    const json_t *shape = json_object_get(c, "shape");
    const int channels = (int)json_number_value(json_array_get(shape, 2));
    const char *layers = json_string_value(json_object_get(c, "layers"));
    const size_t head = (size_t)snprintf(
        text, size, "vibrisa 1\nimage %dx%d %s\n", (int)json_number_value(json_array_get(shape, 0)),
        (int)json_number_value(json_array_get(shape, 1)), channels == 1 ? "grey" : "rgb");
    snprintf(text + head, size - head, "%s\nloss %s\noptimizer adam\ntrain batch=4\n", layers,
             strstr(layers, "softmax") ? "categorical_crossentropy" : "binary_crossentropy");
    for (char *p = text; (p = strchr(p, ';'));)
        *p = '\n';
}

static golden_model open_golden(const json_t *c)
{
    char recipe[1000];
    const size_t classes = json_array_size(json_object_get(c, "gradients"));
    golden_model g = {0};
    write_recipe(c, recipe, sizeof recipe);
    uint64_t k = write_model(recipe,
                             classes == 2   ? "[\"a\",\"b\"]"
                             : classes == 3 ? "[\"a\",\"b\",\"c\"]"
                                            : "[\"a\",\"b\",\"c\",\"d\"]",
                             "golden.safetensors");
    assert_int_equal(vib_model_open("golden.safetensors", &g.model), 0);
    g.n_pixels = vib_shape_count(&g.model->recipe->graph.input);
    g.pixels = calloc(g.n_pixels, 1);
    for (size_t i = 0; i < g.n_pixels; i++, k++)
        g.pixels[i] = (unsigned char)(256 * sequence(k));
    return g;
}

static void close_golden(golden_model *g)
{
    vib_model_free(&g->model);
    free(g->pixels);
}

/* ---- comparing ---- */

static void compare(const json_t *c, const char *what, int layer, const float *got, const json_t *want,
                    size_t n)
{
    double largest = 0.01;
    assert_int_equal(json_array_size(want), n);
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(json_number_value(json_array_get(want, i))));
    for (size_t i = 0; i < n; i++) {
        const double value = json_number_value(json_array_get(want, i));
        if (!(fabs((double)got[i] - value) <= TOLERANCE * largest))
            fail_msg("%s: %s of layer %d, [%zu] is %.9g, Keras has %.9g",
                     json_string_value(json_object_get(c, "layers")), what, layer, i, (double)got[i], value);
    }
}

static size_t count_of(const vib_maps *a)
{
    return (size_t)a->height * (size_t)a->width * (size_t)a->channels;
}

/* Three pictures at once, the second being the golden's: places in a batch do not matter. */
static void check_said(vib_device *dev, const json_t *c, const golden_model *g)
{
    const json_t *said = json_object_get(c, "said");
    const size_t n = vib_model_layers(g->model), classes = vib_model_classes(g->model);
    int *layers = calloc(n, sizeof *layers);
    vib_maps *out = calloc(n, sizeof *out);
    float *probabilities = calloc(3 * classes, sizeof *probabilities);
    unsigned char *pixels = calloc(3, g->n_pixels);
    memcpy(pixels + g->n_pixels, g->pixels, g->n_pixels);
    for (size_t i = 0; i < n; i++)
        layers[i] = (int)(n - 1 - i);
    assert_int_equal(json_array_size(said), n);
    assert_int_equal(vib_model_run(g->model, dev, pixels, 3, layers, n, out, probabilities), 0);
    for (size_t i = 0; i < n; i++) {
        const size_t count = count_of(&out[i]);
        compare(c, "output", layers[i], out[i].values + count, json_array_get(said, (size_t)layers[i]),
                count);
    }
    const json_t *last = json_array_get(said, n - 1);
    const double first = json_number_value(json_array_get(last, 0));
    assert_true(fabs((double)probabilities[classes] - (json_array_size(last) == 1 ? 1 - first : first)) <
                1e-5);
    for (size_t i = 0; i < n; i++)
        vib_maps_free(&out[i]);
    free(pixels);
    free(probabilities);
    free(out);
    free(layers);
}

static void check_gradients(vib_device *dev, const json_t *c, const golden_model *g)
{
    const json_t *gradients = json_object_get(c, "gradients");
    for (size_t k = 0; k < json_array_size(gradients); k++) {
        const json_t *of_class = json_array_get(gradients, k);
        assert_int_equal(json_array_size(of_class), vib_model_layers(g->model));
        for (int layer = VIB_LAYER_INPUT; layer < (int)json_array_size(of_class) - 1; layer++) {
            vib_maps a;
            assert_int_equal(vib_model_gradient(g->model, dev, g->pixels, k, layer, &a), 0);
            compare(c, "gradient", layer, a.values, json_array_get(of_class, (size_t)(layer + 1)),
                    count_of(&a));
            vib_maps_free(&a);
        }
    }
}

static void check_cams(vib_device *dev, const json_t *c, const golden_model *g)
{
    const json_t *layers = json_object_get(c, "cam_layers"), *cams = json_object_get(c, "cams");
    for (size_t k = 0; k < json_array_size(cams); k++)
        for (size_t i = 0; i < json_array_size(layers); i++) {
            const int layer = (int)json_number_value(json_array_get(layers, i));
            vib_maps a;
            assert_int_equal(vib_model_cam(g->model, dev, g->pixels, k, layer, &a), 0);
            assert_int_equal(a.channels, 1);
            compare(c, "cam", layer, a.values, json_array_get(json_array_get(cams, k), i), count_of(&a));
            vib_maps_free(&a);
        }
}

static void test_numbers(void **state)
{
    static const vib_family families[] = {VIB_FAMILY_CPU, VIB_FAMILY_GPU};
    json_t *const golden = engine_golden("inside.json"), *const cases = json_object_get(golden, "cases");
    assert_int_equal(json_array_size(cases), 3);
    for (size_t f = 0; f < VIB_COUNT(families); f++) {
        vib_device_use_family(*state, families[f]);
        for (size_t i = 0; i < (f ? 1 : json_array_size(cases)); i++) {
            const json_t *c = json_array_get(cases, i);
            golden_model g = open_golden(c);
            check_said(*state, c, &g);
            check_cams(*state, c, &g);
            check_gradients(*state, c, &g);
            close_golden(&g);
        }
    }
    json_decref(golden);
}

static void test_fields(void **state)
{
    json_t *const golden = engine_golden("inside.json"), *const cases = json_object_get(golden, "cases");
    (void)state;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i), *boxes = json_object_get(c, "boxes");
        golden_model g = open_golden(c);
        assert_true(json_array_size(boxes) > 8);
        for (size_t k = 0; k < json_array_size(boxes); k++) {
            int want[7];
            vib_box box;
            for (size_t j = 0; j < VIB_COUNT(want); j++)
                want[j] = (int)json_number_value(json_array_get(json_array_get(boxes, k), j));
            assert_int_equal(vib_model_field(g.model, want[0], want[1], want[2], &box), 0);
            if (box.top != want[3] || box.left != want[4] || box.bottom != want[5] || box.right != want[6])
                fail_msg("%s: layer %d at %d,%d sees %d,%d to %d,%d; Keras's %d,%d to %d,%d",
                         json_string_value(json_object_get(c, "layers")), want[0], want[1], want[2], box.top,
                         box.left, box.bottom, box.right, want[3], want[4], want[5], want[6]);
        }
        close_golden(&g);
    }
    json_decref(golden);
}

/* What is asked for and is not there; what a layer says of itself. */
static void test_refused(void **state)
{
    json_t *const golden = engine_golden("inside.json");
    golden_model g = open_golden(json_array_get(json_object_get(golden, "cases"), 0));
    vib_maps a = {0};
    vib_layer_info info;
    vib_weights w;
    vib_box box;
    const int none = 7, input = VIB_LAYER_INPUT;
#define REFUSES(call, part)                \
    do {                                   \
        capture_start();                   \
        assert_int_equal(call, VIB_USAGE); \
        assert_captured(part);             \
    } while (0)
    REFUSES(vib_model_run(g.model, *state, g.pixels, 1, &none, 1, &a, NULL), "no layer 7; it has 7, from 0");
    REFUSES(vib_model_run(g.model, *state, g.pixels, 0, NULL, 0, NULL, NULL), "0 pictures");
    REFUSES(vib_model_gradient(g.model, *state, g.pixels, 2, input, &a), "no class 2; it has 2, from 0");
    REFUSES(vib_model_cam(g.model, *state, g.pixels, 0, 5, &a), "layer 'dense' is flat");
    REFUSES(vib_model_cam(g.model, *state, g.pixels, 0, input, &a), "no layer -1");
    REFUSES(vib_model_layer(g.model, 7, &info), "no layer 7");
    REFUSES(vib_model_weights(g.model, 1, "kernel", &w), "'max_pooling2d' has no weight 'kernel'");
    REFUSES(vib_model_field(g.model, 1, 4, 0, &box), "no output at 4,0; its outputs are at 0,0 to 3,4");
    capture_start();
    assert_int_equal(vib_model_run(g.model, *state, g.pixels, 1, &input, 1, &a, NULL), 0);
    for (size_t i = 0; i < g.n_pixels; i++)
        assert_true(fabs((double)a.values[i] - g.pixels[i] / 255.0) < 1e-7);
    vib_maps_free(&a);
    assert_int_equal(vib_model_layer(g.model, 2, &info), 0);
    assert_string_equal(info.name, "conv2d_1");
    assert_string_equal(info.type, "conv2d");
    assert_int_equal(info.input, 1);
    assert_int_equal(info.filters, 5);
    assert_int_equal(info.above, 1);
    assert_int_equal(vib_model_weights(g.model, 2, "kernel", &w), 0);
    assert_int_equal(w.dims[2], 4);
    assert_int_equal(vib_model_field(g.model, 5, 0, 0, &box), 0);
    assert_true(box.top == 0 && box.left == 0 && box.bottom == 9 && box.right == 10);
    assert_int_equal(captured_count, 0);
    close_golden(&g);
    json_decref(golden);
}

/* The same part of the picture, whatever its size. */
static void test_pictures(void **state)
{
    json_t *const golden = engine_golden("inside.json");
    golden_model g = open_golden(json_array_get(json_object_get(golden, "cases"), 0));
    vib_bitmap small = {0}, large = {0};
    (void)state;
    put_sample("p.jpg", 37, 23, 1);
    assert_int_equal(vib_model_picture(g.model, "p.jpg", 1, &small), 0);
    assert_int_equal(vib_model_picture(g.model, "p.jpg", 16, &large), 0);
    assert_true(small.height == 9 && small.width == 10 && small.channels == 3);
    assert_true(large.height == 144 && large.width == 160);
    vib_bitmap_free(&small);
    vib_bitmap_free(&large);
    capture_start();
    assert_int_equal(vib_model_picture(g.model, "p.jpg", 17, &small), VIB_USAGE);
    assert_captured("1 to 16 times, not 17");
    capture_start();
    assert_int_equal(vib_model_picture(g.model, "none.jpg", 1, &small), VIB_BAD_DATA);
    assert_captured("none.jpg: No such file");
    close_golden(&g);
    json_decref(golden);
}

static int setup(void **state)
{
    enter_folder();
    capture_start();
    return engine_setup(state);
}

static int teardown(void **state)
{
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    leave_folder();
    return engine_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_pictures),
    };
    return cmocka_run_group_tests_name("inside of models", tests, setup, teardown);
}
