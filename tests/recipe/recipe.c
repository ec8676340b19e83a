/* Recipe text: what it means, every mistake with its place, canonical text, overrides. */
#include "recipe/recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../capture.h"
#include "base/mem.h"
#include "base/random.h"
#include "network/layers/options.h"

#define HEAD "vibrisa 1\nimage 8x8 rgb\n"
#define TAIL "flatten\ndense 1 sigmoid\nloss binary_crossentropy\n"

static vib_recipe *must_parse(const char *text)
{
    vib_recipe *r = NULL;
    capture_start();
    if (vib_recipe_parse(text, "r.recipe", NULL, 0, &r) < 0)
        print_error("%s\n", captured);
    assert_non_null(r);
    assert_int_equal(captured_count, 0);
    return r;
}

static vib_recipe *must_load(const char *name, const char *const *overrides, size_t n)
{
    vib_recipe *r = NULL;
    capture_start();
    assert_int_equal(vib_recipe_load(name, overrides, n, &r), VIB_OK);
    assert_int_equal(captured_count, 0);
    return r;
}

static void test_notebook(void **state)
{
    (void)state;
    vib_recipe *r = must_load("notebook", NULL, 0);
    assert_int_equal(r->preprocess.height, 64);
    assert_int_equal(r->preprocess.width, 64);
    assert_int_equal(r->preprocess.channels, 3);
    assert_int_equal(r->preprocess.resize, VIB_RESIZE_NEAREST);
    assert_int_equal(r->preprocess.fit, VIB_FIT_STRETCH);
    assert_int_equal(r->preprocess.exif, 0);
    assert_int_equal(r->preprocess.keras, 1);
    assert_int_equal(r->keras, 1);
    assert_true(r->rescale == 1.0 / 255);
    assert_int_equal(r->has_augment, 1);
    assert_true(r->augment.shear == 0.2 && r->augment.zoom.low == 0.8 && r->augment.zoom.high == 1.2);
    assert_int_equal(r->augment.hflip, 1);
    assert_int_equal(r->augment.keras29, 0);
    assert_int_equal(vib_augment_uses(&r->augment), VIB_USES_AFFINE | VIB_USES_HFLIP);
    assert_int_equal(r->graph.n, 11);
    const char *const names[] = {"conv2d",   "max_pooling2d",   "conv2d_1", "max_pooling2d_1",
                                 "conv2d_2", "max_pooling2d_2", "conv2d_3", "max_pooling2d_3",
                                 "flatten",  "dense",           "dense_1"};
    for (size_t i = 0; i < r->graph.n; i++)
        assert_string_equal(r->graph.layers[i].name, names[i]);
    const vib_conv2d_opts *conv = r->graph.layers[0].opts;
    assert_int_equal(conv->filters, 32);
    assert_int_equal(conv->kernel.h, 3);
    assert_int_equal(conv->activation, VIB_ACTIVATION_RELU);
    assert_int_equal(r->classify, 0);
    assert_int_equal(r->loss, VIB_LOSS_BINARY_CROSSENTROPY);
    assert_true(r->optimizer.lr == 0.001 && r->optimizer.beta1 == 0.9 && r->optimizer.beta2 == 0.999 &&
                r->optimizer.epsilon == 1e-7);
    assert_int_equal(r->train.epochs, 10);
    assert_int_equal(r->train.batch, 32);
    assert_int_equal(r->train.steps, 10);
    assert_int_equal(r->train.rounds, 2);
    assert_int_equal(r->train.shuffle, 1);
    assert_int_equal(r->validate.steps, 60);
    assert_int_equal(r->validate.order, VIB_ORDER_RESHUFFLED);
    assert_int_equal(r->evaluate_all, 1);
    vib_recipe_free(&r);
    assert_null(r);
    vib_recipe_free(&r);
}

static void test_default(void **state)
{
    (void)state;
    vib_recipe *r = must_load("default", NULL, 0);
    assert_int_equal(r->classify, 1);
    assert_int_equal(r->loss, VIB_LOSS_NONE);
    assert_int_equal(r->graph.n, 10);
    assert_int_equal(r->preprocess.resize, VIB_RESIZE_ANTIALIAS);
    assert_int_equal(r->preprocess.exif, 1);
    assert_int_equal(r->preprocess.keras, 0);
    assert_int_equal(r->keras, 0);
    assert_int_equal(r->train.steps, 0);
    assert_int_equal(r->validate.steps, 0);
    assert_int_equal(r->validate.order, VIB_ORDER_FIXED);
    vib_recipe_free(&r);
}

static void test_builtins(void **state)
{
    (void)state;
    size_t k = 0;
    const char *name, *about = NULL;
    for (; (name = vib_recipe_builtin(k, &about)); k++) {
        assert_true(about && strlen(about) > 20 && about[0] != '#');
        vib_recipe *r = must_load(name, NULL, 0);
        vib_recipe_free(&r);
    }
    assert_int_equal(k, 9);
}

/* What is off is not in the text, as before there was more than shear, zoom and hflip; what is on comes back.
 */
static void test_augment_text(void **state)
{
    (void)state;
    static const char words[] =
        "augment   rotation=15deg width_shift=0.1 height_shift=4 shear=0deg zoom=1..1 fill=reflect cval=9 "
        "crop_scale=0.6..1 crop_ratio=0.75..1.3333333333333333 crop=4 hflip=no vflip channel_shift=20 "
        "brightness=0.8..1.2 contrast=0.8..1.2 saturation=0.5..1.5 hue=0.1 erase=0.5 erase_scale=0.1..0.2 "
        "erase_ratio=1..2 erase_value=127.5 compat=keras-2.9\n";
    vib_recipe *r =
        must_parse("vibrisa 1\nimage 8x8\naugment vflip crop=4 cval=9 rotation=15deg width_shift=0.1\n"
                   "flatten\nclassify\n");
    assert_non_null(strstr(vib_recipe_text(r),
                           "augment   rotation=15deg width_shift=0.1 shear=0deg zoom=1..1 "
                           "cval=9 crop=4 hflip=no vflip compat=keras-2.3\n"));
    vib_recipe_free(&r);
    vib_str text = {0};
    vib_str_printf(&text, "vibrisa 1\nimage 8x8\n%sflatten\nclassify\n", words);
    r = must_parse(text.text);
    char *again = vib_strdup(vib_recipe_text(r));
    assert_non_null(again);
    assert_int_equal(vib_augment_uses(&r->augment), 2047 & ~VIB_USES_HFLIP);
    assert_true(r->augment.rotation == 15 && r->augment.width_shift == 0.1 && r->augment.height_shift == 4);
    assert_true(r->augment.fill == VIB_FILL_REFLECT && r->augment.hue == 0.1 && r->augment.erase == 0.5);
    vib_recipe_free(&r);
    r = must_parse(again);
    assert_string_equal(vib_recipe_text(r), again);
    vib_recipe_free(&r);
    vib_str_free(&text);
    free(again);
}

