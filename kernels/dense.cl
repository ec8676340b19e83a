/* dense: y = act(bias + x w), and the filter and bias gradients. The input gradient is FWD with the transposed
 * weights and without a bias.
 *
 *   FWD_CPU         one work-item: NB pictures, KB vectors of outputs
 *   BWD_WEIGHT_CPU  one work-item: one input, all outputs; the first input does the bias
 *   FWD_GPU         8 x 8 work-items, each WM pictures of WN outputs; as in conv2d_gpu.cl the next stage of TT inputs
 *                   is on its way while one is multiplied
 *   BWD_WEIGHT_GPU  one work-item: one element
 *
 * Chains are cut into chunks of 512 terms, added in order. */
#define FWD_CPU 1
#define BWD_WEIGHT_CPU 2
#define FWD_GPU 3
#define BWD_WEIGHT_GPU 4

#ifndef PASS
#define PASS FWD_CPU
#define NAME dense
#endif
#ifndef I
#define I 512 /* inputs */
#define O 128 /* outputs */
#endif
#ifndef ACT
#define ACT LINEAR
#endif
#ifndef BIAS
#define BIAS 1 /* 0: start from +0, and store zeros as +0 */
#endif
#ifndef TRANSPOSED
#define TRANSPOSED 0 /* FWD_GPU: w is (O,I) */
#endif
#ifndef WM
#define WM 4 /* FWD_GPU */
#define WN 4
#endif
#ifndef V
#define V 16 /* KB * V divides O */
#define KB 2
#define NB 4 /* pictures in registers */
#endif

#define CHUNK 512

#if PASS == FWD_CPU

KERNEL1 void NAME(__global float *restrict y, const ulong y_base, const __global float *restrict x,
                  const ulong x_base, const __global float *restrict w, const ulong w_base,
                  const __global float *restrict bias, const ulong bias_base, const int N)
{
    const int o = (int) get_global_id(0) * KB * V, n0 = (int) get_global_id(1) * NB;
    const __global float *const weights = w + w_base + o;
    const __global float *in[NB];
    VF total[NB][KB];
    UNROLL for (int n = 0; n < NB; n++)
        in[n] = x + x_base + (ulong) min(n0 + n, N - 1) * I;

    for (int from = 0; from < I; from += CHUNK) {
        VF acc[NB][KB];
        UNROLL for (int b = 0; b < KB; b++) {
            VF start = (VF) (0.0f);
            if (BIAS && from == 0)
                start = VLOAD(bias + bias_base + o + b * V);
            UNROLL for (int n = 0; n < NB; n++)
                acc[n][b] = start;
        }
        for (int i = from; i < min(from + CHUNK, I); i++) {
            VF f[KB];
            UNROLL for (int b = 0; b < KB; b++) {
                f[b] = VLOAD(weights + (ulong) i * O + b * V);
                AHEAD(weights + (ulong) min(i + 16, I - 1) * O + b * V);
            }
            UNROLL for (int n = 0; n < NB; n++) {
                const VF v = (VF) (in[n][i]);
                UNROLL for (int b = 0; b < KB; b++)
                    acc[n][b] = fma(v, f[b], acc[n][b]);
            }
        }
        UNROLL for (int n = 0; n < NB; n++)
            UNROLL for (int b = 0; b < KB; b++)
                total[n][b] = from ? total[n][b] + acc[n][b] : acc[n][b];
    }
    UNROLL for (int n = 0; n < NB; n++)
        if (n0 + n < N)
            UNROLL for (int b = 0; b < KB; b++) {
                VF v = ACTIVE(total[n][b]);
                if (!BIAS)
                    v = PLUS_ZERO(v);
                VSTORE(v, y + y_base + (ulong) (n0 + n) * O + o + b * V);
            }
}

#elif PASS == FWD_GPU

#define TM (8 * WM)
#define TN (8 * WN)
#define TT (WM * WN > 4 ? 32 : 64) /* as many as registers hold on their way */
/* Terms are kept apart, or neighbours that store would meet in one bank. */
#define AM (TM + 1)
#define BN (TN + 1)

/* Where the i-th value of b is: neighbours read neighbours. */
#define TERM_OF(i) (TRANSPOSED ? (i) % TT : (i) / TN)
#define OUTPUT_OF(i) (TRANSPOSED ? (i) / TT : (i) % TN)

#define MULTIPLY_TERM(t)                                                                            \
    UNROLL for (int i = 0; i < WM; i++)                                                             \
        UNROLL for (int j = 0; j < WN; j++)                                                         \
            acc[i][j] = fma(a[(t) * AM + ly * WM + i], b[(t) * BN + lx * WN + j], acc[i][j]);

