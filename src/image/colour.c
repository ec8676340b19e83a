#include <string.h>

#include "image/decode.h"

/* ITU-R 601 luma in 16-bit fixed point, as Pillow's L24. */
static unsigned char luma(const unsigned char *rgb)
{
    return (unsigned char)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 0x8000u) >> 16);
}

/* a × b / 255, rounded: Pillow's MULDIV255. */
static unsigned muldiv255(unsigned a, unsigned b)
{
    const unsigned t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

static void cmyk_to_rgb(const unsigned char *cmyk, unsigned char *rgb)
{
    const unsigned light = cmyk[3]; /* 255 - K, the file being inverted */
    for (int c = 0; c < 3; c++)
        rgb[c] = (unsigned char)(light - muldiv255(255u - cmyk[c], light));
}

static void put_grey(unsigned char grey, unsigned char *dst, int channels)
{
    memset(dst, grey, (size_t)channels);
}

static void put_rgb(const unsigned char *rgb, unsigned char *dst, int channels)
{
    if (channels == 3)
        memcpy(dst, rgb, 3);
    else
        *dst = luma(rgb);
}

void vib_colour_convert(vib_colour from, const unsigned char *src, unsigned char *dst, int channels, size_t n)
{
    unsigned char rgb[3];
    const size_t step = (size_t)channels;
    switch (from) {
    case VIB_COLOUR_GREY:
        for (size_t i = 0; i < n; i++)
            put_grey(src[i], dst + i * step, channels);
        break;
    case VIB_COLOUR_GREY16:
        for (size_t i = 0; i < n; i++)
            put_grey(src[2 * i] ? 255 : src[2 * i + 1], dst + i * step, channels);
        break;
    case VIB_COLOUR_RGB:
        for (size_t i = 0; i < n; i++)
            put_rgb(src + 3 * i, dst + i * step, channels);
        break;
    case VIB_COLOUR_ADOBE_CMYK:
        for (size_t i = 0; i < n; i++) {
            cmyk_to_rgb(src + 4 * i, rgb);
            put_rgb(rgb, dst + i * step, channels);
        }
        break;
    }
}