static const char canonical[] = "vibrisa 1\n"
                                "image     8x16 grey resize=nearest fit=crop compat=none\n"
                                "rescale   1/255\n"
                                "augment   shear=0deg zoom=1..1 hflip=no compat=keras-2.9\n"
                                "conv2d    4 3x3 stride=2x2 same relu name=a\n"
                                "maxpool2d 2x2 stride=1x1\n"
                                "conv2d    4 3x3 valid linear algorithm=winograd\n"
                                "flatten\n"
                                "dense     3 softmax name=out\n"
                                "loss      categorical_crossentropy\n"
                                "optimizer adam lr=0.0003 beta1=0.9 beta2=0.999 epsilon=1e-7\n"
                                "train     epochs=25 batch=32 steps=all rounds=1 shuffle=no\n"
                                "validate  steps=all order=fixed\n"
                                "evaluate  none\n";

static void test_canonical_text(void **state)
{
    (void)state;
    vib_recipe *r = must_parse("\xef\xbb\xbf\r\n  # a comment, with \xc3\xb1\r\n"
                               "vibrisa   1 # more\r\n"
                               "train shuffle=no\n"
                               "\timage\t8x16 grey resize=nearest fit=crop#close\n"
                               "augment compat=keras-2.9\n"
                               "conv2d 4 3 same relu stride=2 name=a algorithm=direct\n"
                               "maxpool2d 2 stride=1\n"
                               "conv2d kernel=3 filters=4 algorithm=winograd\n"
                               "flatten\n"
                               "dense 3 softmax name=out\n"
                               "optimizer lr=3e-4\n"
                               "loss categorical_crossentropy");
    assert_string_equal(vib_recipe_text(r), canonical);
    assert_int_equal(r->has_augment, 0);
    vib_recipe_free(&r);
}

