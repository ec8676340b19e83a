/* Class folders: what is taken, in which order, the split, and every way a folder can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sha2.h>

#include "data/index.h"
#include "make.h"

static void put(const char *path)
{
    put_file(path, "x", 1);
}

static vib_dataset *open_one(const char *root, int keras)
{
    vib_dataset *set = NULL;
    const vib_dataset_params params = {.root = root, .keras = keras};
    assert_int_equal(vib_dataset_open(&params, &set, NULL), VIB_OK);
    return set;
}

static void assert_paths(const vib_dataset *set, const char *const *paths, size_t n)
{
    assert_int_equal(vib_dataset_size(set), n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(vib_dataset_path(set, i), paths[i]);
        const char *name = vib_dataset_class_name(set, vib_dataset_label(set, i));
        assert_memory_equal(paths[i], name, strlen(name));
    }
}

static void assert_classes(const vib_dataset *set, const char *const *names, size_t n)
{
    assert_int_equal(vib_dataset_classes(set), n);
    for (size_t k = 0; k < n; k++)
        assert_string_equal(vib_dataset_class_name(set, k), names[k]);
}

/* K1, K3, K4: what Keras lists, and how it sorts it. `a-b` sorts between `a` and `a/deep`, as whole paths do.
 */
static void keras_rules(void **state)
{
    (void)state;
    put("real/z.png"), put("real/sub/a.png"), put("real/sub/deep/q.bmp"), put("real/sub-b/c.JPG");
    put("real/foojpg"), put("real/.x.png"), put("real/photo.gif"), put("real/notes.txt"), put("real/b.tiff");
    put("Cats/1.jpeg"), put("dogs/1.webp"), put(".hidden/h.png"), put("loose.png");
    assert_int_equal(symlink("nowhere.png", "real/broken.png"), 0);
    assert_int_equal(symlink("../Cats", "real/linked"), 0);
    assert_int_equal(symlink("real", "zlink"), 0);
    vib_dataset *set = open_one(".", 1);
    static const char *const classes[] = {".hidden", "Cats", "dogs", "real", "zlink"};
    static const char *const paths[] = {
        ".hidden/h.png",     "Cats/1.jpeg",          "real/.x.png",  "real/b.tiff",
        "real/broken.png",   "real/foojpg",          "real/z.png",   "real/sub/a.png",
        "real/sub-b/c.JPG",  "real/sub/deep/q.bmp",  "zlink/.x.png", "zlink/b.tiff",
        "zlink/broken.png",  "zlink/foojpg",         "zlink/z.png",  "zlink/sub/a.png",
        "zlink/sub-b/c.JPG", "zlink/sub/deep/q.bmp",
    };
    assert_classes(set, classes, VIB_COUNT(classes));
    assert_paths(set, paths, VIB_COUNT(paths));
    vib_dataset_free(&set);
    assert_null(set);
}

static void our_rules(void **state)
{
    (void)state;
    put("cats/2.jpg"), put("cats/10.PNG"), put("cats/._2.jpg"), put("cats/foojpg"), put("cats/a.bmp");
    put("cats/b.gif"), put("cats/more/c.GIF"), put("cats/@eaDir/t.jpg"), put("cats/more/d.jpeg");
    put("dogs/1.jpg"), put(".git/x.jpg"), put("__MACOSX/y.jpg"), put("fish/readme.txt");
    vib_dataset *set = open_one(".", 0);
    static const char *const classes[] = {"cats", "dogs"};
    static const char *const paths[] = {"cats/10.PNG", "cats/2.jpg", "cats/more/d.jpeg", "dogs/1.jpg"};
    assert_classes(set, classes, 2);
    assert_paths(set, paths, VIB_COUNT(paths));
    assert_int_equal(log_count("folders passed over: .git (hidden), __MACOSX (left by another program), "
                               "cats/@eaDir (left by another program), fish (no pictures)"),
                     1);
    assert_int_equal(log_count("2 .gif: not supported"), 1);
    assert_int_equal(log_count("1 .bmp: not supported"), 1);
    assert_int_equal(log_count("passed over"), 1);
    vib_dataset_free(&set);
}

