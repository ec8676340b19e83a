#include "picture/page/image.h"

#include <stdlib.h>

#include "base/mem.h"
#include "picture/picture.h"
#include "picture/show/sheet.h"

void vib_base64(const void *data, size_t n, vib_str *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i += 3) {
        const size_t have = n - i < 3 ? n - i : 3;
        uint32_t bits = (uint32_t)p[i] << 16;
        bits |= have > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        bits |= have > 2 ? p[i + 2] : 0;
        char four[4];
        for (size_t k = 0; k < 4; k++)
            four[k] = k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=';
        vib_str_add_n(out, four, 4);
    }
}

int vib_image_jpeg(const vib_bitmap *b, vib_str *uri)
{
    enum { QUALITY = 88 };
    int err = 0;
    const size_t n = (size_t)b->width * (size_t)b->height;
    unsigned char *rgb = vib_calloc(n, 3), *data = NULL;
    size_t size;
    VIB_CHECK_MEM(rgb);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = b->bytes[b->channels == 3 ? 3 * i + c : i];
    VIB_TRY(vib_jpeg_encode(rgb, b->width, b->height, QUALITY, &data, &size));
    vib_str_add(uri, "data:image/jpeg;base64,");
    vib_base64(data, size, uri);
fail:
    free(rgb);
    free(data);
    return err;
}

int vib_image_png(const unsigned char *rgb, int width, int height, vib_str *uri)
{
    int err = 0;
    vib_str png = {0};
    VIB_TRY(vib_pixels_png(rgb, width, height, &png));
    vib_str_add(uri, "data:image/png;base64,");
    vib_base64(png.text, png.len, uri);
fail:
    vib_str_free(&png);
    return err;
}
