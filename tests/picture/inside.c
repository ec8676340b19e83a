/* What a network sees, drawn: nothing is cut off, empty or without its words, whatever the layer. */
#include "../network/engine.h"

#include <string.h>
#include <unistd.h>
#include <vibrisa/show.h>

#include "../capture.h"
#include "../data/make.h"
#include "../train/models.h"
#include "base/file.h"
#include "looks.h"
#include "picture/show/charts.h"
#include "picture/show/gif.h"
#include "picture/show/markup.h"

#define CLASSES2 "[\"cats\",\"dogs\"]"
#define CLASSES3 "[\"a class with a name as long as nobody would want it to be, and longer\",\"b\",\"猫\"]"

static const struct {
    const char *name, *recipe, *classes;
} models[] = {
    {"plain",
     "vibrisa 1\nimage 24x24 rgb\nconv2d 8 3x3 same relu\nmaxpool2d 2x2\nconv2d 6 3x3 same relu\nmaxpool2d "
     "2x2\n"
     "flatten\ndense 20 relu\ndense 1 sigmoid\nloss binary_crossentropy\n",
     CLASSES2},
    {"grey",
     "vibrisa 1\nimage 10x31 grey\nconv2d 3 1x5 valid stride=2 tanh name=a-rather-long-name-for-a-layer\n"
     "conv2d 40 3x3 same\nbatchnorm relu\nglobalavgpool2d\ndense 3 softmax\nloss categorical_crossentropy\n",
     CLASSES3},
    {"wide",
     "vibrisa 1\nimage 32x12 rgb\nconv2d 70 7x7 same stride=2 sigmoid\nconv2d 300 1x1 relu\nconv2d 3 3x3 "
     "same\nflatten\n"
     "dense 3 softmax\nloss categorical_crossentropy\n",
     CLASSES3},
};

static vib_model *open_model(size_t i)
{
    char path[64];
    vib_model *model = NULL;
    snprintf(path, sizeof path, "%s.safetensors", models[i].name);
    if (access(path, F_OK) < 0)
        write_model(models[i].recipe, models[i].classes, path);
    assert_int_equal(vib_model_open(path, &model), 0);
    return model;
}

static void look(vib_sheet *s)
{
    unsigned char *rgb = vib_sheet_rgb(s);
    assert_non_null(rgb);
    const char *wrong = what_is_wrong(rgb, s->width, s->height);
    if (wrong)
        fail_msg("%s: %s", s->title.text, wrong);
    free(rgb);
}

