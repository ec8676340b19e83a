/* Augmentation: what a recipe may say of it, and the numbers of one picture. Plain data, shared with the
 * reference. */
#ifndef VIB_NETWORK_AUGMENT_H
#define VIB_NETWORK_AUGMENT_H

#include <stdint.h>

#include "base/field.h"

/* What lies outside a picture, in SciPy's meaning for linear interpolation. */
typedef enum vib_fill { VIB_FILL_NEAREST, VIB_FILL_CONSTANT, VIB_FILL_REFLECT, VIB_FILL_WRAP } vib_fill;

/* A zero is "no", and so is a range of 0..0 or 1..1. */
typedef struct vib_augment {
    double rotation, shear;           /* degrees: U(-x, x) */
    vib_range_value zoom;             /* two factors, for rows and columns */
    double height_shift, width_shift; /* U(-x, x): below 1 of the side, else pixels */
    int fill;                         /* vib_fill */
    double cval;                      /* outside with fill constant and crop: 0 to 255 */
    double channel_shift;             /* U(-x, x) is added to all channels */
    int hflip, vflip;                 /* half of the pictures */
    vib_range_value brightness;       /* a factor */
    int crop;                         /* pixels of padding all round, of which a window is cut */
    vib_range_value crop_scale;       /* the share of the picture that is cut out and enlarged */
    vib_range_value crop_ratio;       /* its width : height */
    vib_range_value contrast,
        saturation;              /* factors of the distance from the mean grey, from the pixel's grey */
    double hue;                  /* U(-x, x), of a turn of the colour circle */
    double erase;                /* probability that a rectangle is erased */
    vib_range_value erase_scale; /* its share of the picture */
    vib_range_value erase_ratio; /* its height : width */
    double erase_value;          /* what it is filled with: 0 to 255 */
    int keras29;                 /* R22 instead of R20 (K21, K24) */
} vib_augment;

/* What of it is on. */
enum {
    VIB_USES_AFFINE = 1,
    VIB_USES_HFLIP = 2,
    VIB_USES_VFLIP = 4,
    VIB_USES_CROP = 8,
    VIB_USES_CROP_SCALE = 16,
    VIB_USES_CHANNEL_SHIFT = 32,
    VIB_USES_BRIGHTNESS = 64,
    VIB_USES_CONTRAST = 128,
    VIB_USES_SATURATION = 256,
    VIB_USES_HUE = 512,
    VIB_USES_ERASE = 1024,
};
unsigned vib_augment_uses(const vib_augment *augment);

/* One picture's numbers, as kernels/augment.cl reads them: (row, column) of what is sampled for (i, j) is,
 * mirrored first, p = (i, j) + crop; p + (into × p + into_offset), clamped to low..high; p + delta × (p -
 * centre) + offset. */
typedef struct vib_augment_row {
    float delta[4]; /* M - 1, row-major over (row, column) */
    float centre[2], offset[2];
    float hflip, vflip; /* 1: mirrored */
    float crop[2];
    float into[2], into_offset[2], low[2], high[2];
    float channel_shift, brightness, contrast, saturation, hue;
    float erased[4]; /* first row, first column, the row and the column behind; empty: nothing */
    float unused[3];
} vib_augment_row;

enum { VIB_AUGMENT_FLOATS = sizeof(vib_augment_row) / sizeof(float) };

/* What Keras calls theta, tx, ty, shear, zx, zy: degrees, pixels, factors. */
typedef struct vib_affine {
    double rotation, height_shift, width_shift, shear, zx, zy;
} vib_affine;

/* Sets delta, centre and offset for pictures of h × w. */
void vib_affine_row(const vib_affine *affine, int keras29, int h, int w, vib_augment_row *row);

/* The numbers of the k-th presentation of a run. */
void vib_augment_draw(const vib_augment *augment, uint64_t seed, uint64_t presentation, int h, int w,
                      vib_augment_row *row);

#endif