static void layouts(void **state)
{
    (void)state;
    static const char *const names[] = {"validation", "val", "test"};
    for (size_t i = 0; i < VIB_COUNT(names); i++) {
        char path[64];
        log_start();
        put("train/cats/1.jpg"), put("train/dogs/2.jpg");
        put_file(strcat(strcpy(path, names[i]), "/cats/3.jpg"), "", 0);
        put_file(strcat(strcpy(path, names[i]), "/dogs/4.jpg"), "", 0);
        vib_dataset *train = NULL, *validation = NULL, *one = NULL;
        assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &train, &validation), 0);
        assert_paths(train, (const char *const[]){"cats/1.jpg", "dogs/2.jpg"}, 2);
        assert_paths(validation, (const char *const[]){"cats/3.jpg", "dogs/4.jpg"}, 2);
        vib_dataset_free(&train);
        vib_dataset_free(&validation);
        /* To evaluate, the validation part of a data root, and a line says so. */
        one = open_one(".", 0);
        assert_paths(one, (const char *const[]){"cats/3.jpg", "dogs/4.jpg"}, 2);
        assert_int_equal(log_count(strcat(strcpy(path, "taking the pictures of ./"), names[i])), 1);
        vib_dataset_free(&one);
        assert_int_equal(rename(names[i], "elsewhere"), 0);

        const vib_dataset_params given = {.train = "train", .validation = "elsewhere"};
        assert_int_equal(vib_dataset_open(&given, &train, &validation), 0);
        assert_int_equal(vib_dataset_size(train) + vib_dataset_size(validation), 4);
        char *full = vib_dataset_full_path(validation, 0);
        assert_string_equal(full, "elsewhere/cats/3.jpg");
        free(full);
        vib_dataset_free(&train);
        vib_dataset_free(&validation);
        leave_folder();
        enter_folder();
    }
    /* A class may be called train. */
    put("train/1.jpg"), put("car/2.jpg");
    vib_dataset *set = open_one(".", 0);
    assert_classes(set, (const char *const[]){"car", "train"}, 2);
    vib_dataset_free(&set);
}

static int contains(const vib_dataset *set, const char *path)
{
    for (size_t i = 0; i < vib_dataset_size(set); i++)
        if (!strcmp(vib_dataset_path(set, i), path))
            return 1;
    return 0;
}

static void put_numbered(const char *class_name, int first, int n)
{
    for (int i = first; i < first + n; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%03d.jpg", class_name, i);
        put(path);
    }
}

static void assert_ordered(const vib_dataset *set)
{
    for (size_t i = 1; i < vib_dataset_size(set); i++)
        assert_true(strcmp(vib_dataset_path(set, i - 1), vib_dataset_path(set, i)) < 0);
}

static size_t count_label(const vib_dataset *set, uint32_t label)
{
    size_t n = 0;
    for (size_t i = 0; i < vib_dataset_size(set); i++)
        n += vib_dataset_label(set, i) == label;
    return n;
}

