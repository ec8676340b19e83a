/* Pillow's resizing, to the bit: nearest with its accumulated position (K15), bilinear with its fixed-point
 * weights and 8-bit rounding between the two passes (K16). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/image.h"

/* Position of each output pixel. The sum is accumulated, not multiplied out: the two differ (K15). */
static void nearest_positions(int from, int to, size_t *at)
{
    const double scale = (double)from / to;
    double position = scale * 0.5;
    for (int i = 0; i < to; i++, position += scale)
        at[i] = (size_t)VIB_MIN((int)position, from - 1);
}

static int resize_nearest(const vib_image *src, int width, int height, unsigned char *dst)
{
    const size_t c = (size_t)src->channels, line = (size_t)src->width * c;
    size_t *x_at = vib_calloc((size_t)width + (size_t)height, sizeof *x_at);
    if (!x_at)
        return VIB_FAILED;
    size_t *y_at = x_at + width;
    nearest_positions(src->width, width, x_at);
    nearest_positions(src->height, height, y_at);
    for (int y = 0; y < height; y++) {
        const unsigned char *row = src->pixels + y_at[y] * line;
        for (int x = 0; x < width; x++, dst += c)
            memcpy(dst, row + x_at[x] * c, c);
    }
    free(x_at);
    return 0;
}

enum { PRECISION_BITS = 32 - 8 - 2 };

/* The inputs of one output pixel along an axis, and their weights. */
typedef struct taps {
    int *first, *count; /* per output */
    int32_t *weights;   /* `most` per output */
    int most;
} taps;

static void taps_free(taps *t)
{
    free(t->first);
    free(t->count);
    free(t->weights);
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Every expression keeps Pillow's order of operations. */
static int taps_create(int from, int to, taps *t)
{
    const double scale = (double)from / to, stretch = scale < 1.0 ? 1.0 : scale, inverse = 1.0 / stretch;
    const int most = (int)ceil(stretch) * 2 + 1;
    double *w = vib_calloc((size_t)most, sizeof *w);
    *t = (taps){.most = most};
    t->first = vib_calloc((size_t)to, sizeof *t->first);
    t->count = vib_calloc((size_t)to, sizeof *t->count);
    t->weights = vib_calloc((size_t)to, (size_t)most * sizeof *t->weights);
    if (!w || !t->first || !t->count || !t->weights) {
        free(w);
        return VIB_FAILED;
    }
    for (int i = 0; i < to; i++) {
        const double centre = (i + 0.5) * scale;
        const int first = VIB_MAX((int)(centre - stretch + 0.5), 0);
        const int count = VIB_MIN((int)(centre + stretch + 0.5), from) - first;
        double sum = 0.0;
        for (int k = 0; k < count; k++)
            sum += w[k] = triangle((k + first - centre + 0.5) * inverse);
        for (int k = 0; k < count; k++) {
            const double weight = sum != 0.0 ? w[k] / sum : w[k];
            t->weights[i * most + k] = (int32_t)(0.5 + weight * (1 << PRECISION_BITS));
        }
        t->first[i] = first;
        t->count[i] = count;
    }
    free(w);
    return 0;
}

static unsigned char clip8(int32_t sum)
{
    const int32_t v = sum >> PRECISION_BITS;
    return (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Called with a constant number of channels, 1 or 3, so that the sums of a pixel are in registers. */
static inline void across(const taps *t, const unsigned char *src, int from, int to, int channels, int lines,
                          unsigned char *dst)
{
    for (int y = 0; y < lines; y++, src += from * channels)
        for (int x = 0; x < to; x++, dst += channels) {
            const unsigned char *in = src + t->first[x] * channels;
            const int32_t *w = t->weights + x * t->most;
            int32_t sum[3];
            for (int c = 0; c < channels; c++)
                sum[c] = 1 << (PRECISION_BITS - 1);
            for (int k = 0; k < t->count[x]; k++, in += channels)
                for (int c = 0; c < channels; c++)
                    sum[c] += in[c] * w[k];
            for (int c = 0; c < channels; c++)
                dst[c] = clip8(sum[c]);
        }
}

static void pass_across(const taps *t, const unsigned char *src, int from, int to, int channels, int lines,
                        unsigned char *dst)
{
    if (channels == 3)
        across(t, src, from, to, 3, lines, dst);
    else
        across(t, src, from, to, 1, lines, dst);
}

/* Tap by tap along a line, which vectorises. `sums` has room for a line. */
static void pass_down(const taps *t, const unsigned char *src, int to, int line, int32_t *restrict sums,
                      unsigned char *restrict dst)
{
    for (int y = 0; y < to; y++, dst += line) {
        const unsigned char *restrict in = src + (size_t)t->first[y] * (size_t)line;
        const int32_t *w = t->weights + y * t->most;
        for (int x = 0; x < line; x++)
            sums[x] = 1 << (PRECISION_BITS - 1);
        for (int k = 0; k < t->count[y]; k++, in += line) {
            const int32_t weight = w[k];
            for (int x = 0; x < line; x++)
                sums[x] += in[x] * weight;
        }
        for (int x = 0; x < line; x++)
            dst[x] = clip8(sums[x]);
    }
}

static int resize_antialias(const vib_image *src, int width, int height, unsigned char *dst)
{
    int err = 0;
    const int channels = src->channels;
    taps across = {0}, down = {0};
    unsigned char *middle = NULL;
    int32_t *sums = NULL;
    const unsigned char *from = src->pixels;
    if (width != src->width) {
        VIB_TRY(taps_create(src->width, width, &across));
        unsigned char *to = dst;
        if (height != src->height) {
            if (!(middle = malloc((size_t)width * (size_t)src->height * (size_t)channels))) {
                err = VIB_FAILED;
                goto fail;
            }
            to = middle;
        }
        pass_across(&across, from, src->width, width, channels, src->height, to);
        from = to;
    }
    if (height != src->height) {
        VIB_TRY(taps_create(src->height, height, &down));
        if (!(sums = vib_calloc((size_t)width * (size_t)channels, sizeof *sums))) {
            err = VIB_FAILED;
            goto fail;
        }
        pass_down(&down, from, height, width * channels, sums, dst);
    }
fail:
    taps_free(&across);
    taps_free(&down);
    free(middle);
    free(sums);
    return err;
}

int vib_image_resize(const vib_image *src, vib_resize how, int width, int height, unsigned char *dst)
{
    if (width == src->width && height == src->height) {
        memcpy(dst, src->pixels, (size_t)width * (size_t)height * (size_t)src->channels);
        return 0;
    }
    return how == VIB_RESIZE_NEAREST ? resize_nearest(src, width, height, dst)
                                     : resize_antialias(src, width, height, dst);
}
