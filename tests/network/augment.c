/* Augmentation against Keras's pictures (tests/golden/augment.json, augment_keras.json), both of its
 * conventions (K21, K24), through the reference and through the device's kernels; what Keras has not, against
 * formulas written here; and how its numbers are drawn. */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "network/internal.h"
#include "reference/reference.h"

#include "../kernels/check.h"

enum { SIDE = 8, CHANNELS = 3, VALUES = SIDE * SIDE * CHANNELS, MOST = 64 * 64 * CHANNELS };

#define SCALE ((float)(1.0 / 255))
#define TOLERANCE 2e-5 /* of values in [0, 1]; Keras computes in double */
#define NEAR 1e-5 /* pixels: so close to where constant and wrap jump, float may fall on the other side */

/* The goldens' picture. */
static void make_picture(int h, int w, unsigned char *x)
{
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++)
            for (int c = 0; c < CHANNELS; c++)
                *x++ = (unsigned char)((37 * i + 11 * j * j + 53 * c + 7 * i * j) % 256);
}

/* A network whose input is one picture. */
static vib_network *open_network(vib_device *dev, int h, int w, const vib_augment *augment, vib_graph *graph)
{
    static const vib_augment none;
    vib_network *net = NULL;
    assert_int_equal(vib_check_graph("flatten; dense 1 sigmoid", h, w, CHANNELS, graph), 0);
    const vib_network_params params = {.graph = graph,
                                       .loss = VIB_LOSS_BINARY_CROSSENTROPY,
                                       .optimizer = {0.001, 0.9, 0.999, 1e-7},
                                       .rescale = 1.0 / 255,
                                       .augment = augment ? *augment : none,
                                       .seed = 5,
                                       .batch = 1,
                                       .training = 1};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    return net;
}

static void close_network(vib_network *net, vib_graph *graph)
{
    vib_network_destroy(&net);
    vib_graph_free(graph);
}

/* The kernels themselves, on one picture with chosen numbers: a slot holds labels, augmentation, pixels. */
static void run_kernels(vib_network *net, const unsigned char *picture, const vib_augment_row *row, float *y)
{
    vib_slot *s = &net->slots[0];
    const size_t how = sizeof(int32_t), pixels = how + sizeof *row;
    const size_t bytes = vib_shape_count(&net->params.graph->input);
    assert_int_equal(vib_staging_wait(s->upload), 0);
    unsigned char *to = vib_staging_memory(s->upload);
    memcpy(to + how, row, sizeof *row);
    memcpy(to + pixels, picture, bytes);
    assert_int_equal(vib_staging_send(s->upload, pixels + bytes), 0);
    s->augmented = 1;
    assert_int_equal(vib_input_launch(net, s, 1), 0);
    assert_int_equal(vib_tensor_read(&net->input, 1, y), 0);
}

/* Both, which must agree to the bit. */
static void run_both(vib_device *dev, int h, int w, const vib_augment *augment, const vib_augment_row *row,
                     float *y)
{
    vib_graph graph;
    static unsigned char picture[MOST];
    static float reference[MOST];
    make_picture(h, w, picture);
    ref_augment(reference, picture, h, w, CHANNELS, SCALE, augment, row);
    vib_network *net = open_network(dev, h, w, augment, &graph);
    run_kernels(net, picture, row, y);
    assert_memory_equal(y, reference, (size_t)(h * w * CHANNELS) * sizeof *y);
    close_network(net, &graph);
}

/* ---- Keras ---- */

static double parameter(const json_t *params, const char *key, double otherwise)
{
    return json_object_get(params, key) ? engine_number(params, key) : otherwise;
}

static int fill_of(const char *word)
{
    static const char *const words[] = {"nearest", "constant", "reflect", "wrap"};
    int fill = 0;
    while (strcmp(words[fill], word) != 0)
        fill++;
    return fill;
}

