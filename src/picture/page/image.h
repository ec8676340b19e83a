/* Pictures inside a page: data URIs. */
#ifndef VIB_PICTURE_PAGE_IMAGE_H
#define VIB_PICTURE_PAGE_IMAGE_H

#include <vibrisa/inside.h>

#include "base/str.h"

/* A photograph as a JPEG. 0 or VIB_FAILED (logged). */
int vib_image_jpeg(const vib_bitmap *b, vib_str *uri);

/* Pixels as they are, RGB, as a PNG. 0 or VIB_FAILED (logged). */
int vib_image_png(const unsigned char *rgb, int width, int height, vib_str *uri);

void vib_base64(const void *data, size_t n, vib_str *out);

#endif
