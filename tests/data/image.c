/* Decoding, colours, orientation, resizing, and what happens to damaged files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>
#include <png.h>
#if VIB_WITH_WEBP
#include <webp/encode.h>
#endif

#include "base/mem.h"
#include "image/decode.h"
#include "image/image.h"
#include "make.h"

static json_t *pillow, *augment;

static int load_goldens(void **state)
{
    (void)state;
    pillow = json_load_file(TEST_DATA "/data/pillow.json", 0, NULL);
    augment = json_load_file(TEST_DATA "/golden/augment.json", 0, NULL);
    return pillow && augment ? 0 : -1;
}

static int free_goldens(void **state)
{
    (void)state;
    json_decref(pillow);
    json_decref(augment);
    return 0;
}

static int at(const json_t *array, size_t i)
{
    return (int)json_integer_value(json_array_get(array, i));
}

static void assert_bytes(const json_t *golden, const unsigned char *got)
{
    size_t i;
    const json_t *v;
    json_array_foreach((json_t *)(uintptr_t)golden, i, v) assert_int_equal(got[i], json_integer_value(v));
}

static const vib_preprocess rgb = {.height = 8, .width = 8, .channels = 3};

/* Decodes and frees the bytes; 0 and the picture, or the status with the reason in `why`. */
static int decode(bytes b, vib_preprocess how, vib_image *out, vib_str *why)
{
    vib_str_free(why);
    const int err = vib_image_decode(b.data, b.size, &how, NULL, out, why);
    free(b.data);
    return err;
}

static void assert_pixel(const vib_image *image, int x, int y, int r, int g, int b)
{
    const unsigned char *p = image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 3;
    assert_int_equal(p[0], r);
    assert_int_equal(p[1], g);
    assert_int_equal(p[2], b);
}

static void nearest_is_keras(void **state)
{
    (void)state;
    const json_t *cases = json_object_get(augment, "nearest_resize");
    assert_int_equal(json_array_size(cases), 10);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i), *idx = json_object_get(c, "idx");
        const int src = (int)json_integer_value(json_object_get(c, "src"));
        const int dst = (int)json_integer_value(json_object_get(c, "dst"));
        assert_int_equal(json_array_size(idx), dst);
        /* Two bytes a pixel tell where it came from; across, then down. */
        vib_image image = {.width = src, .height = 1, .channels = 3, .pixels = vib_calloc((size_t)src, 3)};
        unsigned char *out = vib_calloc((size_t)dst, 3);
        for (int turn = 0; turn < 2; turn++) {
            for (int x = 0; x < src; x++) {
                image.pixels[3 * x] = (unsigned char)(x >> 8);
                image.pixels[3 * x + 1] = (unsigned char)x;
            }
            assert_int_equal(
                vib_image_resize(&image, VIB_RESIZE_NEAREST, turn ? 1 : dst, turn ? dst : 1, out), 0);
            for (int x = 0; x < dst; x++)
                assert_int_equal(out[3 * x] << 8 | out[3 * x + 1], at(idx, (size_t)x));
            image.width = 1;
            image.height = src;
        }
        free(image.pixels);
        free(out);
    }
}

/* K15's own examples: multiplying the position out instead of adding it up gives 1 and 3. */
static void nearest_accumulates(void **state)
{
    (void)state;
    unsigned char pixels[64], out[96];
    for (int i = 0; i < 64; i++)
        pixels[i] = (unsigned char)i;
    vib_image image = {.width = 4, .height = 1, .channels = 1, .pixels = pixels};
    assert_int_equal(vib_image_resize(&image, VIB_RESIZE_NEAREST, 50, 1, out), 0);
    assert_int_equal(out[12], 0);
    image.width = 64;
    assert_int_equal(vib_image_resize(&image, VIB_RESIZE_NEAREST, 96, 1, out), 0);
    assert_int_equal(out[4], 2);
}