KERNEL8X8 void NAME(__global float *restrict y, const ulong y_base, const __global float *restrict x,
                    const ulong x_base, const __global float *restrict w, const ulong w_base,
                    const __global float *restrict bias, const ulong bias_base, const int N)
{
    __local float a[TT * AM], b[TT * BN];
    const int lx = (int) get_local_id(0), ly = (int) get_local_id(1), l = ly * 8 + lx;
    const int o0 = (int) get_group_id(0) * TN, n0 = (int) get_group_id(1) * TM;
    float acc[WM][WN], total[WM][WN], next_a[TT * TM / 64], next_b[TT * TN / 64];
    UNROLL for (int i = 0; i < WM; i++)
        UNROLL for (int j = 0; j < WN; j++) {
            const int o = o0 + lx * WN + j;
            acc[i][j] = BIAS && o < O ? bias[bias_base + o] : 0.0f;
            total[i][j] = 0.0f;
        }
    for (int q0 = 0; q0 < I + TT; q0 += TT) {
        if (q0 < I) {
            UNROLL for (int e = 0; e < TT * TM / 64; e++) {
                const int i = e * 64 + l, q = q0 + i % TT, n = n0 + i / TT;
                next_a[e] = q < I && n < N ? x[x_base + (ulong) n * I + q] : 0.0f;
            }
            UNROLL for (int e = 0; e < TT * TN / 64; e++) {
                const int i = e * 64 + l, q = q0 + TERM_OF(i), o = o0 + OUTPUT_OF(i);
                next_b[e] = q < I && o < O ? w[w_base + (TRANSPOSED ? (ulong) o * I + q : (ulong) q * O + o)] : 0.0f;
            }
        }
        if (q0 > 0) {
            const int terms = I % TT == 0 ? TT : min(TT, I - q0 + TT);
            barrier(CLK_LOCAL_MEM_FENCE);
            if (terms == TT)
                UNROLL4 for (int t = 0; t < TT; t++)
                    MULTIPLY_TERM(t)
            else
                for (int t = 0; t < terms; t++)
                    MULTIPLY_TERM(t)
            barrier(CLK_LOCAL_MEM_FENCE);
            /* CHUNK is a multiple of TT: a chunk ends where a stage ends. */
            if (q0 % CHUNK == 0 || q0 >= I)
                UNROLL for (int i = 0; i < WM; i++)
                    UNROLL for (int j = 0; j < WN; j++) {
                        total[i][j] = q0 <= CHUNK ? acc[i][j] : total[i][j] + acc[i][j];
                        acc[i][j] = 0.0f;
                    }
        }
        if (q0 < I) {
            UNROLL for (int e = 0; e < TT * TM / 64; e++) {
                const int i = e * 64 + l;
                a[i % TT * AM + i / TT] = next_a[e];
            }
            UNROLL for (int e = 0; e < TT * TN / 64; e++) {
                const int i = e * 64 + l;
                b[TERM_OF(i) * BN + OUTPUT_OF(i)] = next_b[e];
            }
        }
    }
    UNROLL for (int i = 0; i < WM; i++)
        UNROLL for (int j = 0; j < WN; j++) {
            const int n = n0 + ly * WM + i, o = o0 + lx * WN + j;
            float v = ACTIVE(total[i][j]);
            if (!BIAS)
                v = PLUS_ZERO(v);
            if (n < N && o < O)
                y[y_base + (ulong) n * O + o] = v;
        }
}

#else /* BWD_WEIGHT_CPU, BWD_WEIGHT_GPU */

#if PASS == BWD_WEIGHT_GPU
#undef V
#undef KB
#define V 1
#define KB 1
#define FINITE(v) isfinite(v)
#elif V == 1
#define FINITE(v) isfinite(v)
#else
#define FINITE(v) all(isfinite(v))
#endif

/* total[] = the sums over the batch of dy times x, or times 1 when x is NULL, for KB vectors: groups of 8 pictures,
 * then the tree over groups. Whole subtrees wait in `left`, those of 2^l groups at l, until their right neighbour is
 * there. */
#define SUM CAT(NAME, _sum)
#define EACH_VECTOR UNROLL for (int b = 0; b < KB; b++)
void SUM(const __global float *x, const __global float *dy, const int N, VF total[KB])
{
    VF left[24][KB];
    const int groups = (N + 7) / 8;
    for (int g = 0; g < groups; g++) {
        VF sum[KB];
        EACH_VECTOR
            sum[b] = (VF) (0.0f);
        for (int n = g * 8; n < min(g * 8 + 8, N); n++) {
            const VF v = (VF) (x ? x[(ulong) n * I] : 1.0f);
            EACH_VECTOR
                sum[b] = fma(v, VLOAD(dy + (ulong) n * O + b * V), sum[b]);
        }
        EACH_VECTOR
            sum[b] = PLUS_ZERO(sum[b]);
        int l = 0;
        for (; g >> l & 1; l++)
            EACH_VECTOR
                sum[b] = left[l][b] + sum[b];
        EACH_VECTOR
            left[l][b] = sum[b];
    }
    /* One without a right neighbour is passed up as it is. */
    int some = 0;
    for (int l = 0; groups >> l; l++)
        if (groups >> l & 1) {
            EACH_VECTOR
                total[b] = some ? left[l][b] + total[b] : left[l][b];
            some = 1;
        }
}

#if PASS == BWD_WEIGHT_CPU
KERNEL1
#else
KERNEL64
#endif
void NAME(__global float *restrict grad, const ulong kernel_base, const ulong bias_base,
          const __global float *restrict x, const ulong x_base, const __global float *restrict dy, const ulong dy_base,
          const int N, volatile __global int *nonfinite)
{
#if PASS == BWD_WEIGHT_CPU
    const int i = (int) get_global_id(0);
    for (int o = 0; o < O; o += KB * V) {
#else
    const ulong id = get_global_id(0);
    const int i = (int) (id / O), o = (int) (id % O);
    if (i < I) {
#endif
        for (int bias = 0; bias <= (i == 0); bias++) {
            __global float *const to = grad + (bias ? bias_base : kernel_base + (ulong) i * O) + o;
            VF total[KB];
            SUM(bias ? 0 : x + x_base + i, dy + dy_base + o, N, total);
            EACH_VECTOR {
                VSTORE(total[b], to + b * V);
                if (!FINITE(total[b]))
                    atomic_or(nonfinite, 1);
            }
        }
    }
}

#endif
