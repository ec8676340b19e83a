/* The drawn data set: which files, the same bytes each time, and no way to tell cats from dogs by colour or
 * by a coarse look. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <vibrisa/draw.h>

#include "../capture.h"
#include "../data/make.h"
#include "base/file.h"
#include "image/image.h"

static int enter(void **state)
{
    (void)state;
    enter_folder();
    capture_start();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    leave_folder();
    return 0;
}

static void path_of(char path[96], const char *root, const char *part, int dog, size_t number)
{
    snprintf(path, 96, "%s/%s/%s/%s-%05zu.jpg", root, part, dog ? "dogs" : "cats", dog ? "dog" : "cat",
             number);
}

static int same_file(const char *a, const char *b)
{
    char *x = NULL, *y = NULL;
    size_t m, n;
    assert_int_equal(vib_file_read(a, 1 << 20, &x, &m), 0);
    assert_int_equal(vib_file_read(b, 1 << 20, &y, &n), 0);
    const int same = m == n && memcmp(x, y, m) == 0;
    free(x);
    free(y);
    return same;
}

/* ---- files ---- */

static void writes_what_it_says(void **state)
{
    (void)state;
    char path[96];
    vib_draw_result r;
    assert_int_equal(vib_draw("a/b", &(vib_draw_params){.count = 7, .seed = 1}, &r), VIB_OK);
    assert_int_equal(r.train, 14);
    assert_int_equal(r.validation, 2);
    assert_true(r.bytes > 16 * 2000);
    for (int dog = 0; dog < 2; dog++) {
        path_of(path, "a/b", "train", dog, 7);
        assert_int_equal(access(path, R_OK), 0);
        path_of(path, "a/b", "train", dog, 8);
        assert_int_equal(access(path, R_OK), -1);
        path_of(path, "a/b", "validation", dog, 1);
        assert_int_equal(access(path, R_OK), 0);
    }
}

static void sizes_differ(void **state)
{
    (void)state;
    char path[96];
    int not_square = 0, tall = 0;
    assert_int_equal(vib_draw("a", &(vib_draw_params){.count = 30, .seed = 3}, NULL), VIB_OK);
    for (size_t i = 1; i <= 30; i++) {
        char *data = NULL;
        size_t size;
        vib_image image = {0};
        vib_str why = {0};
        path_of(path, "a", "train", i % 2, i);
        assert_int_equal(vib_file_read(path, 1 << 20, &data, &size), 0);
        assert_int_equal(vib_image_decode(data, size, &(vib_preprocess){.channels = 3}, NULL, &image, &why),
                         0);
        assert_in_range(image.width, 200, 500);
        assert_in_range(image.height, 200, 500);
        not_square += image.width != image.height;
        tall += image.width < image.height;
        vib_image_free(&image);
        vib_str_free(&why);
        free(data);
    }
    assert_in_range(not_square, 6, 28);
    assert_in_range(tall, 2, 26);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    char one[96], two[96], more[96], other[96];
    assert_int_equal(vib_draw("one", &(vib_draw_params){.count = 6, .seed = 1, .workers = 1}, NULL), VIB_OK);
    assert_int_equal(vib_draw("two", &(vib_draw_params){.count = 6, .seed = 1, .workers = 5}, NULL), VIB_OK);
    assert_int_equal(vib_draw("more", &(vib_draw_params){.count = 9, .validation = 2, .seed = 1}, NULL),
                     VIB_OK);
    assert_int_equal(vib_draw("other", &(vib_draw_params){.count = 6, .seed = 2}, NULL), VIB_OK);
    for (size_t i = 0; i < 14; i++) {
        const char *part = i < 12 ? "train" : "validation";
        const size_t number = i < 12 ? i / 2 + 1 : 1;
        path_of(one, "one", part, i % 2, number);
        path_of(two, "two", part, i % 2, number);
        path_of(more, "more", part, i % 2, number);
        path_of(other, "other", part, i % 2, number);
        assert_true(same_file(one, two));
        assert_true(same_file(one, more));
        assert_false(same_file(one, other));
    }
}

static void all_pictures_differ(void **state)
{
    (void)state;
    char train[96], validation[96], dog[96];
    assert_int_equal(vib_draw("a", &(vib_draw_params){.count = 1, .seed = 1}, NULL), VIB_OK);
    path_of(train, "a", "train", 0, 1);
    path_of(validation, "a", "validation", 0, 1);
    path_of(dog, "a", "train", 1, 1);
    assert_false(same_file(train, validation));
    assert_false(same_file(train, dog));
}

static void refuses_a_used_folder(void **state)
{
    (void)state;
    put_file("a/train/mine.txt", "x", 1);
    assert_int_equal(vib_draw("a", &(vib_draw_params){.count = 1}, NULL), VIB_BAD_DATA);
    assert_captured("a/train: is there already");
    assert_int_equal(access("a/train/cats", F_OK), -1);
}

static void refuses_nonsense(void **state)
{
    (void)state;
    assert_int_equal(vib_draw("a", &(vib_draw_params){.count = 1000001}, NULL), VIB_USAGE);
    assert_int_equal(vib_draw("a", &(vib_draw_params){.count = 1, .workers = -1}, NULL), VIB_USAGE);
    assert_int_equal(access("a", F_OK), -1);
}

static void says_where_it_cannot_write(void **state)
{
    (void)state;
    put_file("file", "x", 1);
    assert_int_equal(vib_draw("file", &(vib_draw_params){.count = 1}, NULL), VIB_FAILED);
    assert_captured("file");
}

static int stop_at_once(void *user)
{
    (void)user;
    return 1;
}