/* print(parse(print)) = print, for every built-in recipe and the one above. */
static void test_fixed_point(void **state)
{
    (void)state;
    const char *name = "";
    for (size_t k = 0; name; k++) {
        name = vib_recipe_builtin(k, NULL);
        vib_recipe *recipe = name ? must_load(name, NULL, 0) : must_parse(canonical);
        vib_recipe *again = must_parse(vib_recipe_text(recipe));
        assert_string_equal(vib_recipe_text(recipe), vib_recipe_text(again));
        vib_recipe_free(&again);
        vib_recipe_free(&recipe);
    }
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "r.recipe:1:1: the recipe is empty"},
        {"# only a comment\n", "r.recipe:1:1: the recipe is empty"},
        {"image 8x8\n", "r.recipe:1:1: a recipe begins with the line \"vibrisa 1\""},
        {"\n  vibrisa 2\n", "r.recipe:2:11: version \"2\" of the recipe format is unknown"},
        {"vibrisa\n", "r.recipe:1:1: a recipe begins with"},
        {"vibrisa 1\n", "r.recipe:1:1: there is no image line"},
        {"vibrisa 1\nflatten\nclassify", "r.recipe:3:1: there is no image line"},
        {HEAD, "r.recipe:2:1: the network has no layers"},
        {HEAD "flatten\ndense 1 sigmoid\n\n# end\n", "r.recipe:4:1: there is no loss"},
        {HEAD "maxpol2d 2x2\n" TAIL, "r.recipe:3:1: unknown word \"maxpol2d\"; did you mean \"maxpool2d\"?"},
        {HEAD "optimiser adam\n" TAIL,
         "r.recipe:3:1: unknown word \"optimiser\"; did you mean \"optimizer\"?"},
        {HEAD "xyzzy\n" TAIL, "r.recipe:3:1: unknown word \"xyzzy\""},
        {HEAD "Flatten\n" TAIL, "r.recipe:3:1: unknown word \"Flatten\"; did you mean \"flatten\"?"},
        {HEAD "  conv2d 32 3x3  smae relu\n" TAIL,
         "r.recipe:3:18: unexpected \"smae\"; did you mean \"same\"?"},
        {HEAD "conv2d 0 3x3\n" TAIL, "r.recipe:3:8: filters must be from 1 to 65536, not \"0\""},
        {HEAD "conv2d 32\n" TAIL, "r.recipe:3:10: kernel is missing"},
        {HEAD "conv2d 32 3x3 strid=2\n" TAIL,
         "r.recipe:3:15: unknown option \"strid\"; did you mean \"stride\"?"},
        {HEAD "conv2d 32 3x3 relu relu\n" TAIL, "r.recipe:3:20: activation is given twice"},
        {HEAD "image 9x9\n" TAIL, "r.recipe:3:1: image is given twice; it is on line 2 already"},
        {"vibrisa 1\nimage\n" TAIL, "r.recipe:2:6: size is missing"},
        {"vibrisa 1\nimage 8x8 rbg\n" TAIL, "r.recipe:2:11: unexpected \"rbg\"; did you mean \"rgb\"?"},
        {"vibrisa 1\nimage 8x8 resize=bicubic\n" TAIL,
         "r.recipe:2:11: resize must be nearest or antialias, not \"bicubic\""},
        {"vibrisa 1\nimage 8x8x3\n" TAIL, "r.recipe:2:7: size must be a size such as 64x64"},
        {HEAD TAIL "optimizer sdg lr=0.1\n",
         "r.recipe:6:11: method must be adam, adamw or sgd, not \"sdg\"; did you mean \"sgd\"?"},
        {HEAD TAIL "optimizer adam beta1=1\n", "r.recipe:6:16: beta1 must be from 0 to 0.999999, not \"1\""},
        {HEAD TAIL "optimizer adam lr=-1\n", "r.recipe:6:16: lr must be from 0 to 1000, not \"-1\""},
        {HEAD TAIL "optimizer adam lr=0.1 momentum=0.9\n",
         "r.recipe:6:23: momentum is not an option of adam; sgd has it"},
        {HEAD TAIL "optimizer weight_decay=0.1\n",
         "r.recipe:6:11: weight_decay is not an option of adam; adamw and sgd have it"},
        {HEAD TAIL "optimizer beta2=0.9 sgd\n",
         "r.recipe:6:11: beta2 is not an option of sgd; adam and adamw"},
        {HEAD TAIL "optimizer sgd nesterov\n",
         "r.recipe:6:1: nesterov looks ahead along the momentum: add one"},
        {HEAD TAIL "optimizer sgd clipnorm=1\n",
         "r.recipe:6:15: unknown option \"clipnorm\"; did you mean \"clip_norm\"?"},
        {HEAD TAIL "optimizer global_clipnorm=1\n", "did you mean \"clip_norm\"?"},
        {HEAD TAIL "optimizer learning_rate=1\n", "did you mean \"lr\"?"},
        {HEAD "flatten\ndense 1 sigmoid l2=-1\n", "r.recipe:4:17: l2 must be from 0 to 1000, not \"-1\""},
        {HEAD "flatten\nclassify\nloss label_smoothing=1\n",
         "r.recipe:5:6: label_smoothing must be from 0 to 0.999999, not \"1\""},
        {HEAD "flatten\ndense 1 sigmoid\nloss label_smoothing=0.1\n",
         "r.recipe:5:1: the loss is missing: binary_crossentropy or categorical_crossentropy"},
        {HEAD TAIL "schedule cosin\n",
         "r.recipe:6:10: method must be constant, step, cosine, onecycle or plateau, not \"cosin\"; did you "
         "mean \"cosine\"?"},
        {HEAD TAIL "schedule cosine patience=3\n",
         "r.recipe:6:17: patience is not an option of cosine; plateau has it"},
        {HEAD TAIL "schedule onecycle warmup=3\n",
         "r.recipe:6:19: warmup is not an option of onecycle; constant, step, cosine and plateau have it"},
        {HEAD TAIL "schedule step step_size=3\n",
         "r.recipe:6:15: unknown option \"step_size\"; did you mean \"every\"?"},
        {HEAD TAIL "schedule step every=0\n", "r.recipe:6:15: every must be from 1 to 1000000, not \"0\""},
        {HEAD TAIL "schedule plateau factor=1\n",
         "r.recipe:6:18: factor must be from 0 to 0.999999, not \"1\""},
        {HEAD TAIL "schedule cosine min_lr=0.1\n",
         "r.recipe:6:1: min_lr=0.1 is above the optimizer's lr=0.001, where the schedule begins"},
        {HEAD TAIL "schedule plateau monitor=vall_loss\n",
         "r.recipe:6:18: monitor must be loss, accuracy, val_loss or val_accuracy, not \"vall_loss\""},
        {HEAD TAIL "stop patience=-1\n", "r.recipe:6:6: patience must be from 0 to 1000000, not \"-1\""},
        {HEAD "relu frozen\n" TAIL, "r.recipe:3:1: relu has no weights that could be frozen"},
        {HEAD "conv2d 3 3x3 frozen frozen\n" TAIL, "r.recipe:3:21: frozen is given twice"},
        {HEAD TAIL "train class_weight=balenced\n",
         "r.recipe:6:7: class_weight must be none or balanced, not \"balenced\"; did you mean \"balanced\"?"},
        {HEAD TAIL "train class_weight=1,,2\n",
         "r.recipe:6:7: class_weight must be a word or up to 1024 numbers such as 1,2.5, not \"1,,2\""},
        {HEAD TAIL "train class_weight=1,-2\n", "r.recipe:6:7: class_weight must be from 0 to 1000000"},
        {HEAD TAIL "augment shear=0.2\n", "r.recipe:6:9: shear must be an angle such as 0.2deg"},
        {HEAD TAIL "augment rotation=181deg\n",
         "r.recipe:6:9: rotation must be from 0deg to 180deg, not \"181deg\""},
        {HEAD TAIL "augment width_shift=-0.1\n", "r.recipe:6:9: width_shift must be from 0 to 16384"},
        {HEAD TAIL "augment height_shift=20000\n", "r.recipe:6:9: height_shift must be from 0 to 16384"},
        {HEAD TAIL "augment rotation_range=9deg\n", "r.recipe:6:9: unknown option \"rotation_range\""},
        {HEAD TAIL "augment shear=1deg fill=mirror\n",
         "r.recipe:6:20: fill must be nearest, constant, reflect or wrap, not \"mirror\""},
        {HEAD TAIL "augment crop=4 cval=256\n", "r.recipe:6:16: cval must be from 0 to 255, not \"256\""},
        {HEAD TAIL "augment channel_shift=256\n", "r.recipe:6:9: channel_shift must be from 0 to 255"},
        {HEAD TAIL "augment brightness=0..1\n", "r.recipe:6:9: brightness must be from 0.01 to 100"},
        {HEAD TAIL "augment brightness=0.2\n", "r.recipe:6:9: brightness must be a range such as 0.8..1.2"},
        {HEAD TAIL "augment contrast=1..101\n", "r.recipe:6:9: contrast must be from 0.01 to 100"},
        {HEAD TAIL "augment saturation=2..1\n", "r.recipe:6:9: saturation must begin with its smaller end"},
        {HEAD TAIL "augment hue=0.6\n", "r.recipe:6:9: hue must be from 0 to 0.5, not \"0.6\""},
        {HEAD TAIL "augment crop=-1\n", "r.recipe:6:9: crop must be from 0 to 16384, not \"-1\""},
        {HEAD TAIL "augment crop_scale=0.5..1.5\n", "r.recipe:6:9: crop_scale must be from 0.0001 to 1"},
        {HEAD TAIL "augment crop_scale=0.5..1 crop_ratio=0..1\n",
         "r.recipe:6:27: crop_ratio must be from 0.01 to 100"},
        {HEAD TAIL "augment erase=1.5\n", "r.recipe:6:9: erase must be from 0 to 1, not \"1.5\""},
        {HEAD TAIL "augment erase=1 erase_scale=0..1\n",
         "r.recipe:6:17: erase_scale must be from 0.0001 to 1"},
        {HEAD TAIL "augment erase=1 erase_ratio=0..1\n",
         "r.recipe:6:17: erase_ratio must be from 0.01 to 100"},
        {HEAD TAIL "augment erase=1 erase_value=-1\n", "r.recipe:6:17: erase_value must be from 0 to 255"},
        {HEAD TAIL "augment hflip fill=wrap\n",
         "r.recipe:6:1: augment: fill does nothing without rotation, a shift, shear or zoom"},
        {HEAD TAIL "augment shear=1deg cval=3\n",
         "r.recipe:6:1: augment: cval does nothing without fill=constant or crop"},
        {HEAD TAIL "augment crop_ratio=1..1\n",
         "r.recipe:6:1: augment: crop_ratio does nothing without crop_scale"},
        {HEAD TAIL "augment erase_scale=0.1..0.2\n",
         "r.recipe:6:1: augment: erase_scale does nothing without erase"},
        {HEAD TAIL "augment erase_ratio=1..2\n",
         "r.recipe:6:1: augment: erase_ratio does nothing without erase"},
        {HEAD TAIL "augment erase_value=9\n",
         "r.recipe:6:1: augment: erase_value does nothing without erase"},
        {"vibrisa 1\nimage 8x8 grey\nflatten\ndense 1\nloss binary_crossentropy\naugment hue=0.1\n",
         "r.recipe:6:1: augment: hue does nothing without colours, and the picture is grey"},
        {"vibrisa 1\nimage 8x8 grey\nflatten\ndense 1\nloss binary_crossentropy\naugment saturation=1..2\n",
         "r.recipe:6:1: augment: saturation does nothing without colours, and the picture is grey"},
        {HEAD TAIL "train epochs=0\n", "r.recipe:6:7: epochs must be from 1 to 1000000, not \"0\""},
        {HEAD TAIL "train 10\n", "r.recipe:6:7: unexpected \"10\""},
        {HEAD TAIL "validate steps=-1\n", "r.recipe:6:10: steps must be all or at least 1, not \"-1\""},
        {HEAD TAIL "evaluate\n", "r.recipe:6:9: pictures is missing"},
        {HEAD TAIL "evaluate al\n",
         "r.recipe:6:10: pictures must be none or all, not \"al\"; did you mean \"all\"?"},
        {HEAD TAIL "rescale 0\n", "r.recipe:6:9: factor must be from 1e-6 to 1000000, not \"0\""},
        {HEAD TAIL "relu\n", "r.recipe:6:1: layers come before `loss` (line 5)"},
        {HEAD "flatten\nclassify\nrelu\n", "r.recipe:5:1: layers come before `classify` (line 4)"},
        {HEAD TAIL "classify\n", "r.recipe:6:1: `classify` chooses the loss itself"},
        {HEAD "flatten\nclassify\nloss binary_crossentropy\n",
         "r.recipe:5:1: `classify` (line 4) chooses the loss"},
        {HEAD "flatten\nclassify\nclassify\n", "r.recipe:5:1: classify is given twice"},
        {HEAD "flatten\nclassify softly\n", "r.recipe:4:10: unexpected \"softly\""},
        {HEAD "flatten\ndense 1 sigmoid\nloss mse\n",
         "r.recipe:5:6: function must be binary_crossentropy or categorical_crossentropy, not \"mse\""},
        {HEAD "flatten\ndense 1 sigmoid\nloss\n",
         "r.recipe:5:1: the loss is missing: binary_crossentropy or"},
        /* Shapes, at the line of the layer. */
        {HEAD "maxpool2d 2x2\nconv2d 4 5x5\n" TAIL,
         "r.recipe:4:1: a 5x5 window does not fit in the 4x4 input"},
        {HEAD "conv2d 4 3x3 dilation=4\n" TAIL,
         "r.recipe:3:1: a 9x9 window does not fit in the 8x8 input; use `same` or a smaller window"},
        {HEAD "conv2d 8 1x1\nconv2d 6 3x3 groups=4\n" TAIL,
         "r.recipe:4:1: 6 filters cannot be shared among groups=4; use groups=2"},
        {HEAD "conv2d 6 3x3 groups=9\n" TAIL,
         "r.recipe:3:1: 3 input channels cannot be shared among groups=9; use groups=3"},
        {HEAD "conv2d 6 3x3 groups=0\n" TAIL, "r.recipe:3:14: groups must be from 1 to 65536, not \"0\""},
        {HEAD "conv2d 4 5x5 algorithm=winograd\n" TAIL,
         "r.recipe:3:14: algorithm=winograd is for 3x3 windows with stride=1, dilation=1 and groups=1; "},
        {HEAD "conv2d 4 5x5 algorithm=winograd\n" TAIL, "; leave it out or change kernel"},
        {HEAD "conv2d 4 algorithm=winograd 3x3 stride=1x2\n" TAIL,
         "r.recipe:3:10: algorithm=winograd is for"},
        {HEAD "conv2d 4 algorithm=winograd 3x3 stride=1x2\n" TAIL, "; leave it out or change stride"},
        {HEAD "conv2d 4 3x3 same algorithm=winograd dilation=2\n" TAIL, "; leave it out or change dilation"},
        {HEAD "conv2d 3 3x3 groups=3 algorithm=winograd\n" TAIL, "; leave it out or change groups"},
        {HEAD "conv2d 4 3x3 algorithm=fft\n" TAIL,
         "r.recipe:3:14: algorithm must be direct or winograd, not \"fft\""},
        {HEAD "depthwise_conv2d 3x3 algorithm=winograd\n" TAIL,
         "r.recipe:3:22: unknown option \"algorithm\""},
        {HEAD "depthwise_conv2d 3x3 groups=3\n" TAIL, "r.recipe:3:22: unknown option \"groups\""},
        {HEAD "flatten\ndepthwise_conv2d 1x1\n" TAIL, "r.recipe:4:1: a convolution needs a picture"},
        {HEAD "dense 1 sigmoid\nloss binary_crossentropy\n", "r.recipe:3:1: dense needs a flat input"},
        {HEAD "conv2d 4 3x3\nclassify\n", "r.recipe:4:1: dense needs a flat input"},
        {HEAD "flatten\ndense 2 softmax\nloss binary_crossentropy\n",
         "r.recipe:5:1: binary_crossentropy needs `dense 1 sigmoid` as the last layer"},
        {HEAD "flatten\ndense 2 relu\nloss categorical_crossentropy\n",
         "r.recipe:5:1: categorical_crossentropy needs"},
        /* Names and branches. */
        {HEAD "relu name=\n" TAIL, "r.recipe:3:6: a name is a letter"},
        {HEAD "relu name=9a\n" TAIL, "r.recipe:3:6: a name is a letter"},
        {HEAD "relu name=a/b\n" TAIL, "r.recipe:3:6: a name is a letter"},
        {HEAD "relu name=input\n" TAIL, "r.recipe:3:6: \"input\" is the picture itself"},
        {HEAD "relu name=a name=b\n" TAIL, "r.recipe:3:13: name is given twice"},
        {HEAD "relu name=a\nrelu name=a\n" TAIL, "r.recipe:4:6: the layer on line 3 is named \"a\" already"},
        {HEAD "relu name=flatten\n" TAIL,
         "r.recipe:3:1: \"flatten\" is the name that the layer on line 4 gets by itself"},
        {HEAD "relu from=b\nrelu name=b\n" TAIL, "r.recipe:3:6: no earlier layer is named \"b\""},
        {HEAD "relu name=left\nrelu from=lefd\n" TAIL,
         "r.recipe:4:6: no earlier layer is named \"lefd\"; did you mean \"left\"?"},
        {HEAD "relu name=a\nrelu from=a from=a\n" TAIL, "r.recipe:4:13: from is given twice"},
        {HEAD "relu name=a\nrelu with=a\n" TAIL,
         "r.recipe:4:6: relu has one input; with= is for layers that join"},
        {HEAD "relu name=a\nadd\n" TAIL, "r.recipe:4:1: add joins layers: name the others with with=NAME"},
        {HEAD "relu name=a\nadd with=b\n" TAIL, "r.recipe:4:5: no earlier layer is named \"b\""},
        {HEAD "maxpool2d 2x2\nadd with=input\n" TAIL,
         "r.recipe:4:1: add needs equal shapes, and gets 4x4x3 and 8x8x3"},
        {HEAD "maxpool2d 2x2\nconcat with=input\n" TAIL,
         "r.recipe:4:1: concat needs equal heights and widths, and gets 4x4x3 and 8x8x3"},
        {HEAD "relu name=a\nadd with=a,a,a,a,a,a,a,a\n" TAIL, "r.recipe:4:5: add joins at most 8 layers"},
        {HEAD "avgpool2d 9x9\n" TAIL, "r.recipe:3:1: a 9x9 window does not fit in the 8x8 input"},
        {HEAD "dropout 1.5\n" TAIL, "r.recipe:3:9: rate must be from 0 to 0.99, not \"1.5\""},
        {HEAD "dropout\n" TAIL, "rate is missing"},
        {HEAD "leaky_relu slop=1\n" TAIL, "r.recipe:3:12: unknown option \"slop\"; did you mean \"slope\"?"},
        {HEAD "globalavgpool2d\nglobalmaxpool2d\n" TAIL, "r.recipe:4:1: global pooling needs a picture"},
        {HEAD "relu name=a\nrelu from=input\n" TAIL, "r.recipe:3:1: no later layer uses the output of a"},
        /* Not text. */
        {HEAD "relu\x01\n" TAIL, "r.recipe:3:5: a byte that is not plain text (0x01)"},
        {HEAD "rel\xc3\xba\n" TAIL, "r.recipe:3:4: a byte that is not plain text (0xc3)"},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        vib_recipe *r = NULL;
        capture_start();
        assert_int_equal(vib_recipe_parse(cases[i].text, "r.recipe", NULL, 0, &r), VIB_USAGE);
        assert_null(r);
        assert_captured(cases[i].message);
        assert_ptr_equal(strstr(captured, "r.recipe:"), captured);
    }
}