static void antialias_is_pillow(void **state)
{
    (void)state;
    const json_t *cases = json_object_get(pillow, "bilinear");
    assert_true(json_array_size(cases) >= 6);
    for (size_t n = 0; n < json_array_size(cases); n++) {
        const json_t *c = json_array_get(cases, n), *from = json_object_get(c, "from"),
                     *to = json_object_get(c, "to");
        vib_image image = {.width = at(from, 0), .height = at(from, 1), .channels = at(from, 2)};
        image.pixels = vib_calloc((size_t)image.width * (size_t)image.height, (size_t)image.channels);
        unsigned char *p = image.pixels;
        for (int i = 0; i < image.height; i++)
            for (int j = 0; j < image.width; j++)
                for (int k = 0; k < image.channels; k++)
                    *p++ = (unsigned char)(37 * i + 11 * j * j + 53 * k + 7 * i * j);
        const json_t *golden = json_object_get(c, "pixels");
        unsigned char *out = vib_calloc(json_array_size(golden), 1);
        assert_int_equal(json_array_size(golden), at(to, 0) * at(to, 1) * image.channels);
        assert_int_equal(vib_image_resize(&image, VIB_RESIZE_ANTIALIAS, at(to, 0), at(to, 1), out), 0);
        assert_bytes(golden, out);
        free(image.pixels);
        free(out);
    }
}

static void colours_are_pillow(void **state)
{
    (void)state;
    unsigned char out[3];
    const json_t *cmyk = json_object_get(pillow, "cmyk"), *luma = json_object_get(pillow, "luma");
    assert_true(json_array_size(cmyk) > 20 && json_array_size(luma) > 20);
    for (size_t i = 0; i < json_array_size(cmyk); i++) {
        const json_t *c = json_array_get(cmyk, i);
        unsigned char inverted[4];
        for (size_t k = 0; k < 4; k++)
            inverted[k] = (unsigned char)(255 - at(json_object_get(c, "cmyk"), k));
        vib_colour_convert(VIB_COLOUR_ADOBE_CMYK, inverted, out, 3, 1);
        assert_bytes(json_object_get(c, "rgb"), out);
        vib_colour_convert(VIB_COLOUR_ADOBE_CMYK, inverted, out, 1, 1);
        assert_int_equal(out[0], json_integer_value(json_object_get(c, "luma")));
    }
    for (size_t i = 0; i < json_array_size(luma); i++) {
        const json_t *c = json_array_get(luma, i);
        const unsigned char in[] = {(unsigned char)at(c, 0), (unsigned char)at(c, 1),
                                    (unsigned char)at(c, 2)};
        vib_colour_convert(VIB_COLOUR_RGB, in, out, 1, 1);
        assert_int_equal(out[0], at(c, 3));
    }
}

static void check_jpeg_golden(const char *name)
{
    const json_t *c = json_object_get(pillow, name);
    const char *hex = json_string_value(json_object_get(c, "hex"));
    assert_non_null(hex);
    bytes b = {.size = strlen(hex) / 2};
    b.data = vib_calloc(b.size, 1);
    for (size_t i = 0; i < b.size; i++) {
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        b.data[i] = (unsigned char)v;
    }
    vib_image image;
    vib_str why = {0};
    assert_int_equal(decode(b, rgb, &image, &why), 0);
    assert_int_equal(image.width, at(json_object_get(c, "size"), 0));
    assert_int_equal(image.height, at(json_object_get(c, "size"), 1));
    assert_bytes(json_object_get(c, "rgb"), image.pixels);
    assert_int_equal(why.len, 0);
    vib_image_free(&image);
    vib_str_free(&why);
}

static void jpeg_is_pillow(void **state)
{
    (void)state;
    check_jpeg_golden("jpeg_420");
    check_jpeg_golden("jpeg_progressive");
}

