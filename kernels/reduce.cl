/* The end of a sum over the batch: per_group leaves are added in order, groups in a balanced tree, and the
 * gradient is written; one that is not finite raises the flag. `part` is used up. One work-item: one value; the
 * first n_kernel are the kernel's, then n_bias from bias_at. */
#ifndef NAME
#define NAME reduce
#endif

KERNEL64 void NAME(__global float *restrict grad, const ulong grad_base, __global float *restrict part,
                   const ulong part_stride, const int bias_at, const int n_kernel, const int n_bias,
                   const int n_leaves, const int per_group, volatile __global int *nonfinite)
{
    const int id = (int) get_global_id(0);
    if (id < n_kernel || (id >= bias_at && id < bias_at + n_bias)) {
        __global float *const p = part + id;
        for (int from = 0; from < n_leaves; from += per_group) {
            float sum = 0.0f;
            for (int i = from; i < min(from + per_group, n_leaves); i++)
                sum = sum + p[i * part_stride];
            p[from * part_stride] = PLUS_ZERO(sum);
        }
        /* Level by level; one without a right neighbour is passed up as it is. */
        for (int step = per_group; step < n_leaves; step *= 2)
            for (int i = 0; i + step < n_leaves; i += 2 * step)
                p[i * part_stride] = p[i * part_stride] + p[(i + step) * part_stride];
        const float total = p[0];
        grad[grad_base + id] = total;
        if (!isfinite(total))
            atomic_or(nonfinite, 1);
    }
}
