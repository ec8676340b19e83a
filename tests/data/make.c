#define _XOPEN_SOURCE 700 /* nftw */

#include "make.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>
#include <png.h>
#include <vibrisa/log.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

/* Big-endian TIFF with one entry: tag 0x112, SHORT, count 1. */
static void exif_block(unsigned char block[26], int orientation)
{
    static const unsigned char start[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1};
    memset(block, 0, 26);
    memcpy(block, start, sizeof start);
    block[19] = (unsigned char)orientation;
}

bytes make_jpeg(int width, int height, const unsigned char *pixels, jpeg_options options)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    bytes out = {0};
    unsigned long size = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out.data, &size);
    c.image_width = (JDIMENSION)width;
    c.image_height = (JDIMENSION)height;
    c.input_components = options.channels;
    c.in_color_space = options.channels == 1 ? JCS_GRAYSCALE : options.channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, options.quality ? options.quality : 90, TRUE);
    if (options.progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    if (options.orientation) {
        unsigned char marker[32] = "Exif\0";
        exif_block(marker + 6, options.orientation);
        jpeg_write_marker(&c, JPEG_APP0 + 1, marker, sizeof marker);
    }
    for (int y = 0; y < height; y++) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)y * (size_t)width * (size_t)options.channels);
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    out.size = size;
    return out;
}

static void append(png_structp png, png_bytep data, png_size_t n)
{
    bytes *out = png_get_io_ptr(png);
    out->data = realloc(out->data, out->size + n);
    assert(out->data);
    memcpy(out->data + out->size, data, n);
    out->size += n;
}

bytes make_png(int width, int height, const unsigned char *rows, png_options options)
{
    bytes out = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &out, append, NULL);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, options.depth, options.type,
                 options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (options.palette)
        png_set_PLTE(png, info, (png_const_colorp)options.palette, options.colours);
    if (options.transparent) {
        const unsigned char alpha[] = {0, 128};
        const png_color_16 none = {.gray = 1};
        png_set_tRNS(png, info, options.palette ? alpha : NULL, options.palette ? 2 : 0, &none);
    }
    unsigned char exif[26];
    exif_block(exif, options.orientation);
    if (options.orientation)
        png_set_eXIf_1(png, info, sizeof exif, exif);
    png_write_info(png, info);
    const size_t line = png_get_rowbytes(png, info);
    png_bytepp list = calloc((size_t)height, sizeof *list);
    assert(list);
    for (int y = 0; y < height; y++)
        list[y] = (png_bytep)(uintptr_t)(rows + (size_t)y * line);
    png_write_image(png, list);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(list);
    return out;
}

bytes make_sample(int width, int height, unsigned seed, int png)
{
    unsigned char *pixels = malloc((size_t)width * (size_t)height * 3);
    assert(pixels);
    unsigned char *p = pixels;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                *p++ = (unsigned char)(seed * 29 + (unsigned)(x * 3 + y * 2 + c * 40));
    const bytes out =
        png ? make_png(width, height, pixels, (png_options){.type = PNG_COLOR_TYPE_RGB, .depth = 8})
            : make_jpeg(width, height, pixels, (jpeg_options){.channels = 3});
    free(pixels);
    return out;
}

static char folder[64];
static int came_from;

void enter_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/vibrisa-test-XXXXXX");
    assert(mkdtemp(folder));
    char *before = getcwd(NULL, 0);
    assert(before && chdir(folder) == 0);
    free(before);
    came_from = 1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void leave_folder(void)
{
    assert(came_from && chdir("/") == 0);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    came_from = 0;
}

void put_file(const char *path, const void *data, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (slash) {
        char *parent = vib_strndup(path, (size_t)(slash - path));
        assert(parent && vib_make_folders(parent) == 0);
        free(parent);
    }
    FILE *f = fopen(path, "wb");
    assert(f);
    assert(fwrite(data, 1, size, f) == size);
    fclose(f);
}

void put_sample(const char *path, int width, int height, unsigned seed)
{
    const size_t n = strlen(path);
    const bytes b = make_sample(width, height, seed, n > 4 && !strcmp(path + n - 4, ".png"));
    put_file(path, b.data, b.size);
    free(b.data);
}

static vib_str lines;

static void collect(void *user, vib_log_level level, const char *text)
{
    (void)user, (void)level;
    vib_str_printf(&lines, "%s\n", text);
}

void log_start(void)
{
    vib_str_free(&lines);
    vib_log_set(collect, NULL, VIB_LOG_INFO);
}

const char *log_text(void)
{
    return lines.text ? lines.text : "";
}

int log_count(const char *part)
{
    int n = 0;
    for (const char *at = log_text(); (at = strstr(at, part)); n++) {
        at = strchr(at, '\n');
        assert(at);
    }
    return n;
}

void log_stop(void)
{
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_str_free(&lines);
}

uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

int enter_test(void **state)
{
    (void)state;
    enter_folder();
    log_start();
    return 0;
}

int leave_test(void **state)
{
    (void)state;
    log_stop();
    leave_folder();
    return 0;
}
