/* What a device can do at most, for `vibrisa bench`. One work-item: V floats, CHAINS of them at a time.
 *
 *   MULTIPLY_ADD  as many multiply-adds as there is room for in registers, `rounds` times
 *   COPY          `rounds` vectors from x to y */
#define MULTIPLY_ADD 1
#define COPY 2

#ifndef PASS
#define PASS MULTIPLY_ADD
#define NAME bench
#endif
#ifndef V
#define V 16
#define CHAINS 12 /* sums that do not wait for one another */
#define GROUP 1
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void NAME(__global float *restrict y, const __global float *restrict x, const int rounds)
{
    const ulong id = get_global_id(0);
#if PASS == MULTIPLY_ADD
    const VF a = (VF) (x[0]), b = (VF) (x[1]);
    VF sums[CHAINS];
    UNROLL for (int i = 0; i < CHAINS; i++)
        sums[i] = (VF) ((float) i);
    for (int t = 0; t < rounds; t++)
        UNROLL for (int i = 0; i < CHAINS; i++)
            sums[i] = fma(sums[i], a, b);
    UNROLL for (int i = 1; i < CHAINS; i++)
        sums[0] = sums[0] + sums[i];
    VSTORE(sums[0], y + id * V);
#else
    /* Neighbours in a group take neighbours in memory; a group of one goes straight on. */
    for (int t = 0; t < rounds; t++) {
        const ulong at = (get_group_id(0) * (ulong) rounds + t) * GROUP + get_local_id(0);
        VSTORE(VLOAD(x + at * V), y + at * V);
    }
#endif
}