static void test_optimizers(void **state)
{
    (void)state;
    static const struct {
        const char *line, *canonical;
    } cases[] = {
        {"optimizer sgd", "optimizer sgd lr=0.01 momentum=0 nesterov=no weight_decay=0\n"},
        {"optimizer sgd momentum=0.9 nesterov lr=0.1 clip_norm=1",
         "optimizer sgd lr=0.1 momentum=0.9 nesterov weight_decay=0 clip_norm=1\n"},
        {"optimizer adamw",
         "optimizer adamw lr=0.001 beta1=0.9 beta2=0.999 epsilon=1e-7 weight_decay=0.004\n"},
        {"optimizer clip_norm=0.5",
         "optimizer adam lr=0.001 beta1=0.9 beta2=0.999 epsilon=1e-7 clip_norm=0.5\n"},
        {"train class_weight=balanced",
         "train     epochs=25 batch=32 steps=all rounds=1 shuffle=yes class_weight=balanced\n"},
        {"train class_weight=1,2.5,1/3", " class_weight=1,2.5,1/3\n"},
        {"schedule step every=3", "\nschedule  step every=3 factor=0.1\ntrain"},
        {"schedule cosine warmup=0.5", "\nschedule  cosine min_lr=0 warmup=0.5\ntrain"},
        {"schedule onecycle",
         "\nschedule  onecycle pct_start=0.3 div_factor=25 final_div_factor=10000\ntrain"},
        {"schedule plateau", "\nschedule  plateau monitor=val_loss factor=0.1 patience=10 min_delta=0.0001 "
                             "cooldown=0 min_lr=0\ntrain"},
        {"stop", "\nstop      patience=0 monitor=val_loss min_delta=0\nvalidate"},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        char text[256];
        snprintf(text, sizeof text, HEAD TAIL "%s\n", cases[i].line);
        vib_recipe *r = must_parse(text), *again = must_parse(vib_recipe_text(r));
        assert_non_null(strstr(vib_recipe_text(r), cases[i].canonical));
        assert_string_equal(vib_recipe_text(r), vib_recipe_text(again));
        vib_recipe_free(&r);
        vib_recipe_free(&again);
    }
    /* What another method has does not leak into this one. */
    const char *const lines[] = {"optimizer sgd momentum=0.9 nesterov", "+optimizer adamw"};
    vib_recipe *r = must_load("notebook", lines, 2);
    assert_int_equal(r->optimizer.method, VIB_METHOD_ADAMW);
    assert_true(r->optimizer.momentum == 0 && !r->optimizer.nesterov && r->optimizer.weight_decay == 0.004);
    vib_recipe_free(&r);
}

