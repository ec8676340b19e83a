/* Augmentation against Keras's pictures (tests/golden/augment.json), both of its conventions (K21), through
 * the reference and through the device's kernel; and how its numbers are drawn.
 *
 * Of the golden's 12 cases the 6 with shear and zoom under fill_mode nearest are done here. Not covered, as
 * the engine does not turn or shift yet and knows no other fill mode: theta 30; tx 1.5 with ty -2; theta -10
 * with tx, ty, shear and zoom under nearest, reflect, wrap and constant. */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "network/internal.h"
#include "reference/reference.h"

#include "../kernels/check.h"

enum { SIDE = 8, CHANNELS = 3, VALUES = SIDE * SIDE * CHANNELS, HOW = 8, CASES = 12, COVERED = 6 };

#define SCALE ((float)(1.0 / 255))
#define TOLERANCE 2e-5 /* of values in [0, 1]; Keras computes in double */

/* The golden's input_formula. */
static void make_picture(unsigned char *x)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            for (int c = 0; c < CHANNELS; c++)
                x[(i * SIDE + j) * CHANNELS + c] =
                    (unsigned char)((37 * i + 11 * j * j + 53 * c + 7 * i * j) % 256);
}

static ref_affine affine_of(const float row[HOW])
{
    return (ref_affine){{row[0], row[1], row[2], row[3]}, {row[4], row[5]}, row[6] != 0};
}

/* A network whose input is the picture. */
static vib_network *open_network(vib_device *dev, vib_graph *graph)
{
    vib_network *net = NULL;
    assert_int_equal(vib_check_graph("flatten; dense 1 sigmoid", SIDE, SIDE, CHANNELS, graph), 0);
    const vib_network_params params = {.graph = graph,
                                       .loss = VIB_LOSS_BINARY_CROSSENTROPY,
                                       .optimizer = {0.001, 0.9, 0.999, 1e-7},
                                       .rescale = 1.0 / 255,
                                       .batch = 1,
                                       .training = 1};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    return net;
}

/* The kernel itself, on one picture with a chosen row of numbers, launched as training does. */
static void run_kernel(vib_network *net, const unsigned char *picture, const float row[HOW], float *y)
{
    vib_buffer *pixels = NULL, *how = NULL;
    assert_int_equal(vib_buffer_create(net->dev, VALUES, "a picture", &pixels), 0);
    assert_int_equal(vib_buffer_create(net->dev, HOW * sizeof *row, "an augmentation", &how), 0);
    assert_int_equal(vib_buffer_write(pixels, 0, picture, VALUES, NULL), 0);
    assert_int_equal(vib_buffer_write(how, 0, row, HOW * sizeof *row, NULL), 0);
    assert_int_equal(VIB_LAUNCH(net->augment, VIB_GROUPS(vib_groups64(SIDE), SIDE, 1),
                                VIB_TENSOR(&net->input), vib_arg_buffer(pixels), vib_arg_u64(0),
                                vib_arg_buffer(how), vib_arg_u64(0), vib_arg_i32(SIDE), vib_arg_i32(SIDE),
                                vib_arg_f32(SCALE)),
                     0);
    assert_int_equal(vib_tensor_read(&net->input, 1, y), 0);
    vib_buffer_destroy(&pixels);
    vib_buffer_destroy(&how);
}

static double parameter(const json_t *params, const char *key, double otherwise)
{
    return json_object_get(params, key) ? engine_number(params, key) : otherwise;
}

/* Whether the engine implements what a case asks for. */
static int covered(const json_t *test)
{
    static const char *const known[] = {"shear", "zx", "zy"};
    const char *key;
    json_t *value, *params = json_object_get(test, "params");
    json_object_foreach(params, key, value)
    {
        int found = 0;
        for (size_t i = 0; i < VIB_COUNT(known); i++)
            found |= !strcmp(key, known[i]);
        if (!found)
            return 0;
    }
    return !strcmp(json_string_value(json_object_get(test, "fill_mode")), "nearest");
}

/* The golden holds channel 1, in 0..255. */
static void compare(const char *who, size_t number, const float *y, const json_t *golden)
{
    assert_int_equal(json_array_size(golden), SIDE);
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = 0; j < SIDE; j++) {
            const double want = json_number_value(json_array_get(json_array_get(golden, i), j)) / 255;
            const double got = (double)y[(i * SIDE + j) * CHANNELS + 1];
            if (!(fabs(got - want) <= TOLERANCE))
                fail_msg("case %zu, %s: (%zu, %zu) is %.9g, Keras has %.9g", number, who, i, j, got, want);
        }
}

