/* Folders that change while they are used, and things in them that are no pictures whatever their names say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <vibrisa/check.h>

#include "base/common.h"
#include "data/index.h"
#include "data/loader.h"
#include "make.h"

enum { SIDE = 8, PICTURES = 24 };

static vib_dataset *open_here(void)
{
    vib_dataset *set = NULL;
    assert_int_equal(vib_dataset_open(&(vib_dataset_params){.root = "."}, &set, NULL), 0);
    return set;
}

static vib_loader *loader_of(const vib_dataset *set, vib_bad_images policy)
{
    vib_loader *loader = NULL;
    const vib_loader_params params = {.set = set,
                                      .preprocess = {.height = SIDE, .width = SIDE, .channels = 3},
                                      .workers = 2,
                                      .bad_images = policy};
    assert_int_equal(vib_loader_create(&params, &loader), 0);
    return loader;
}

/* One pass over all in index order: pictures delivered, or the status that ended it. */
static long long pass(vib_loader *loader, const vib_dataset *set)
{
    uint32_t order[64];
    long long n = 0;
    vib_batch b;
    int got;
    for (size_t i = 0; i < set->n; i++)
        order[i] = (uint32_t)i;
    const vib_batches batches = {.n = set->n, .batch = 1};
    assert_int_equal(vib_loader_start(loader, order, &batches, 0, set->n), 0);
    while ((got = vib_loader_next(loader, &b)) == 1) {
        n += (long long)b.n;
        vib_loader_release(loader, &b);
    }
    return got < 0 ? got : n;
}

static void put_pictures(void)
{
    char path[32];
    for (int i = 0; i < PICTURES; i++) {
        snprintf(path, sizeof path, "%s/%02d.jpg", i % 2 ? "dogs" : "cats", i);
        put_sample(path, 20, 20, (unsigned)i);
    }
}

/* Between two epochs: gone, replaced by a folder, a pipe, a locked file, rubbish, another picture. */
static void between_epochs(void **state)
{
    (void)state;
    put_pictures();
    vib_dataset *set = open_here();
    vib_loader *loader = loader_of(set, VIB_BAD_SKIP);
    assert_int_equal(pass(loader, set), PICTURES);
    assert_int_equal(log_count("skipped"), 0);
    assert_int_equal(unlink("cats/00.jpg"), 0);
    assert_int_equal(unlink("cats/02.jpg"), 0);
    assert_int_equal(mkdir("cats/02.jpg", 0777), 0);
    assert_int_equal(unlink("cats/04.jpg"), 0);
    assert_int_equal(mkfifo("cats/04.jpg", 0666), 0);
    put_file("cats/06.jpg", "rubbish", 7);
    put_file("cats/08.jpg", "", 0);
    put_sample("cats/10.jpg", 30, 30, 99); /* fine */
    const int locked = geteuid() != 0;     /* nothing is locked for root */
    assert_int_equal(chmod("cats/12.jpg", 0), 0);
    assert_int_equal(unlink("cats/14.jpg"), 0);
    assert_int_equal(symlink("14.jpg", "cats/14.jpg"), 0);
    assert_int_equal(pass(loader, set), PICTURES - 6 - locked);
    assert_int_equal(log_count("cats/00.jpg: No such file or directory, skipped"), 1);
    assert_int_equal(log_count("cats/02.jpg: Is a directory, skipped"), 1);
    assert_int_equal(log_count("cats/04.jpg: not a regular file, skipped"), 1);
    assert_int_equal(log_count("cats/06.jpg: not a picture, skipped"), 1);
    assert_int_equal(log_count("cats/08.jpg: empty file, skipped"), 1);
    assert_int_equal(log_count("cats/12.jpg: Permission denied, skipped"), locked);
    assert_int_equal(log_count("cats/14.jpg: Too many levels of symbolic links, skipped"), 1);
    vib_loader_destroy(&loader);

    loader = loader_of(set, VIB_BAD_STOP);
    assert_int_equal(pass(loader, set), VIB_BAD_DATA);
    assert_int_equal(log_count("cats/00.jpg: No such file or directory: remove or mend it"), 1);
    vib_loader_destroy(&loader);
    vib_dataset_free(&set);
    assert_int_equal(chmod("cats/12.jpg", 0666), 0);
}