static void jpeg_kinds(void **state)
{
    (void)state;
    vib_image image;
    vib_str why = {0};
    unsigned char flat[16 * 16 * 4];
    memset(flat, 77, sizeof flat);
    assert_int_equal(decode(make_jpeg(16, 16, flat, (jpeg_options){.channels = 1}), rgb, &image, &why), 0);
    assert_pixel(&image, 3, 3, 77, 77, 77);
    vib_image_free(&image);
    /* Adobe CMYK holds 255 - ink: all at 255 is white, at 128 ink over ink. */
    memset(flat, 255, sizeof flat);
    assert_int_equal(decode(make_jpeg(16, 16, flat, (jpeg_options){.channels = 4}), rgb, &image, &why), 0);
    assert_pixel(&image, 8, 8, 255, 255, 255);
    vib_image_free(&image);
    memset(flat, 128, sizeof flat);
    assert_int_equal(decode(make_jpeg(16, 16, flat, (jpeg_options){.channels = 4}), rgb, &image, &why), 0);
    assert_pixel(&image, 8, 8, 64, 64, 64);
    vib_image_free(&image);
    vib_str_free(&why);
}

/* One row of a PNG → the first pixels as RGB. */
static void check_png(int width, const unsigned char *row, png_options options, int keras,
                      const unsigned char *golden)
{
    vib_image image;
    vib_str why = {0};
    vib_preprocess how = rgb;
    how.keras = keras;
    assert_int_equal(decode(make_png(width, 1, row, options), how, &image, &why), 0);
    assert_int_equal(image.width, width);
    assert_int_equal(image.channels, 3);
    assert_memory_equal(image.pixels, golden, (size_t)width * 3);
    vib_image_free(&image);
    vib_str_free(&why);
}

#define GREY(v) v, v, v

static void png_kinds(void **state)
{
    (void)state;
    const unsigned char palette[] = {10, 20, 30, 200, 100, 50}, indices[] = {0x40}; /* 0, 1 at one bit */
    const unsigned char coloured[] = {10, 20, 30, 200, 100, 50};
    for (int transparent = 0; transparent < 2; transparent++)
        for (int keras = 0; keras < 2; keras++)
            check_png(2, indices,
                      (png_options){.type = PNG_COLOR_TYPE_PALETTE,
                                    .depth = 1,
                                    .palette = palette,
                                    .colours = 2,
                                    .transparent = transparent},
                      keras, coloured);

    const unsigned char one[] = {GREY(0), GREY(255)}, two[] = {GREY(0), GREY(85), GREY(170), GREY(255)};
    check_png(2, indices, (png_options){.type = PNG_COLOR_TYPE_GRAY, .depth = 1}, 1, one);
    check_png(4, (const unsigned char[]){0x1B}, (png_options){.type = PNG_COLOR_TYPE_GRAY, .depth = 2}, 1,
              two);
    check_png(2, (const unsigned char[]){0x3F}, (png_options){.type = PNG_COLOR_TYPE_GRAY, .depth = 4}, 0,
              (const unsigned char[]){GREY(51), GREY(255)});
    check_png(2, (const unsigned char[]){9, 8},
              (png_options){.type = PNG_COLOR_TYPE_GRAY, .depth = 8, .transparent = 1}, 0,
              (const unsigned char[]){GREY(9), GREY(8)});

    /* Alpha is dropped, not blended. */
    check_png(1, (const unsigned char[]){1, 2, 3, 0},
              (png_options){.type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 8}, 1,
              (const unsigned char[]){1, 2, 3});
    check_png(1, (const unsigned char[]){99, 0}, (png_options){.type = PNG_COLOR_TYPE_GRAY_ALPHA, .depth = 8},
              0, (const unsigned char[]){GREY(99)});
}

