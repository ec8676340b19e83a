/* Batches: their order whatever the threads do, bad pictures, resuming, the cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "data/loader.h"
#include "make.h"

enum { PICTURES = 53, SIDE = 12, BYTES = SIDE * SIDE * 3 };

/* Delivers order[first..n) in batches, the short one last. */
static int start(vib_loader *loader, const uint32_t *order, size_t n, size_t first, size_t batch)
{
    const size_t count = batch ? (n + batch - 1) / batch : 0;
    const vib_batches batches = {.n = n, .batch = batch, .short_at = count ? count - 1 : 0};
    return vib_loader_start(loader, order, &batches,
                            batch ? first / batch + (first % batch != 0) * (count + 1) : 0, count);
}

static vib_dataset *set;
static uint32_t order[PICTURES];

static void path_of(int i, char path[32])
{
    snprintf(path, 32, "%s/%02d.%s", i % 2 ? "dogs" : "cats", i, i % 3 ? "jpg" : "png");
}

static int enter(void **state)
{
    (void)state;
    char path[32];
    enter_folder();
    for (int i = 0; i < PICTURES; i++) {
        path_of(i, path);
        put_sample(path, 20 + i, 40 - i % 7, (unsigned)i);
        order[i] = (uint32_t)(i * 17 % PICTURES);
    }
    const int err = vib_dataset_open(&(vib_dataset_params){.root = "."}, &set, NULL);
    log_start();
    return err;
}

static int leave(void **state)
{
    (void)state;
    log_stop();
    vib_dataset_free(&set);
    leave_folder();
    return 0;
}

static vib_loader *loader_with(int workers, uint64_t cache, vib_bad_images policy)
{
    vib_loader *loader = NULL;
    const vib_loader_params params = {.set = set,
                                      .preprocess = {.height = SIDE, .width = SIDE, .channels = 3, .exif = 1},
                                      .workers = workers,
                                      .nice = 1,
                                      .cache_memory = cache,
                                      .bad_images = policy};
    assert_int_equal(vib_loader_create(&params, &loader), 0);
    return loader;
}

/* Everything a run delivers, one after another. */
typedef struct run {
    size_t n, batches;
    uint64_t next; /* number expected */
    uint32_t items[2 * PICTURES], places[2 * PICTURES];
    int32_t labels[2 * PICTURES];
    unsigned char pixels[2 * PICTURES * BYTES];
} run;

static void take(run *r, const vib_batch *b)
{
    if (r->batches++)
        assert_int_equal(b->number, r->next);
    r->next = b->number + 1;
    memcpy(r->items + r->n, b->items, b->n * sizeof *b->items);
    memcpy(r->places + r->n, b->places, b->n * sizeof *b->places);
    memcpy(r->labels + r->n, b->labels, b->n * sizeof *b->labels);
    memcpy(r->pixels + r->n * BYTES, b->pixels, b->n * BYTES);
    r->n += b->n;
}

static run *deliver(vib_loader *loader, size_t first, size_t batch)
{
    run *r = vib_calloc(1, sizeof *r);
    vib_batch b;
    assert_int_equal(start(loader, order, PICTURES, first, batch), 0);
    for (size_t at = first; at < PICTURES; at += batch) {
        assert_int_equal(vib_loader_next(loader, &b), 1);
        assert_int_equal(b.asked, VIB_MIN(batch, PICTURES - at));
        take(r, &b);
        vib_loader_release(loader, &b);
    }
    assert_int_equal(vib_loader_next(loader, &b), 0);
    assert_int_equal(vib_loader_next(loader, &b), 0);
    return r;
}

/* What the pictures are without a loader. */
static void assert_pixels(const run *r)
{
    unsigned char pixels[BYTES];
    const vib_preprocess how = {.height = SIDE, .width = SIDE, .channels = 3, .exif = 1};
    for (size_t i = 0; i < r->n; i++) {
        vib_str why = {0};
        char *path = vib_dataset_full_path(set, r->items[i]);
        assert_int_equal(vib_image_load(path, &how, pixels, &why), 0);
        assert_memory_equal(pixels, r->pixels + i * BYTES, BYTES);
        assert_int_equal(r->labels[i], vib_dataset_label(set, r->items[i]));
        free(path);
        vib_str_free(&why);
    }
}

