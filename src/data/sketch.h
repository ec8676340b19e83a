/* What is kept of a picture to tell whether another shows the same: a small grey copy and 64 signs. */
#ifndef VIB_DATA_SKETCH_H
#define VIB_DATA_SKETCH_H

#include <stdint.h>

#include "image/image.h"

enum { VIB_SKETCH_SIDE = 32, VIB_SKETCH_PIXELS = VIB_SKETCH_SIDE * VIB_SKETCH_SIDE };

typedef struct vib_sketch {
    unsigned char pixels[VIB_SKETCH_PIXELS]; /* stretched to a square */
    int usable;                              /* 0: none, or too even to compare */
} vib_sketch;

/* A part of a picture: what is left out at each side, in pixels of the sketch. */
typedef struct vib_view {
    float left, top, right, bottom;
} vib_view;

/* Of a grey image. Returns 0 or VIB_FAILED (out of memory). */
int vib_sketch_make(const vib_image *grey, vib_sketch *out);

/* Signs of the lowest frequencies of a view: pictures that look alike differ in few of them. */
uint64_t vib_sketch_signs(const vib_sketch *sketch, const vib_view *view);
/* Exclusive-or with this gives the signs of the mirror image. */
#define VIB_SKETCH_MIRROR UINT64_C(0xAAAAAAAAAAAAAAAA)

/* How two pictures compare when one is brought into line with the other. */
typedef struct vib_match {
    double whole;  /* correlation of the grey values */
    double detail; /* of what a blur takes away: near 0 for pictures that only share light and layout */
} vib_match;

/* Compares the part `start` of a, or one near it, mirrored or not, with b. */
vib_match vib_sketch_compare(const vib_sketch *a, const vib_view *start, int mirrored, const vib_sketch *b);

#endif