/* The whole folder is moved away: nothing is left, and each picture says so. */
static void all_gone(void **state)
{
    (void)state;
    put_pictures();
    vib_dataset *set = open_here();
    vib_loader *loader = loader_of(set, VIB_BAD_SKIP);
    assert_int_equal(rename("cats", "away"), 0);
    assert_int_equal(rename("dogs", "away2"), 0);
    assert_int_equal(pass(loader, set), 0);
    assert_int_equal(log_count("No such file or directory, skipped"), PICTURES);
    vib_loader_destroy(&loader);
    vib_dataset_free(&set);
}

/* Links that go round, a folder named as a picture, a pipe: indexed without end or hang. */
static void odd_things(void **state)
{
    (void)state;
    put_pictures();
    put_sample("cats/folder.jpg/in.jpg", 20, 20, 50);
    assert_int_equal(symlink("..", "cats/up"), 0);
    assert_int_equal(symlink("loop", "cats/loop"), 0);
    assert_int_equal(symlink("loop.jpg", "cats/loop.jpg"), 0);
    assert_int_equal(mkfifo("dogs/pipe.jpg", 0666), 0);
    assert_int_equal(symlink(".", "round"), 0); /* a class of its own: its folders once, no links below */
    vib_dataset *set = open_here();
    assert_int_equal(set->n_classes, 3);
    assert_string_equal(set->classes[2], "round");
    assert_int_equal(set->n, 2 * (PICTURES + 3));
    vib_dataset_free(&set);

    assert_int_equal(unlink("round"), 0);
    vib_check_report *r = NULL;
    assert_int_equal(vib_check(&(vib_check_params){.data.root = "."}, &r), 0);
    assert_int_equal(r->n_pictures, PICTURES + 3);
    assert_int_equal(r->unreadable, 2);
    vib_check_report_free(&r);
}

/* Any name a file system takes: it is read, and shown on one line. */
static void any_name(void **state)
{
    (void)state;
    char longest[300] = "cats/";
    memset(longest + 5, 'x', 251);
    strcpy(longest + 5 + 251, ".jpg");
    static const char *const names[] = {"cats/ two  spaces .jpg", "cats/new\nline.jpg", "cats/\x1b[31m.jpg",
                                        "cats/caf\xC3\xA9.jpg",   "cats/caf\xE9.jpg",   "cats/-rf.jpg",
                                        "dogs/%s%n.jpg"};
    put_sample(longest, 20, 20, 1);
    for (size_t i = 0; i < VIB_COUNT(names); i++)
        put_sample(names[i], 20, 20, (unsigned)i);
    vib_dataset *set = open_here();
    assert_int_equal(set->n, VIB_COUNT(names) + 1);
    vib_loader *loader = loader_of(set, VIB_BAD_SKIP);
    assert_int_equal(pass(loader, set), VIB_COUNT(names) + 1);
    vib_loader_destroy(&loader);

    for (size_t i = 0; i < VIB_COUNT(names); i++)
        put_file(names[i], "bad", 3);
    loader = loader_of(set, VIB_BAD_SKIP);
    log_start();
    assert_int_equal(pass(loader, set), 1);
    assert_int_equal(log_count("not a picture"), VIB_COUNT(names));
    assert_int_equal(log_count("./cats/new\\nline.jpg: not a picture") + log_count("cats/new\\nline.jpg"), 1);
    assert_int_equal(log_count("cats/\\x1B[31m.jpg: not a picture"), 1);
    assert_int_equal(log_count("cats/caf\xC3\xA9.jpg: not a picture"), 1);
    assert_int_equal(log_count("cats/caf\\xE9.jpg: not a picture"), 1);
    assert_int_equal(log_count("dogs/%s%n.jpg: not a picture"), 1);
    vib_loader_destroy(&loader);
    vib_dataset_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(between_epochs, enter_test, leave_test),
        cmocka_unit_test_setup_teardown(all_gone, enter_test, leave_test),
        cmocka_unit_test_setup_teardown(odd_things, enter_test, leave_test),
        cmocka_unit_test_setup_teardown(any_name, enter_test, leave_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