/* K10: 16-bit colour keeps the high byte, 16-bit grey is clipped; ours scales both. */
static void png_16_bits(void **state)
{
    (void)state;
    const unsigned char grey[] = {0, 200, 0x01, 0x01, 0x80, 0x00},
                        colour[] = {0x12, 0xFF, 0x80, 0x00, 0xFF, 0xFF};
    const png_options g = {.type = PNG_COLOR_TYPE_GRAY, .depth = 16},
                      c = {.type = PNG_COLOR_TYPE_RGB, .depth = 16};
    check_png(3, grey, g, 1, (const unsigned char[]){GREY(200), GREY(255), GREY(255)});
    check_png(3, grey, g, 0, (const unsigned char[]){GREY(1), GREY(1), GREY(128)});
    check_png(1, colour, c, 1, (const unsigned char[]){0x12, 0x80, 0xFF});
    check_png(1, colour, c, 0, (const unsigned char[]){0x13, 0x80, 0xFF});
}

static void png_interlaced(void **state)
{
    (void)state;
    unsigned char rows[11 * 7 * 3];
    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = (unsigned char)(i * 5);
    vib_image image;
    vib_str why = {0};
    const png_options options = {.type = PNG_COLOR_TYPE_RGB, .depth = 8, .interlaced = 1};
    assert_int_equal(decode(make_png(11, 7, rows, options), rgb, &image, &why), 0);
    assert_memory_equal(image.pixels, rows, sizeof rows);
    vib_image_free(&image);
}

static void grey_pictures(void **state)
{
    (void)state;
    vib_image image;
    vib_str why = {0};
    vib_preprocess how = rgb;
    how.channels = 1;
    const unsigned char row[] = {255, 0, 0, 0, 255, 0};
    assert_int_equal(
        decode(make_png(2, 1, row, (png_options){.type = PNG_COLOR_TYPE_RGB, .depth = 8}), how, &image, &why),
        0);
    assert_int_equal(image.channels, 1);
    assert_int_equal(image.pixels[0], 76);
    assert_int_equal(image.pixels[1], 150);
    vib_image_free(&image);
}

/* A 3 × 2 picture numbered 1 to 6, as each orientation shows it. */
static void orientations(void **state)
{
    (void)state;
    static const struct {
        int width;
        unsigned char shown[6];
    } golden[9] = {
        [0] = {3, {1, 2, 3, 4, 5, 6}}, [1] = {3, {1, 2, 3, 4, 5, 6}}, [2] = {3, {3, 2, 1, 6, 5, 4}},
        [3] = {3, {6, 5, 4, 3, 2, 1}}, [4] = {3, {4, 5, 6, 1, 2, 3}}, [5] = {2, {1, 4, 2, 5, 3, 6}},
        [6] = {2, {4, 1, 5, 2, 6, 3}}, [7] = {2, {6, 3, 5, 2, 4, 1}}, [8] = {2, {3, 6, 2, 5, 1, 4}},
    };
    const unsigned char rows[] = {1, 2, 3, 4, 5, 6};
    for (int k = 0; k <= 8; k++) {
        vib_image image;
        vib_str why = {0};
        vib_preprocess how = {.channels = 1, .exif = 1};
        const png_options options = {.type = PNG_COLOR_TYPE_GRAY, .depth = 8, .orientation = k};
        assert_int_equal(decode(make_png(3, 2, rows, options), how, &image, &why), 0);
        assert_int_equal(image.width, golden[k].width);
        assert_memory_equal(image.pixels, golden[k].shown, 6);
        vib_image_free(&image);
        /* Not asked for, as in Keras: left as stored. */
        how.exif = 0;
        assert_int_equal(decode(make_png(3, 2, rows, options), how, &image, &why), 0);
        assert_memory_equal(image.pixels, rows, 6);
        vib_image_free(&image);
    }
}

static void jpeg_orientation(void **state)
{
    (void)state;
    unsigned char pixels[32 * 16];
    memset(pixels, 10, sizeof pixels);
    vib_image image;
    vib_str why = {0};
    const vib_preprocess how = {.channels = 1, .exif = 1};
    const jpeg_options options = {.channels = 1, .orientation = 6};
    assert_int_equal(decode(make_jpeg(32, 16, pixels, options), how, &image, &why), 0);
    assert_int_equal(image.width, 16);
    assert_int_equal(image.height, 32);
    vib_image_free(&image);
}

