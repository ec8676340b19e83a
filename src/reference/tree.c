#include "reference/real.h"

/* Neighbours are added level by level; one without a right neighbour is passed up. */
static real reduce(const real *groups, int n, size_t stride)
{
    if (n == 1)
        return groups[0];
    int left = 1;
    while (left * 2 < n)
        left *= 2;
    return reduce(groups, left, stride) + reduce(groups + (size_t)left * stride, n - left, stride);
}

void REF(tree)(real *out, const real *groups, int n_groups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = reduce(groups + i, n_groups, count);
}
