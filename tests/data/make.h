/* Pictures and folders made for the tests, so that none has to be kept. */
#ifndef TESTS_DATA_MAKE_H
#define TESTS_DATA_MAKE_H

#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
    unsigned char *data; /* free */
    size_t size;
} bytes;

typedef struct jpeg_options {
    int channels; /* 1, 3 or 4 (CMYK as Adobe stores it) */
    int quality, progressive;
    int orientation; /* EXIF, 0: none */
} jpeg_options;

typedef struct png_options {
    int type, depth; /* libpng's colour type and bit depth */
    int interlaced;
    const unsigned char *palette; /* RGB triplets */
    int colours;
    int transparent; /* adds tRNS */
    int orientation; /* eXIf, 0: none */
} png_options;

/* pixels: rows as the format stores them, without padding. */
bytes make_jpeg(int width, int height, const unsigned char *pixels, jpeg_options options);
bytes make_png(int width, int height, const unsigned char *rows, png_options options);

/* A smooth RGB picture that differs with `seed`, as JPEG or, with `png`, PNG. */
bytes make_sample(int width, int height, unsigned seed, int png);

/* A new temporary folder, current from now on; leave_folder removes it with all it holds. */
void enter_folder(void);
void leave_folder(void);

/* Set-up and tear-down of a cmocka test: such a folder, and the log captured. */
int enter_test(void **state);
int leave_test(void **state);
/* Writes "a/b/name", making the folders. */
void put_file(const char *path, const void *data, size_t size);
void put_sample(const char *path, int width, int height, unsigned seed);

/* Collects what the library logs, one line each, from `log_start` on. */
void log_start(void);
const char *log_text(void);
int log_count(const char *part); /* lines that contain it */
void log_stop(void);

/* A value that follows from the one before: the same tests every time. */
uint32_t next_random(uint32_t *state);

#endif