/* A case's parameters as a recipe would allow them, and as they were drawn. */
static void read_case(const json_t *params, int keras29, int h, int w, vib_augment *augment,
                      vib_augment_row *row)
{
    const vib_affine affine = {parameter(params, "theta", 0), parameter(params, "tx", 0),
                               parameter(params, "ty", 0),    parameter(params, "shear", 0),
                               parameter(params, "zx", 1),    parameter(params, "zy", 1)};
    augment->rotation = 1;
    augment->keras29 = keras29;
    augment->hflip = augment->vflip = json_object_get(params, "flip_vertical") != NULL;
    augment->channel_shift = json_object_get(params, "channel_shift_intensity") ? 1 : 0;
    if (json_object_get(params, "brightness"))
        augment->brightness = (vib_range_value){0.1, 10};
    *row = (vib_augment_row){.hflip = json_object_get(params, "flip_horizontal") != NULL,
                             .vflip = json_object_get(params, "flip_vertical") != NULL,
                             .channel_shift = (float)parameter(params, "channel_shift_intensity", 0),
                             .brightness = (float)parameter(params, "brightness", 1)};
    vib_affine_row(&affine, keras29, h, w, row);
}

/* Whether Keras's own source for output pixel (i, j) is where a fill mode jumps: in double, by the same
 * matrix. */
static int jumps(const vib_augment_row *row, int fill, int h, int w, int i, int j)
{
    const double p[2] = {row->vflip != 0 ? h - 1 - i : i, row->hflip != 0 ? w - 1 - j : j};
    const double side[2] = {h - 1, w - 1};
    for (int s = 0; s < 2 && (fill == VIB_FILL_CONSTANT || fill == VIB_FILL_WRAP); s++) {
        const double at = p[s] + (double)row->delta[2 * s] * (p[0] - (double)row->centre[0]) +
                          (double)row->delta[2 * s + 1] * (p[1] - (double)row->centre[1]) +
                          (double)row->offset[s];
        const double border = fill == VIB_FILL_WRAP ? round(at / side[s]) * side[s]
                              : at > side[s] / 2    ? side[s]
                                                    : 0;
        if (fabs(at - border) < NEAR)
            return 1;
    }
    return 0;
}

/* Brightness makes whole numbers of what it gets: Keras's double and our float may fall on two sides of one.
 */
typedef struct tally {
    int pixels, exempt, steps;
    double worst;
} tally;

static void compare(const char *what, double got, double want, double step, int exempt, tally *t)
{
    const double off = fabs(got - want);
    t->pixels++;
    if (exempt) {
        t->exempt++;
    } else if (off > TOLERANCE && step > 0 && off <= step + TOLERANCE) {
        t->steps++;
    } else {
        t->worst = fmax(t->worst, off);
        if (!(off <= TOLERANCE))
            fail_msg("%s: %.9g, Keras has %.9g", what, got, want);
    }
}

/* What a whole number more or less can make of a pixel. */
static double step_of(const vib_augment *augment, const vib_augment_row *row)
{
    return augment->brightness.high > 0 ? ((double)row->brightness + 1) / 255 : 0;
}

/* Channel 1 of the first goldens. */
static void test_goldens(void **state)
{
    size_t k;
    json_t *test, *const golden = engine_golden("augment.json"),
                         *const cases = json_object_get(golden, "cases");
    float y[VALUES];
    tally t = {0};
    assert_int_equal(json_array_size(cases), 12);
    json_array_foreach(cases, k, test) for (int keras29 = 0; keras29 <= 1; keras29++)
    {
        char what[64];
        vib_augment_row row;
        vib_augment augment = {.fill = fill_of(json_string_value(json_object_get(test, "fill_mode")))};
        const json_t *rows = json_object_get(test, keras29 ? "keras29_ch1" : "kp112_ch1");
        read_case(json_object_get(test, "params"), keras29, SIDE, SIDE, &augment, &row);
        run_both(*state, SIDE, SIDE, &augment, &row, y);
        assert_int_equal(json_array_size(rows), SIDE);
        for (int i = 0; i < SIDE; i++)
            for (int j = 0; j < SIDE; j++) {
                const json_t *want = json_array_get(json_array_get(rows, (size_t)i), (size_t)j);
                snprintf(what, sizeof what, "case %zu, R2%d: (%d, %d)", k, 2 * keras29, i, j);
                compare(what, (double)y[(i * SIDE + j) * CHANNELS + 1], json_number_value(want) / 255, 0,
                        jumps(&row, augment.fill, SIDE, SIDE, i, j), &t);
            }
    }
    print_message("%d pixels, %d exempt, largest difference %.2g\n", t.pixels, t.exempt, t.worst);
    assert_true(t.exempt * 100 <= t.pixels);
    json_decref(golden);
}

