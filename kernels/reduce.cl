/* The end of a sum over the batch: per_group leaves are added in order, groups in a balanced tree. `part` is used up.
 *
 *   GRADIENT   the sum is a gradient; one that is not finite raises the flag
 *   MEAN       it is divided by count
 *   VARIANCE   likewise, and behind the n_kernel variances come their 1 / sqrt(variance + epsilon)
 *   JOIN       out = left + out, of n values: a subtree of groups and its right neighbour
 *
 * One work-item: V values; the first n_kernel are the kernel's, then n_bias from bias_at. CHAINS work-items of a group
 * share them, each with groups of leaves of its own, and READ leaves on their way at a time. */
#define GRADIENT 1
#define MEAN 2
#define VARIANCE 3
#define JOIN 4

#ifndef PASS
#define PASS GRADIENT
#define NAME reduce
#endif
#ifndef V
#define V 1 /* divides n_kernel, n_bias and bias_at */
#endif
#ifndef CHAINS
#define CHAINS 4 /* 1, 2, 4 ... 64 */
#endif
#define READ (CHAINS > 1 ? 8 : 1)

#if V == 1
#define FINITE(v) isfinite(v)
#else
#define FINITE(v) all(isfinite(v))
#endif

#if PASS == JOIN

KERNEL64 void NAME(__global float *restrict out, const __global float *restrict left, const ulong n,
                   volatile __global int *nonfinite)
{
    const ulong id = get_global_id(0) * V;
    if (id < n) {
        const VF sum = VLOAD(left + id) + VLOAD(out + id);
        VSTORE(sum, out + id);
        if (!FINITE(sum))
            atomic_or(nonfinite, 1);
    }
}

#else

KERNEL64 void NAME(__global float *restrict out, const ulong out_base, __global float *restrict part,
                   const ulong part_stride, const int bias_at, const int n_kernel, const int n_bias,
                   const int n_leaves, const int per_group, const float count, const float epsilon,
                   volatile __global int *nonfinite)
{
    const int l = (int) get_local_id(0), chain = l / (64 / CHAINS);
    const int id = ((int) get_group_id(0) * (64 / CHAINS) + l % (64 / CHAINS)) * V;
    const int mine = id < n_kernel || (id >= bias_at && id < bias_at + n_bias);
    __global float *const p = part + id;
    for (int from = chain * per_group; mine && from < n_leaves; from += CHAINS * per_group) {
        VF sum = (VF) (0.0f);
        const int end = min(from + per_group, n_leaves);
        int i = from;
        for (; i + READ <= end; i += READ) {
            VF v[READ];
            UNROLL for (int r = 0; r < READ; r++)
                v[r] = VLOAD(p + (i + r) * part_stride);
            UNROLL for (int r = 0; r < READ; r++)
                sum = sum + v[r];
        }
        for (; READ > 1 && i < end; i++)
            sum = sum + VLOAD(p + i * part_stride);
        VSTORE(PLUS_ZERO(sum), p + from * part_stride);
    }
    /* Level by level; one without a right neighbour is passed up as it is. */
    for (int step = per_group; step < n_leaves; step *= 2) {
        if (CHAINS > 1)
            barrier(CLK_GLOBAL_MEM_FENCE);
        for (int i = 2 * step * chain; mine && i + step < n_leaves; i += 2 * step * CHAINS)
            VSTORE(VLOAD(p + i * part_stride) + VLOAD(p + (i + step) * part_stride), p + i * part_stride);
    }
    if (mine && chain == 0) {
        const VF total = VLOAD(p);
#if PASS == GRADIENT
        VSTORE(total, out + out_base + id);
        if (!FINITE(total))
            atomic_or(nonfinite, 1);
#else
        const VF mean = total / count;
        VSTORE(mean, out + out_base + id);
        if (PASS == VARIANCE)
            VSTORE(1.0f / sqrt(mean + epsilon), out + out_base + n_kernel + id);
#endif
    }
}

#endif
