/* TensorBoard's event files: checksums, and records that read back as what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "base/file.h"
#include "base/folder.h"
#include "exchange/events.pb-c.h"
#include "exchange/tfevents.h"

/* RFC 3720, B.4, and the check value of the polynomial. */
static void checksums_are_castagnoli_s(void **unused)
{
    (void)unused;
    unsigned char bytes[32] = {0};
    assert_int_equal(vib_crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(vib_crc32c(bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(vib_crc32c(bytes, 32), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    assert_int_equal(vib_crc32c(bytes, 32), 0x46dd794e);
    assert_int_equal(vib_crc32c("", 0), 0);
}

static uint64_t take(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    while (n--)
        v = v << 8 | p[n];
    return v;
}

static uint64_t masked(const void *data, size_t n)
{
    const uint32_t crc = vib_crc32c(data, n);
    return (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8);
}

/* The next record of a file; release with vib__event__free_unpacked. */
static Vib__Event *next_event(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *p = *at;
    assert_true(end - p >= 16);
    const size_t n = (size_t)take(p, 8);
    assert_int_equal(take(p + 8, 4), masked(p, 8));
    assert_true((size_t)(end - p) >= 16 + n);
    assert_int_equal(take(p + 12 + n, 4), masked(p + 12, n));
    *at = p + 16 + n;
    Vib__Event *event = vib__event__unpack(NULL, n, p + 12);
    assert_non_null(event);
    assert_true(event->wall_time > 1.6e9);
    return event;
}

/* The one file in a folder. */
static char *only_file(const char *folder)
{
    char *path = NULL;
    struct dirent *entry;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.') {
            assert_null(path);
            assert_memory_equal(entry->d_name, "events.out.tfevents.", 20);
            assert_string_equal(entry->d_name + strlen(entry->d_name) - 3, ".v2");
            path = vib_path_join(folder, entry->d_name);
        }
    closedir(dir);
    assert_non_null(path);
    return path;
}

static void records_read_back(void **unused)
{
    (void)unused;
    static const struct {
        const char *tag;
        uint64_t step;
        float value;
    } wanted[] = {{"epoch_loss", 0, 0.6931f}, {"a \xc3\xb1 tag", UINT64_C(1) << 40, -0.0f}};
    char *folder, *inner, *path, *data;
    size_t size;
    vib_tfevents *file;
    assert_int_equal(vib_temporary_folder("vibrisa-test-", &folder), 0);
    assert_non_null(inner = vib_path_join(folder, "a/b"));
    assert_int_equal(vib_tfevents_open(inner, &file), 0);
    for (size_t i = 0; i < VIB_COUNT(wanted); i++)
        assert_int_equal(vib_tfevents_scalar(file, wanted[i].tag, wanted[i].step, (double)wanted[i].value),
                         0);
    vib_tfevents_close(&file);
    assert_null(file);
    path = only_file(inner);
    assert_int_equal(vib_file_read(path, 10000, &data, &size), 0);
    const unsigned char *at = (unsigned char *)data, *end = at + size;
    Vib__Event *event = next_event(&at, end);
    assert_int_equal(event->what_case, VIB__EVENT__WHAT_FILE_VERSION);
    assert_string_equal(event->file_version, "brain.Event:2");
    vib__event__free_unpacked(event, NULL);
    for (size_t i = 0; i < VIB_COUNT(wanted); i++) {
        event = next_event(&at, end);
        assert_int_equal(event->step, wanted[i].step);
        assert_int_equal(event->what_case, VIB__EVENT__WHAT_SUMMARY);
        const Vib__Value *v = event->summary->value[0];
        assert_string_equal(v->tag, wanted[i].tag);
        assert_string_equal(v->metadata->plugin_data->plugin_name, "scalars");
        assert_memory_equal(v->tensor->float_val, &wanted[i].value, sizeof(float));
        vib__event__free_unpacked(event, NULL);
    }
    assert_ptr_equal(at, end);
    free(data);
    free(path);
    free(inner);
    vib_remove_folder(&folder);
}

static void what_cannot_be_written_is_said(void **unused)
{
    (void)unused;
    vib_tfevents *file = NULL;
    assert_int_equal(vib_tfevents_open("/dev/null/tensorboard", &file), VIB_FAILED);
    assert_null(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_are_castagnoli_s),
        cmocka_unit_test(records_read_back),
        cmocka_unit_test(what_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