static void test_keras(void **state)
{
    size_t k;
    json_t *test, *const golden = engine_golden("augment_keras.json"),
                         *const cases = json_object_get(golden, "cases");
    static float y[MOST];
    tally t = {0};
    assert_true(json_array_size(cases) >= 29);
    json_array_foreach(cases, k, test) for (int keras29 = 0; keras29 <= 1; keras29++)
    {
        char what[64];
        vib_augment_row row;
        const int h = (int)engine_number(test, "h"), w = (int)engine_number(test, "w");
        const int every = (int)engine_number(test, "rows");
        vib_augment augment = {.fill = fill_of(json_string_value(json_object_get(test, "fill"))),
                               .cval = engine_number(test, "cval")};
        const json_t *rows = json_object_get(test, keras29 ? "keras-2.9" : "keras-2.3");
        read_case(json_object_get(test, "parameters"), keras29, h, w, &augment, &row);
        run_both(*state, h, w, &augment, &row, y);
        assert_int_equal(json_array_size(rows), (h + every - 1) / every);
        for (int i = 0; i < h; i += every)
            for (int j = 0; j < w * CHANNELS; j++) {
                const json_t *want = json_array_get(json_array_get(rows, (size_t)(i / every)), (size_t)j);
                snprintf(what, sizeof what, "case %zu, R2%d: (%d, %d)", k, 2 * keras29, i, j / CHANNELS);
                compare(what, (double)y[i * w * CHANNELS + j], json_number_value(want) / 255,
                        step_of(&augment, &row), jumps(&row, augment.fill, h, w, i, j / CHANNELS), &t);
            }
    }
    print_message("%d values, %d exempt, %d a whole number apart, largest difference %.2g\n", t.pixels,
                  t.exempt, t.steps, t.worst);
    assert_true(t.exempt * 100 <= t.pixels && t.steps * 1000 <= t.pixels);
    json_decref(golden);
}

/* K23: columns and rows of the result, after the affine step. */
static void test_flips(void **state)
{
    const vib_augment augment = {.rotation = 1, .hflip = 1, .vflip = 1};
    const vib_affine affine = {.shear = 7, .zx = 0.9, .zy = 1.1};
    float plain[VALUES], flipped[VALUES];
    for (int how = 1; how <= 3; how++) {
        vib_augment_row row = {.hflip = 0};
        vib_affine_row(&affine, 0, SIDE, SIDE, &row);
        run_both(*state, SIDE, SIDE, &augment, &row, plain);
        row.hflip = how & 1;
        row.vflip = (how & 2) != 0;
        run_both(*state, SIDE, SIDE, &augment, &row, flipped);
        for (int i = 0; i < SIDE; i++)
            for (int j = 0; j < SIDE; j++) {
                const int from = how & 2 ? SIDE - 1 - i : i, column = how & 1 ? SIDE - 1 - j : j;
                assert_memory_equal(&flipped[(i * SIDE + j) * CHANNELS],
                                    &plain[(from * SIDE + column) * CHANNELS], CHANNELS * sizeof *plain);
            }
    }
}

/* Nothing moved changes no bit under any fill mode, and neither does leaving augmentation out. */
static void test_identity(void **state)
{
    (void)state;
    unsigned char picture[VALUES];
    float plain[VALUES], same[VALUES];
    make_picture(SIDE, SIDE, picture);
    ref_augment(plain, picture, SIDE, SIDE, CHANNELS, SCALE, NULL, NULL);
    for (int fill = VIB_FILL_NEAREST; fill <= VIB_FILL_WRAP; fill++)
        for (int keras29 = 0; keras29 <= 1; keras29++) {
            vib_augment_row row = {.hflip = 0};
            const vib_augment augment = {.rotation = 1, .fill = fill};
            vib_affine_row(&(vib_affine){.zx = 1, .zy = 1}, keras29, SIDE, SIDE, &row);
            ref_augment(same, picture, SIDE, SIDE, CHANNELS, SCALE, &augment, &row);
            assert_memory_equal(same, plain, sizeof same);
        }
}