static void expect_reason(bytes b, vib_image_limits limits, const char *reason)
{
    vib_image image = {0};
    vib_str why = {0};
    assert_int_equal(vib_image_decode(b.data, b.size, &rgb, &limits, &image, &why), VIB_BAD_DATA);
    assert_null(image.pixels);
    assert_non_null(why.text);
    assert_string_equal(why.text, reason);
    vib_str_free(&why);
    free(b.data);
}

static bytes copy(const char *text, size_t n)
{
    bytes b = {.data = vib_calloc(n + 1, 1), .size = n};
    memcpy(b.data, text, n);
    return b;
}

static void reasons(void **state)
{
    (void)state;
    const vib_image_limits none = {0};
    expect_reason(copy("", 0), none, "empty file");
    expect_reason(copy("hello, world", 12), none, "not a picture");
    expect_reason(copy("GIF89a......", 12), none, "GIF: not supported");
    expect_reason(copy("RIFF....WEBPVP8 ", 16), none,
                  VIB_WITH_WEBP ? "truncated WebP" : "WebP: built without WebP");
    expect_reason(copy("BM..........", 12), none, "BMP: not supported");
    expect_reason(copy("II*\0........", 12), none, "TIFF: not supported");
    expect_reason(copy("MM\0*........", 12), none, "TIFF: not supported");
    expect_reason(copy("....ftypheic....", 16), none, "HEIF: not supported");
    expect_reason(copy("....ftypavif....", 16), none, "AVIF: not supported");
    expect_reason(make_sample(100, 60, 1, 0), (vib_image_limits){.side = 99}, "100x60 pixels: too large");
    expect_reason(make_sample(100, 60, 1, 1), (vib_image_limits){.side = 99}, "100x60 pixels: too large");
    expect_reason(make_sample(100, 60, 1, 1), (vib_image_limits){.pixels = 5999}, "100x60 pixels: too large");
    expect_reason(make_sample(400, 400, 1, 0), (vib_image_limits){.file_bytes = 1}, "larger than 0 MiB");
    unsigned char pixels[64 * 64];
    memset(pixels, 5, sizeof pixels);
    expect_reason(make_jpeg(64, 64, pixels, (jpeg_options){.channels = 1, .progressive = 1}),
                  (vib_image_limits){.scans = 2}, "JPEG: more than 2 scans");
}

static void truncated(void **state)
{
    (void)state;
    for (int png = 0; png < 2; png++)
        for (int part = 1; part < 8; part++) {
            bytes b = make_sample(90, 70, 3, png);
            b.size = b.size * (size_t)part / 8;
            expect_reason(b, (vib_image_limits){0}, png ? "truncated PNG" : "truncated JPEG");
        }
}

static void truncated_may_be_used(void **state)
{
    (void)state;
    for (int png = 0; png < 2; png++) {
        vib_image image;
        vib_str why = {0};
        vib_preprocess how = rgb;
        how.partial = 1;
        bytes b = make_sample(90, 70, 3, png);
        b.size = b.size * 3 / 4;
        assert_int_equal(decode(b, how, &image, &why), 0);
        assert_string_equal(why.text, png ? "truncated PNG" : "truncated JPEG");
        assert_int_equal(image.width, 90);
        vib_image_free(&image);
        vib_str_free(&why);
    }
}