static void order_is_kept(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 4; workers++) {
        vib_loader *loader = loader_with(workers, workers % 2 ? 0 : 1 << 20, VIB_BAD_SKIP);
        for (int epoch = 0; epoch < 3; epoch++) {
            run *r = deliver(loader, 0, epoch == 2 ? 1 : 8);
            assert_int_equal(r->n, PICTURES);
            assert_int_equal(r->batches, epoch == 2 ? PICTURES : 7);
            for (size_t i = 0; i < PICTURES; i++) {
                assert_int_equal(r->items[i], order[i]);
                assert_int_equal(r->places[i], i);
            }
            assert_pixels(r);
            free(r);
        }
        assert_true(vib_loader_waited(loader) >= 0);
        vib_loader_destroy(&loader);
        assert_null(loader);
    }
    assert_string_equal(log_text(), "");
}

static void resumes_in_the_middle(void **state)
{
    (void)state;
    vib_loader *loader = loader_with(2, 0, VIB_BAD_SKIP);
    run *whole = deliver(loader, 0, 8), *rest = deliver(loader, 24, 8),
        *none = deliver(loader, PICTURES - PICTURES % 8, 8);
    assert_int_equal(rest->n, PICTURES - 24);
    assert_int_equal(rest->places[0], 24);
    assert_memory_equal(rest->items, whole->items + 24, rest->n * sizeof *rest->items);
    assert_memory_equal(rest->pixels, whole->pixels + 24 * BYTES, rest->n * BYTES);
    assert_int_equal(none->n, PICTURES % 8);
    free(whole), free(rest), free(none);
    vib_loader_destroy(&loader);
}

static void restarts_at_any_time(void **state)
{
    (void)state;
    vib_loader *loader = loader_with(3, 0, VIB_BAD_SKIP);
    vib_batch b;
    assert_int_equal(vib_loader_next(loader, &b), 0);
    for (size_t taken = 0; taken < 6; taken++) {
        assert_int_equal(start(loader, order, PICTURES, 0, 4 + taken), 0);
        for (size_t i = 0; i < taken; i++) {
            assert_int_equal(vib_loader_next(loader, &b), 1);
            assert_int_equal(b.items[0], order[i * (4 + taken)]);
            vib_loader_release(loader, &b);
        }
    }
    /* A batch that is held stays as it is through a restart. */
    assert_int_equal(start(loader, order, PICTURES, 0, 4), 0);
    assert_int_equal(vib_loader_next(loader, &b), 1);
    run *r = deliver(loader, 0, 9);
    assert_int_equal(r->n, PICTURES);
    assert_memory_equal(b.pixels, r->pixels, 4 * BYTES);
    free(r);
    vib_loader_release(loader, &b);
    /* Stopping with batches undelivered, and asking for nonsense. */
    const uint32_t wrong = PICTURES;
    assert_int_equal(start(loader, &wrong, 1, 0, 1), VIB_USAGE);
    assert_int_equal(start(loader, order, PICTURES, 3, 8), VIB_USAGE);
    assert_int_equal(start(loader, order, PICTURES, 0, 0), VIB_USAGE);
    assert_int_equal(start(loader, order, 0, 0, 8), 0);
    assert_int_equal(vib_loader_next(loader, &b), 0);
    assert_int_equal(start(loader, order, PICTURES, 0, 8), 0);
    vib_loader_destroy(&loader);
}

static void holding_too_many(void **state)
{
    (void)state;
    vib_loader *loader = loader_with(2, 0, VIB_BAD_SKIP);
    vib_batch held[16];
    size_t n = 0;
    assert_int_equal(start(loader, order, PICTURES, 0, 2), 0);
    int err = 1;
    while (n < 16 && (err = vib_loader_next(loader, &held[n])) == 1)
        n++;
    assert_int_equal(err, VIB_FAILED);
    assert_true(n >= 3);
    assert_int_equal(log_count("batches are held: release some"), 1);
    /* Released in any order, it goes on where it was. */
    vib_loader_release(loader, &held[1]);
    assert_int_equal(vib_loader_next(loader, &held[1]), 1);
    assert_int_equal(held[1].number, n);
    assert_int_equal(held[1].items[1], order[2 * n + 1]);
    for (size_t i = 0; i < n; i++)
        vib_loader_release(loader, &held[i]);
    vib_loader_destroy(&loader);
}

