/* One drawn picture, from numbers to the bytes of a JPEG. */
#ifndef VIB_PICTURE_PICTURE_H
#define VIB_PICTURE_PICTURE_H

#include <stddef.h>

#include "picture/scene.h"

/* Draws picture number `picture` of a seed. *data is owned by the caller (free). 0 or VIB_FAILED (logged). */
int vib_picture_draw(uint64_t seed, uint64_t picture, vib_species species, unsigned char **data,
                     size_t *size);

/* Interleaved RGB rows to a JPEG. *data is owned by the caller (free). 0 or VIB_FAILED (logged). */
int vib_jpeg_encode(const unsigned char *rgb, int width, int height, int quality, unsigned char **data,
                    size_t *size);

#endif