/* What the cats-and-dogs set is known for: bytes between the data and a marker. The picture is whole. */
static void extraneous_bytes(void **state)
{
    (void)state;
    vib_image clean, odd;
    vib_str why = {0};
    assert_int_equal(decode(make_sample(40, 40, 1, 0), rgb, &clean, &why), 0);
    bytes b = make_sample(40, 40, 1, 0);
    b.data = realloc(b.data, b.size + 9);
    /* Before the first table rather than the end marker: libjpeg reads no further than the last line. */
    memmove(b.data + 2 + 9, b.data + 2, b.size - 2);
    memset(b.data + 2, 1, 9);
    b.data[2] = 0xFF, b.data[3] = 0xFE, b.data[4] = 0, b.data[5] = 4;
    b.size += 9;
    assert_int_equal(decode(b, rgb, &odd, &why), 0);
    assert_non_null(strstr(why.text, "extraneous bytes"));
    assert_memory_equal(clean.pixels, odd.pixels, 40 * 40 * 3);
    vib_image_free(&clean);
    vib_image_free(&odd);
    vib_str_free(&why);
}

static void load_fits(void **state)
{
    (void)state;
    /* Left half black, right half white, twice as wide as high. */
    unsigned char rows[40 * 20], out[10 * 10];
    for (int i = 0; i < 40 * 20; i++)
        rows[i] = i % 40 < 20 ? 0 : 255;
    enter_folder();
    const bytes b = make_png(40, 20, rows, (png_options){.type = PNG_COLOR_TYPE_GRAY, .depth = 8});
    put_file("half.png", b.data, b.size);
    free(b.data);
    vib_preprocess how = {.height = 10, .width = 10, .channels = 1};
    vib_str why = {0};
    for (int fit = VIB_FIT_STRETCH; fit <= VIB_FIT_CROP; fit++) {
        how.fit = fit;
        assert_int_equal(vib_image_load("half.png", &how, out, &why), 0);
        for (int i = 0; i < 100; i++)
            assert_int_equal(out[i], i % 10 < 5 ? 0 : 255);
    }
    how.fit = VIB_FIT_PAD;
    assert_int_equal(vib_image_load("half.png", &how, out, &why), 0);
    for (int i = 0; i < 100; i++) {
        const int inside = i / 10 >= 2 && i / 10 < 7;
        assert_int_equal(out[i], inside && i % 10 >= 5 ? 255 : 0);
    }
    assert_int_equal(vib_image_load("none.png", &how, out, &why), VIB_BAD_DATA);
    assert_string_equal(why.text, "No such file or directory");
    vib_str_free(&why);
    assert_int_equal(vib_image_load(".", &how, out, &why), VIB_BAD_DATA);
    vib_str_free(&why);
    leave_folder();
}

