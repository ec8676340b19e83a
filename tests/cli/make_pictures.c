/* Draws a data set that is easy to learn: make_pictures DIR COUNT writes COUNT pictures a class into
 * DIR/train and half as many into DIR/validation. Cats have bars lying, dogs standing; JPEG and PNG in turn.
 * make_pictures DIR odd writes cmyk.jpg, grey.jpg and one-pixel.jpg. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Needs stdio.h before it. */
#include <jpeglib.h>
#include <png.h>

enum { SIDE = 16 };

static unsigned state = 1;

static unsigned dice(unsigned n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % n;
}

static void draw(unsigned char *pixels, int standing)
{
    const unsigned width = 2 + dice(3), from = dice(4);
    unsigned char light[3], dark[3];
    for (int c = 0; c < 3; c++) {
        light[c] = (unsigned char)(160 + dice(90));
        dark[c] = (unsigned char)dice(90);
    }
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++)
            memcpy(pixels + 3 * (y * SIDE + x), ((standing ? x : y) + from) / width % 2 ? light : dark, 3);
}

/* side × side pixels of 1, 3 or 4 bytes. */
static void write_jpeg(FILE *file, unsigned char *pixels, unsigned side, int channels)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = jpeg.image_height = side;
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (unsigned y = 0; y < side; y++) {
        JSAMPROW row = pixels + (unsigned)channels * side * y;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
}

static int write_png(FILE *file, const unsigned char *pixels)
{
    png_image png = {.version = PNG_IMAGE_VERSION, .width = SIDE, .height = SIDE, .format = PNG_FORMAT_RGB};
    return png_image_write_to_stdio(&png, file, 0, pixels, 0, NULL) ? 0 : -1;
}

static int write_picture(const char *path, unsigned char *pixels, int as_png)
{
    int err = 0;
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        return -1;
    }
    if (as_png)
        err = write_png(file, pixels);
    else
        write_jpeg(file, pixels, SIDE, 3);
    return fclose(file) ? -1 : err;
}

static int make_class(const char *root, const char *part, const char *name, int standing, int count)
{
    char path[1024];
    unsigned char pixels[3 * SIDE * SIDE];
    snprintf(path, sizeof path, "%s/%s", root, part);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", root, part, name);
    mkdir(path, 0777);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s/%s/%03d.%s", root, part, name, i, i % 2 ? "png" : "jpg");
        draw(pixels, standing);
        if (write_picture(path, pixels, i % 2) < 0)
            return -1;
    }
    return 0;
}

static int make_odd(const char *root)
{
    static const struct {
        const char *name;
        unsigned side;
        int channels;
    } odd[] = {{"cmyk.jpg", SIDE, 4}, {"grey.jpg", SIDE, 1}, {"one-pixel.jpg", 1, 3}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char path[1024];
        unsigned char pixels[4 * SIDE * SIDE];
        for (size_t k = 0; k < sizeof pixels; k++)
            pixels[k] = (unsigned char)dice(256);
        snprintf(path, sizeof path, "%s/%s", root, odd[i].name);
        FILE *file = fopen(path, "wb");
        if (!file)
            return -1;
        write_jpeg(file, pixels, odd[i].side, odd[i].channels);
        if (fclose(file))
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[2], "odd")) {
        mkdir(argv[1], 0777);
        return make_odd(argv[1]) < 0;
    }
    const int count = argc == 3 ? atoi(argv[2]) : 0;
    if (count < 2) {
        fprintf(stderr, "usage: make_pictures DIR COUNT|odd\n");
        return 2;
    }
    mkdir(argv[1], 0777);
    return make_class(argv[1], "train", "cats", 0, count) < 0 ||
           make_class(argv[1], "train", "dogs", 1, count) < 0 ||
           make_class(argv[1], "validation", "cats", 0, count / 2) < 0 ||
           make_class(argv[1], "validation", "dogs", 1, count / 2) < 0;
}
