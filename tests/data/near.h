/* Near-duplicates, made on purpose. */
#ifndef TESTS_DATA_NEAR_H
#define TESTS_DATA_NEAR_H

#include "image/image.h"

enum { NEAR_KINDS = 5, NEAR_MIRRORED = 3 };

/* Of a picture in RGB: resized, recompressed, cropped by 5 %, mirrored, or cropped, shrunk and recompressed,
 * by k % NEAR_KINDS. *quality is what to write the JPEG with. The caller frees the image. */
vib_image near_duplicate(const vib_image *of, int k, int *quality);

/* Writes a JPEG and frees the picture. */
void put_jpeg(const char *path, vib_image image, int quality);

/* Black, RGB. */
vib_image blank_image(int width, int height);

#endif
