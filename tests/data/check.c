/* What `check` finds: bad, misnamed and equal pictures, and near-duplicates among many that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <vibrisa/check.h>

#include "base/common.h"
#include "image/image.h"
#include "make.h"
#include "near.h"

/* ---- pictures ---- */

static unsigned dice(uint32_t *state, unsigned n)
{
    return next_random(state) % n;
}

/* A scene: light from one side, then discs and bars in front of each other, as varied as few lines can be. */
static vib_image scene(uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    const int w = 100 + (int)dice(&state, 80), h = 100 + (int)dice(&state, 80);
    vib_image image = blank_image(w, h);
    const int light[2] = {(int)dice(&state, 5) - 2, (int)dice(&state, 5) - 2};
    const int base = 90 + (int)dice(&state, 70);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int v = base + light[0] * (x - w / 2) / 4 + light[1] * (y - h / 2) / 4;
            memset(image.pixels + (y * w + x) * 3, VIB_MAX(VIB_MIN(v, 255), 0), 3);
        }
    for (int k = 4 + (int)dice(&state, 12); k > 0; k--) {
        const int cx = (int)dice(&state, (unsigned)w), cy = (int)dice(&state, (unsigned)h);
        const int rx = 4 + (int)dice(&state, (unsigned)w / 4), ry = 4 + (int)dice(&state, (unsigned)h / 4);
        const int bar = dice(&state, 3) == 0;
        unsigned char colour[3];
        for (int c = 0; c < 3; c++)
            colour[c] = (unsigned char)dice(&state, 256);
        for (int y = VIB_MAX(cy - ry, 0); y < VIB_MIN(cy + ry, h); y++)
            for (int x = VIB_MAX(cx - rx, 0); x < VIB_MIN(cx + rx, w); x++) {
                const double dx = (double)(x - cx) / rx, dy = (double)(y - cy) / ry;
                if (bar || dx * dx + dy * dy < 1)
                    memcpy(image.pixels + (y * w + x) * 3, colour, 3);
            }
    }
    return image;
}

/* ---- reports ---- */

static vib_check_report *check(const char *root)
{
    vib_check_report *report = NULL;
    assert_int_equal(vib_check(&(vib_check_params){.data.root = root, .workers = 2}, &report), VIB_OK);
    assert_non_null(report);
    return report;
}

static const vib_check_picture *picture(const vib_check_report *r, const char *path)
{
    for (size_t i = 0; i < r->n_pictures; i++)
        if (!strcmp(r->pictures[i].path, path))
            return &r->pictures[i];
    fail_msg("no picture %s", path);
    return NULL;
}

static const vib_check_pair *pair(const vib_check_report *r, const char *first, const char *second)
{
    for (size_t i = 0; i < r->n_pairs; i++)
        if (!strcmp(r->pictures[r->pairs[i].first].path, first) &&
            !strcmp(r->pictures[r->pairs[i].second].path, second))
            return &r->pairs[i];
    return NULL;
}

static void twenty_planted(void **state)
{
    (void)state;
    enum { PICTURES = 1000, PLANTED = 20, EVERY = PICTURES / PLANTED };
    char path[64], copy[64];
    for (int i = 0; i < PICTURES; i++) {
        snprintf(path, sizeof path, "train/%s/%04d.jpg", i % 2 ? "dogs" : "cats", i);
        put_jpeg(path, scene((uint32_t)i), 90);
    }
    for (int k = 0; k < PLANTED; k++) {
        int quality;
        vib_image original = scene((uint32_t)(k * EVERY));
        const vib_image twin = near_duplicate(&original, k, &quality);
        snprintf(path, sizeof path, "train/cats/9%03d.jpg", k);
        put_jpeg(path, twin, quality);
        vib_image_free(&original);
    }
    vib_check_report *r = check("train");
    int found = 0;
    for (int k = 0; k < PLANTED; k++) {
        snprintf(path, sizeof path, "train/cats/%04d.jpg", k * EVERY);
        snprintf(copy, sizeof copy, "train/cats/9%03d.jpg", k);
        const vib_check_pair *p = pair(r, path, copy);
        if (!p)
            print_message("not found: kind %d of %s\n", k % NEAR_KINDS, path);
        else
            assert_int_equal(p->mirrored, k % NEAR_KINDS == NEAR_MIRRORED);
        found += p != NULL;
    }
    assert_true(found >= 18);
    assert_true(r->n_pairs - (size_t)found <= 1);
    assert_int_equal(r->same, 0);
    vib_check_report_free(&r);
    assert_null(r);
}