/* K19: times float(1/255), which is not a division by 255; on the device too. */
static void test_rescale(void **state)
{
    static const unsigned char bytes[] = {0, 1, 2, 3, 100, 127, 128, 254, 255};
    vib_graph graph;
    json_t *const golden = engine_golden("augment.json"), *const hex = json_object_get(golden, "rescale_hex");
    unsigned char picture[VALUES] = {0};
    float y[VALUES], device[VALUES];
    memcpy(picture, bytes, sizeof bytes);
    assert_int_equal(json_array_size(hex), sizeof bytes);
    ref_augment(y, picture, SIDE, SIDE, CHANNELS, SCALE, NULL, NULL);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_true((double)y[i] == strtod(json_string_value(json_array_get(hex, i)), NULL));

    vib_network *net = open_network(*state, SIDE, SIDE, NULL, &graph);
    const vib_feed feed = {picture, NULL, NULL, 1};
    assert_int_equal(vib_network_feed(net, &feed, device), 0);
    assert_memory_equal(device, y, sizeof device);
    close_network(net, &graph);
    json_decref(golden);
}

/* ---- what Keras has not ---- */

/* Runs `augment` as drawn for many presentations, and each result through a check. */
static void each_drawn(vib_device *dev, int h, int w, const vib_augment *augment,
                       void (*check)(const unsigned char *x, const vib_augment_row *row, int h, int w,
                                     const float *y))
{
    enum { N = 50 };
    vib_graph graph;
    static unsigned char picture[MOST];
    static float y[MOST];
    make_picture(h, w, picture);
    vib_network *net = open_network(dev, h, w, augment, &graph);
    for (uint64_t k = 0; k < N; k++) {
        vib_augment_row row;
        const vib_feed feed = {picture, NULL, &k, 1};
        assert_int_equal(vib_network_feed(net, &feed, y), 0);
        vib_augment_draw(augment, 5, k, h, w, &row);
        check(picture, &row, h, w, y);
    }
    close_network(net, &graph);
}

static int at(int w, int i, int j)
{
    return (i * w + j) * CHANNELS;
}

/* torchvision's RandomCrop: the padded picture, cut. */
static void check_crop(const unsigned char *x, const vib_augment_row *row, int h, int w, const float *y)
{
    enum { PAD = 2, GREY = 9 };
    const int top = (int)row->crop[0] + PAD, left = (int)row->crop[1] + PAD;
    unsigned char padded[(SIDE + 2 * PAD) * (SIDE + 2 * PAD)];
    assert_true(top >= 0 && top <= 2 * PAD && left >= 0 && left <= 2 * PAD && h == SIDE && w == SIDE);
    memset(padded, GREY, sizeof padded);
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++)
            padded[(i + PAD) * (SIDE + 2 * PAD) + j + PAD] = x[at(w, i, j)];
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++)
            assert_true(y[at(w, i, j)] == (float)padded[(i + top) * (SIDE + 2 * PAD) + j + left] * SCALE);
}

static void test_crop(void **state)
{
    const vib_augment augment = {.crop = 2, .cval = 9};
    each_drawn(*state, SIDE, SIDE, &augment, check_crop);
}

static int clamped(int i, int low, int high)
{
    return i < low ? low : i > high ? high : i;
}

/* RandomResizedCrop: the rectangle by itself, resized bilinearly with centres at one half. */
static void check_crop_scale(const unsigned char *x, const vib_augment_row *row, int h, int w, const float *y)
{
    const int top = (int)row->low[0], left = (int)row->low[1];
    const int ch = (int)row->high[0] - top + 1, cw = (int)row->high[1] - left + 1;
    assert_true(top >= 0 && left >= 0 && ch >= 1 && cw >= 1 && top + ch <= h && left + cw <= w);
    assert_true(ch * cw >= 0.25 * h * w - (h + w) && ch * cw <= 0.8 * h * w + (h + w));
    assert_true(cw >= 0.75 * (ch - 1) - 1 && ch >= 0.75 * (cw - 1) - 1);
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++)
            for (int c = 0; c < CHANNELS; c++) {
                const double r = (i + 0.5) * ch / h - 0.5, q = (j + 0.5) * cw / w - 0.5;
                const int r0 = (int)floor(r), q0 = (int)floor(q);
                double sum = 0;
                for (int k = 0; k < 4; k++) {
                    const int rk = r0 + k / 2, qk = q0 + k % 2;
                    sum += (1 - fabs(r - rk)) * (1 - fabs(q - qk)) *
                           x[at(w, top + clamped(rk, 0, ch - 1), left + clamped(qk, 0, cw - 1)) + c];
                }
                assert_true(fabs((double)y[at(w, i, j) + c] - sum / 255) <= TOLERANCE);
            }
}