/* Crop keeps the shape: of a wide ramp only the middle is seen. */
static void crop_is_centred(void **state)
{
    (void)state;
    unsigned char rows[30 * 10], out[10 * 10];
    for (int i = 0; i < 30 * 10; i++)
        rows[i] = (unsigned char)(i % 30);
    enter_folder();
    const bytes b = make_png(30, 10, rows, (png_options){.type = PNG_COLOR_TYPE_GRAY, .depth = 8});
    put_file("ramp.png", b.data, b.size);
    free(b.data);
    const vib_preprocess how = {.height = 10, .width = 10, .channels = 1, .fit = VIB_FIT_CROP};
    vib_str why = {0};
    assert_int_equal(vib_image_load("ramp.png", &how, out, &why), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(out[i], 10 + i % 10);
    leave_folder();
}

/* A hundred thousand empty EXIF segments: time must grow with the file, not with its square. */
static void empty_segments(void **state)
{
    (void)state;
    enum { SEGMENTS = 100000 };
    bytes b = make_sample(40, 40, 1, 0);
    b.data = realloc(b.data, b.size + 4 * SEGMENTS);
    assert_non_null(b.data);
    memmove(b.data + 2 + 4 * SEGMENTS, b.data + 2, b.size - 2);
    for (size_t i = 0; i < SEGMENTS; i++)
        memcpy(b.data + 2 + 4 * i, "\xFF\xE1\0\2", 4);
    b.size += 4 * SEGMENTS;
    vib_image image;
    vib_str why = {0};
    const vib_preprocess how = {.channels = 3, .exif = 1};
    const clock_t start = clock();
    assert_int_equal(decode(b, how, &image, &why), 0);
    assert_true(clock() - start < CLOCKS_PER_SEC);
    vib_image_free(&image);
}

/* Damaged bytes give a picture or one reason, whatever they are. */
static void mutations(void **state)
{
    (void)state;
    uint32_t random = 1;
    size_t good = 0, bad = 0;
    for (int kind = 0; kind < 4; kind++) {
        unsigned char pixels[48 * 40 * 3];
        for (size_t i = 0; i < sizeof pixels; i++)
            pixels[i] = (unsigned char)(i * i >> 5);
        const bytes whole =
            kind < 2
                ? make_jpeg(48, 40, pixels,
                            (jpeg_options){.channels = 3, .progressive = kind, .orientation = 5})
                : make_png(
                      48, 40, pixels,
                      (png_options){
                          .type = PNG_COLOR_TYPE_RGB, .depth = 8, .interlaced = kind == 3, .orientation = 6});
        for (int n = 0; n < 1500; n++) {
            /* Its own allocation of exactly that size: a sanitizer sees the first byte read too far. */
            const size_t size = n % 5 ? whole.size : 1 + next_random(&random) % whole.size;
            unsigned char *data = malloc(size);
            assert_non_null(data);
            memcpy(data, whole.data, size);
            for (uint32_t k = next_random(&random) % 8 + 1; k; k--)
                data[next_random(&random) % size] ^= (unsigned char)(1u << next_random(&random) % 8);
            vib_image image = {0};
            vib_str why = {0};
            const vib_preprocess how = {
                .channels = n % 2 ? 3 : 1, .exif = 1, .keras = n % 3 == 0, .partial = n % 7 == 0};
            const vib_image_limits limits = {.pixels = 1000000};
            const int err = vib_image_decode(data, size, &how, &limits, &image, &why);
            if (err == 0) {
                assert_true(image.pixels && image.width > 0 && image.height > 0);
                good++;
            } else {
                assert_int_equal(err, VIB_BAD_DATA);
                assert_null(image.pixels);
                assert_true(why.len > 0);
                bad++;
            }
            vib_image_free(&image);
            vib_str_free(&why);
            free(data);
        }
        free(whole.data);
    }
    assert_true(good > 100 && bad > 100);
}

#if VIB_WITH_WEBP
/* Colours, alpha, orientation, ends; `how` much of it is there in thousandths. */
static bytes make_webp(const unsigned char *rgba, int width, int height, int part)
{
    bytes b = {0};
    const size_t n = WebPEncodeLosslessRGBA(rgba, width, height, width * 4, &b.data);
    assert_true(n > 0);
    /* Memory of one kind, whoever frees it. */
    const bytes out = copy((const char *)b.data, n * (size_t)part / 1000);
    WebPFree(b.data);
    return out;
}

static void webp_pictures(void **state)
{
    (void)state;
    enum { W = 40, H = 30 };
    static unsigned char rgba[W * H * 4];
    vib_image image = {0};
    vib_str why = {0};
    uint32_t dice = 1;
    for (size_t i = 0; i < sizeof rgba; i++)
        rgba[i] = (unsigned char)(next_random(&dice) >> 8) | 1; /* seen through or not, but never away */
    assert_int_equal(decode(make_webp(rgba, W, H, 1000), rgb, &image, &why), 0);
    assert_true(image.width == W && image.height == H && !why.len);
    for (int i = 0; i < W * H; i++)
        assert_pixel(&image, i % W, i / W, rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]);
    vib_image_free(&image);

    vib_preprocess how = {.channels = 1};
    assert_int_equal(decode(make_webp(rgba, W, H, 1000), how, &image, &why), 0);
    assert_int_equal(image.pixels[0], (19595 * rgba[0] + 38470 * rgba[1] + 7471 * rgba[2] + 0x8000) >> 16);
    vib_image_free(&image);

    assert_int_equal(decode(make_webp(rgba, W, H, 500), rgb, &image, &why), VIB_BAD_DATA);
    assert_string_equal(why.text, "truncated WebP");
    how = (vib_preprocess){.channels = 3, .partial = 1};
    assert_int_equal(decode(make_webp(rgba, W, H, 800), how, &image, &why), 0);
    assert_string_equal(why.text, "truncated WebP");
    assert_pixel(&image, 3, 0, rgba[12], rgba[13], rgba[14]);
    vib_image_free(&image);
    assert_int_equal(decode(make_webp(rgba, W, H, 10), how, &image, &why), VIB_BAD_DATA);
    expect_reason(make_webp(rgba, W, H, 1000), (vib_image_limits){.side = 39}, "40x30 pixels: too large");
    vib_str_free(&why);
}

