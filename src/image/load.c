#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"

static int scaled(int a, int b, int c)
{
    const int v = (int)(((long long)a * b * 2 + c) / (2LL * c));
    return VIB_MAX(v, 1);
}

/* Keeps the largest centred part with the shape of width × height. */
static void crop(vib_image *image, int width, int height)
{
    const int wide = (long long)image->width * height > (long long)image->height * width;
    const int w = wide ? VIB_MIN(scaled(image->height, width, height), image->width) : image->width;
    const int h = wide ? image->height : VIB_MIN(scaled(image->width, height, width), image->height);
    const size_t c = (size_t)image->channels, line = (size_t)image->width * c;
    const unsigned char *from =
        image->pixels + (size_t)((image->height - h) / 2) * line + (size_t)((image->width - w) / 2) * c;
    for (int y = 0; y < h; y++)
        memmove(image->pixels + (size_t)y * (size_t)w * c, from + (size_t)y * line, (size_t)w * c);
    image->width = w;
    image->height = h;
}

/* The whole picture in the middle of zero pixels. */
static int pad(const vib_image *image, const vib_preprocess *how, unsigned char *out)
{
    const int wide = (long long)image->width * how->height > (long long)image->height * how->width;
    const int w = wide ? how->width : VIB_MIN(scaled(how->height, image->width, image->height), how->width);
    const int h = wide ? VIB_MIN(scaled(how->width, image->height, image->width), how->height) : how->height;
    const size_t c = (size_t)image->channels, line = (size_t)how->width * c, part = (size_t)w * c;
    unsigned char *small = malloc((size_t)h * part);
    const int err = small ? vib_image_resize(image, how->resize, w, h, small) : VIB_FAILED;
    if (err == 0) {
        memset(out, 0, (size_t)how->height * line);
        out += (size_t)((how->height - h) / 2) * line + (size_t)((how->width - w) / 2) * c;
        for (int y = 0; y < h; y++)
            memcpy(out + (size_t)y * line, small + (size_t)y * part, part);
    }
    free(small);
    return err;
}

static int fit(vib_image *image, const vib_preprocess *how, unsigned char *out)
{
    if (how->fit == VIB_FIT_PAD)
        return pad(image, how, out);
    if (how->fit == VIB_FIT_CROP)
        crop(image, how->width, how->height);
    return vib_image_resize(image, how->resize, how->width, how->height, out);
}

/* A file that cannot be read is bad data, unless it is the process that ran out of something. */
static int read_error(int error, size_t limit, vib_str *why)
{
    if (error == EFBIG)
        vib_str_printf(why, "larger than %zu MiB", limit >> 20);
    else
        vib_str_add(why, error == EINVAL ? "not a regular file" : strerror(error));
    return error == ENOMEM || error == EMFILE || error == ENFILE ? VIB_FAILED : VIB_BAD_DATA;
}

int vib_image_load(const char *path, const vib_preprocess *how, unsigned char *out, vib_str *why)
{
    const size_t limit = (size_t)64 << 20;
    char *data = NULL;
    size_t size = 0;
    vib_image image = {0};
    const int error = vib_file_read(path, limit, &data, &size);
    if (error)
        return read_error(error, limit, why);
    int err = vib_image_decode(data, size, how, NULL, &image, why);
    free(data);
    if (err == 0 && (err = fit(&image, how, out)) < 0)
        vib_str_add(why, "out of memory");
    vib_image_free(&image);
    return err;
}
