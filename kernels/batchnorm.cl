/* batchnorm: each channel brought to mean beta and deviation gamma. `keep` has, for C channels each, the mean, the
 * variance and 1 / sqrt(variance + epsilon): of the batch in training, else the running ones.
 *
 *   SUM, SQUARES, GRADIENTS   leaves of the sums over the batch: of x; of (x - mean)^2; of dy * xhat, and from bias_at
 *                             on of dy. One work-item: V channels (id 0) of a leaf (id 1) of a picture (id 2)
 *   RUNNING                   keep from the running statistics. One work-item: one channel, as UPDATE
 *   NORMALIZE                 y = fma(x - mean, gamma / deviation, beta), through relu with ACT RELU
 *   DATA                      dx in training: gamma / deviation * (dy - fma(xhat, dgamma / count, dbeta / count))
 *   FIXED_DATA                dx with statistics that do not depend on x. One work-item: V channels of row (id 1) of a
 *                             picture (id 2), as NORMALIZE
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
#define ACT LINEAR
#endif

#if PASS == SUM || PASS == SQUARES || PASS == GRADIENTS

KERNEL64 void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                   TENSOR(const __global float, x), TENSOR(const __global float, dy),
                   const __global float *restrict keep, const ulong keep_base, const int C, const int H, const int W,
                   const int rows)
{
    const int c = (int) get_global_id(0) * V, leaf = (int) get_global_id(1), n = (int) get_global_id(2);
    if (c < C) {
        __global float *const out = part + ((ulong) n * get_global_size(1) + leaf) * part_stride + c;
        VF sum = (VF) (0.0f), other = (VF) (0.0f);
#if PASS != SUM
        const VF mean = VLOAD(keep + keep_base + c);
#endif
#if PASS == GRADIENTS
        const VF inverse = VLOAD(keep + keep_base + 2 * C + c);
#endif
        for (int h = leaf * rows; h < min((leaf + 1) * rows, H); h++)
            for (int w = 0; w < W; w++) {
                const VF v = VLOAD(ROW(x, n, h) + w * C + c);
#if PASS == SUM
                sum = sum + v;
#elif PASS == SQUARES
                const VF d = v - mean;
                sum = fma(d, d, sum);
#else
                const VF d = VLOAD(ROW(dy, n, h) + w * C + c);
                sum = fma(d, (v - mean) * inverse, sum);
                other = other + d;
#endif
            }
        VSTORE(sum, out);
        if (PASS == GRADIENTS)
            VSTORE(other, out + bias_at);
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

KERNEL64 void NAME(TENSOR(__global float, to), TENSOR(const __global float, x), TENSOR(const __global float, dy),
                   const __global float *restrict keep, const ulong keep_base, const __global float *restrict gamma,
                   const ulong gamma_base, const __global float *restrict beta, const ulong beta_base,
                   const __global float *restrict d, const ulong dgamma_base, const ulong dbeta_base, const int C,
                   const int W, const float count)
{
    const int c = (int) get_global_id(0) * V, h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (c < C) {
        const VF mean = VLOAD(keep + keep_base + c), inverse = VLOAD(keep + keep_base + 2 * C + c);
        const VF scale = VLOAD(gamma + gamma_base + c) * inverse;
#if PASS == NORMALIZE
        const VF shift = VLOAD(beta + beta_base + c);
#elif PASS == DATA
        const VF dgamma = VLOAD(d + dgamma_base + c) / count, dbeta = VLOAD(d + dbeta_base + c) / count;
#endif
        for (int w = 0; w < W; w++) {
            const int i = w * C + c;
#if PASS == NORMALIZE
            const VF v = fma(VLOAD(ROW(x, n, h) + i) - mean, scale, shift);
            VSTORE(ACT == RELU ? RELU_OF(v) : v, ROW(to, n, h) + i);
#elif PASS == DATA
            const VF xhat = (VLOAD(ROW(x, n, h) + i) - mean) * inverse;
            VSTORE(scale * (VLOAD(ROW(dy, n, h) + i) - fma(xhat, dgamma, dbeta)), ROW(to, n, h) + i);
#else
            VSTORE(scale * VLOAD(ROW(dy, n, h) + i), ROW(to, n, h) + i);
#endif
        }
    }
}

#endif