/* The EXIF chunk of an extended file, as phones write it. */
static void webp_orientation(void **state)
{
    (void)state;
    enum { W = 3, H = 2 };
    static const unsigned char extended[] = {'V', 'P', '8', 'X',   10, 0, 0,     0, 8,
                                             0,   0,   0,   W - 1, 0,  0, H - 1, 0, 0};
    static const unsigned char exif[] = {'E', 'X', 'I',  'F', 26, 0, 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0,
                                         1,   1,   0x12, 0,   3,  0, 0, 0, 1,   0,   6, 0,  0, 0, 0, 0, 0};
    unsigned char rgba[W * H * 4];
    for (size_t i = 0; i < sizeof rgba; i++)
        rgba[i] = i % 4 == 3 ? 255 : (unsigned char)(i * 9);
    const bytes plain = make_webp(rgba, W, H, 1000);
    bytes whole = {.data = vib_calloc(plain.size + sizeof extended + sizeof exif, 1)};
    memcpy(whole.data, plain.data, 12);
    memcpy(whole.data + 12, extended, sizeof extended);
    memcpy(whole.data + 12 + sizeof extended, plain.data + 12, plain.size - 12);
    memcpy(whole.data + plain.size + sizeof extended, exif, sizeof exif);
    whole.size = plain.size + sizeof extended + sizeof exif;
    whole.data[4] = (unsigned char)(whole.size - 8);
    free(plain.data);

    vib_image image = {0};
    vib_str why = {0};
    assert_int_equal(decode(whole, (vib_preprocess){.channels = 3, .exif = 1}, &image, &why), 0);
    assert_true(image.width == H && image.height == W);
    assert_pixel(&image, 1, 0, rgba[0], rgba[1], rgba[2]);
    vib_image_free(&image);
    vib_str_free(&why);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_is_keras),
        cmocka_unit_test(nearest_accumulates),
        cmocka_unit_test(antialias_is_pillow),
        cmocka_unit_test(colours_are_pillow),
        cmocka_unit_test(jpeg_is_pillow),
        cmocka_unit_test(jpeg_kinds),
        cmocka_unit_test(png_kinds),
        cmocka_unit_test(png_16_bits),
        cmocka_unit_test(png_interlaced),
        cmocka_unit_test(grey_pictures),
        cmocka_unit_test(orientations),
        cmocka_unit_test(jpeg_orientation),
        cmocka_unit_test(reasons),
        cmocka_unit_test(truncated),
        cmocka_unit_test(truncated_may_be_used),
        cmocka_unit_test(extraneous_bytes),
        cmocka_unit_test(load_fits),
        cmocka_unit_test(crop_is_centred),
        cmocka_unit_test(empty_segments),
        cmocka_unit_test(mutations),
#if VIB_WITH_WEBP
        cmocka_unit_test(webp_pictures),
        cmocka_unit_test(webp_orientation),
#endif
    };
    return cmocka_run_group_tests(tests, load_goldens, free_goldens);
}
