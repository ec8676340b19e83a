/* Between the parts of src/image: one decoder a format, then what they share. */
#ifndef VIB_IMAGE_DECODE_H
#define VIB_IMAGE_DECODE_H

#include "image/image.h"

/* What a decoder is asked, and what it answers. */
typedef struct vib_decoding {
    const unsigned char *data;
    size_t size;
    const vib_preprocess *how;
    vib_image_limits limits; /* defaults filled in */
    vib_image image;         /* out, how->channels; owned by the caller whatever is returned */
    int orientation;         /* out, EXIF's 1 to 8; 1 unless how->exif */
    vib_str *why;            /* out: the reason of a failure, or what is odd about a picture that is used */
} vib_decoding;

int vib_jpeg_decode(vib_decoding *d);
int vib_png_decode(vib_decoding *d);
int vib_webp_decode(vib_decoding *d); /* with VIB_WITH_WEBP */

/* Refuses a size over the limits, else allocates d->image: 0, VIB_BAD_DATA or VIB_FAILED with `why`. */
int vib_decoding_allocate(vib_decoding *d, unsigned long width, unsigned long height);

/* Pixels as decoders give them. */
typedef enum vib_colour {
    VIB_COLOUR_GREY,       /* 1 byte */
    VIB_COLOUR_GREY16,     /* 2 bytes, high first; clipped at 255 as Pillow does (K10) */
    VIB_COLOUR_RGB,        /* 3 bytes */
    VIB_COLOUR_ADOBE_CMYK, /* 4 bytes, inverted as Adobe stores them */
} vib_colour;

/* Converts n pixels to grey (channels 1) or RGB (3) with Pillow's formulas (K10, K11). */
void vib_colour_convert(vib_colour from, const unsigned char *src, unsigned char *dst, int channels,
                        size_t n);

/* Orientation in an EXIF block that starts with "Exif\0\0"; 1 when absent or damaged. */
int vib_exif_orientation(const unsigned char *data, size_t size);

/* The same of a block that may lack that start, as in PNG and WebP. */
int vib_exif_orientation_of_block(const unsigned char *data, size_t size);

/* Turns and mirrors the picture upright. Returns 0 or VIB_FAILED (out of memory). */
int vib_exif_apply(vib_image *image, int orientation);

#endif