static void test_crop_scale(void **state)
{
    const vib_augment augment = {.crop_scale = {0.25, 0.8}, .crop_ratio = {0.75, 4 / 3.0}};
    each_drawn(*state, 12, 10, &augment, check_crop_scale);
}

static double to_byte(double v)
{
    return fmin(fmax(v, 0), 255);
}

/* From hue in degrees, saturation and value: the textbook's six sectors. */
static void from_hsv(double hue, double s, double v, double rgb[3])
{
    const double c = v * s, x = c * (1 - fabs(fmod(hue / 60, 2) - 1)), m = v - c;
    const double sectors[6][3] = {{c, x, 0}, {x, c, 0}, {0, c, x}, {0, x, c}, {x, 0, c}, {c, 0, x}};
    for (int k = 0; k < 3; k++)
        rgb[k] = sectors[(int)(hue / 60) % 6][k] + m;
}

static double hue_of(const double p[3])
{
    const double pi = acos(-1), x = p[0] - (p[1] + p[2]) / 2, y = sqrt(3) / 2 * (p[1] - p[2]);
    const double angle =
        atan2(y, x) * 180 / pi; /* right at the corners of the hexagon, near them only nearly */
    const double most = fmax(fmax(p[0], p[1]), p[2]), least = fmin(fmin(p[0], p[1]), p[2]);
    const double middle = p[0] + p[1] + p[2] - most - least;
    const int sector = (int)floor((angle < 0 ? angle + 360 : angle) / 60) % 6;
    const double part = most > least ? (middle - least) / (most - least) : 0;
    return 60 * (sector % 2 ? sector + 1 - part : sector + part);
}

/* contrast, then saturation, then hue, of pixels in double. */
static void check_colors(const unsigned char *x, const vib_augment_row *row, int h, int w, const float *y)
{
    double mean = 0;
    for (int i = 0; i < h * w; i++)
        mean += (0.299 * x[i * 3] + 0.587 * x[i * 3 + 1] + 0.114 * x[i * 3 + 2]) / (h * w);
    for (int i = 0; i < h * w; i++) {
        double p[3], grey, rgb[3];
        for (int k = 0; k < 3; k++)
            p[k] = to_byte((double)row->contrast * x[i * 3 + k] + (1 - (double)row->contrast) * mean);
        grey = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        for (int k = 0; k < 3; k++)
            p[k] = to_byte((double)row->saturation * p[k] + (1 - (double)row->saturation) * grey);
        const double most = fmax(fmax(p[0], p[1]), p[2]), least = fmin(fmin(p[0], p[1]), p[2]);
        from_hsv(fmod(hue_of(p) + 360 * (double)row->hue + 360, 360), most > 0 ? 1 - least / most : 0, most,
                 rgb);
        for (int k = 0; k < 3; k++)
            if (!(fabs((double)y[i * 3 + k] - rgb[k] / 255) <= TOLERANCE))
                fail_msg("pixel %d, channel %d: %.9g, must be %.9g", i, k, (double)y[i * 3 + k],
                         rgb[k] / 255);
    }
}

static void test_colors(void **state)
{
    const vib_augment augment = {.contrast = {0.3, 2}, .saturation = {0.1, 3}, .hue = 0.5};
    each_drawn(*state, SIDE, SIDE, &augment, check_colors);
}

