/* The cache of decoded pictures: memory, then a file, then nothing; and a disk that fails. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/common.h"
#include "data/cache.h"
#include "data/loader.h"
#include "make.h"

enum { PICTURES = 40, SIDE = 9, BYTES = SIDE * SIDE * 3 };

/* ---- a disk that fails: the linker gives us the cache's calls ---- */

static struct {
    int calls, at,
        error;   /* the call `at` (from 1) and those after it fail with `error`; 0 bytes when that is 0 */
    size_t part; /* at most so many bytes at a time; 0: all */
} writes, reads;

static pthread_mutex_t file_lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t put(int fd, const void *from, size_t n, off_t at)
{
    ssize_t done = -1;
    pthread_mutex_lock(&file_lock);
    writes.calls++;
    if (writes.at && writes.calls >= writes.at)
        errno = writes.error;
    else if (lseek(fd, at, SEEK_SET) == at)
        done = write(fd, from, writes.part ? VIB_MIN(n, writes.part) : n);
    pthread_mutex_unlock(&file_lock);
    return done;
}

static ssize_t get(int fd, void *to, size_t n, off_t at)
{
    ssize_t done = -1;
    pthread_mutex_lock(&file_lock);
    reads.calls++;
    if (reads.at && reads.calls >= reads.at) {
        errno = reads.error;
        done = reads.error ? -1 : 0;
    } else if (lseek(fd, at, SEEK_SET) == at) {
        done = read(fd, to, reads.part ? VIB_MIN(n, reads.part) : n);
    }
    pthread_mutex_unlock(&file_lock);
    return done;
}

/* With 64-bit offsets some C libraries have them under another name. */
ssize_t __wrap_pwrite(int fd, const void *from, size_t n, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *from, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *to, size_t n, off_t at);

ssize_t __wrap_pwrite(int fd, const void *from, size_t n, off_t at)
{
    return put(fd, from, n, at);
}

ssize_t __wrap_pwrite64(int fd, const void *from, size_t n, off_t at)
{
    return put(fd, from, n, at);
}

ssize_t __wrap_pread(int fd, void *to, size_t n, off_t at)
{
    return get(fd, to, n, at);
}

ssize_t __wrap_pread64(int fd, void *to, size_t n, off_t at)
{
    return get(fd, to, n, at);
}

static int enter(void **state)
{
    memset(&writes, 0, sizeof writes);
    memset(&reads, 0, sizeof reads);
    const int err = enter_test(state);
    setenv("TMPDIR", ".", 1);
    return err;
}

static int leave(void **state)
{
    unsetenv("TMPDIR");
    return leave_test(state);
}

/* ---- alone ---- */

static void paint(unsigned char *pixels, size_t i)
{
    for (size_t k = 0; k < BYTES; k++)
        pixels[k] = (unsigned char)(i * 31 + k * (i + 1));
}

static vib_cache *make(uint64_t memory, uint64_t file)
{
    vib_cache *cache = NULL;
    const vib_cache_params params = {.n = PICTURES, .size = BYTES, .memory = memory, .file = file};
    assert_int_equal(vib_cache_create(&params, &cache), 0);
    return cache;
}

static void put_all(vib_cache *cache)
{
    unsigned char pixels[BYTES];
    for (size_t i = 0; i < PICTURES; i++) {
        paint(pixels, i * 7 % PICTURES);
        vib_cache_put(cache, i * 7 % PICTURES, pixels);
    }
}

/* How many are there, each of them right. */
static size_t count_right(vib_cache *cache)
{
    size_t n = 0;
    unsigned char want[BYTES], pixels[BYTES + 1];
    for (size_t i = 0; i < PICTURES; i++) {
        pixels[BYTES] = 0x99;
        if (!vib_cache_get(cache, i, pixels))
            continue;
        paint(want, i);
        assert_memory_equal(pixels, want, BYTES);
        assert_int_equal(pixels[BYTES], 0x99);
        n++;
    }
    return n;
}

