/* The made-up numbers that golden scripts and tests agree on. */
#ifndef TESTS_SEQUENCE_H
#define TESTS_SEQUENCE_H

#include <stdint.h>

/* The k-th number, in [0, 1). */
static inline double sequence(uint64_t k)
{
    return (double)(uint32_t)(k * 2654435761u) / 4294967296.0;
}

#endif