static void split_is_stable(void **state)
{
    (void)state;
    put_numbered("cats", 0, 100), put_numbered("dogs", 0, 35), put_numbered("fish", 0, 1),
        put_numbered("owl", 0, 2);
    vib_dataset *train = NULL, *validation = NULL, *train2 = NULL, *validation2 = NULL;
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &train, &validation), 0);
    assert_int_equal(count_label(validation, 0), 20);
    assert_int_equal(count_label(validation, 1), 7);
    assert_int_equal(count_label(validation, 2), 0);
    assert_int_equal(count_label(validation, 3), 1);
    assert_int_equal(vib_dataset_size(train) + vib_dataset_size(validation), 138);
    assert_int_equal(vib_dataset_classes(validation), 4);
    assert_ordered(train);
    assert_ordered(validation);
    assert_int_equal(log_count("28 of 138 pictures set aside"), 1);
    for (size_t i = 0; i < vib_dataset_size(validation); i++)
        assert_false(contains(train, vib_dataset_path(validation, i)));

    /* With a tenth more pictures hardly any old one changes sides. */
    put_numbered("cats", 100, 10);
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &train2, &validation2), 0);
    size_t moved = 0;
    for (size_t i = 0; i < vib_dataset_size(train); i++)
        moved += !contains(train2, vib_dataset_path(train, i));
    for (size_t i = 0; i < vib_dataset_size(validation); i++)
        moved += !contains(validation2, vib_dataset_path(validation, i));
    assert_true(moved <= 4);
    /* The sides outlive each other. */
    vib_dataset_free(&train);
    assert_string_equal(vib_dataset_class_name(validation, 0), "cats");
    vib_dataset_free(&validation);
    vib_dataset_free(&validation2);
    assert_true(contains(train2, "fish/000.jpg"));
    vib_dataset_free(&train2);

    const vib_dataset_params half = {.root = ".", .validation_split = 0.5};
    assert_int_equal(vib_dataset_open(&half, &train, &validation), 0);
    assert_int_equal(count_label(validation, 0), 55);
    vib_dataset_free(&train);
    vib_dataset_free(&validation);
}

/* The rule itself, worked out again. */
static void split_takes_lowest_hashes(void **state)
{
    (void)state;
    put_numbered("cats", 0, 10), put_numbered("dogs", 0, 10);
    vib_dataset *train = NULL, *validation = NULL;
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &train, &validation), 0);
    char highest[65] = "", lowest[65] = "g", hash[65];
    for (size_t i = 0; i < 2; i++) {
        const char *path = vib_dataset_path(validation, i);
        SHA256Data((const uint8_t *)path, strlen(path), hash);
        if (strcmp(hash, highest) > 0)
            strcpy(highest, hash);
    }
    for (size_t i = 0; i < 8; i++) {
        const char *path = vib_dataset_path(train, i);
        SHA256Data((const uint8_t *)path, strlen(path), hash);
        if (strcmp(hash, lowest) < 0)
            strcpy(lowest, hash);
    }
    assert_true(strcmp(highest, lowest) < 0);
    vib_dataset_free(&train);
    vib_dataset_free(&validation);
}

static void expect_failure(vib_dataset_params params, int status, const char *message)
{
    vib_dataset *train = NULL, *validation = NULL;
    log_start();
    assert_int_equal(vib_dataset_open(&params, &train, &validation), status);
    assert_null(train);
    assert_null(validation);
    if (log_count(message) != 1)
        fail_msg("expected \"%s\" in: %s", message, log_text());
}

static void failures(void **state)
{
    (void)state;
    put_file("file", "", 0);
    expect_failure((vib_dataset_params){.root = "missing"}, VIB_BAD_DATA,
                   "missing: no such folder: give one");
    expect_failure((vib_dataset_params){.root = "file"}, VIB_BAD_DATA, "file: not a folder: give one");
    expect_failure((vib_dataset_params){0}, VIB_USAGE, "no folder of pictures given");
    expect_failure((vib_dataset_params){.root = ".", .validation_split = 1}, VIB_USAGE,
                   "validation split 1:");
    put("loose/1.jpg"), put("loose/2.jpg"), put("empty/cats/.keep"), put("empty/dogs/.keep");
    expect_failure((vib_dataset_params){.root = "loose"}, VIB_BAD_DATA,
                   "loose: 2 pictures but no class folders");
    expect_failure((vib_dataset_params){.root = "empty/cats"}, VIB_BAD_DATA,
                   "empty/cats: empty: put a folder");
    expect_failure((vib_dataset_params){.root = "empty"}, VIB_BAD_DATA,
                   "empty: no pictures (.jpg, .jpeg, .png");
    expect_failure((vib_dataset_params){.root = "empty", .keras = 1}, VIB_BAD_DATA, "empty: no pictures");
    put("one/cats/1.jpg");
    expect_failure((vib_dataset_params){.root = "one"}, VIB_BAD_DATA, "one: one class only (cats)");
    put("few/a/1.jpg"), put("few/b/1.jpg");
    expect_failure((vib_dataset_params){.root = "few"}, VIB_BAD_DATA,
                   "few: too few pictures to set some aside");
    put("half/validation/a/1.jpg"), put("half/validation/b/1.jpg");
    expect_failure((vib_dataset_params){.root = "half"}, VIB_BAD_DATA,
                   "half/validation: nothing to train on");
    expect_failure((vib_dataset_params){.validation = "few"}, VIB_USAGE, "few: nothing to train on");
}