static void memory_then_file_then_nothing(void **state)
{
    (void)state;
    static const struct {
        uint64_t memory, file;
        size_t kept, written;
    } cases[] = {
        {0, 0, 0, 0},
        {UINT64_MAX, 0, PICTURES, 0},
        {UINT64_MAX, UINT64_MAX, PICTURES, 0},
        {0, UINT64_MAX, PICTURES, PICTURES},
        {7 * BYTES, 5 * BYTES, 12, 5},
        {8 * BYTES - 1, 6 * BYTES - 1, 12, 5},
        {BYTES - 1, BYTES, 1, 1},
        {39 * BYTES, UINT64_MAX, PICTURES, 1},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        vib_cache *cache = make(cases[i].memory, cases[i].file);
        writes.calls = 0;
        assert_int_equal(count_right(cache), 0);
        put_all(cache);
        put_all(cache); /* those that are there stay */
        assert_int_equal(count_right(cache), cases[i].kept);
        assert_int_equal(vib_cache_count(cache), cases[i].kept);
        assert_int_equal(writes.calls, cases[i].written);
        assert_int_equal(vib_cache_failed(cache), 0);
        vib_cache_destroy(cache);
    }
}

/* Blocks of memory are 4 MiB; a picture may be larger than one. */
static void large_pictures(void **state)
{
    (void)state;
    enum { N = 5 };
    static const size_t sizes[] = {1u << 20, (4u << 20) - 1, (4u << 20) + 1};
    for (size_t k = 0; k < VIB_COUNT(sizes); k++) {
        const vib_cache_params params = {.n = N, .size = sizes[k], .memory = 3 * sizes[k], .file = sizes[k]};
        vib_cache *cache = NULL;
        unsigned char *pixels = malloc(sizes[k]);
        assert_non_null(pixels);
        assert_int_equal(vib_cache_create(&params, &cache), 0);
        for (int i = 0; i < N; i++) {
            memset(pixels, i + 1, sizes[k]);
            vib_cache_put(cache, (size_t)i, pixels);
        }
        for (int i = 0; i < N; i++) {
            memset(pixels, 0, sizes[k]);
            assert_int_equal(vib_cache_get(cache, (size_t)i, pixels), i < 4);
            assert_int_equal(pixels[0], i < 4 ? i + 1 : 0);
            assert_int_equal(pixels[sizes[k] - 1], i < 4 ? i + 1 : 0);
        }
        free(pixels);
        vib_cache_destroy(cache);
    }
}

static void short_reads_and_writes(void **state)
{
    (void)state;
    writes.part = 100;
    reads.part = 37;
    vib_cache *cache = make(0, UINT64_MAX);
    put_all(cache);
    assert_int_equal(count_right(cache), PICTURES);
    vib_cache_destroy(cache);
}

/* Every write fails once: what was kept before it is there, or, with a full disk, given back. */
static void writes_fail(void **state)
{
    (void)state;
    static const int errors[] = {ENOSPC, EDQUOT, EFBIG, EIO};
    for (size_t e = 0; e < VIB_COUNT(errors); e++)
        for (int at = 1; at <= PICTURES - 3; at++) {
            vib_cache *cache = make(3 * BYTES, UINT64_MAX);
            writes.calls = 0;
            writes.at = at;
            writes.error = errors[e];
            put_all(cache);
            put_all(cache);
            const int full = errors[e] == ENOSPC || errors[e] == EDQUOT;
            assert_int_equal(writes.calls, at); /* no more after it */
            assert_int_equal(count_right(cache), full ? 3 : 3 + at - 1);
            assert_int_equal(vib_cache_failed(cache), errors[e]);
            assert_int_equal(vib_cache_failed(cache), 0); /* said once */
            vib_cache_destroy(cache);
        }
}

static void reads_fail(void **state)
{
    (void)state;
    static const int errors[] = {EIO, 0}; /* 0: the file ends too early */
    for (size_t e = 0; e < VIB_COUNT(errors); e++)
        for (int at = 1; at <= PICTURES - 3; at++) {
            vib_cache *cache = make(3 * BYTES, UINT64_MAX);
            put_all(cache);
            reads.calls = 0;
            reads.at = at;
            reads.error = errors[e];
            assert_int_equal(count_right(cache), 3 + at - 1);
            assert_int_equal(vib_cache_failed(cache), EIO);
            reads.at = 0;
            assert_int_equal(count_right(cache), 3); /* a disk that failed is not asked again */
            vib_cache_destroy(cache);
        }
}