static void test_freeze(void **state)
{
    (void)state;
    vib_recipe *out = NULL,
               *r = must_parse(HEAD "conv2d 3 3x3 name=a\nbatchnorm frozen\nconv2d 4 3x3\nflatten\n"
                                    "dense 8 relu\nclassify\n");
    assert_int_equal(r->graph.layers[1].frozen, 1);
    assert_int_equal(vib_recipe_freeze(r, "a,conv2d", &out), VIB_OK);
    assert_non_null(strstr(vib_recipe_text(out), "\nconv2d    4 3x3 valid linear frozen\n"));
    assert_non_null(
        strstr(vib_recipe_text(out), "\nconv2d    3 3x3 valid linear frozen name=a\nbatchnorm frozen\n"));
    assert_non_null(strstr(vib_recipe_text(out), "\nflatten\ndense     8 relu\nclassify\n"));
    vib_recipe_free(&out);
    assert_int_equal(vib_recipe_freeze(r, "all", &out), VIB_OK);
    assert_non_null(strstr(vib_recipe_text(out), "\ndense     8 relu frozen\nclassify\n"));
    vib_recipe_free(&out);
    static const struct {
        const char *layers, *message;
    } cases[] = {
        {"conv2d_9", "no layer \"conv2d_9\" to freeze; did you mean \"conv2d\"?"},
        {"a,", "no layer \"\" to freeze"},
        {"flatten", "--freeze:8:1: flatten has no weights that could be frozen"},
        {"dense_1", "dense_1 is what `classify` makes: it is there to be trained"},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        capture_start();
        assert_int_equal(vib_recipe_freeze(r, cases[i].layers, &out), VIB_USAGE);
        assert_captured(cases[i].message);
        assert_null(out);
    }
    vib_recipe_free(&r);
}

