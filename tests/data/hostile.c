/* Broken, odd and mislabelled files from public test suites: each decodes or gives one reason, as Pillow did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "image/image.h"

#define FOLDER SHARED_DATA "/hostile/"

/* Where we and Pillow differ. */
static const struct exception {
    const char *file;
    int taken; /* by us; -1: depends on the library */
} exceptions[] = {
    /* Formats we do not read. */
    {"mislabelled/gif-as-rotating-squares.jpg", 0},
    {"mislabelled/tiff-as-hopper.tif.jpg", 0},
    {"mislabelled/webp-as-4.webp.jpg", VIB_WITH_WEBP},
    /* Lossless JPEG: newer libjpeg-turbo reads it. */
    {"jpeg/12m-testimg_rgb.jpg", -1},
    /* The data of a scan end early and grey is filled in: Pillow does not look. */
    {"jpeg/jpegdec-partial_progressive.jpg", 0},
    {"jpeg/ljtseed-github_305_CVE-2018-19664_49065782-f0ebfd00-f216-11e8-9e9b-a86f3d5ea58a.jpg", 0},
    {"jpeg/pillow-hopper_bad_exif.jpg", 0},
    {"jpeg/zunefuzz-small-img.jpg", 0},
    /* The pixels' chunk is longer than the file; a line's filter does not exist. */
    {"png/libpng-huge_IDAT.png", 0},
    {"png/pillow-broken_data_stream.png", 0},
    /* Only parts that we do not look at are broken: a JFIF marker, what follows the last line, colour. */
    {"jpeg/12m-jfif-bogus-empty-jfif-segment.jpg", 1},
    {"jpeg/its-8a9cc8eeed66aeb423a91c44111d9450.jpg", 1},
    {"png/libpng-empty_ancillary_chunks.png", 1},
};

/* Pillow's answer, unless the file is a known exception; -1: either. */
static int expected(const char *file, const char *pillow)
{
    for (size_t i = 0; i < VIB_COUNT(exceptions); i++)
        if (!strcmp(exceptions[i].file, file))
            return exceptions[i].taken;
    return !strncmp(pillow, "ok", 2);
}

/* One file: 1 taken, 0 refused. */
static int try_file(const char *file, const vib_preprocess *how)
{
    char path[512];
    unsigned char out[64 * 64 * 3];
    vib_str why = {0};
    snprintf(path, sizeof path, FOLDER "%s", file);
    const clock_t start = clock();
    const int err = vib_image_load(path, how, out, &why);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (err != 0 && (err != VIB_BAD_DATA || !why.len || strchr(why.text, '\n')))
        fail_msg("%s: status %d, reason \"%s\"", file, err, why.len ? why.text : "");
    if (seconds > 1)
        fail_msg("%s: took %.1f s", file, seconds);
    vib_str_free(&why);
    return err == 0;
}

/* The k-th field, from 0, of a line of tabs; the line is changed. */
static const char *field(char *line, int k)
{
    for (; k && line; k--)
        if ((line = strchr(line, '\t')))
            line++;
    if (line)
        line[strcspn(line, "\t\n")] = 0;
    return line ? line : "";
}

static void every_file(void **state)
{
    (void)state;
    FILE *f = fopen(FOLDER "index.tsv", "r");
    assert_non_null(f);
    char line[8192], copy[8192];
    size_t n = 0, differ = 0;
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        strcpy(copy, line);
        const char *file = field(line, 0), *pillow = field(copy, 7);
        const vib_preprocess keras = {.height = 64, .width = 64, .channels = 3, .keras = 1};
        const vib_preprocess ours = {.height = 64,
                                     .width = 64,
                                     .channels = 3,
                                     .exif = 1,
                                     .resize = VIB_RESIZE_ANTIALIAS,
                                     .partial = 1,
                                     .fit = n % 2 ? VIB_FIT_PAD : VIB_FIT_CROP};
        const int taken = try_file(file, &keras);
        try_file(file, &ours);
        n++;
        const int wanted = *pillow ? expected(file, pillow) : 0; /* 0: the bombs */
        if (wanted >= 0 && taken != wanted) {
            print_message("%s: %s, Pillow: %s\n", file, taken ? "taken" : "refused", pillow);
            differ++;
        }
    }
    fclose(f);
    assert_true(n > 200);
    assert_int_equal(differ, 0);
}

/* In a process of its own: what it took at most, in bytes and seconds. */
static void measure(const char *file, uint64_t *bytes, double *seconds)
{
    static const vib_preprocess how = {
        .height = 64, .width = 64, .channels = 3, .exif = 1, .resize = VIB_RESIZE_ANTIALIAS};
    struct rusage usage;
    int status;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        try_file(file, &how);
        _exit(0);
    }
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    if (status != 0)
        fail_msg("%s: status %d", file, status);
    *bytes = (uint64_t)usage.ru_maxrss * 1024;
    *seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void memory_and_time(void **state)
{
    (void)state;
    uint64_t most = 0;
    double longest = 0;
    FILE *f = fopen(FOLDER "index.tsv", "r");
    assert_non_null(f);
    char line[8192];
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        uint64_t bytes;
        double seconds;
        const char *file = field(line, 0);
        measure(file, &bytes, &seconds);
        if (bytes > (uint64_t)256 << 20 || seconds > 1)
            fail_msg("%s: %llu MiB, %.2f s", file, (unsigned long long)bytes >> 20, seconds);
        most = VIB_MAX(most, bytes);
        longest = VIB_MAX(longest, seconds);
    }
    fclose(f);
    print_message("at most %llu MiB, %.2f s\n", (unsigned long long)most >> 20, longest);
}

int main(void)
{
    if (access(FOLDER "index.tsv", R_OK) != 0) {
        puts("skipped: no " FOLDER "index.tsv");
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_file), cmocka_unit_test(memory_and_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
