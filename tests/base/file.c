/* Whole files in, atomic files out. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vibrisa/status.h>

#include <cmocka.h>

#include "../capture.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[4][400];
    static int k;
    k = (k + 1) % 4;
    snprintf(path[k], sizeof path[k], "%s/%s", folder, name);
    return path[k];
}

static int count_entries(void)
{
    int n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void assert_content(const char *path, const char *want)
{
    char *data;
    size_t size;
    assert_int_equal(vib_file_read(path, 1 << 20, &data, &size), 0);
    assert_int_equal(size, strlen(want));
    assert_string_equal(data, want);
    free(data);
}

static int write_text(const char *path, const char *text, const char *backup)
{
    return vib_file_write(path, &(vib_piece){text, strlen(text)}, 1, backup);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "vibrisa-test-XXXXXX");
    capture_start();
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *d = opendir(folder);
    for (const struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            unlink(in_folder(e->d_name));
            rmdir(in_folder(e->d_name));
        }
    closedir(d);
    return rmdir(folder);
}

static void test_write(void **state)
{
    (void)state;
    const vib_piece pieces[] = {{"one ", 4}, {"two", 3}, {"", 0}, {"!", 1}};
    assert_int_equal(vib_file_write(in_folder("f"), pieces, 4, NULL), 0);
    assert_content(in_folder("f"), "one two!");
    assert_int_equal(write_text(in_folder("f"), "new", NULL), 0);
    assert_content(in_folder("f"), "new");
    assert_int_equal(vib_file_write(in_folder("empty"), NULL, 0, NULL), 0);
    assert_content(in_folder("empty"), "");
    assert_int_equal(count_entries(), 2);
}

static void test_backup(void **state)
{
    (void)state;
    assert_int_equal(write_text(in_folder("f"), "1", in_folder("b")), 0);
    assert_int_equal(access(in_folder("b"), F_OK), -1);
    assert_int_equal(write_text(in_folder("f"), "2", in_folder("b")), 0);
    assert_content(in_folder("f"), "2");
    assert_content(in_folder("b"), "1");
    assert_int_equal(write_text(in_folder("f"), "3", in_folder("b")), 0);
    assert_content(in_folder("f"), "3");
    assert_content(in_folder("b"), "2");
    assert_int_equal(count_entries(), 2);
}

/* A write that fails half-way, as on a full disk: the old file stays and nothing is left behind. */
static void test_failed_write(void **state)
{
    (void)state;
    struct rlimit old;
    const size_t big = 1 << 16;
    char *data = calloc(big, 1);
    assert_non_null(data);
    assert_int_equal(write_text(in_folder("f"), "old", NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit small = {4096, old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const int err = vib_file_write(in_folder("f"), &(vib_piece){data, big}, 1, in_folder("b"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    free(data);
    assert_int_equal(err, VIB_FAILED);
    assert_captured("cannot write");
    assert_content(in_folder("f"), "old");
    assert_int_equal(count_entries(), 1);
}

static void test_no_folder(void **state)
{
    (void)state;
    assert_int_equal(write_text(in_folder("missing/f"), "x", NULL), VIB_FAILED);
    assert_captured("missing/f");
}

/* The super-user may write everywhere, so there the folder is a file. */
static void test_unwritable_folder(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        assert_int_equal(write_text(in_folder("plain"), "", NULL), 0);
        assert_int_equal(write_text(in_folder("plain/f"), "x", NULL), VIB_FAILED);
        assert_captured("cannot create");
        return;
    }
    assert_int_equal(write_text(in_folder("f"), "old", NULL), 0);
    assert_int_equal(chmod(folder, 0500), 0);
    const int err = write_text(in_folder("f"), "new", NULL);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(err, VIB_FAILED);
    assert_captured("cannot create");
    assert_content(in_folder("f"), "old");
    assert_int_equal(count_entries(), 1);
}

/* The target is a folder: the rename fails, the temporary file goes. */
static void test_target_is_a_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("d"), 0777), 0);
    assert_int_equal(write_text(in_folder("d"), "x", NULL), VIB_FAILED);
    assert_captured("cannot rename");
    assert_int_equal(count_entries(), 1);
}

static void test_read(void **state)
{
    (void)state;
    char *data;
    size_t size;
    assert_int_equal(write_text(in_folder("f"), "12345", NULL), 0);
    assert_int_equal(vib_file_read(in_folder("f"), 5, &data, &size), 0);
    assert_int_equal(size, 5);
    assert_int_equal(data[5], 0);
    free(data);
    assert_int_equal(vib_file_read(in_folder("f"), 4, &data, &size), EFBIG);
    assert_int_equal(vib_file_read(in_folder("none"), 4, &data, &size), ENOENT);
    assert_int_equal(vib_file_read(folder, 4, &data, &size), EISDIR);
    assert_int_equal(captured_count, 0);
}

static void test_folders(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(vib_make_folders(in_folder("a/b/c")), 0);
    assert_int_equal(stat(in_folder("a/b/c"), &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(vib_make_folders(in_folder("a/b/c/")), 0);
    assert_int_equal(vib_make_folders("."), 0);
    rmdir(in_folder("a/b/c"));
    rmdir(in_folder("a/b"));
    assert_int_equal(write_text(in_folder("f"), "x", NULL), 0);
    assert_int_equal(vib_make_folders(in_folder("f/g")), VIB_FAILED);
    assert_captured("cannot make the folder");
}

static void test_join(void **state)
{
    (void)state;
    char *path = vib_path_join("a", "b");
    assert_string_equal(path, "a/b");
    free(path);
    path = vib_path_join("/", "b");
    assert_string_equal(path, "/b");
    free(path);
}

#define IN_FOLDER(t) cmocka_unit_test_setup_teardown(t, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_write),
        IN_FOLDER(test_backup),
        IN_FOLDER(test_failed_write),
        IN_FOLDER(test_no_folder),
        IN_FOLDER(test_unwritable_folder),
        IN_FOLDER(test_target_is_a_folder),
        IN_FOLDER(test_read),
        IN_FOLDER(test_folders),
        cmocka_unit_test(test_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