/* Smoothing goes with the loss, whoever chooses that. */
static void test_label_smoothing(void **state)
{
    (void)state;
    vib_recipe *out, *r = must_parse(HEAD "flatten\nloss label_smoothing=0.1\nclassify\n");
    assert_non_null(strstr(vib_recipe_text(r), "\nclassify\nloss      label_smoothing=0.1\noptimizer"));
    assert_int_equal(vib_recipe_resolve(r, 3, &out), VIB_OK);
    assert_true(out->label_smoothing == 0.1);
    assert_non_null(
        strstr(vib_recipe_text(out), "\nloss      categorical_crossentropy label_smoothing=0.1\n"));
    vib_recipe_free(&r);
    assert_int_equal(vib_recipe_reclassify(out, &r), VIB_OK);
    assert_non_null(strstr(vib_recipe_text(r), "\nclassify\nloss      label_smoothing=0.1\noptimizer"));
    vib_recipe_free(&out);
    vib_recipe_free(&r);
}

/* Whatever follows a mistake does not hide it: every prefix of a recipe is read or refused, cleanly. */
static void test_prefixes(void **state)
{
    (void)state;
    vib_recipe *whole = must_load("notebook", NULL, 0);
    const char *text = vib_recipe_text(whole);
    for (size_t n = 0; n < strlen(text); n++) {
        char *part = strndup(text, n);
        vib_recipe *r = NULL;
        assert_non_null(part);
        capture_start();
        const int err = vib_recipe_parse(part, "r", NULL, 0, &r);
        assert_true(err == VIB_OK || err == VIB_USAGE);
        assert_int_equal(captured_count, err == VIB_OK ? 0 : 1);
        assert_int_equal(err == VIB_OK, r != NULL);
        vib_recipe_free(&r);
        free(part);
    }
    vib_recipe_free(&whole);
}

/* Words of recipes thrown together and bytes changed: read or refused, and what is read prints to itself. */
static void test_mutations(void **state)
{
    (void)state;
    vib_recipe *whole = must_load("default", NULL, 0);
    const char *text = vib_recipe_text(whole);
    const size_t n = strlen(text);
    size_t accepted = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        char *copy = strdup(text);
        vib_recipe *r = NULL;
        assert_non_null(copy);
        for (uint32_t k = 0; k < 1 + i % 3; k++)
            copy[vib_random_u32(1, 1, i, 2 * k) % n] =
                "0123456789.=x/-+ \n#aelmnorst"[vib_random_u32(1, 1, i, 2 * k + 1) % 29];
        capture_start();
        const int err = vib_recipe_parse(copy, "r", NULL, 0, &r);
        assert_true(err == VIB_OK || err == VIB_USAGE);
        assert_int_equal(captured_count, err == VIB_OK ? 0 : 1);
        if (r) {
            vib_recipe *again = must_parse(vib_recipe_text(r));
            assert_string_equal(vib_recipe_text(r), vib_recipe_text(again));
            vib_recipe_free(&again);
            accepted++;
        }
        vib_recipe_free(&r);
        free(copy);
    }
    assert_in_range(accepted, 100, 4900);
    vib_recipe_free(&whole);
}

static void test_from(void **state)
{
    (void)state;
    vib_recipe *r = must_parse(HEAD "relu from=input name=a.b-c_1\nrelu from=a.b-c_1\n" TAIL);
    assert_int_equal(r->graph.layers[0].inputs[0], VIB_INPUT);
    assert_int_equal(r->graph.layers[1].inputs[0], 0);
    assert_int_equal(r->graph.layers[0].named, 1);
    assert_string_equal(r->graph.layers[0].name, "a.b-c_1");
    assert_string_equal(r->graph.layers[1].name, "re_lu");
    assert_non_null(strstr(vib_recipe_text(r), "\nrelu      name=a.b-c_1\nrelu\n"));
    vib_recipe_free(&r);
}

static void test_branches(void **state)
{
    (void)state;
    vib_recipe *r =
        must_parse(HEAD "conv2d 3 3x3 same name=a\nrelu name=b\nsigmoid from=a\nadd with=b,input relu\n"
                        "concat with=a\n" TAIL);
    const vib_layer_spec *add = &r->graph.layers[3];
    assert_int_equal(add->n_inputs, 3);
    assert_int_equal(add->inputs[0], 2);
    assert_int_equal(add->inputs[1], 1);
    assert_int_equal(add->inputs[2], VIB_INPUT);
    assert_string_equal(add->name, "add");
    assert_string_equal(r->graph.layers[4].name, "concatenate");
    assert_non_null(strstr(vib_recipe_text(r), "\nsigmoid   from=a\nadd       relu with=b,input\n"
                                               "concat    with=a\n"));
    vib_recipe_free(&r);
}

static void test_overrides(void **state)
{
    (void)state;
    const char *const lines[] = {
        "optimizer adam lr=0.1", "+train epochs=30", "+train batch=64 shuffle=no", "augment",
        "+image 32x48",          "validate steps=7"};
    vib_recipe *r = must_load("notebook", lines, VIB_COUNT(lines));
    assert_true(r->optimizer.lr == 0.1);
    assert_int_equal(r->train.epochs, 30);
    assert_int_equal(r->train.batch, 64);
    assert_int_equal(r->train.shuffle, 0);
    assert_int_equal(r->train.steps, 10); /* kept: + amends */
    assert_int_equal(r->train.rounds, 2);
    assert_int_equal(r->has_augment, 0); /* a bare word: its defaults */
    assert_int_equal(r->graph.input.h, 32);
    assert_int_equal(r->graph.input.w, 48);
    assert_int_equal(r->preprocess.resize, VIB_RESIZE_NEAREST);
    assert_int_equal(r->validate.steps, 7);
    assert_int_equal(r->validate.order, VIB_ORDER_FIXED); /* the whole line went */
    assert_int_equal(r->evaluate_all, 1);
    vib_recipe_free(&r);

    const char *const replace_then_amend[] = {"+train epochs=30", "train batch=8", "+train rounds=3"};
    r = must_load("notebook", replace_then_amend, 3);
    assert_int_equal(r->train.epochs, 25);
    assert_int_equal(r->train.batch, 8);
    assert_int_equal(r->train.rounds, 3);
    vib_recipe_free(&r);

    /* A word the recipe lacks. */
    const char *const missing[] = {"evaluate all"};
    r = must_load("default", missing, 1);
    assert_int_equal(r->evaluate_all, 1);
    vib_recipe_free(&r);
}

