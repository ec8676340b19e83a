/* batchnorm: each channel brought to mean beta and deviation gamma. `keep` has, for C channels each, the mean, the
 * variance and 1 / sqrt(variance + epsilon): of the batch in training, else the running ones. ACT comes behind; what
 * of dy passes it is known from x, so that it has no backward pass of its own.
 *
 *   SUM, SQUARES, GRADIENTS   leaves of the sums over the batch: of x; of (x - mean)^2; of dy * xhat, and from bias_at
 *                             on of dy. One work-item: KB vectors (id 0) of a leaf (id 1) of a picture (id 2)
 *   RUNNING                   keep from the running statistics. One work-item: one channel, as UPDATE
 *   NORMALIZE                 y = act(fma(x - mean, gamma / deviation, beta))
 *   DATA                      dx in training: gamma / deviation * (dy - fma(xhat, dgamma / count, dbeta / count))
 *   FIXED_DATA                dx with statistics that do not depend on x. One work-item: KB vectors (id 0) of row
 *                             (id 1) of a picture (id 2), as NORMALIZE
 *   UPDATE                    running statistics += rate * (keep - running), unless a gradient was not finite
 *   FOLD                      the kernel (rows of C) and bias of the layer in front, with the running statistics in
 *                             them. One work-item: V channels of `each` rows (id 1) */
#define SUM 1
#define SQUARES 2
#define GRADIENTS 3
#define RUNNING 4
#define NORMALIZE 5
#define DATA 6
#define FIXED_DATA 7
#define UPDATE 8
#define FOLD 9

#ifndef PASS
#define PASS SUM
#define NAME batchnorm
#endif
#ifndef V
#define V 16
#endif
#ifndef ACT
#define ACT LINEAR
#endif
#ifndef KB
#define KB 1 /* vectors of channels at a time; KB * V divides the channels */
#endif
#ifndef STREAM
#define STREAM 0 /* 1: what is written goes past the caches; KB * V is whole lines */
#endif
#ifndef ITEMS
#define ITEMS 1 /* work-items of a group: 1 or 64 */
#endif
#define KERNEL CAT(KERNEL, ITEMS)

#if PASS == SUM || PASS == SQUARES || PASS == GRADIENTS

KERNEL void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                 TENSOR(const __global float, x), TENSOR(const __global float, dy),
                 const __global float *restrict keep, const ulong keep_base, const __global float *restrict gamma,
                 const ulong gamma_base, const __global float *restrict beta, const ulong beta_base, const int C,
                 const int H, const int W, const int rows)
{
    const int c = (int) get_global_id(0) * KB * V, leaf = (int) get_global_id(1), n = (int) get_global_id(2);
    if (c < C) {
        __global float *const out = part + ((ulong) n * get_global_size(1) + leaf) * part_stride + c;
        VF sum[KB], other[KB], mean[KB], inverse[KB], scale[KB], shift[KB];
        UNROLL for (int b = 0; b < KB; b++) {
            sum[b] = other[b] = (VF) (0.0f);
            if (PASS != SUM)
                mean[b] = VLOAD(keep + keep_base + c + b * V);
            if (PASS == GRADIENTS) {
                inverse[b] = VLOAD(keep + keep_base + 2 * C + c + b * V);
                scale[b] = VLOAD(gamma + gamma_base + c + b * V) * inverse[b];
                shift[b] = VLOAD(beta + beta_base + c + b * V);
            }
        }
        for (int h = leaf * rows; h < min((leaf + 1) * rows, H); h++)
            for (int w = 0; w < W; w++)
                UNROLL for (int b = 0; b < KB; b++) {
                    const VF v = VLOAD(ROW(x, n, h) + w * C + c + b * V);
#if PASS == SUM
                    sum[b] = sum[b] + v;
#elif PASS == SQUARES
                    const VF d = v - mean[b];
                    sum[b] = fma(d, d, sum[b]);
#else
                    const VF from = v - mean[b], at = fma(from, scale[b], shift[b]);
                    const VF d = PASSED(VLOAD(ROW(dy, n, h) + w * C + c + b * V), at);
                    sum[b] = fma(d, from * inverse[b], sum[b]);
                    other[b] = other[b] + d;
#endif
                }
        UNROLL for (int b = 0; b < KB; b++) {
            VSTORE(sum[b], out + b * V);
            if (PASS == GRADIENTS)
                VSTORE(other[b], out + bias_at + b * V);
        }
    }
}

