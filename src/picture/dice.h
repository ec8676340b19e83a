/* A sequence of random numbers for one drawn picture: nothing is shared, so pictures can be drawn in any
 * order, by any number of threads. Two of them in one expression would come in the compiler's order: take one
 * a statement. */
#ifndef VIB_PICTURE_DICE_H
#define VIB_PICTURE_DICE_H

#include <stdint.h>

typedef struct vib_dice {
    uint64_t seed, picture;
    uint32_t asked; /* numbers taken so far */
} vib_dice;

/* In [0, 1). */
double vib_dice_unit(vib_dice *d);
/* In [low, high). */
double vib_dice_between(vib_dice *d, double low, double high);
/* 0 … n-1 */
int vib_dice_below(vib_dice *d, int n);
/* 1 with this probability, else 0. */
int vib_dice_chance(vib_dice *d, double probability);
/* Around 0 with standard deviation 1, never beyond ±3: the sum of a few. */
double vib_dice_bell(vib_dice *d);

#endif