/* Looks right, and its SVG says these words (ended by NULL). Takes the sheet over. */
static void check(vib_sheet *s, const char *const *words)
{
    vib_str svg = {0};
    look(s);
    assert_int_equal(vib_sheet_svg(s, "x", &svg), 0);
    for (; *words; words++) {
        vib_str part = {0};
        vib_markup_text(&part, *words);
        if (!strstr(svg.text, part.text))
            fail_msg("'%s' is not in the SVG of '%s'", *words, s->title.text);
        vib_str_free(&part);
    }
    vib_str_free(&svg);
    vib_sheet_free(&s);
    assert_int_equal(captured_count, 0);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Every layer with a picture of each model; a layer is refused when it has nothing of the kind. */
static void test_every_layer(void **state)
{
    for (size_t i = 0; i < VIB_COUNT(models); i++) {
        vib_model *model = open_model(i);
        vib_view view = {0};
        put_sample("picture.png", 300, 200, 3);
        assert_int_equal(vib_view_open(model, "picture.png", &view), 0);
        for (int k = 0; k < (int)vib_model_layers(model); k++) {
            vib_sheet *s;
            vib_layer_info info;
            assert_int_equal(vib_model_layer(model, k, &info), 0);
            assert_int_equal(vib_chart_features(model, *state, &view, k, VIB_ENGLISH, &s), 0);
            check(s, WORDS("makes of a picture", "the network's answer", "picture.png", info.name));
            if (info.filters) {
                assert_int_equal(vib_chart_filters(model, k, k % 2 ? VIB_SPANISH : VIB_ENGLISH, &s), 0);
                check(s, WORDS(k % 2 ? "Los filtros de " : "The filters of ", info.name));
                assert_int_equal(vib_chart_convolution(model, *state, &view, k, -1, .4, VIB_ENGLISH, &s), 0);
                check(s, WORDS("A filter slides over a picture", "the feature map:", "× the filter",
                               "comes out:"));
            } else {
                assert_int_equal(vib_chart_filters(model, k, VIB_ENGLISH, &s), VIB_USAGE);
                assert_captured("is no convolution");
            }
            capture_start();
            if (info.flat) {
                assert_int_equal(vib_chart_field(model, *state, &view, k, -1, -1, VIB_ENGLISH, &s),
                                 VIB_USAGE);
                assert_captured("has no place in the picture");
                capture_start();
                assert_int_equal(vib_chart_cam(model, *state, &view, k, 0, VIB_ENGLISH, &s), VIB_USAGE);
                assert_captured("is flat");
                capture_start();
                continue;
            }
            assert_int_equal(vib_chart_field(model, *state, &view, k, 0, info.width - 1, VIB_ENGLISH, &s), 0);
            check(s, WORDS("What one output of ", "the pixels that it depends on", "its place in "));
            assert_int_equal(vib_chart_cam(model, *state, &view, k, k % 2, VIB_ENGLISH, &s), 0);
            check(s, WORDS("Grad-CAM: ", "what the network is given", "nowhere", "most"));
        }
        vib_view_free(&view);
        vib_model_free(&model);
    }
}

static void test_all_layers(void **state)
{
    for (size_t i = 0; i < VIB_COUNT(models); i++) {
        vib_model *model = open_model(i);
        vib_view view = {0};
        vib_sheet *s;
        vib_layer_info last;
        put_sample("picture.png", 30, 200, 4);
        assert_int_equal(vib_view_open(model, "picture.png", &view), 0);
        assert_int_equal(vib_model_layer(model, (int)vib_model_layers(model) - 1, &last), 0);
        assert_int_equal(vib_chart_features(model, *state, &view, VIB_LAYER_INPUT, VIB_SPANISH, &s), 0);
        check(s, WORDS("Lo que cada capa hace de una imagen", "respuesta de la red", last.name));
        vib_view_free(&view);
        vib_model_free(&model);
    }
}

/* The pixels that a field leaves bright are those of vib_model_field. */
static void test_field_is_where_it_says(void **state)
{
    vib_model *model = open_model(0);
    vib_view view = {0};
    vib_sheet *s;
    vib_box box;
    put_sample("picture.png", 64, 64, 5);
    assert_int_equal(vib_view_open(model, "picture.png", &view), 0);
    memset(view.large.bytes, 255, (size_t)view.large.width * (size_t)view.large.height * 3);
    assert_int_equal(vib_model_field(model, 2, 5, 5, &box), 0);
    assert_int_equal(vib_chart_field(model, *state, &view, 2, 5, 5, VIB_ENGLISH, &s), 0);
    unsigned char *rgb = vib_sheet_rgb(s);
    const int input = view.input.width, side = 420;
    for (int y = 0; y < input; y++)
        for (int x = 0; x < input; x++) {
            const int inside = y >= box.top && y < box.bottom && x >= box.left && x < box.right;
            const size_t py = (size_t)(VIB_SUBHEAD + (2 * y + 1) * side / (2 * input));
            const size_t px = (size_t)(VIB_MARGIN + (2 * x + 1) * side / (2 * input));
            assert_int_equal(rgb[(py * (size_t)s->width + px) * 3 + 1] > 200, inside);
        }
    free(rgb);
    vib_sheet_free(&s);
    vib_view_free(&view);
    vib_model_free(&model);
}

/* ---- lists ---- */

static void test_errors(void **state)
{
    static const char *const names[] = {"cats/1.png", "cats/a name that is longer than a picture is wide.png",
                                        "dogs/1.png", "dogs/2.png"};
    (void)state;
    vib_model *model = open_model(0);
    vib_dataset *set = NULL;
    vib_sheet *s;
    vib_mistakes m;
    for (size_t i = 0; i < VIB_COUNT(names); i++)
        put_sample(names[i], 20 + 9 * (int)i, 40, (unsigned)i);
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &set, NULL), 0);
    for (size_t most = 1; most <= 3; most++) {
        assert_int_equal(vib_mistakes_init(&m, most), 0);
        for (size_t i = 0; i < 4; i++) {
            const float p[] = {i == 2 ? .9f : .3f, i == 2 ? .1f : .7f};
            vib_mistakes_add(&m, &(vib_prediction){.index = i,
                                                   .label = i == 2 ? 0 : 1,
                                                   .truth = i / 2,
                                                   .probabilities = p,
                                                   .loss = i == 2 ? 2.3 : 1.2 - (double)i / 10});
        }
        vib_mistakes_add(&m, &(vib_prediction){.error = "gone"});
        assert_int_equal(m.pictures, 4);
        assert_int_equal(m.wrong, 3);
        assert_int_equal(m.n, most);
        assert_int_equal(m.worst[0].index, 2);
        assert_int_equal(m.worst[most - 1].index, most == 1 ? 2 : most - 2);
        assert_int_equal(vib_chart_errors(model, set, &m, VIB_ENGLISH, &s), 0);
        check(s,
              WORDS("The worst mistakes", "3 of 4 pictures", "truth:", "dogs", "answer:", "90.0 %", "1.png"));
        vib_mistakes_free(&m);
    }
    assert_int_equal(vib_mistakes_init(&m, 5), 0);
    assert_int_equal(vib_chart_errors(model, set, &m, VIB_ENGLISH, &s), 0);
    check(s, WORDS("There are none"));
    vib_mistakes_free(&m);
    vib_dataset_free(&set);
    vib_model_free(&model);
}