static void put_copy(const char *from, const char *to)
{
    char text[1 << 16];
    FILE *f = fopen(from, "rb");
    assert_non_null(f);
    const size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    put_file(to, text, n);
}

static void leaks_and_conflicts(void **state)
{
    (void)state;
    put_jpeg("d/train/cats/a.jpg", scene(1), 90), put_jpeg("d/train/cats/b.jpg", scene(2), 90);
    put_jpeg("d/train/dogs/c.jpg", scene(3), 90), put_jpeg("d/train/dogs/d.jpg", scene(4), 90);
    put_jpeg("d/val/cats/e.jpg", scene(5), 90), put_jpeg("d/val/dogs/f.jpg", scene(6), 90);
    put_copy("d/train/cats/a.jpg", "d/val/cats/leak.jpg");
    put_copy("d/train/cats/b.jpg", "d/train/dogs/conflict.jpg");
    put_copy("d/val/dogs/f.jpg", "d/val/dogs/g.jpg");
    put_jpeg("d/val/dogs/near.jpg", scene(3), 40);
    put_jpeg("d/val/dogs/near2.jpg", scene(3), 30);
    vib_check_report *r = check("d");
    assert_int_equal(r->n_pictures, 11);
    assert_int_equal(r->n_classes, 2);
    assert_string_equal(r->classes[1].name, "dogs");
    assert_int_equal(r->classes[1].train, 3);
    assert_int_equal(r->classes[1].validation, 4);
    assert_int_equal(r->n_pairs, 5);
    assert_int_equal(r->same, 3);
    assert_int_equal(r->near, 2);
    assert_int_equal(r->leaks, 3);
    assert_int_equal(r->conflicts, 1);
    const vib_check_pair *p = pair(r, "d/train/cats/a.jpg", "d/val/cats/leak.jpg");
    assert_non_null(p);
    assert_true(p->leak && !p->conflict && p->kind == VIB_LIKE_SAME_FILE && p->correlation == 1);
    p = pair(r, "d/train/cats/b.jpg", "d/train/dogs/conflict.jpg");
    assert_true(p && !p->leak && p->conflict);
    p = pair(r, "d/val/dogs/f.jpg", "d/val/dogs/g.jpg");
    assert_true(p && !p->leak && !p->conflict);
    /* Both name the picture of the other side, not each other. */
    p = pair(r, "d/train/dogs/c.jpg", "d/val/dogs/near.jpg");
    assert_true(p && p->leak && p->kind == VIB_LIKE_NEAR && p->correlation > 0.95 && !p->mirrored);
    assert_non_null(pair(r, "d/train/dogs/c.jpg", "d/val/dogs/near2.jpg"));
    assert_int_equal(r->unreadable + r->odd + r->misnamed, 0);
    vib_check_report_free(&r);
}

static void files_gone_wrong(void **state)
{
    (void)state;
    const bytes png = make_sample(20, 30, 1, 1), jpeg = make_sample(40, 30, 2, 0);
    put_file("cats/fine.jpg", jpeg.data, jpeg.size);
    put_file("cats/named.jpg", png.data, png.size);
    put_file("cats/short.jpg", jpeg.data, jpeg.size / 2);
    put_file("dogs/empty.jpg", "", 0), put_file("dogs/empty2.jpg", "", 0);
    put_file("dogs/page.jpg", "<html>not found</html>", 22);
    put_file("dogs/gif.png", "GIF89a", 6);
    put_file("dogs/fine.png", png.data, png.size - 12);
    assert_int_equal(symlink("nowhere", "dogs/link.jpg"), 0);
    vib_check_report *r = check(".");
    assert_int_equal(r->n_pictures, 9);
    assert_int_equal(r->unreadable, 6);
    assert_int_equal(r->misnamed, 3);
    /* Empty files are not called equal. */
    assert_int_equal(r->n_pairs, 1);
    const vib_check_picture *p = picture(r, "cats/fine.jpg");
    assert_true(p->readable && !p->misnamed && !p->problem && p->width == 40 && p->height == 30);
    assert_int_equal(p->bytes, jpeg.size);
    p = picture(r, "cats/named.jpg");
    assert_true(p->readable && p->misnamed);
    assert_string_equal(p->format, "PNG");
    p = picture(r, "cats/short.jpg");
    assert_true(!p->readable && p->width == 0);
    assert_string_equal(p->problem, "truncated JPEG");
    assert_string_equal(picture(r, "dogs/empty.jpg")->problem, "empty file");
    assert_string_equal(picture(r, "dogs/link.jpg")->problem, "No such file or directory");
    p = picture(r, "dogs/page.jpg");
    assert_true(p->misnamed && !strcmp(p->format, "HTML") && !p->readable);
    p = picture(r, "dogs/gif.png");
    assert_true(p->misnamed && !p->readable);
    vib_check_report_free(&r);
    free(png.data);
    free(jpeg.data);
}