#elif PASS == RUNNING

KERNEL64 void NAME(__global float *restrict keep, const ulong keep_base, const __global float *restrict mean,
                   const ulong mean_base, const __global float *restrict variance, const ulong variance_base,
                   const int C, const float epsilon)
{
    const int c = (int) get_global_id(0);
    if (c < C) {
        __global float *const out = keep + keep_base + c;
        const float v = variance[variance_base + c];
        out[0] = mean[mean_base + c];
        out[C] = v;
        out[2 * C] = 1.0f / sqrt(v + epsilon);
    }
}

#elif PASS == UPDATE

KERNEL64 void NAME(__global float *restrict mean, const ulong mean_base, __global float *restrict variance,
                   const ulong variance_base, const __global float *restrict keep, const ulong keep_base, const int C,
                   const float rate, const __global int *restrict nonfinite)
{
    const int c = (int) get_global_id(0);
    if (c < C && *nonfinite == 0) {
        __global float *const m = mean + mean_base + c, *const v = variance + variance_base + c;
        *m = fma(rate, keep[keep_base + c] - *m, *m);
        *v = fma(rate, keep[keep_base + C + c] - *v, *v);
    }
}

#elif PASS == FOLD

KERNEL64 void NAME(__global float *restrict to, const ulong to_base, const ulong to_bias,
                   const __global float *restrict w, const ulong w_base, const __global float *restrict bias,
                   const ulong bias_base, const __global float *restrict gamma, const ulong gamma_base,
                   const __global float *restrict beta, const ulong beta_base, const __global float *restrict mean,
                   const ulong mean_base, const __global float *restrict variance, const ulong variance_base,
                   const int rows, const int each, const int C, const int biased, const float epsilon)
{
    const int c = (int) get_global_id(0) * V, first = (int) get_global_id(1) * each;
    if (c < C) {
        const VF inverse = 1.0f / sqrt(VLOAD(variance + variance_base + c) + epsilon);
        const VF scale = VLOAD(gamma + gamma_base + c) * inverse;
        for (int row = first; row < min(first + each, rows); row++)
            VSTORE(VLOAD(w + w_base + (ulong) row * C + c) * scale, to + to_base + (ulong) row * C + c);
        if (first == 0) {
            const VF b = biased ? VLOAD(bias + bias_base + c) : (VF) (0.0f);
            VSTORE(fma(b - VLOAD(mean + mean_base + c), scale, VLOAD(beta + beta_base + c)), to + to_bias + c);
        }
    }
}

#else

KERNEL void NAME(TENSOR(__global float, to), TENSOR(const __global float, x), TENSOR(const __global float, dy),
                 const __global float *restrict keep, const ulong keep_base, const __global float *restrict gamma,
                 const ulong gamma_base, const __global float *restrict beta, const ulong beta_base,
                 const __global float *restrict d, const ulong dgamma_base, const ulong dbeta_base, const int C,
                 const int W, const float count)
{
    const int c = (int) get_global_id(0) * KB * V, h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (c < C) {
        VF mean[KB], inverse[KB], scale[KB], shift[KB], dgamma[KB], dbeta[KB];
        UNROLL for (int b = 0; b < KB; b++) {
            const int k = c + b * V;
            mean[b] = VLOAD(keep + keep_base + k);
            inverse[b] = VLOAD(keep + keep_base + 2 * C + k);
            scale[b] = VLOAD(gamma + gamma_base + k) * inverse[b];
            shift[b] = VLOAD(beta + beta_base + k);
#if PASS == DATA
            dgamma[b] = VLOAD(d + dgamma_base + k) / count;
            dbeta[b] = VLOAD(d + dbeta_base + k) / count;
#endif
        }
        for (int w = 0; w < W; w++)
            UNROLL for (int b = 0; b < KB; b++) {
                const int i = w * C + c + b * V;
                const VF from = VLOAD(ROW(x, n, h) + i) - mean[b], v = fma(from, scale[b], shift[b]);
#if PASS == NORMALIZE
                VSTREAM(ACTIVE(v), ROW(to, n, h) + i);
#else
                VF d = PASSED(VLOAD(ROW(dy, n, h) + i), v);
#if PASS == DATA
                d = d - fma(from * inverse[b], dgamma[b], dbeta[b]);
#endif
                VSTREAM(scale[b] * d, ROW(to, n, h) + i);
#endif
            }
        STREAMED;
    }
}

#endif
