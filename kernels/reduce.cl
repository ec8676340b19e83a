/* The end of a sum over the batch: per_group leaves are added in order, groups in a balanced tree, and the
 * gradient is written; one that is not finite raises the flag. One work-item: one value; values first are the
 * kernel, then the bias at bias_at. */
#ifndef NAME
#define NAME reduce
#endif

KERNEL64 void NAME(__global float *restrict grad, const ulong grad_base, const __global float *restrict part,
                   const ulong part_stride, const ulong bias_at, const int n_kernel, const int n_bias,
                   const int n_leaves, const int per_group, volatile __global int *nonfinite)
{
    const int id = (int) get_global_id(0);
    if (id < n_kernel + n_bias) {
        const ulong at = id < n_kernel ? (ulong) id : bias_at + (id - n_kernel);
        /* stack[d] waits for its right neighbour of 2^d groups; bit d of `groups` says whether it is there. */
        float stack[16];
        int groups = 0;
        for (int from = 0; from < n_leaves; from += per_group) {
            float sum = 0.0f;
            for (int i = from; i < min(from + per_group, n_leaves); i++)
                sum = sum + part[(ulong) i * part_stride + at];
            int d = 0;
            for (; groups >> d & 1; d++)
                sum = stack[d] + sum;
            stack[d] = sum;
            groups++;
        }
        /* What is left, the latest first: each is the right neighbour of the one before. */
        float total = 0.0f;
        int first = 1;
        for (int d = 0; groups >> d; d++)
            if (groups >> d & 1) {
                total = first ? stack[d] : stack[d] + total;
                first = 0;
            }
        grad[grad_base + at] = total;
        if (!isfinite(total))
            atomic_or(nonfinite, 1);
    }
}