/* how: 0 gone, 1 of another kind, 2 truncated */
static void spoil(int i, int how)
{
    char path[32];
    path_of(i, path);
    if (how == 0) {
        assert_int_equal(unlink(path), 0);
    } else if (how == 1) {
        put_file(path, "GIF89a..", 8);
    } else {
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(truncate(path, st.st_size - 40), 0);
    }
}

/* Index in the set of picture i as path_of names it. */
static uint32_t item_of(int i)
{
    char path[32];
    path_of(i, path);
    for (size_t k = 0; k < vib_dataset_size(set); k++)
        if (!strcmp(vib_dataset_path(set, k), path))
            return (uint32_t)k;
    fail();
    return 0;
}

static void bad_pictures_are_skipped(void **state)
{
    (void)state;
    spoil(5, 0), spoil(7, 1), spoil(31, 2);
    for (int workers = 1; workers <= 4; workers++) {
        log_start();
        vib_loader *loader = loader_with(workers, workers == 2 ? 1 << 20 : 0, VIB_BAD_SKIP);
        for (int epoch = 0; epoch < 2; epoch++) {
            run *r = deliver(loader, 0, 8);
            assert_int_equal(r->n, PICTURES - 3);
            for (size_t i = 0; i < r->n; i++)
                assert_int_equal(order[r->places[i]], r->items[i]);
            assert_pixels(r);
            free(r);
        }
        assert_int_equal(log_count("dogs/05.jpg: No such file or directory, skipped"), 1);
        assert_int_equal(log_count("dogs/07.jpg: GIF: not supported, skipped"), 1);
        assert_int_equal(log_count("dogs/31.jpg: truncated JPEG, skipped"), 1);
        assert_int_equal(log_count("skipped"), 3);
        const uint32_t *items;
        assert_int_equal(vib_loader_skipped(loader, &items), 3);
        assert_true(items[0] < items[1] && items[1] < items[2]);
        assert_int_equal(items[0], item_of(5));
        assert_int_equal(items[1], item_of(7));
        assert_int_equal(items[2], item_of(31));
        vib_loader_destroy(&loader);
    }
}

static void known_bad_pictures_are_quiet(void **state)
{
    (void)state;
    spoil(5, 0), spoil(7, 1);
    const uint32_t known[] = {item_of(7), item_of(5), item_of(20)};
    vib_loader *loader = loader_with(2, 0, VIB_BAD_STOP);
    assert_int_equal(vib_loader_skip(loader, known, 3), 0);
    run *r = deliver(loader, 0, 8);
    assert_int_equal(r->n, PICTURES - 3);
    free(r);
    assert_string_equal(log_text(), "");
    const uint32_t *items, wrong = PICTURES;
    assert_int_equal(vib_loader_skipped(loader, &items), 3);
    assert_int_equal(vib_loader_skip(loader, &wrong, 1), VIB_USAGE);
    vib_loader_destroy(&loader);
}

static void stop_means_stop(void **state)
{
    (void)state;
    spoil(5, 2);
    vib_loader *loader = loader_with(2, 0, VIB_BAD_STOP);
    vib_batch b;
    int err = 1;
    assert_int_equal(start(loader, order, PICTURES, 0, 8), 0);
    while ((err = vib_loader_next(loader, &b)) == 1)
        vib_loader_release(loader, &b);
    assert_int_equal(err, VIB_BAD_DATA);
    assert_int_equal(log_count("dogs/05.jpg: truncated JPEG: remove or mend it"), 1);
    vib_loader_destroy(&loader);
}

static void use_takes_what_there_is(void **state)
{
    (void)state;
    spoil(5, 2), spoil(7, 1);
    vib_loader *loader = loader_with(2, 0, VIB_BAD_USE);
    for (int epoch = 0; epoch < 2; epoch++) {
        run *r = deliver(loader, 0, 8);
        assert_int_equal(r->n, PICTURES - 1);
        free(r);
    }
    assert_int_equal(log_count("dogs/05.jpg: truncated JPEG, used"), 1);
    assert_int_equal(log_count("dogs/07.jpg: GIF: not supported, skipped"), 1);
    vib_loader_destroy(&loader);
}

