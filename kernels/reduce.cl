/* The end of a sum over the batch: per_group leaves are added in order, groups in a balanced tree, and the
 * gradient is written; one that is not finite raises the flag. `part` is used up. One work-item: V values; the
 * first n_kernel are the kernel's, then n_bias from bias_at. */
#define REDUCE 1

#ifndef PASS
#define PASS REDUCE
#define NAME reduce
#endif
#ifndef V
#define V 1 /* divides n_kernel, n_bias and bias_at */
#endif

#define VF CAT(FLOAT_, V)
#define VLOAD(p) CAT(LOAD_, V)(p)
#define VSTORE(v, p) CAT(STORE_, V)(v, p)
#if V == 1
#define FINITE(v) isfinite(v)
#else
#define FINITE(v) all(isfinite(v))
#endif

KERNEL64 void NAME(__global float *restrict grad, const ulong grad_base, __global float *restrict part,
                   const ulong part_stride, const int bias_at, const int n_kernel, const int n_bias,
                   const int n_leaves, const int per_group, volatile __global int *nonfinite)
{
    const int id = (int) get_global_id(0) * V;
    if (id < n_kernel || (id >= bias_at && id < bias_at + n_bias)) {
        __global float *const p = part + id;
        for (int from = 0; from < n_leaves; from += per_group) {
            VF sum = (VF) (0.0f);
            for (int i = from; i < min(from + per_group, n_leaves); i++)
                sum = sum + VLOAD(p + i * part_stride);
            VSTORE(PLUS_ZERO(sum), p + from * part_stride);
        }
        /* Level by level; one without a right neighbour is passed up as it is. */
        for (int step = per_group; step < n_leaves; step *= 2)
            for (int i = 0; i + step < n_leaves; i += 2 * step)
                VSTORE(VLOAD(p + i * part_stride) + VLOAD(p + (i + step) * part_stride), p + i * part_stride);
        const VF total = VLOAD(p);
        VSTORE(total, grad + grad_base + id);
        if (!FINITE(total))
            atomic_or(nonfinite, 1);
    }
}
