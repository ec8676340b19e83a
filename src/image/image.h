/* Pictures in memory, and how files become the pixels of a batch. */
#ifndef VIB_IMAGE_IMAGE_H
#define VIB_IMAGE_IMAGE_H

#include "base/common.h"
#include "base/str.h"

/* Interleaved 8-bit pixels, rows without padding. */
typedef struct vib_image {
    int width, height, channels; /* channels: 1 grey, 3 RGB */
    unsigned char *pixels;       /* owned */
} vib_image;

typedef enum vib_resize { VIB_RESIZE_NEAREST, VIB_RESIZE_ANTIALIAS } vib_resize;
typedef enum vib_fit { VIB_FIT_STRETCH, VIB_FIT_CROP, VIB_FIT_PAD } vib_fit;

/* How a file becomes height × width × channels bytes. */
typedef struct vib_preprocess {
    int height, width, channels;
    vib_resize resize;
    vib_fit fit;
    int exif;    /* 1: apply the EXIF orientation */
    int keras;   /* 1: Pillow's conversions as Keras sees them (K10); 0: 16-bit grey scaled, not clipped */
    int partial; /* 1: a truncated picture is used as far as it goes; 0: it is an error */
} vib_preprocess;

/* What may be read; zero means the default. */
typedef struct vib_image_limits {
    size_t file_bytes; /* default 64 MiB */
    int side;          /* default 16384 pixels */
    size_t pixels;     /* default 89,478,485 as Pillow warns */
    int scans;         /* of a progressive JPEG, default 100 */
} vib_image_limits;

/* Decodes JPEG, PNG or (where built with it) WebP bytes, recognised by content, converted to how->channels
 * and upright, at their own size. Errors are not logged: `why` gets the reason ("truncated JPEG", "GIF: not
 * supported") and VIB_BAD_DATA is returned, or VIB_FAILED when out of memory. A damaged but complete picture
 * ("extraneous bytes") is used and `why` says what is odd; a truncated one is an error unless how->partial.
 * NULL limits: the defaults. Thread-safe. */
int vib_image_decode(const void *data, size_t size, const vib_preprocess *how, const vib_image_limits *limits,
                     vib_image *out, vib_str *why);
void vib_image_free(vib_image *image);

/* The format by its first bytes ("JPEG"), whether we read it or not; NULL when none is known. */
const char *vib_image_format(const void *data, size_t size);

/* Reads, decodes, converts, orients and resizes a file into out (height × width × channels bytes). Returns
 * and `why` as vib_image_decode. */
int vib_image_load(const char *path, const vib_preprocess *how, unsigned char *out, vib_str *why);

/* Resizes into dst (width × height, src's channels). NEAREST as Pillow (K14, K15), ANTIALIAS as Pillow's
 * bilinear with its 8-bit rounding between passes (K16). Returns 0 or VIB_FAILED (out of memory). */
int vib_image_resize(const vib_image *src, vib_resize how, int width, int height, unsigned char *dst);

#endif
