/* The cache of built programs as files: no OpenCL. */
#include "device/cache.h"

#include <fcntl.h>

#include "capture.h"
#include "device/quirks.h"
#include "folder.h"

static const char *const texts[] = {"source", "-cl-std=CL1.2", "platform", "device"};
static unsigned char key[VIB_CACHE_KEY];
static char folder[64];

enum { PAYLOAD = 40 };
static unsigned char payload[PAYLOAD];

static int setup(void **state)
{
    (void)state;
    folder_make(folder);
    vib_cache_key(texts, VIB_COUNT(texts), key);
    for (int i = 0; i < PAYLOAD; i++)
        payload[i] = (unsigned char)(i * 37);
    capture_start();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(folder);
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_str_free(&captured);
    return 0;
}

static void test_key(void **state)
{
    (void)state;
    unsigned char other[VIB_CACHE_KEY];
    /* The same letters, split elsewhere. */
    static const char *const shifted[] = {"sourc", "e-cl-std=CL1.2", "platform", "device"};
    vib_cache_key(shifted, VIB_COUNT(shifted), other);
    assert_memory_not_equal(key, other, sizeof key);
    for (size_t i = 0; i < VIB_COUNT(texts); i++) {
        const char *changed[VIB_COUNT(texts)];
        memcpy(changed, texts, sizeof texts);
        changed[i] = "changed";
        vib_cache_key(changed, VIB_COUNT(texts), other);
        assert_memory_not_equal(key, other, sizeof key);
    }
    vib_cache_key(texts, VIB_COUNT(texts), other);
    assert_memory_equal(key, other, sizeof key);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct stat st;
    size_t size = 0;
    assert_null(vib_cache_load(folder, key, &size));
    vib_cache_store(folder, key, payload, PAYLOAD);
    unsigned char *back = vib_cache_load(folder, key, &size);
    assert_non_null(back);
    assert_int_equal(size, PAYLOAD);
    assert_memory_equal(back, payload, PAYLOAD);
    free(back);
    char *path = vib_cache_path(folder, key);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* What others may write is not run. */
    assert_int_equal(chmod(path, 0622), 0);
    assert_null(vib_cache_load(folder, key, &size));
    assert_logged("someone else");
    free(path);
}

/* Another program's file under this key's name. */
static void test_foreign_key(void **state)
{
    (void)state;
    size_t size = 0;
    unsigned char other[VIB_CACHE_KEY] = {1, 2, 3};
    vib_cache_store(folder, other, payload, PAYLOAD);
    char *from = vib_cache_path(folder, other), *to = vib_cache_path(folder, key);
    assert_int_equal(rename(from, to), 0);
    assert_null(vib_cache_load(folder, key, &size));
    free(from);
    free(to);
}

/* Every length and every bit of a file. */
static void test_damage(void **state)
{
    (void)state;
    char *data = NULL;
    size_t n = 0, size = 0, refused = 0;
    vib_cache_store(folder, key, payload, PAYLOAD);
    char *path = vib_cache_path(folder, key);
    const char *name = strrchr(path, '/') + 1;
    assert_int_equal(vib_file_read(path, 4096, &data, &n), 0);

    for (size_t length = 0; length < n; length++, refused++) {
        folder_write(folder, name, data, length);
        assert_null(vib_cache_load(folder, key, &size));
    }
    for (size_t bit = 0; bit < 8 * n; bit++, refused++) {
        data[bit / 8] ^= (char)(1 << bit % 8);
        folder_write(folder, name, data, n);
        assert_null(vib_cache_load(folder, key, &size));
        data[bit / 8] ^= (char)(1 << bit % 8);
    }
    folder_write(folder, name, data, n);
    unsigned char *back = vib_cache_load(folder, key, &size);
    assert_non_null(back);
    free(back);
    assert_int_equal(captured_level[VIB_LOG_DEBUG], refused);
    assert_int_equal(captured_level[VIB_LOG_ERROR] + captured_level[VIB_LOG_WARNING], 0);
    free(data);
    free(path);
}

static void test_trim(void **state)
{
    (void)state;
    size_t size;
    char *path;
    struct timespec times[2];
    unsigned char keys[4][VIB_CACHE_KEY] = {{1}, {2}, {3}, {4}};
    for (int i = 0; i < 4; i++) {
        vib_cache_store(folder, keys[i], payload, PAYLOAD);
        path = vib_cache_path(folder, keys[i]);
        times[0] = times[1] = (struct timespec){.tv_sec = 1000 + i};
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
        free(path);
    }
    folder_write(folder, "README", "kept", 4);
    /* Used just now, though written first. */
    unsigned char *back = vib_cache_load(folder, keys[0], &size);
    assert_non_null(back);
    free(back);
    vib_cache_trim(folder, 2 * (PAYLOAD + 84));
    for (int i = 0; i < 4; i++) {
        path = vib_cache_path(folder, keys[i]);
        assert_int_equal(access(path, F_OK) == 0, i == 0 || i == 3);
        free(path);
    }
    path = vib_path_join(folder, "README");
    assert_int_equal(access(path, F_OK), 0);
    free(path);
}

static void test_unwritable(void **state)
{
    (void)state;
    size_t size;
    char path[128];
    folder_write(folder, "file", "x", 1);
    snprintf(path, sizeof path, "%s/file/below", folder);
    vib_cache_store(path, key, payload, PAYLOAD);
    vib_cache_store("/proc/vibrisa", key, payload, PAYLOAD);
    assert_null(vib_cache_load(path, key, &size));
    assert_int_equal(captured_level[VIB_LOG_ERROR] + captured_level[VIB_LOG_WARNING], 0);
    assert_logged("are not kept");
    assert_false(vib_folder_has_room("", 1));
    assert_false(vib_folder_has_room(folder, UINT64_MAX));
    snprintf(path, sizeof path, "%s/new/deep", folder);
    assert_true(vib_folder_has_room(path, 1));
    vib_cache_store(path, key, payload, PAYLOAD);
    unsigned char *back = vib_cache_load(path, key, &size);
    assert_non_null(back);
    free(back);
}

static void test_default_folder(void **state)
{
    (void)state;
    setenv("HOME", "/home/x", 1);
    setenv("XDG_CACHE_HOME", "/var/x", 1);
    char *path = vib_cache_default_folder();
    assert_string_equal(path, "/var/x/vibrisa");
    free(path);
    setenv("XDG_CACHE_HOME", "relative", 1); /* the specification says to ignore it */
    path = vib_cache_default_folder();
    assert_string_equal(path, "/home/x/.cache/vibrisa");
    free(path);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_null(vib_cache_default_folder());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trim, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unwritable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_default_folder, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