static void test_override_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *recipe, *line, *message;
    } cases[] = {
        {"notebook", "optimizer sdg lr=0.1",
         "--set:1:11: method must be adam, adamw or sgd, not \"sdg\"; did you mean \"sgd\"? (in 'optimizer "
         "sdg lr=0.1')"},
        {"notebook", "+optimizer momentum=0.9", "--set:1:12: momentum is not an option of adam; sgd has it"},
        {"notebook", "loss label_smoothing=0.1", "notebook.recipe:17:1: the loss is missing"},
        {"notebook", "+train epochs=none", "--set:1:8: epochs must be a whole number, not \"none\""},
        {"notebook", "+train epoch=3", "--set:1:8: unknown option \"epoch\"; did you mean \"epochs\"?"},
        {"notebook", "conv2d 8 3x3", "--set:1:1: conv2d is part of the network"},
        {"notebook", "+dense 8", "--set:1:1: dense is part of the network"},
        {"notebook", "classify", "--set:1:1: classify is part of the network"},
        {"notebook", "trian epochs=3", "--set:1:1: unknown word \"trian\"; did you mean \"train\"?"},
        {"notebook", "", "--set:1:1: there is no word here"},
        {"notebook", "image", "--set:1:6: size is missing"},
        {"default", "loss binary_crossentropy",
         "--set:1:1: `classify` (line 17) chooses the loss itself; leave its name out"},
        {"notebook", "loss categorical_crossentropy", "notebook.recipe:17:1: categorical_crossentropy needs"},
        {"notebook", "+image 4x4", "notebook.recipe:"},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        vib_recipe *r = NULL;
        capture_start();
        assert_int_equal(vib_recipe_load(cases[i].recipe, &cases[i].line, 1, &r), VIB_USAGE);
        assert_null(r);
        assert_captured(cases[i].message);
    }
}

static void test_resolve(void **state)
{
    (void)state;
    vib_recipe *r = must_load("default", NULL, 0), *out = NULL;
    assert_int_equal(vib_recipe_resolve(r, 2, &out), VIB_OK);
    assert_int_equal(out->classify, 0);
    assert_int_equal(out->loss, VIB_LOSS_BINARY_CROSSENTROPY);
    assert_int_equal(out->graph.n, 11);
    assert_string_equal(out->graph.layers[10].name, "dense_1");
    assert_non_null(strstr(vib_recipe_text(out), "\ndense     1 sigmoid\nloss      binary_crossentropy\n"));
    vib_recipe_free(&out);

    assert_int_equal(vib_recipe_resolve(r, 37, &out), VIB_OK);
    assert_int_equal(out->loss, VIB_LOSS_CATEGORICAL_CROSSENTROPY);
    assert_non_null(
        strstr(vib_recipe_text(out), "\ndense     37 softmax\nloss      categorical_crossentropy\n"));
    vib_recipe *same = NULL;
    assert_int_equal(vib_recipe_resolve(out, 37, &same), VIB_OK);
    assert_string_equal(vib_recipe_text(out), vib_recipe_text(same));
    vib_recipe_free(&same);
    assert_int_equal(captured_count, 0);

    assert_int_equal(vib_recipe_resolve(out, 36, &same), VIB_BAD_MODEL);
    assert_null(same);
    assert_captured("37 outputs");
    capture_start();
    assert_int_equal(vib_recipe_resolve(r, 1, &same), VIB_BAD_MODEL);
    assert_captured("two classes or more");
    vib_recipe_free(&out);
    vib_recipe_free(&r);

    r = must_load("notebook", NULL, 0);
    assert_int_equal(vib_recipe_resolve(r, 2, &out), VIB_OK);
    assert_string_equal(vib_recipe_text(out), vib_recipe_text(r));
    vib_recipe_free(&out);
    assert_int_equal(vib_recipe_resolve(r, 3, &out), VIB_BAD_MODEL);
    assert_null(out);
    assert_captured("use --recipe default");
    vib_recipe_free(&r);

    const char *const three[] = {"+train class_weight=1,2,3"};
    r = must_load("default", three, 1);
    assert_int_equal(vib_recipe_resolve(r, 2, &out), VIB_BAD_MODEL);
    assert_captured("class_weight has 3 numbers, the data have 2 classes: give one for each");
    assert_int_equal(vib_recipe_resolve(r, 3, &out), VIB_OK);
    vib_recipe_free(&out);
    vib_recipe_free(&r);
}

static void test_load_file(void **state)
{
    (void)state;
    char name[] = "vibrisa-test-XXXXXX";
    const int fd = mkstemp(name);
    assert_true(fd >= 0);
    static const char text[] = HEAD "dens 1\n" TAIL;
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    vib_recipe *r = NULL;
    char want[64];
    snprintf(want, sizeof want, "%s:3:1: unknown word \"dens\"; did you mean \"dense\"?", name);
    capture_start();
    assert_int_equal(vib_recipe_load(name, NULL, 0, &r), VIB_USAGE);
    assert_captured(want);
    assert_int_equal(write(fd, "\0", 1), 1);
    capture_start();
    assert_int_equal(vib_recipe_load(name, NULL, 0, &r), VIB_USAGE);
    assert_captured("not a text file");
    close(fd);
    unlink(name);

    capture_start();
    assert_int_equal(vib_recipe_load("notebok", NULL, 0, &r), VIB_USAGE);
    assert_captured(
        "did you mean \"notebook\"? (built-in recipes: allcnn, deeper, default, mlp, mobilenet, notebook,");
    capture_start();
    assert_int_equal(vib_recipe_load(".", NULL, 0, &r), VIB_USAGE);
    assert_captured(".: cannot read the recipe");
}