/* Pictures of one colour, or nearly, are not called alike; nor does a film of like frames take for ever. */
static void even_and_many(void **state)
{
    (void)state;
    char path[64];
    for (int i = 0; i < 40; i++) {
        vib_image even = blank_image(50, 50);
        memset(even.pixels, i * 6, 50 * 50 * 3);
        snprintf(path, sizeof path, "even/%02d.jpg", i);
        put_jpeg(path, even, 90);
    }
    for (int i = 0; i < 600; i++) {
        vib_image frame = scene(7);
        frame.pixels[i] ^= 255;
        snprintf(path, sizeof path, "film/%03d.jpg", i);
        put_jpeg(path, frame, 90);
    }
    vib_check_report *r = check(".");
    assert_int_equal(r->same, 0);
    assert_int_equal(r->near, 599);
    for (size_t i = 0; i < r->n_pairs; i++)
        assert_true(!strncmp(r->pictures[r->pairs[i].first].path, "film", 4));
    vib_check_report_free(&r);
}

static int stop_after(void *user)
{
    return ++*(int *)user > 3;
}

static void on_progress(void *user, size_t done, size_t total)
{
    (void)user;
    assert_true(done >= 1 && done <= total && total == 40);
}

static void may_be_stopped(void **state)
{
    (void)state;
    char path[64];
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "%s/%02d.jpg", i % 2 ? "cats" : "dogs", i);
        put_sample(path, 20, 20, (unsigned)i);
    }
    int polls = 0;
    vib_check_report *r = NULL;
    const vib_check_params params = {
        .data.root = ".", .workers = 1, .interrupted = stop_after, .progress = on_progress, .user = &polls};
    assert_int_equal(vib_check(&params, &r), VIB_INTERRUPTED);
    assert_null(r);
    assert_int_equal(polls, 4);
    assert_int_equal(vib_check(&(vib_check_params){.data.root = "nothing"}, &r), VIB_BAD_DATA);
    assert_int_equal(log_count("nothing: no such folder"), 1);
}

/* The photographs: six copies are known, looked at by eye; two of them stand on both sides. */
static void photographs(void **state)
{
    (void)state;
    static const char *const known[][2] = {
        {"train/cats/cat.3411.jpg", "validation/cats/cat.4435.jpg"},
        {"train/cats/cat.2580.jpg", "validation/cats/cat.4726.jpg"},
        {"train/cats/cat.2565.jpg", "train/cats/cat.3565.jpg"},
        {"train/dogs/dog.180.jpg", "train/dogs/dog.74.jpg"},
        {"train/dogs/dog.1273.jpg", "train/dogs/dog.980.jpg"},
        {"validation/cats/cat.4126.jpg", "validation/cats/cat.4575.jpg"},
    };
    if (access(SHARED_DATA "/pets-128/train", R_OK) != 0) {
        print_message("skipped: no " SHARED_DATA "/pets-128\n");
        skip();
    }
    vib_check_report *r = check(SHARED_DATA "/pets-128");
    char first[512], second[512];
    for (size_t i = 0; i < VIB_COUNT(known); i++) {
        snprintf(first, sizeof first, SHARED_DATA "/pets-128/%s", known[i][0]);
        snprintf(second, sizeof second, SHARED_DATA "/pets-128/%s", known[i][1]);
        assert_non_null(pair(r, first, second));
    }
    assert_int_equal(r->leaks, 2);
    assert_int_equal(r->conflicts, 0);
    assert_true(r->n_pairs <= VIB_COUNT(known) + 9);
    vib_check_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(twenty_planted, enter_test, leave_test),
        cmocka_unit_test_setup_teardown(leaks_and_conflicts, enter_test, leave_test),
        cmocka_unit_test_setup_teardown(files_gone_wrong, enter_test, leave_test),
        cmocka_unit_test_setup_teardown(even_and_many, enter_test, leave_test),
        cmocka_unit_test_setup_teardown(may_be_stopped, enter_test, leave_test),
        cmocka_unit_test(photographs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