static void test_goldens(void **state)
{
    vib_graph graph;
    size_t i, done = 0;
    json_t *test, *const golden = engine_golden("augment.json"),
                         *const cases = json_object_get(golden, "cases");
    unsigned char picture[VALUES];
    float reference[VALUES], device[VALUES], row[HOW];
    make_picture(picture);
    vib_network *net = open_network(*state, &graph);
    assert_int_equal(json_array_size(cases), CASES);
    json_array_foreach(cases, i, test)
    {
        if (!covered(test))
            continue;
        const json_t *params = json_object_get(test, "params");
        for (int keras29 = 0; keras29 <= 1; keras29++) {
            const json_t *want = json_object_get(test, keras29 ? "keras29_ch1" : "kp112_ch1");
            vib_affine_row(parameter(params, "shear", 0), parameter(params, "zx", 1),
                           parameter(params, "zy", 1), 0, keras29, SIDE, SIDE, row);
            const ref_affine how = affine_of(row);
            ref_augment(reference, picture, SIDE, SIDE, CHANNELS, SCALE, &how);
            compare(keras29 ? "R22" : "R20", i, reference, want);
            run_kernel(net, picture, row, device);
            assert_memory_equal(device, reference, sizeof device);
        }
        done++;
    }
    assert_int_equal(done, COVERED);
    json_decref(golden);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

/* K23: columns of the result, after the affine step. */
static void test_flip(void **state)
{
    vib_graph graph;
    unsigned char picture[VALUES];
    float plain[VALUES], flipped[VALUES], device[VALUES], row[HOW];
    make_picture(picture);
    vib_network *net = open_network(*state, &graph);
    for (int flip = 0; flip <= 1; flip++) {
        vib_affine_row(7, 0.9, 1.1, flip, 0, SIDE, SIDE, row);
        const ref_affine how = affine_of(row);
        ref_augment(flip ? flipped : plain, picture, SIDE, SIDE, CHANNELS, SCALE, &how);
    }
    run_kernel(net, picture, row, device);
    assert_memory_equal(device, flipped, sizeof device);
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            assert_memory_equal(&flipped[(i * SIDE + j) * CHANNELS],
                                &plain[(i * SIDE + SIDE - 1 - j) * CHANNELS], CHANNELS * sizeof *plain);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
}

/* No shear and no zoom change no bit, and neither does leaving augmentation out. */
static void test_identity(void **state)
{
    (void)state;
    unsigned char picture[VALUES];
    float plain[VALUES], same[VALUES], row[HOW];
    make_picture(picture);
    ref_augment(plain, picture, SIDE, SIDE, CHANNELS, SCALE, NULL);
    for (int keras29 = 0; keras29 <= 1; keras29++) {
        vib_affine_row(0, 1, 1, 0, keras29, SIDE, SIDE, row);
        const ref_affine how = affine_of(row);
        ref_augment(same, picture, SIDE, SIDE, CHANNELS, SCALE, &how);
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
    ref_augment(y, picture, SIDE, SIDE, CHANNELS, SCALE, NULL);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_true((double)y[i] == strtod(json_string_value(json_array_get(hex, i)), NULL));

    vib_network *net = open_network(*state, &graph);
    vib_result result;
    const vib_feed feed = {picture, NULL, NULL, 1};
    assert_int_equal(vib_network_evaluate(net, &feed), 0);
    assert_int_equal(vib_network_result(net, 1, &result), 1);
    assert_int_equal(vib_tensor_read(&net->input, 1, device), 0);
    assert_memory_equal(device, y, sizeof device);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
    json_decref(golden);
}

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
        float row[HOW], again[HOW], other[HOW];
        vib_augment_row(&augment, 1, k, SIDE, SIDE, other);
        vib_augment_row(&augment, 5, k, SIDE, SIDE, row);
        vib_augment_row(&augment, 5, k, SIDE, SIDE, again);
        assert_memory_equal(row, again, sizeof row);     /* a function of seed and presentation */
        assert_memory_not_equal(row, other, sizeof row); /* and of both */
        /* M = [zx, -sin s zy; 0, cos s zy] */
        const double zx = (double)row[0] + 1, zy = hypot((double)row[1], (double)row[3] + 1);
        const double degrees = atan2(-(double)row[1], (double)row[3] + 1) * 180 / acos(-1);
        const double u = (degrees + 20) / 40, ux = (zx - 0.8) / 0.4, uy = (zy - 0.8) / 0.4;
        assert_true(u > -1e-5 && u < 1 + 1e-5 && ux > -1e-5 && ux < 1 + 1e-5 && uy > -1e-5 && uy < 1 + 1e-5);
        assert_true(row[2] == 0 && row[4] == SIDE / 2 + 0.5f && row[5] == SIDE / 2 + 0.5f);
        shears[(int)fmin(fmax(u * TENTHS, 0), TENTHS - 1)]++;
        zooms[0][(int)fmin(fmax(ux * TENTHS, 0), TENTHS - 1)]++;
        zooms[1][(int)fmin(fmax(uy * TENTHS, 0), TENTHS - 1)]++;
        flips += row[6] == 1;
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

/* What is switched off is not drawn. */
static void test_nothing_to_draw(void **state)
{
    (void)state;
    const vib_augment augment = {.zoom = {1, 1}};
    for (uint64_t k = 0; k < 100; k++) {
        float row[HOW];
        vib_augment_row(&augment, 1, k, SIDE, SIDE, row);
        for (int i = 0; i < 4; i++)
            assert_true(row[i] == 0);
        assert_true(row[6] == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),  cmocka_unit_test(test_flip),
        cmocka_unit_test(test_identity), cmocka_unit_test(test_rescale),
        cmocka_unit_test(test_drawing),  cmocka_unit_test(test_nothing_to_draw),
    };
    return cmocka_run_group_tests_name("augmentation", tests, engine_setup, engine_teardown);
}
