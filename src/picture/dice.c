#include "picture/dice.h"

#include "base/random.h"

double vib_dice_unit(vib_dice *d)
{
    return (double)vib_random_unit(d->seed, VIB_STREAM_DRAW, d->picture, d->asked++);
}

double vib_dice_between(vib_dice *d, double low, double high)
{
    return low + (high - low) * vib_dice_unit(d);
}

int vib_dice_below(vib_dice *d, int n)
{
    return (int)(vib_dice_unit(d) * n);
}

int vib_dice_chance(vib_dice *d, double probability)
{
    return vib_dice_unit(d) < probability;
}

double vib_dice_bell(vib_dice *d)
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += vib_dice_unit(d);
    /* Three uniform numbers have a mean of 3/2 and a variance of 3/12. */
    return 2 * (sum - 1.5);
}