/* However a process ends, no file stays. */
static void nothing_is_left(void **state)
{
    (void)state;
    vib_cache *cache = make(0, UINT64_MAX);
    put_all(cache);
    assert_int_equal(system("test -z \"$(ls -A)\""), 0);
    vib_cache_destroy(cache);
}

static void no_place_for_a_file(void **state)
{
    (void)state;
    vib_cache *cache = NULL;
    const vib_cache_params params = {.n = PICTURES, .size = BYTES, .file = UINT64_MAX};
    setenv("TMPDIR", "not/there", 1);
    assert_int_equal(vib_cache_create(&params, &cache), VIB_FAILED);
    assert_int_equal(log_count("not/there: cannot make a temporary file for decoded pictures: No such file"),
                     1);
    setenv("TMPDIR", "", 1);
    assert_string_equal(vib_cache_folder(), "/var/tmp");
}

/* ---- under a loader ---- */

static vib_dataset *make_set(void)
{
    vib_dataset *set = NULL;
    char path[32];
    for (int i = 0; i < PICTURES; i++) {
        snprintf(path, sizeof path, "pictures/%s/%02d.jpg", i % 2 ? "dogs" : "cats", i);
        put_sample(path, 12 + i, 20, (unsigned)i);
    }
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "pictures"}, &set, NULL), 0);
    return set;
}

/* Two epochs of everything a loader delivers. */
static void deliver(const vib_dataset *set, int workers, uint64_t memory, uint64_t file, unsigned char *out)
{
    vib_loader *loader = NULL;
    const vib_loader_params params = {.set = set,
                                      .preprocess = {.height = SIDE, .width = SIDE, .channels = 3},
                                      .workers = workers,
                                      .cache_memory = memory,
                                      .cache_file = file};
    const vib_batches batches = {.n = PICTURES, .batch = 7, .short_at = 5};
    uint32_t order[PICTURES];
    vib_batch b;
    for (uint32_t i = 0; i < PICTURES; i++)
        order[i] = i * 11 % PICTURES;
    assert_int_equal(vib_loader_create(&params, &loader), 0);
    for (int epoch = 0; epoch < 2; epoch++) {
        assert_int_equal(vib_loader_start(loader, order, &batches, 0, 6), 0);
        while (vib_loader_next(loader, &b) == 1) {
            memcpy(out, b.pixels, b.n * BYTES);
            out += b.n * BYTES;
            vib_loader_release(loader, &b);
        }
    }
    vib_loader_destroy(&loader);
}

/* Whatever the limits and the threads, and whenever the disk fails, the batches are the same. */
static void batches_do_not_depend_on_it(void **state)
{
    (void)state;
    static unsigned char plain[2 * PICTURES * BYTES], other[sizeof plain];
    vib_dataset *set = make_set();
    log_start();
    deliver(set, 1, 0, 0, plain);
    for (int workers = 1; workers <= 4; workers++) {
        static const uint64_t limits[][2] = {
            {0, UINT64_MAX}, {5 * BYTES, 9 * BYTES}, {5 * BYTES, UINT64_MAX}};
        for (size_t k = 0; k < VIB_COUNT(limits); k++) {
            deliver(set, workers, limits[k][0], limits[k][1], other);
            assert_memory_equal(plain, other, sizeof plain);
        }
    }
    assert_string_equal(log_text(), "");
    for (int workers = 1; workers <= 4; workers++)
        for (int at = 1; at < PICTURES; at += 6) {
            log_start();
            memset(other, 0, sizeof other);
            writes.calls = 0;
            writes.at = at;
            writes.error = ENOSPC;
            deliver(set, workers, 2 * BYTES, UINT64_MAX, other);
            assert_memory_equal(plain, other, sizeof plain);
            assert_int_equal(log_count(".: the temporary file for decoded pictures: No space left on device"),
                             at <= PICTURES - 2);
        }
    vib_dataset_free(&set);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memory_then_file_then_nothing),
        TEST(large_pictures),
        TEST(short_reads_and_writes),
        TEST(writes_fail),
        TEST(reads_fail),
        TEST(nothing_is_left),
        TEST(no_place_for_a_file),
        TEST(batches_do_not_depend_on_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