static void check_erased(const unsigned char *x, const vib_augment_row *row, int h, int w, const float *y)
{
    const float *e = row->erased;
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w * CHANNELS; j++) {
            const int column = j / CHANNELS;
            const int gone =
                (float)i >= e[0] && (float)i < e[2] && (float)column >= e[1] && (float)column < e[3];
            assert_true(y[at(w, i, 0) + j] == (gone ? 7.0f : (float)x[at(w, i, 0) + j]) * SCALE);
        }
}

/* Zhong et al.: how many, how large, what form, and never beyond the picture. */
static void test_erase(void **state)
{
    enum { N = 4000, H = 40, W = 30 };
    const vib_augment augment = {
        .erase = 0.3, .erase_scale = {0.02, 0.33}, .erase_ratio = {0.3, 3.3}, .erase_value = 7};
    int erased = 0, tall = 0;
    each_drawn(*state, H, W, &augment, check_erased);
    for (uint64_t k = 0; k < N; k++) {
        vib_augment_row row;
        vib_augment_draw(&augment, 3, k, H, W, &row);
        const double h = (double)(row.erased[2] - row.erased[0]), w = (double)(row.erased[3] - row.erased[1]);
        if (h == 0)
            continue;
        erased++;
        tall += h > w;
        assert_true(row.erased[0] >= 0 && row.erased[1] >= 0 && row.erased[2] <= H && row.erased[3] <= W);
        assert_true(h >= 1 && w >= 1 && h < H && w < W);
        assert_true(h * w >= 0.02 * H * W - (h + w) && h * w <= 0.33 * H * W + (h + w));
        assert_true((h + 0.5) / (w - 0.5) >= 0.3 && (h - 0.5) / (w + 0.5) <= 3.3);
    }
    assert_true(fabs(erased - 0.3 * N) <= 5 * sqrt(N * 0.3 * 0.7));
    assert_true(tall > erased * 4 / 10 && tall < erased * 6 / 10); /* as likely as their inverses, nearly */
}

/* ---- drawing ---- */

/* A share of n events of probability one half, within five standard deviations. */
static void assert_half(int count, int n)
{
    assert_true(fabs(count - n / 2.0) <= 5 * sqrt(n / 4.0));
}

static void test_drawing(void **state)
{
    (void)state;
    enum { N = 4000, TENTHS = 10 };
    const vib_augment augment = {.shear = 20, .zoom = {0.8, 1.2}, .hflip = 1};
    int shears[TENTHS] = {0}, zooms[2][TENTHS] = {{0}}, flips = 0, together = 0;
    for (uint64_t k = 0; k < N; k++) {
        vib_augment_row drawn, again, other;
        const float *const row = drawn.delta;
        vib_augment_draw(&augment, 1, k, SIDE, SIDE, &other);
        vib_augment_draw(&augment, 5, k, SIDE, SIDE, &drawn);
        vib_augment_draw(&augment, 5, k, SIDE, SIDE, &again);
        assert_memory_equal(&drawn, &again, sizeof drawn);     /* a function of seed and presentation */
        assert_memory_not_equal(&drawn, &other, sizeof drawn); /* and of both */
        /* M = [zx, -sin s zy; 0, cos s zy] */
        const double zx = (double)row[0] + 1, zy = hypot((double)row[1], (double)row[3] + 1);
        const double degrees = atan2(-(double)row[1], (double)row[3] + 1) * 180 / acos(-1);
        const double u = (degrees + 20) / 40, ux = (zx - 0.8) / 0.4, uy = (zy - 0.8) / 0.4;
        assert_true(u > -1e-5 && u < 1 + 1e-5 && ux > -1e-5 && ux < 1 + 1e-5 && uy > -1e-5 && uy < 1 + 1e-5);
        assert_true(row[2] == 0 && drawn.centre[0] == SIDE / 2 + 0.5f && drawn.centre[1] == SIDE / 2 + 0.5f);
        shears[(int)fmin(fmax(u * TENTHS, 0), TENTHS - 1)]++;
        zooms[0][(int)fmin(fmax(ux * TENTHS, 0), TENTHS - 1)]++;
        zooms[1][(int)fmin(fmax(uy * TENTHS, 0), TENTHS - 1)]++;
        flips += drawn.hflip == 1;
        together += (ux < 0.5) == (uy < 0.5); /* the two zooms are independent */
    }
    assert_half(flips, N);
    assert_half(together, N);
    for (int i = 0; i < TENTHS; i++) { /* uniform: each tenth within five standard deviations */
        const double allowed = 5 * sqrt(N * 0.1 * 0.9);
        assert_true(fabs(shears[i] - N / 10.0) <= allowed);
        assert_true(fabs(zooms[0][i] - N / 10.0) <= allowed && fabs(zooms[1][i] - N / 10.0) <= allowed);
    }
}

