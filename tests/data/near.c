#include "near.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "make.h"

vib_image blank_image(int width, int height)
{
    vib_image image = {.width = width, .height = height, .channels = 3};
    image.pixels = calloc((size_t)width * (size_t)height, 3);
    assert(image.pixels);
    return image;
}

static vib_image cut(const vib_image *from, int x, int y, int width, int height)
{
    vib_image part = blank_image(width, height);
    for (int row = 0; row < height; row++)
        memcpy(part.pixels + row * width * 3, from->pixels + ((y + row) * from->width + x) * 3,
               (size_t)width * 3);
    return part;
}

static vib_image resized(const vib_image *from, int width, int height)
{
    vib_image image = blank_image(width, height);
    const int err = vib_image_resize(from, VIB_RESIZE_ANTIALIAS, width, height, image.pixels);
    assert(err == 0);
    (void)err;
    return image;
}

static vib_image mirrored(const vib_image *from)
{
    vib_image image = blank_image(from->width, from->height);
    for (int y = 0; y < from->height; y++)
        for (int x = 0; x < from->width; x++)
            memcpy(image.pixels + (y * from->width + x) * 3,
                   from->pixels + (y * from->width + from->width - 1 - x) * 3, 3);
    return image;
}

void put_jpeg(const char *path, vib_image image, int quality)
{
    const bytes b =
        make_jpeg(image.width, image.height, image.pixels, (jpeg_options){.channels = 3, .quality = quality});
    put_file(path, b.data, b.size);
    free(b.data);
    vib_image_free(&image);
}

vib_image near_duplicate(const vib_image *of, int k, int *quality)
{
    const int w = of->width, h = of->height, x = w / 20, y = h / 20;
    vib_image part, image;
    *quality = 90;
    switch (k % NEAR_KINDS) {
    case 0:
        return resized(of, w * (k % 2 ? 6 : 15) / 10, h * (k % 2 ? 6 : 15) / 10);
    case 1:
        *quality = 25;
        return cut(of, 0, 0, w, h);
    case 2: /* 5 % off one side and one end, by turns */
        return cut(of, k & 4 ? x : 0, k & 8 ? y : 0, w - x, h - y);
    case NEAR_MIRRORED:
        return mirrored(of);
    default:
        part = cut(of, x / 2, y / 2, w - x, h - y);
        image = resized(&part, w * 7 / 10, h * 7 / 10);
        vib_image_free(&part);
        *quality = 60;
        return image;
    }
}
