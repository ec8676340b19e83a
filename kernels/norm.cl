/* Sums over one tensor of n values, and what is done with them. A sum is leaves of LEAF values, each a chain from +0,
 * in a balanced tree.
 *
 *   SQUARES, MAGNITUDES   leaves of the sum of v^2, of |v|. One work-item: one leaf
 *   TOTAL_CPU, TOTAL_GPU  out = fma(factor, the tree of n leaves, out); uses up the leaves. One work-item; one group
 *   REGULARIZE            v = fma(l2_twice, w, v) + (l1 with w's sign), the gradient of l1 and l2. One work-item: one
 *                         value
 *   CLIP                  v times most / norm where norm = sqrt(*out) is more than most. One work-item: a value */
#define SQUARES 1
#define MAGNITUDES 2
#define TOTAL_CPU 3
#define TOTAL_GPU 4
#define REGULARIZE 5
#define CLIP 6

#ifndef PASS
#define PASS SQUARES
#define NAME norm
#endif
#define LEAF 1024

#if PASS == SQUARES || PASS == MAGNITUDES

KERNEL64 void NAME(__global float *restrict leaves, const __global float *restrict v, const ulong v_base, const int n)
{
    const int id = (int) get_global_id(0), from = id * LEAF;
    if (from < n) {
        float sum = 0.0f;
        for (int i = from; i < min(from + LEAF, n); i++) {
            const float x = v[v_base + i];
            sum = PASS == SQUARES ? fma(x, x, sum) : sum + fabs(x);
        }
        leaves[id] = sum;
    }
}

#elif PASS == TOTAL_CPU || PASS == TOTAL_GPU

/* Level by level; one without a right neighbour is passed up as it is. */
#if PASS == TOTAL_CPU
KERNEL1
#else
KERNEL64
#endif
void NAME(__global float *restrict out, const int at, __global float *restrict leaves, const int n, const float factor)
{
    const int id = (int) get_local_id(0), items = (int) get_local_size(0);
    for (int step = 1; step < n; step *= 2) {
        for (int i = 2 * step * id; i + step < n; i += 2 * step * items)
            leaves[i] = leaves[i] + leaves[i + step];
#if PASS == TOTAL_GPU
        barrier(CLK_GLOBAL_MEM_FENCE);
#endif
    }
    if (id == 0)
        out[at] = fma(factor, leaves[0], out[at]);
}

#elif PASS == REGULARIZE

KERNEL64 void NAME(__global float *restrict v, const ulong v_base, const __global float *restrict w, const int n,
                   const float l1, const float l2_twice)
{
    const int id = (int) get_global_id(0);
    if (id < n) {
        const float x = w[v_base + id];
        const float pull = x > 0.0f ? l1 : x < 0.0f ? -l1 : 0.0f;
        v[v_base + id] = fma(l2_twice, x, v[v_base + id]) + pull;
    }
}

#else

KERNEL64 void NAME(__global float *restrict v, const ulong n, const __global float *restrict out, const int at,
                   const float most)
{
    const ulong id = get_global_id(0);
    const float norm = sqrt(out[at]), scale = norm > most ? most / norm : 1.0f;
    if (id < n)
        v[id] = v[id] * scale;
}

#endif
