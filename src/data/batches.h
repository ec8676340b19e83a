/* How an order of pictures is cut into batches. */
#ifndef VIB_DATA_BATCHES_H
#define VIB_DATA_BATCHES_H

#include <stddef.h>

/* n places in batches of `batch`; when they do not divide, batch number short_at gets what is left over.
 * Keras shuffles the numbers of its batches, so its short one comes anywhere in an epoch (K30, K31); a step
 * on one or two pictures at the very end would throw the weights about right before they are judged. */
typedef struct vib_batches {
    size_t n, batch, short_at;
} vib_batches;

static inline size_t vib_batches_count(const vib_batches *b)
{
    return b->n / b->batch + (b->n % b->batch != 0);
}

/* First place of batch `number`; n for the one past the last. */
static inline size_t vib_batches_start(const vib_batches *b, size_t number)
{
    const size_t rest = b->n % b->batch;
    return !rest || number <= b->short_at ? number * b->batch : (number - 1) * b->batch + rest;
}

/* The batch a place is in. */
static inline size_t vib_batches_number(const vib_batches *b, size_t place)
{
    const size_t number = place / b->batch;
    if (number < b->short_at || place < vib_batches_start(b, b->short_at + 1))
        return number;
    return b->n % b->batch ? (place - b->n % b->batch) / b->batch + 1 : number;
}

#endif