/* The pictures are those a run begins with; without augmentation both are the same. */
static void test_batch(void **state)
{
    vib_recipe *recipe = NULL;
    vib_dataset *set = NULL;
    for (int i = 0; i < 5; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%d.png", i % 2 ? "cats" : "dogs", i);
        put_sample(name, 20 + i, 30, (unsigned)i);
    }
    put_file("cats/broken.png", "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &set, NULL), 0);
    for (int augmented = 0; augmented < 2; augmented++) {
        vib_preview p;
        vib_sheet *s;
        const char *text = augmented
                               ? "vibrisa 1\nimage 12x16\naugment zoom=0.5..0.6 hflip\nflatten\nclassify\n"
                               : "vibrisa 1\nimage 12x16\nflatten\nclassify\n";
        assert_int_equal(vib_recipe_parse(text, "test", NULL, 0, &recipe), 0);
        capture_start();
        assert_int_equal(vib_train_preview(*state, recipe, set, 1, 9, &p), 0);
        assert_captured("broken.png");
        assert_int_equal(p.n, 5);
        assert_true((memcmp(p.before, p.after, p.n * 12 * 16 * 3) != 0) == augmented);
        capture_start();
        assert_int_equal(vib_chart_batch(&p, set, VIB_ENGLISH, &s), 0);
        check(s, WORDS("The pictures that training begins with", "before", "augmented", "cats",
                       "5 of 6 pictures"));
        vib_preview_free(&p);
        assert_int_equal(vib_train_preview(*state, recipe, set, 1, 0, &p), VIB_USAGE);
        vib_recipe_free(&recipe);
    }
    vib_dataset_free(&set);
}

/* ---- animations ---- */

/* Blocks of a GIF: frames, and whether it is whole and played again. */
static int count_frames(const unsigned char *p, size_t size, int *width, int *height)
{
    const unsigned char *const end = p + size;
    int frames = 0;
    assert_true(size > 13 && !memcmp(p, "GIF89a", 6));
    *width = p[6] | p[7] << 8;
    *height = p[8] | p[9] << 8;
    for (p += 13 + 3 * 256; p < end && *p != 0x3b;) {
        frames += *p == 0x2c;
        p += *p == 0x2c ? 11 : 2;
        while (p < end && *p)
            p += *p + 1;
        p++;
    }
    assert_true(p == end - 1);
    return frames;
}

static void test_convolution(void **state)
{
    vib_model *model = open_model(0);
    char *data = NULL;
    size_t size;
    int width, height;
    put_sample("picture.png", 64, 64, 7);
#if !VIB_WITH_GIF
    assert_int_equal(vib_show_convolution(model, *state, "picture.png", 0, -1, VIB_ENGLISH, "a.gif"),
                     VIB_FAILED);
    assert_captured("built without giflib");
    vib_model_free(&model);
    skip();
#endif
    assert_int_equal(vib_show_convolution(model, *state, "picture.png", 0, -1, VIB_ENGLISH, "a.gif"), 0);
    assert_int_equal(vib_file_read("a.gif", (size_t)8 << 20, &data, &size), 0);
    assert_int_equal(count_frames((unsigned char *)data, size, &width, &height), 24 + 60 + 1);
    assert_true(width > 700 && height > 400 && size < (size_t)3 << 20);
    free(data);
    assert_int_equal(captured_count, 0);
    assert_int_equal(vib_show_convolution(model, *state, "picture.png", 0, 8, VIB_ENGLISH, "a.gif"),
                     VIB_USAGE);
    assert_captured("layer 'conv2d' has no filter 8; it has 8, from 0");
    capture_start();
    assert_int_equal(vib_show_convolution(model, *state, "picture.png", 0, 0, VIB_ENGLISH, "a.png"),
                     VIB_USAGE);
    assert_captured("a.png: animations are written as .gif");
    vib_model_free(&model);
}

/* Few colours are kept as they are; many are near what they were. */
static void test_colours(void **state)
{
    enum { N = 40000 };
    static unsigned char rgb[N][3];
    unsigned char palette[VIB_COLOURS][3];
    uint32_t dice = 1;
    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[i][c] = (unsigned char)(i % 3 == 0 ? 255 : 60 * (i % 3) + c);
    assert_int_equal(vib_choose_colours(rgb[0], N, palette), 0);
    for (size_t k = 0; k < 3; k++) {
        size_t i = 0;
        while (i < VIB_COLOURS && memcmp(palette[i], rgb[k], 3))
            i++;
        assert_true(i < VIB_COLOURS);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[i][c] = (unsigned char)next_random(&dice);
    assert_int_equal(vib_choose_colours(rgb[0], N, palette), 0);
    for (size_t i = 0; i < N; i += 97) {
        int least = 1 << 20;
        for (size_t k = 0; k < VIB_COLOURS; k++) {
            int far = 0;
            for (size_t c = 0; c < 3; c++)
                far += (rgb[i][c] - palette[k][c]) * (rgb[i][c] - palette[k][c]);
            least = VIB_MIN(least, far);
        }
        assert_true(least < 48 * 48);
    }
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
        cmocka_unit_test_setup_teardown(test_every_layer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_layers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_field_is_where_it_says, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_convolution, setup, teardown),
        cmocka_unit_test(test_colours),
    };
    return cmocka_run_group_tests_name("what a network sees", tests, NULL, NULL);
}