/* KERAS.md §5. */
static void test_summary(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type;
        int side, channels;
        uint64_t parameters, multiply_adds;
        int field, jump;
        uint64_t dense;
    } rows[] = {
        {"conv2d", "Conv2D", 64, 32, 896, 3538944, 3, 1, (uint64_t)12288 * 131072 + 131072},
        {"max_pooling2d", "MaxPooling2D", 32, 32, 0, 0, 4, 2, 0},
        {"conv2d_1", "Conv2D", 32, 32, 9248, 9437184, 8, 2, (uint64_t)32768 * 32768 + 32768},
        {"max_pooling2d_1", "MaxPooling2D", 16, 32, 0, 0, 10, 4, 0},
        {"conv2d_2", "Conv2D", 16, 32, 9248, 2359296, 18, 4, (uint64_t)8192 * 8192 + 8192},
        {"max_pooling2d_2", "MaxPooling2D", 8, 32, 0, 0, 22, 8, 0},
        {"conv2d_3", "Conv2D", 8, 32, 9248, 589824, 38, 8, (uint64_t)2048 * 2048 + 2048},
        {"max_pooling2d_3", "MaxPooling2D", 4, 32, 0, 0, 46, 16, 0},
        {"flatten", "Flatten", 0, 512, 0, 0, 0, 0, 0},
        {"dense", "Dense", 0, 128, 65664, 65536, 0, 0, 0},
        {"dense_1", "Dense", 0, 1, 129, 128, 0, 0, 0},
    };
    vib_recipe *recipes[] = {must_load("notebook", NULL, 0), must_load("default", NULL, 0)};
    for (size_t k = 0; k < 2; k++) {
        vib_summary s;
        assert_int_equal(vib_recipe_summary(recipes[k], 0, &s), VIB_OK);
        assert_int_equal(s.n, VIB_COUNT(rows));
        uint64_t outputs = 0;
        for (size_t i = 0; i < s.n; i++) {
            const vib_summary_row *row = &s.rows[i];
            assert_string_equal(row->name, rows[i].name);
            assert_string_equal(row->type, rows[i].type);
            assert_int_equal(row->height, rows[i].side);
            assert_int_equal(row->width, rows[i].side);
            assert_int_equal(row->channels, rows[i].channels);
            assert_int_equal(row->parameters, rows[i].parameters);
            assert_int_equal(row->multiply_adds, rows[i].multiply_adds);
            assert_int_equal(row->receptive_field, rows[i].field);
            assert_int_equal(row->jump, rows[i].jump);
            assert_int_equal(row->dense_parameters, rows[i].dense);
            outputs += (uint64_t)VIB_MAX(row->height, 1) * (uint64_t)VIB_MAX(row->width, 1) *
                       (uint64_t)row->channels;
        }
        assert_int_equal(s.input_height, 64);
        assert_int_equal(s.input_channels, 3);
        assert_int_equal(s.parameters, 94433);
        assert_int_equal(s.multiply_adds, 15990912);
        assert_int_equal(s.weight_bytes, 94433 * 16);
        assert_int_equal(s.batch, 32);
        assert_true(s.activation_bytes >= (outputs * 2 + 64 * 64 * 3) * 4 * 32);
        vib_summary_free(&s);
        assert_null(s.rows);
        vib_recipe_free(&recipes[k]);
    }
}

/* Weights as papers and other programs count them, with as many classes as they have. */
static void test_published_counts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int classes;
        uint64_t trained, running; /* by gradients; batchnorm's statistics */
        int layers;                /* with weights, without batchnorm */
    } published[] = {
        {"allcnn", 10, 1369738, 0, 9},           /* the paper's model C: 1.4 million */
        {"mobilenet", 1000, 4231976, 21888, 28}, /* Keras's MobileNet: 4,253,864 in all */
        {"resnet18", 1000, 11689512, 9600, 21}, /* torchvision's resnet18, its three 1x1 shortcuts included */
        {"resnet18-64", 1000, 11689512, 9600, 21},
        {"vgg11", 1000, 132863336, 0, 11}, /* torchvision's vgg11 */
    };
    for (size_t i = 0; i < VIB_COUNT(published); i++) {
        vib_recipe *r = must_load(published[i].name, NULL, 0);
        vib_summary s;
        int layers = 0;
        assert_int_equal(vib_recipe_summary(r, published[i].classes, &s), VIB_OK);
        for (size_t k = 0; k < s.n; k++)
            layers += s.rows[k].parameters > 0 && strcmp(s.rows[k].type, "BatchNormalization") != 0;
        assert_int_equal(s.trained, published[i].trained);
        assert_int_equal(s.parameters - s.trained, published[i].running);
        assert_int_equal(layers, published[i].layers);
        vib_summary_free(&s);
        vib_recipe_free(&r);
    }
}

/* Taps apart, channels in groups: what a layer sees, weighs and costs. */
static void test_summary_convolutions(void **state)
{
    static const struct {
        const char *name;
        int side, channels;
        uint64_t parameters, multiply_adds;
        int field, jump;
    } rows[] = {
        {"conv2d", 16, 8, 8 * 27 + 8, 256 * 8 * 27, 5, 1},
        {"depthwise_conv2d", 8, 16, 16 * 9 + 16, 64 * 16 * 9, 7, 2},
        {"conv2d_1", 8, 12, 12 * 9 * 4 + 12, 64 * 12 * 9 * 4, 19, 2},
    };
    (void)state;
    vib_recipe *r = must_parse("vibrisa 1\nimage 16x16\nconv2d 8 3x3 same dilation=2\n"
                               "depthwise_conv2d 3x3 same stride=2 multiplier=2\n"
                               "conv2d 12 3x3 same dilation=3 groups=4\nglobalavgpool2d\nclassify\n");
    vib_summary s;
    assert_int_equal(vib_recipe_summary(r, 2, &s), VIB_OK);
    for (size_t i = 0; i < VIB_COUNT(rows); i++) {
        const vib_summary_row *row = &s.rows[i];
        assert_string_equal(row->name, rows[i].name);
        assert_int_equal(row->height, rows[i].side);
        assert_int_equal(row->channels, rows[i].channels);
        assert_int_equal(row->parameters, rows[i].parameters);
        assert_int_equal(row->multiply_adds, rows[i].multiply_adds);
        assert_int_equal(row->receptive_field, rows[i].field);
        assert_int_equal(row->jump, rows[i].jump);
    }
    assert_string_equal(s.rows[1].type, "DepthwiseConv2D");
    vib_summary_free(&s);
    vib_recipe_free(&r);
}

static void test_summary_classes(void **state)
{
    (void)state;
    vib_recipe *r = must_load("default", NULL, 0);
    vib_summary s;
    assert_int_equal(vib_recipe_summary(r, 10, &s), VIB_OK);
    assert_int_equal(s.rows[10].channels, 10);
    assert_int_equal(s.rows[10].parameters, 1290);
    vib_summary_free(&s);
    vib_recipe_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notebook),
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_builtins),
        cmocka_unit_test(test_augment_text),
        cmocka_unit_test(test_canonical_text),
        cmocka_unit_test(test_fixed_point),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_optimizers),
        cmocka_unit_test(test_label_smoothing),
        cmocka_unit_test(test_freeze),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_override_mistakes),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_load_file),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_published_counts),
        cmocka_unit_test(test_summary_classes),
        cmocka_unit_test(test_summary_convolutions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
