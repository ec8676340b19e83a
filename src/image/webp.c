/* WebP with libwebp: still pictures, alpha dropped without compositing as for PNG. */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "base/mem.h"
#include "image/decode.h"

static uint32_t little32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The EXIF chunk of the RIFF file, with or without the prefix that JPEG has. */
static int find_orientation(const unsigned char *data, size_t size)
{
    size_t at = 12; /* after "RIFF", a size, "WEBP" */
    while (at + 8 <= size) {
        const uint32_t length = little32(data + at + 4);
        const unsigned char *chunk = data + at + 8;
        if (length > size - at - 8)
            break;
        if (!memcmp(data + at, "EXIF", 4) && length > 6)
            return vib_exif_orientation_of_block(chunk, length);
        at += 8 + (size_t)length + (length & 1);
    }
    return 1;
}

/* Fails for the reason `text`. */
static int refuse(vib_decoding *d, const char *text)
{
    vib_str_add(d->why, text);
    return VIB_BAD_DATA;
}

static int refuse_status(vib_decoding *d, VP8StatusCode status)
{
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return VIB_FAILED;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return refuse(d, "truncated WebP");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return refuse(d, "WebP: unsupported feature");
    default:
        return refuse(d, "WebP: damaged");
    }
}

/* Decodes as far as the data go into `rgb`, whose lines are `line` bytes. */
static int read_pixels(vib_decoding *d, unsigned char *rgb, size_t line)
{
    const size_t size = line * (size_t)d->image.height;
    WebPIDecoder *decoder = WebPINewRGB(MODE_RGB, rgb, size, (int)line);
    if (!decoder)
        return VIB_FAILED;
    const VP8StatusCode status = WebPIUpdate(decoder, d->data, d->size);
    int last = 0;
    const int some = WebPIDecGetRGB(decoder, &last, NULL, NULL, NULL) && last > 0;
    WebPIDelete(decoder);
    if (status == VP8_STATUS_OK)
        return 0;
    const int err = refuse_status(d, status);
    return err == VIB_BAD_DATA && status == VP8_STATUS_SUSPENDED && some && d->how->partial ? 0 : err;
}

int vib_webp_decode(vib_decoding *d)
{
    int err = 0;
    WebPBitstreamFeatures features;
    const VP8StatusCode status = WebPGetFeatures(d->data, d->size, &features);
    if (status != VP8_STATUS_OK)
        return refuse_status(d, status);
    if (features.has_animation)
        return refuse(d, "WebP: animated: not supported");
    VIB_TRY(vib_decoding_allocate(d, (unsigned long)features.width, (unsigned long)features.height));
    const size_t line = (size_t)features.width * 3;
    const int direct = d->how->channels == 3;
    unsigned char *rgb = direct ? d->image.pixels : vib_calloc((size_t)features.height, line);
    if (!rgb)
        return VIB_FAILED;
    err = read_pixels(d, rgb, line);
    if (!direct) {
        if (err == 0)
            vib_colour_convert(VIB_COLOUR_RGB, rgb, d->image.pixels, 1,
                               (size_t)features.width * (size_t)features.height);
        free(rgb);
    }
    if (err == 0 && d->how->exif)
        d->orientation = find_orientation(d->data, d->size);
fail:
    return err;
}
