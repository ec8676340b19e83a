/* Random numbers as a pure function of (seed, stream, index, draw): nothing to save, nothing to lock. */
#ifndef VIB_BASE_RANDOM_H
#define VIB_BASE_RANDOM_H

#include <stdint.h>

/* Streams are part of the file format: never renumber, only add. A layer's streams are base + its place
 * among the layers of the recipe, so there are 2^24 of each kind. */
enum {
    VIB_STREAM_SHUFFLE = 1, /* index = global epoch, draw = place: order of training; 0: its short batch */
    VIB_STREAM_VALIDATION_SHUFFLE = 2, /* index = global epoch, draw = place: order=reshuffled */
    VIB_STREAM_AUGMENT = 3,            /* index = presentation number of the picture in the run */
    VIB_STREAM_DRAW = 4,               /* index = number of the drawn picture, draw = how often was asked */
    VIB_STREAM_DRAW_NOISE = 5,         /* index = number of the drawn picture, draw = pixel / 4 */
    VIB_STREAM_BENCH = 6,              /* index = byte: pictures for measuring */
    VIB_STREAM_INIT = 0x01000000,      /* + layer; index = element, draw = tensor: initial weights */
    VIB_STREAM_LAYER = 0x02000000,     /* + layer; index = (step, element): dropout and its kind */
};

/* Draws of VIB_STREAM_AUGMENT: never renumber, only add. */
enum {
    VIB_DRAW_SHEAR = 0,
    VIB_DRAW_ZOOM_X = 1,
    VIB_DRAW_ZOOM_Y = 2,
    VIB_DRAW_HFLIP = 3,
    VIB_DRAW_ROTATION = 4,
    VIB_DRAW_HEIGHT_SHIFT = 5,
    VIB_DRAW_WIDTH_SHIFT = 6,
    VIB_DRAW_VFLIP = 7,
    VIB_DRAW_CHANNEL_SHIFT = 8,
    VIB_DRAW_BRIGHTNESS = 9,
    VIB_DRAW_CROP_ROW = 10,
    VIB_DRAW_CROP_COLUMN = 11,
    VIB_DRAW_CONTRAST = 12,
    VIB_DRAW_SATURATION = 13,
    VIB_DRAW_HUE = 14,
    VIB_DRAW_ERASE = 15,
    VIB_DRAW_CROP_TRIES = 0x100,  /* + 4 a try: area, ratio, row, column */
    VIB_DRAW_ERASE_TRIES = 0x200, /* the same */
};

/* Philox4x32-10 (Salmon et al. 2011). */
void vib_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* First word of Philox with key = seed, counter = (index low, index high, stream, draw). */
uint32_t vib_random_u32(uint64_t seed, uint32_t stream, uint64_t index, uint32_t draw);

/* The same in [0, 1): the top 24 bits. */
float vib_random_unit(uint64_t seed, uint32_t stream, uint64_t index, uint32_t draw);

/* Fisher-Yates permutation of 0..n-1 for one (seed, stream, index). */
void vib_random_permutation(uint64_t seed, uint32_t stream, uint64_t index, uint32_t *out, uint32_t n);

#endif
