#include "image/decode.h"

#include <stdlib.h>
#include <string.h>

#if VIB_WITH_WEBP
#define WEBP vib_webp_decode
#else
#define WEBP NULL
#endif

/* Formats known by their first bytes; `at` is where the bytes stand. */
static const struct signature {
    const char *name, *bytes;
    size_t n, at;
    int (*decode)(vib_decoding *d); /* NULL: not supported */
} signatures[] = {
    {"JPEG", "\xFF\xD8\xFF", 3, 0, vib_jpeg_decode},
    {"PNG", "\x89PNG\r\n\x1A\n", 8, 0, vib_png_decode},
    {"PNG damaged by a text conversion", "\x89PNG", 4, 0, NULL},
    {"GIF", "GIF8", 4, 0, NULL},
    {"WebP", "WEBP", 4, 8, WEBP},
    {"BMP", "BM", 2, 0, NULL},
    {"TIFF", "II*\0", 4, 0, NULL},
    {"TIFF", "MM\0*", 4, 0, NULL},
    {"AVIF", "ftypavi", 7, 4, NULL},
    {"HEIF", "ftyphe", 6, 4, NULL},
    {"HEIF", "ftypmif1", 8, 4, NULL},
    {"HEIF", "ftypmsf1", 8, 4, NULL},
    {"JPEG XL", "\xFF\x0A", 2, 0, NULL},
    {"JPEG XL", "JXL ", 4, 4, NULL},
    {"JPEG 2000", "\0\0\0\x0CjP  ", 8, 0, NULL},
    {"PSD", "8BPS", 4, 0, NULL},
    {"ICO", "\0\0\1\0", 4, 0, NULL},
    {"PBM", "P4", 2, 0, NULL},
    {"PGM", "P5", 2, 0, NULL},
    {"PPM", "P6", 2, 0, NULL},
    {"PDF", "%PDF", 4, 0, NULL},
    {"SVG", "<svg", 4, 0, NULL},
    {"XML", "<?xml", 5, 0, NULL},
    {"HTML", "<!DOCTYPE", 9, 0, NULL},
    {"HTML", "<html", 5, 0, NULL},
};

static const struct signature *recognise(const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < VIB_COUNT(signatures); i++) {
        const struct signature *s = &signatures[i];
        if (size >= s->at + s->n && !memcmp(data + s->at, s->bytes, s->n))
            return s;
    }
    return NULL;
}

const char *vib_image_format(const void *data, size_t size)
{
    const struct signature *s = recognise(data, size);
    return s ? s->name : NULL;
}

int vib_decoding_allocate(vib_decoding *d, unsigned long width, unsigned long height)
{
    const unsigned long side = (unsigned long)d->limits.side;
    if (!width || !height || width > side || height > side || width * height > d->limits.pixels) {
        vib_str_printf(d->why, "%lux%lu pixels: %s", width, height, width && height ? "too large" : "empty");
        return VIB_BAD_DATA;
    }
    d->image = (vib_image){.width = (int)width, .height = (int)height, .channels = d->how->channels};
    d->image.pixels = calloc((size_t)width * height, (size_t)d->how->channels);
    return d->image.pixels ? 0 : VIB_FAILED;
}

static vib_image_limits with_defaults(const vib_image_limits *limits)
{
    vib_image_limits l = limits ? *limits : (vib_image_limits){0};
    l.file_bytes = l.file_bytes ? l.file_bytes : (size_t)64 << 20;
    l.side = l.side ? l.side : 16384;
    l.pixels = l.pixels ? l.pixels : 89478485;
    l.scans = l.scans ? l.scans : 100;
    return l;
}

void vib_image_free(vib_image *image)
{
    free(image->pixels);
    *image = (vib_image){0};
}

int vib_image_decode(const void *data, size_t size, const vib_preprocess *how, const vib_image_limits *limits,
                     vib_image *out, vib_str *why)
{
    int err = VIB_BAD_DATA;
    vib_decoding d = {.data = data,
                      .size = size,
                      .how = how,
                      .limits = with_defaults(limits),
                      .orientation = 1,
                      .why = why};
    if (!size) {
        vib_str_add(why, "empty file");
        goto fail;
    }
    if (size > d.limits.file_bytes) {
        vib_str_printf(why, "larger than %zu MiB", d.limits.file_bytes >> 20);
        goto fail;
    }
    const struct signature *s = recognise(data, size);
    if (!s || !s->decode) {
        vib_str_add(why, s ? s->name : "not a picture");
        vib_str_add(why, !s ? "" : strcmp(s->name, "WebP") ? ": not supported" : ": built without WebP");
        goto fail;
    }
    VIB_TRY(s->decode(&d));
    VIB_TRY(vib_exif_apply(&d.image, d.orientation));
    *out = d.image;
    d.image = (vib_image){0};
fail:
    if (err == VIB_FAILED && !why->len)
        vib_str_add(why, "out of memory");
    vib_image_free(&d.image);
    return err;
}
