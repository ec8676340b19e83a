#include <libexif/exif-data.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/decode.h"

int vib_exif_orientation(const unsigned char *data, size_t size)
{
    int orientation = 1;
    ExifData *exif = size <= 0xFFFFFF ? exif_data_new() : NULL;
    if (!exif)
        return orientation;
    exif_data_unset_option(exif, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
    exif_data_load_data(exif, data, (unsigned)size);
    const ExifEntry *entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry && entry->format == EXIF_FORMAT_SHORT && entry->components == 1 && entry->size >= 2) {
        const int value = exif_get_short(entry->data, exif_data_get_byte_order(exif));
        if (value >= 1 && value <= 8)
            orientation = value;
    }
    exif_data_unref(exif);
    return orientation;
}

int vib_exif_orientation_of_block(const unsigned char *data, size_t size)
{
    static const char start[] = "Exif\0"; /* and the zero that ends it */
    if (size >= sizeof start && !memcmp(data, start, sizeof start))
        return vib_exif_orientation(data, size);
    unsigned char *block = malloc(size + sizeof start);
    if (!block)
        return 1;
    memcpy(block, start, sizeof start);
    memcpy(block + sizeof start, data, size);
    const int orientation = vib_exif_orientation(block, size + sizeof start);
    free(block);
    return orientation;
}

/* Copies pixels along (dx, dy), counted in source pixels from `origin`. */
static void copy_walk(const vib_image *src, ptrdiff_t origin, ptrdiff_t dx, ptrdiff_t dy, vib_image *dst)
{
    const size_t channels = (size_t)src->channels;
    unsigned char *to = dst->pixels;
    for (int y = 0; y < dst->height; y++) {
        ptrdiff_t from = origin + y * dy;
        for (int x = 0; x < dst->width; x++, from += dx, to += channels)
            memcpy(to, src->pixels + (size_t)from * channels, channels);
    }
}

int vib_exif_apply(vib_image *image, int orientation)
{
    if (orientation <= 1 || orientation > 8)
        return 0;
    const ptrdiff_t w = image->width, h = image->height, last = w * h - 1;
    const int turned = orientation >= 5; /* rows become columns */
    vib_image upright = {.width = turned ? image->height : image->width,
                         .height = turned ? image->width : image->height,
                         .channels = image->channels};
    if (!(upright.pixels = malloc((size_t)(last + 1) * (size_t)image->channels)))
        return VIB_FAILED;

    /* Where the upright picture's first pixel is stored, and the steps to its right and down. */
    const struct {
        ptrdiff_t origin, dx, dy;
    } walk[9] = {
        [2] = {w - 1, -1, w},       [3] = {last, -1, -w}, [4] = {last - (w - 1), 1, -w}, [5] = {0, w, 1},
        [6] = {w * (h - 1), -w, 1}, [7] = {last, -w, -1}, [8] = {w - 1, w, -1},
    };
    copy_walk(image, walk[orientation].origin, walk[orientation].dx, walk[orientation].dy, &upright);
    vib_image_free(image);
    *image = upright;
    return 0;
}