static void all_bad(void **state)
{
    (void)state;
    for (int i = 0; i < PICTURES; i++)
        spoil(i, i % 2);
    vib_loader *loader = loader_with(3, 1 << 20, VIB_BAD_SKIP);
    run *r = deliver(loader, 0, 8);
    assert_int_equal(r->n, 0);
    assert_int_equal(r->batches, 7);
    free(r);
    const uint32_t *items;
    assert_int_equal(vib_loader_skipped(loader, &items), PICTURES);
    assert_int_equal(log_count("skipped"), PICTURES);
    vib_loader_destroy(&loader);
}

/* Pictures in the cache are not read again; those that do not fit are. */
static void cache_is_used_and_limited(void **state)
{
    (void)state;
    vib_loader *all = loader_with(2, UINT64_MAX, VIB_BAD_SKIP),
               *some = loader_with(2, 10 * BYTES + 1, VIB_BAD_SKIP), *none = loader_with(2, 0, VIB_BAD_SKIP);
    run *a = deliver(all, 0, 8), *b = deliver(some, 0, 8), *c = deliver(none, 0, 8);
    assert_memory_equal(a, b, sizeof *a);
    assert_memory_equal(a, c, sizeof *a);
    for (int i = 0; i < PICTURES; i++)
        spoil(i, 0);
    run *again = deliver(all, 0, 8), *few = deliver(some, 0, 8);
    assert_memory_equal(a, again, sizeof *a);
    assert_int_equal(few->n, 10);
    free(a), free(b), free(c), free(again), free(few);
    vib_loader_destroy(&all);
    vib_loader_destroy(&some);
    vib_loader_destroy(&none);
}

/* A picture may stand in an order more than once, and be decoded by two threads at a time. */
static void repeats(void **state)
{
    (void)state;
    uint32_t same[40] = {0};
    vib_loader *loader = loader_with(4, 1 << 20, VIB_BAD_SKIP);
    vib_batch b;
    run *r = vib_calloc(1, sizeof *r);
    assert_int_equal(start(loader, same, 40, 0, 16), 0);
    while (vib_loader_next(loader, &b) == 1) {
        take(r, &b);
        vib_loader_release(loader, &b);
    }
    assert_int_equal(r->n, 40);
    assert_pixels(r);
    free(r);
    vib_loader_destroy(&loader);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

/* The short batch in every place: every picture once, sizes as said, places ascending. */
static void the_short_batch_comes_anywhere(void **unused)
{
    (void)unused;
    for (size_t n = 1; n < 23; n++)
        for (size_t batch = 1; batch < 9; batch++) {
            const vib_batches any = {.n = n, .batch = batch};
            for (size_t at = 0; at < vib_batches_count(&any); at++) {
                const vib_batches b = {.n = n, .batch = batch, .short_at = at};
                assert_int_equal(vib_batches_start(&b, vib_batches_count(&b)), n);
                for (size_t k = 0; k < vib_batches_count(&b); k++) {
                    const size_t first = vib_batches_start(&b, k), last = vib_batches_start(&b, k + 1);
                    assert_int_equal(last - first, k == at && n % batch ? n % batch : batch);
                    for (size_t place = first; place < last; place++)
                        assert_int_equal(vib_batches_number(&b, place), k);
                }
            }
        }
    vib_loader *loader = loader_with(2, 0, VIB_BAD_SKIP);
    const vib_batches b = {.n = PICTURES, .batch = PICTURES - 2, .short_at = 0};
    assert_int_equal(vib_loader_start(loader, order, &b, 0, 2), 0);
    vib_batch got;
    assert_int_equal(vib_loader_next(loader, &got), 1);
    assert_int_equal(got.asked, 2);
    assert_int_equal(got.items[1], order[1]);
    vib_loader_release(loader, &got);
    assert_int_equal(vib_loader_next(loader, &got), 1);
    assert_int_equal(got.number, 1);
    assert_int_equal(got.places[0], 2);
    vib_loader_release(loader, &got);
    assert_int_equal(vib_loader_next(loader, &got), 0);
    vib_loader_destroy(&loader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_short_batch_comes_anywhere),
        TEST(order_is_kept),
        TEST(resumes_in_the_middle),
        TEST(restarts_at_any_time),
        TEST(holding_too_many),
        TEST(bad_pictures_are_skipped),
        TEST(known_bad_pictures_are_quiet),
        TEST(stop_means_stop),
        TEST(use_takes_what_there_is),
        TEST(all_bad),
        TEST(cache_is_used_and_limited),
        TEST(repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