static void classes_must_match(void **state)
{
    (void)state;
    put("d/train/cats/1.jpg"), put("d/train/dogs/1.jpg"), put("d/train/fish/1.jpg");
    put("d/val/cats/1.jpg"), put("d/val/dogs/1.jpg");
    expect_failure((vib_dataset_params){.root = "d"}, VIB_BAD_DATA,
                   "d/val: no pictures of class \"fish\", which d/train has");
    put("d/val/fish/1.jpg"), put("d/val/bird/1.jpg");
    expect_failure((vib_dataset_params){.root = "d"}, VIB_BAD_DATA,
                   "d/train: no pictures of class \"bird\", which d/val has");
}

static void fingerprint(void **state)
{
    (void)state;
    put_file("b/2.jpg", "abc", 3), put_file("a/1.jpg", "", 0);
    vib_dataset *set = open_one(".", 0);
    static const char text[] = "a\0a/1.jpg\0"
                               "0\nb\0b/2.jpg\0"
                               "3\n";
    unsigned char got[32], golden[32];
    SHA2_CTX ctx;
    SHA256Init(&ctx);
    SHA256Update(&ctx, (const uint8_t *)text, sizeof text - 1);
    SHA256Final(golden, &ctx);
    vib_dataset_fingerprint(set, got);
    assert_memory_equal(got, golden, 32);
    vib_dataset_free(&set);
    put_file("b/2.jpg", "abcd", 4);
    set = open_one(".", 0);
    vib_dataset_fingerprint(set, got);
    assert_memory_not_equal(got, golden, 32);
    vib_dataset_free(&set);
}

static void loose_paths(void **state)
{
    (void)state;
    const char *const paths[] = {"x.jpg", "/tmp/y.png", "-", "sub/z.jpg"};
    vib_dataset *set = NULL;
    assert_int_equal(vib_dataset_from_paths(paths, 4, &set), 0);
    assert_int_equal(vib_dataset_size(set), 4);
    assert_int_equal(vib_dataset_classes(set), 1);
    assert_string_equal(vib_dataset_class_name(set, 0), "");
    for (size_t i = 0; i < 4; i++) {
        char *full = vib_dataset_full_path(set, i);
        assert_string_equal(full, paths[i]);
        assert_int_equal(vib_dataset_label(set, i), 0);
        free(full);
    }
    vib_dataset_free(&set);
    assert_int_equal(vib_dataset_from_paths(NULL, 0, &set), 0);
    assert_int_equal(vib_dataset_size(set), 0);
    vib_dataset_free(&set);
}

/* Names are bytes: newlines, any encoding, the longest a file system takes. */
static void odd_names(void **state)
{
    (void)state;
    char path[300] = "a/";
    memset(path + 2, 'n', 251);
    strcpy(path + 253, ".jpg");
    path[2 + 255] = 0;
    put(path), put("a/new\nline.jpg"), put("a/\xFF\xFE.jpg"), put("b/\xC3\xB1.png"), put("b/ .jpg");
    assert_int_equal(symlink("..", "b/loop"), 0);
    vib_dataset *set = open_one(".", 0);
    assert_int_equal(vib_dataset_size(set), 5);
    assert_string_equal(vib_dataset_path(set, 0), "a/new\nline.jpg");
    vib_dataset_free(&set);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_test, leave_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keras_rules), TEST(our_rules),          TEST(layouts),     TEST(split_is_stable),
        TEST(failures),    TEST(classes_must_match), TEST(fingerprint), TEST(split_takes_lowest_hashes),
        TEST(loose_paths), TEST(odd_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
