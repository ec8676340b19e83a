/* Large data sets: 100,000 files are indexed in a second, 1,000,000 links in ten, and 100,000 pictures are
 * compared without looking at every pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "data/alike.h"
#include "data/index.h"
#include "make.h"

static int enter(void **state)
{
    (void)state;
    enter_folder();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    leave_folder();
    return 0;
}

/* Seconds to index the folder, its names in memory already. */
static double index_time(const char *root, size_t expected)
{
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        vib_dataset *set = NULL;
        const double start = vib_clock();
        assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = root}, &set, NULL), 0);
        const double seconds = vib_clock() - start;
        assert_int_equal(vib_dataset_size(set), expected);
        vib_dataset_free(&set);
        best = seconds < best ? seconds : best;
    }
    print_message("%zu in %.2f s\n", expected, best);
    return best;
}

static void hundred_thousand_files(void **state)
{
    (void)state;
    char path[64];
    put_file("cats/.x", "", 0), put_file("dogs/.x", "", 0);
    for (int i = 0; i < 100000; i++) {
        snprintf(path, sizeof path, "%s/%06d.jpg", i % 2 ? "cats" : "dogs", i);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fclose(f);
    }
    assert_true(index_time(".", 100000) < 1);
}

static void million_links(void **state)
{
    (void)state;
    char path[64], target[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "files/%03d.jpg", i);
        put_file(path, "x", 1);
    }
    for (int k = 0; k < 10; k++) {
        snprintf(path, sizeof path, "links/class%d/.x", k);
        put_file(path, "", 0);
    }
    for (int i = 0; i < 1000000; i++) {
        snprintf(path, sizeof path, "links/class%d/%06d.jpg", i % 10, i);
        snprintf(target, sizeof target, "../../files/%03d.jpg", i % 1000);
        assert_int_equal(symlink(target, path), 0);
    }
    assert_true(index_time("links", 1000000) < 10);
}

/* Sketches of noise with some shape, each twentieth a copy of the one before it. */
static void hundred_thousand_sketches(void **state)
{
    (void)state;
    enum { N = 100000 };
    vib_sketch *sketches = vib_calloc(N, sizeof *sketches);
    unsigned char small[6 * 6];
    uint32_t dice = 1;
    assert_non_null(sketches);
    for (size_t i = 0; i < N; i++) {
        if (i % 20 == 19) {
            sketches[i] = sketches[i - 1];
            continue;
        }
        for (size_t k = 0; k < sizeof small; k++)
            small[k] = (unsigned char)(next_random(&dice) >> 8);
        const vib_image image = {.width = 6, .height = 6, .channels = 1, .pixels = small};
        assert_int_equal(vib_sketch_make(&image, &sketches[i]), 0);
    }
    vib_alike *alike = NULL;
    size_t n = 0;
    const double start = vib_clock();
    assert_int_equal(vib_find_alike(sketches, N, 2, NULL, NULL, &alike, &n), 0);
    const double seconds = vib_clock() - start;
    print_message("%d compared in %.1f s\n", N, seconds);
    assert_int_equal(n, N / 20);
    assert_true(seconds < 120);
    free(alike);
    free(sketches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hundred_thousand_files, enter, leave),
        cmocka_unit_test_setup_teardown(million_links, enter, leave),
        cmocka_unit_test(hundred_thousand_sketches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