/* Each number within its range and, one by one, independent of what else the recipe has. */
static void test_drawing_of_each(void **state)
{
    (void)state;
    enum { N = 1000 };
    const vib_augment all = {.rotation = 30,
                             .height_shift = 0.25,
                             .width_shift = 3,
                             .vflip = 1,
                             .channel_shift = 20,
                             .brightness = {0.5, 0.75},
                             .crop = 2,
                             .contrast = {2, 3},
                             .saturation = {4, 5},
                             .hue = 0.25};
    const vib_augment one = {.hue = 0.25};
    int up = 0, rows = 0, windows[5] = {0};
    for (uint64_t k = 0; k < N; k++) {
        vib_augment_row row, alone;
        vib_augment_draw(&all, 1, k, 8, 20, &row);
        vib_augment_draw(&one, 1, k, 8, 20, &alone);
        const double c = (double)row.delta[0] + 1, s = (double)row.delta[2];
        const double down = c * (double)row.offset[0] + s * (double)row.offset[1];
        const double right = c * (double)row.offset[1] - s * (double)row.offset[0];
        assert_true(fabs(atan2(s, c)) <= acos(-1) / 6 + 1e-6 && fabs(c * c + s * s - 1) < 1e-6);
        assert_true(fabs(down) <= 2 + 1e-5 && fabs(right) <= 3 + 1e-5); /* a quarter of 8 rows; 3 pixels */
        assert_true(fabsf(row.channel_shift) <= 20 && row.brightness >= 0.5f && row.brightness <= 0.75f);
        assert_true(row.contrast >= 2 && row.contrast <= 3 && row.saturation >= 4 && row.saturation <= 5);
        assert_true(fabsf(row.hue) <= 0.25f && row.hue == alone.hue);
        assert_true(fabsf(row.crop[0]) <= 2 && fabsf(row.crop[1]) <= 2);
        up += row.vflip == 1;
        rows += down > 0;
        windows[(int)row.crop[1] + 2]++;
    }
    assert_half(up, N);
    assert_half(rows, N);
    for (int i = 0; i < 5; i++)
        assert_true(fabs(windows[i] - N / 5.0) <= 5 * sqrt(N * 0.2 * 0.8));
}

/* What is switched off is not drawn. */
static void test_nothing_to_draw(void **state)
{
    (void)state;
    const vib_augment off[] = {{.shear = 0}, {.zoom = {1, 1}, .brightness = {1, 1}, .crop_scale = {1, 1}}};
    for (size_t i = 0; i < VIB_COUNT(off); i++) {
        vib_augment_row row, none = {.hflip = 0};
        assert_int_equal(vib_augment_uses(&off[i]), 0);
        vib_affine_row(&(vib_affine){.zx = 1, .zy = 1}, 0, SIDE, SIDE, &none);
        for (uint64_t k = 0; k < 100; k++) {
            vib_augment_draw(&off[i], 1, k, SIDE, SIDE, &row);
            for (int m = 0; m < 4; m++)
                assert_true(row.delta[m] == 0);
            assert_memory_equal(row.centre, none.centre, sizeof row - offsetof(vib_augment_row, centre));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),         cmocka_unit_test(test_keras),
        cmocka_unit_test(test_flips),           cmocka_unit_test(test_identity),
        cmocka_unit_test(test_rescale),         cmocka_unit_test(test_crop),
        cmocka_unit_test(test_crop_scale),      cmocka_unit_test(test_colors),
        cmocka_unit_test(test_erase),           cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_drawing_of_each), cmocka_unit_test(test_nothing_to_draw),
    };
    return cmocka_run_group_tests_name("augmentation", tests, engine_setup, engine_teardown);
}
