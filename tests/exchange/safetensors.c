/* The container: what is written is read, and nothing damaged is. */
#include "exchange/safetensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../capture.h"
#include "base/file.h"
#include "base/str.h"

static const float kernel[] = {0.0f, -0.0f, 1.5f, -2.25f, 0x1p-149f, 0x1.fffffep+127f};
static const float bias[] = {3.0f, -4.0f};
static const vib_tensor_record tensors[] = {
    {"conv2d/kernel", 4, {1, 1, 3, 2}, kernel, 6},
    {"conv2d/bias", 1, {2}, bias, 2},
    {"none", 2, {0, 7}, NULL, 0},
    {"step", 0, {0}, bias + 1, 1},
};
static const vib_metadata metadata[] = {
    {"recipe", "vibrisa 1\n# \"quotes\", \\ and \xc3\xb1\n"},
    {"provenance", "0.1.0 on a device"},
    {"classes", "[\"cat\",\"dog\"]"},
};
enum { TENSORS = VIB_COUNT(tensors), KEYS = VIB_COUNT(metadata) };

/* A temporary file's name; the caller unlinks it. */
static const char *new_path(void)
{
    static char path[64];
    strcpy(path, "vibrisa-test-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return path;
}

static void write_and_load(const vib_tensor_record *t, size_t n, const vib_metadata *m, size_t k, char **data,
                           size_t *size)
{
    const char *path = new_path();
    assert_int_equal(vib_safetensors_write(path, t, n, m, k, NULL), VIB_OK);
    assert_int_equal(vib_file_read(path, 1 << 20, data, size), 0);
    unlink(path);
}

static void test_round_trip(void **state)
{
    (void)state;
    vib_safetensors file;
    const char *path = new_path();
    capture_start();
    assert_int_equal(vib_safetensors_write(path, tensors, TENSORS, metadata, KEYS, NULL), VIB_OK);
    assert_int_equal(vib_safetensors_read(path, &file), VIB_OK);
    unlink(path);
    assert_int_equal(captured_count, 0);
    assert_int_equal(file.has_hash, 1);
    assert_int_equal(file.n_tensors, TENSORS);
    for (size_t i = 0; i < TENSORS; i++) {
        const vib_tensor_record *t = vib_safetensors_tensor(&file, tensors[i].name);
        assert_ptr_equal(t, &file.tensors[i]);
        assert_int_equal(t->rank, tensors[i].rank);
        assert_memory_equal(t->dims, tensors[i].dims, (size_t)t->rank * sizeof *t->dims);
        assert_int_equal(t->count, tensors[i].count);
        if (t->count)
            assert_memory_equal(t->data, tensors[i].data, t->count * sizeof *t->data);
    }
    for (size_t i = 0; i < KEYS; i++)
        assert_string_equal(vib_safetensors_get(&file, metadata[i].key), metadata[i].value);
    assert_null(vib_safetensors_get(&file, "nothing"));
    assert_null(vib_safetensors_tensor(&file, "nothing"));

    /* Written again from what was read: the same bytes. */
    char *first, *second;
    size_t n_first, n_second;
    write_and_load(tensors, TENSORS, metadata, KEYS, &first, &n_first);
    write_and_load(file.tensors, file.n_tensors, file.metadata, file.n_metadata, &second, &n_second);
    assert_int_equal(n_first, n_second);
    assert_memory_equal(first, second, n_first);
    assert_int_equal((unsigned char)first[0] % 8, 0);
    assert_memory_equal(first + 8, "{\"__metadata__\":{\"vibrisa\":\"1\",\"sha256\":\"", 40);
    free(first);
    free(second);
    vib_safetensors_free(&file);
    assert_null(file.owner);
    vib_safetensors_free(&file);
}

/* The identity ignores provenance, and is the sum of the same file without it. */
static void test_identity(void **state)
{
    (void)state;
    static const vib_metadata other[] = {
        {"recipe", "vibrisa 1\n# \"quotes\", \\ and \xc3\xb1\n"},
        {"provenance", "another version, another device"},
        {"classes", "[\"cat\",\"dog\"]"},
    };
    static const vib_metadata without[] = {
        {"recipe", "vibrisa 1\n# \"quotes\", \\ and \xc3\xb1\n"},
        {"classes", "[\"cat\",\"dog\"]"},
    };
    static const vib_metadata changed[] = {
        {"recipe", "vibrisa 1\n"},
        {"classes", "[\"cat\",\"dog\"]"},
    };
    static const struct {
        const vib_metadata *keys;
        size_t n;
    } cases[] = {{metadata, 3}, {other, 3}, {without, 2}, {changed, 2}};
    char hashes[4][65], stated[4][65];
    for (size_t i = 0; i < 4; i++) {
        char *data;
        size_t size;
        vib_safetensors file;
        write_and_load(tensors, TENSORS, cases[i].keys, cases[i].n, &data, &size);
        assert_int_equal(vib_safetensors_parse("m", data, size, &file), VIB_OK);
        strcpy(hashes[i], file.hash);
        strcpy(stated[i], vib_safetensors_get(&file, "sha256"));
        vib_safetensors_free(&file);
        free(data);
    }
    assert_string_equal(hashes[0], hashes[1]);
    assert_string_equal(hashes[0], hashes[2]);
    assert_string_not_equal(hashes[0], hashes[3]);
    assert_string_equal(hashes[2], stated[2]);
    assert_string_not_equal(stated[0], stated[1]);
}

/* The bytes are copied to the end of a block of their own, so that a sanitizer sees any step outside. */
static int parse_copy(const char *data, size_t size)
{
    vib_safetensors file;
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    capture_start();
    const int err = vib_safetensors_parse("m", copy, size, &file);
    free(copy);
    if (err < 0)
        assert_int_equal(captured_count, 1);
    if (err < 0)
        assert_null(file.owner);
    vib_safetensors_free(&file);
    return err;
}

static void test_every_truncation(void **state)
{
    (void)state;
    char *data;
    size_t size;
    write_and_load(tensors, TENSORS, metadata, KEYS, &data, &size);
    assert_int_equal(parse_copy(data, size), VIB_OK);
    for (size_t n = 0; n < size; n++)
        assert_int_equal(parse_copy(data, n), VIB_BAD_MODEL);
    char *longer = calloc(size + 9, 1);
    assert_non_null(longer);
    memcpy(longer, data, size);
    for (size_t n = 1; n < 9; n++)
        assert_int_equal(parse_copy(longer, size + n), VIB_BAD_MODEL);
    free(longer);
    free(data);
}

static void test_every_flipped_bit(void **state)
{
    (void)state;
    char *data;
    size_t size;
    write_and_load(tensors, TENSORS, metadata, KEYS, &data, &size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
        if (parse_copy(data, size) != VIB_BAD_MODEL) {
            print_error("byte %zu, bit %zu: accepted\n", bit / 8, bit % 8);
            fail();
        }
        data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
    }
    assert_int_equal(parse_copy(data, size), VIB_OK);
    free(data);
}

/* Without a sum a changed number cannot be noticed, but nothing may be read outside of the file. */
static void test_flips_without_sum(void **state)
{
    (void)state;
    static const char header[] = "{\"__metadata__\":{\"a\":\"b\"},\"t\":{\"dtype\":\"F32\",\"shape\":[2,1],"
                                 "\"data_offsets\":[0,8]},\"u\":{\"dtype\":\"F32\",\"shape\":[1],"
                                 "\"data_offsets\":[8,12]}}";
    char file[8 + sizeof header - 1 + 12] = {(char)(sizeof header - 1)};
    assert_true(sizeof header - 1 < 256);
    memcpy(file + 8, header, sizeof header - 1);
    assert_int_equal(parse_copy(file, sizeof file), VIB_OK);
    for (size_t bit = 0; bit < sizeof file * 8; bit++) {
        file[bit / 8] = (char)(file[bit / 8] ^ (1 << bit % 8));
        const int err = parse_copy(file, sizeof file);
        assert_true(err == VIB_OK || err == VIB_BAD_MODEL);
        file[bit / 8] = (char)(file[bit / 8] ^ (1 << bit % 8));
    }
}

/* Somebody else's file: header as given, zero bytes for data. */
static int parse_foreign(const char *header, size_t data_size, vib_safetensors *out)
{
    const size_t n = strlen(header);
    char *file = calloc(8 + n + data_size, 1);
    assert_non_null(file);
    for (int i = 0; i < 8; i++)
        file[i] = (char)((uint64_t)n >> 8 * i);
    memcpy(file + 8, header, n);
    capture_start();
    const int err = vib_safetensors_parse("m", file, 8 + n + data_size, out);
    free(file);
    return err;
}

#define F32(shape, offsets) "{\"dtype\":\"F32\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

static void test_foreign(void **state)
{
    (void)state;
    vib_safetensors file;
    /* Any order, any spaces, no metadata, no padding, a tensor without elements in the middle. */
    assert_int_equal(parse_foreign("{\"b\" : " F32("2", "4,12") ", \"e\": " F32("0,3", "4,4") ",\"a\":" F32(
                                       "", "0,4") "}  \n",
                                   12, &file),
                     VIB_OK);
    assert_int_equal(file.has_hash, 0);
    assert_int_equal(strlen(file.hash), 64);
    assert_int_equal(file.n_tensors, 3);
    assert_string_equal(file.tensors[0].name, "a");
    assert_string_equal(file.tensors[1].name, "e");
    assert_string_equal(file.tensors[2].name, "b");
    vib_safetensors_free(&file);
    assert_int_equal(parse_foreign("{}", 0, &file), VIB_OK);
    vib_safetensors_free(&file);
    assert_int_equal(
        parse_foreign("{\"__metadata__\":{\"format\":\"pt\"},\"a\":" F32("1", "0,4") "}", 4, &file), VIB_OK);
    assert_string_equal(vib_safetensors_get(&file, "format"), "pt");
    vib_safetensors_free(&file);
}

static void test_foreign_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *message;
    } cases[] = {
        {"", 0, "no header"},
        {" {}", 0, "no header"},
        {"[]", 0, "no header"},
        {"{", 0, "damaged header"},
        {"{} x", 0, "damaged header"},
        {"{}", 4, "4 bytes after the last tensor"},
        {"{\"a\":1}", 0, "needs dtype, shape and data_offsets"},
        {"{\"a\":{}}", 0, "needs dtype, shape and data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "nothing else"},
        {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "only F32 can be used"},
        {"{\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "is of type I64"},
        {"{\"a\":" F32("1", "0,4") ",\"a\":" F32("1", "4,8") "}", 8, "duplicate"},
        {"{\"a\":" F32("1", "0,4") ",\"b\":" F32("1", "0,4") "}", 4, "\"b\" overlaps another"},
        {"{\"a\":" F32("2", "0,8") ",\"b\":" F32("2", "4,12") "}", 12, "\"b\" overlaps another"},
        {"{\"a\":" F32("1", "0,4") ",\"b\":" F32("1", "8,12") "}", 12, "\"b\" comes after a hole"},
        {"{\"a\":" F32("1", "4,8") "}", 8, "\"a\" comes after a hole"},
        {"{\"a\":" F32("1", "0,4") "}", 8, "4 bytes after the last tensor"},
        {"{\"a\":" F32("2", "0,8") "}", 4, "lies outside the file"},
        {"{\"a\":" F32("1", "8,4") "}", 8, "lies outside the file"},
        {"{\"a\":" F32("1", "-4,0") "}", 8, "lies outside the file"},
        {"{\"a\":" F32("1", "0.0,4") "}", 4, "lies outside the file"},
        {"{\"a\":" F32("2", "0,4") "}", 4, "do not hold its shape"},
        {"{\"a\":" F32("1", "0,5") "}", 5, "do not hold its shape"},
        {"{\"a\":" F32("-1", "0,4") "}", 4, "impossible shape"},
        {"{\"a\":" F32("1.0", "0,4") "}", 4, "impossible shape"},
        {"{\"a\":" F32("4294967296,4294967296,4294967296", "0,4") "}", 4, "impossible shape"},
        {"{\"a\":" F32("9223372036854775807,2", "0,4") "}", 4, "impossible shape"},
        {"{\"a\":" F32("99999999999999999999", "0,4") "}", 4, "damaged header"},
        {"{\"a\":" F32("1,1,1,1,1,1,1,1,1", "0,4") "}", 4, "at most 8 sizes"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "metadata \"a\" is not a string"},
        {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "duplicate"},
        {"{\"__metadata__\":{\"vibrisa\":\"1\"}}", 0, "its SHA-256 is missing"},
        {"{\"__metadata__\":{\"sha256\":\"0\"}}", 0, "the file was altered"},
        {"{\"__metadata__\":{\"\\u0073ha256\":"
         "\"0000000000000000000000000000000000000000000000000000000000000000\"}}",
         0, "the file was altered"},
        {"{\"__metadata__\":{\"sha256\":"
         "\"0000000000000000000000000000000000000000000000000000000000000000\"}}",
         0, "does not match"},
        {"{\"a\xff\":" F32("1", "0,4") "}", 4, "damaged header"},
        {"{\"a\\u0000b\":" F32("1", "0,4") "}", 4, "damaged header"},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        vib_safetensors file;
        if (parse_foreign(cases[i].header, cases[i].data, &file) != VIB_BAD_MODEL)
            print_error("%s\n", cases[i].header);
        assert_captured(cases[i].message);
        assert_null(file.owner);
    }
}

static void test_hostile_lengths(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {3,          100000000,      100000001,
                                       UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
    for (size_t i = 0; i < VIB_COUNT(lengths); i++) {
        char file[10] = {0, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
        for (int k = 0; k < 8; k++)
            file[k] = (char)(lengths[i] >> 8 * k);
        assert_int_equal(parse_copy(file, sizeof file), VIB_BAD_MODEL);
    }
}

/* Deep nesting must not exhaust the stack. */
static void test_deep(void **state)
{
    (void)state;
    vib_safetensors file;
    vib_str s = {0};
    vib_str_add(&s, "{\"a\":");
    for (int i = 0; i < 100000; i++)
        vib_str_add(&s, "[");
    assert_int_equal(parse_foreign(s.text, 0, &file), VIB_BAD_MODEL);
    vib_str_free(&s);
}

static void test_files(void **state)
{
    (void)state;
    vib_safetensors file;
    capture_start();
    assert_int_equal(vib_safetensors_read("no-such-file.safetensors", &file), VIB_BAD_MODEL);
    assert_captured("no-such-file.safetensors: cannot read the model");
    capture_start();
    assert_int_equal(vib_safetensors_write("no-such-folder/m.safetensors", tensors, TENSORS, NULL, 0, NULL),
                     VIB_FAILED);
    assert_captured("no-such-folder/m.safetensors");
    capture_start();
    const vib_metadata bad = {"key", "\xff"};
    assert_int_equal(vib_safetensors_write("never-written", tensors, TENSORS, &bad, 1, NULL), VIB_FAILED);
    assert_captured("not UTF-8");
    assert_int_equal(access("never-written", F_OK), -1);
}

/* For tests/exchange/safetensors_py.py: write FILE, or read FILE and list what is in it. */
static int helper(const char *what, const char *path)
{
    vib_safetensors file;
    if (strcmp(what, "write") == 0)
        return vib_safetensors_write(path, tensors, TENSORS, metadata, KEYS, NULL) < 0;
    if (vib_safetensors_read(path, &file) < 0)
        return 1;
    for (size_t i = 0; i < file.n_metadata; i++)
        printf("metadata %s=%s\n", file.metadata[i].key, file.metadata[i].value);
    for (size_t i = 0; i < file.n_tensors; i++) {
        printf("tensor %s", file.tensors[i].name);
        for (int k = 0; k < file.tensors[i].rank; k++)
            printf(" %llu", (unsigned long long)file.tensors[i].dims[k]);
        printf(":");
        for (size_t k = 0; k < file.tensors[i].count; k++)
            printf(" %a", (double)file.tensors[i].data[k]);
        printf("\n");
    }
    vib_safetensors_free(&file);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_flips_without_sum),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_foreign_mistakes),
        cmocka_unit_test(test_hostile_lengths),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_files),
    };
    if (argc == 3)
        return helper(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