static void stops_when_asked(void **state)
{
    (void)state;
    vib_draw_result r;
    const vib_draw_params p = {.count = 500, .workers = 2, .interrupted = stop_at_once};
    assert_int_equal(vib_draw("a", &p, &r), VIB_INTERRUPTED);
    assert_in_range(r.train, 1, 100);
}

/* ---- probes: what a classifier can do that sees no shapes ---- */

enum { COUNT = 600, VALIDATION = 300, SIDE = 8, FEATURES = 3 * SIDE * SIDE };

typedef struct sample {
    double x[FEATURES];
    int dog;
} sample;

static sample *load_part(const char *part, size_t count)
{
    sample *s = calloc(2 * count, sizeof *s);
    unsigned char pixels[FEATURES];
    char path[96];
    const vib_preprocess how = {.height = SIDE, .width = SIDE, .channels = 3, .resize = VIB_RESIZE_ANTIALIAS};
    assert_non_null(s);
    for (size_t i = 0; i < 2 * count; i++) {
        vib_str why = {0};
        s[i].dog = i % 2;
        path_of(path, "a", part, s[i].dog, i / 2 + 1);
        assert_int_equal(vib_image_load(path, &how, pixels, &why), 0);
        for (int k = 0; k < FEATURES; k++)
            s[i].x[k] = pixels[k] / 255.;
        vib_str_free(&why);
    }
    return s;
}

/* Leaves a picture's mean colour in its first three features. */
static void take_means(sample *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            double sum = 0;
            for (int k = c; k < FEATURES; k += 3)
                sum += s[i].x[k];
            s[i].x[c] = sum * 3 / FEATURES;
        }
}

/* Mean 0 and deviation 1 over the training set. */
static void standardise(sample *train, size_t n, sample *validation, size_t m, int features)
{
    for (int k = 0; k < features; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            sum += train[i].x[k];
            squares += train[i].x[k] * train[i].x[k];
        }
        const double mean = sum / (double)n, deviation = sqrt(squares / (double)n - mean * mean) + 1e-9;
        for (size_t i = 0; i < n; i++)
            train[i].x[k] = (train[i].x[k] - mean) / deviation;
        for (size_t i = 0; i < m; i++)
            validation[i].x[k] = (validation[i].x[k] - mean) / deviation;
    }
}

static double score(const sample *s, const double *w, int features)
{
    double sum = w[features];
    for (int k = 0; k < features; k++)
        sum += w[k] * s->x[k];
    return sum;
}

/* Logistic regression by gradient descent; returns its best accuracy on the validation set, looked at now and
 * then, so that neither too few nor too many steps flatter the pictures. */
static double probe(const sample *train, size_t n, const sample *validation, size_t m, int features)
{
    enum { STEPS = 400, LOOK = 40 };
    double w[FEATURES + 1] = {0}, best = 0;
    for (int step = 1; step <= STEPS; step++) {
        double g[FEATURES + 1] = {0};
        for (size_t i = 0; i < n; i++) {
            const double error = 1 / (1 + exp(-score(&train[i], w, features))) - train[i].dog;
            for (int k = 0; k < features; k++)
                g[k] += error * train[i].x[k];
            g[features] += error;
        }
        for (int k = 0; k <= features; k++)
            w[k] -= .05 * g[k] / (double)n;
        size_t right = 0;
        for (size_t i = 0; step % LOOK == 0 && i < m; i++)
            right += (score(&validation[i], w, features) > 0) == validation[i].dog;
        best = fmax(best, (double)right / (double)m);
    }
    return best;
}

static void only_shapes_tell(void **state)
{
    (void)state;
    const vib_draw_params p = {.count = COUNT, .validation = VALIDATION, .seed = 1};
    assert_int_equal(vib_draw("a", &p, NULL), VIB_OK);
    sample *train = load_part("train", COUNT), *validation = load_part("validation", VALIDATION);
    standardise(train, 2 * COUNT, validation, 2 * VALIDATION, FEATURES);
    const double coarse = probe(train, 2 * COUNT, validation, 2 * VALIDATION, FEATURES);
    take_means(train, 2 * COUNT);
    take_means(validation, 2 * VALIDATION);
    standardise(train, 2 * COUNT, validation, 2 * VALIDATION, 3);
    const double colour = probe(train, 2 * COUNT, validation, 2 * VALIDATION, 3);
    /* The probe itself works: a tint that comes with the class is found. */
    for (size_t i = 0; i < 2 * COUNT; i++)
        train[i].x[1] += 3 * train[i].dog;
    for (size_t i = 0; i < 2 * VALIDATION; i++)
        validation[i].x[1] += 3 * validation[i].dog;
    const double planted = probe(train, 2 * COUNT, validation, 2 * VALIDATION, 3);
    print_message("8x8 thumbnails %.3f, mean colour %.3f, planted tint %.3f\n", coarse, colour, planted);
    free(train);
    free(validation);
    assert_true(coarse < .70);
    assert_true(colour < .60);
    assert_true(planted > .85);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_what_it_says, enter, leave),
        cmocka_unit_test_setup_teardown(sizes_differ, enter, leave),
        cmocka_unit_test_setup_teardown(same_seed_same_bytes, enter, leave),
        cmocka_unit_test_setup_teardown(all_pictures_differ, enter, leave),
        cmocka_unit_test_setup_teardown(refuses_a_used_folder, enter, leave),
        cmocka_unit_test_setup_teardown(refuses_nonsense, enter, leave),
        cmocka_unit_test_setup_teardown(says_where_it_cannot_write, enter, leave),
        cmocka_unit_test_setup_teardown(stops_when_asked, enter, leave),
        cmocka_unit_test_setup_teardown(only_shapes_tell, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
