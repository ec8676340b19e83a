/* conv2d in groups of one input channel, each with M filters, on both families: y = act(bias + x * w), its input
 * gradient, and its filter and bias gradients.
 *
 *   FWD          P pixels of a row of y at a time
 *   BWD_DATA     P pixels of a row of dx; needs zeros around dy, as far as a window reaches
 *   BWD_WEIGHT   RB rows of the window over one leaf: sums into part[leaf], laid out like the weights, the bias at
 *                bias_at
 *
 * A work-item of the cpu family has KB vectors of V channels of a row or a leaf; one of the gpu family one channel, of
 * P pixels or of a leaf, its neighbours the channels beside it. V divides M, where that is not 1; in BWD_DATA it is 1
 * then. */
#define FWD_CPU 1
#define BWD_DATA_CPU 2
#define BWD_WEIGHT_CPU 3
#define FWD_GPU 4
#define BWD_DATA_GPU 5
#define BWD_WEIGHT_GPU 6

#ifndef PASS
#define PASS FWD_CPU
#define NAME depthwise_conv2d
#endif
#ifndef C
#define C 32 /* input channels */
#define K 32 /* output channels, M * C */
#define R 3
#define S 3
#define SH 1
#define SW 1
#define DH 1 /* dilation */
#define DW 1
#endif
#ifndef ACT
#define ACT LINEAR /* fused into FWD */
#endif
#ifndef BIAS
#define BIAS 1 /* 0: none, and no gradient of one */
#endif
#ifndef V
#define V 1
#define KB 1
#endif
#ifndef P
#define P 1 /* at most the pixels of a row (of a phase, in BWD_DATA) */
#endif
#ifndef STREAM
#define STREAM 0 /* 1: what is written goes past the caches; KB * V is whole lines */
#endif
#ifndef RB
#define RB 1 /* divides R */
#endif

#define M (K / C)
/* What output channels k, k + 1, ... see of a pixel. */
#if M == 1
#define SEEN(pixel, k) VLOAD((pixel) + (k))
#else
#define SEEN(pixel, k) ((VF) ((pixel)[(k) / M]))
#endif

/* Row h of picture n, channels from c0 on, and which of the row's `count` strips of P pixels. */
#if PASS >= FWD_GPU
#define KERNEL KERNEL64
#define ITEM(channels, count)                                                                       \
    const int h = (int) get_global_id(1), n = (int) get_global_id(2);                               \
    const int c0 = (int) get_global_id(0) % (channels), strip0 = (int) get_global_id(0) / (channels); \
    const int strip1 = min(strip0 + 1, count);
#else
#define KERNEL KERNEL1
#define ITEM(channels, count)                                         \
    const int h = (int) get_global_id(0), n = (int) get_global_id(1); \
    const int c0 = (int) get_global_id(2) * KB * V, strip0 = 0, strip1 = count;
#endif

#if PASS == FWD_CPU || PASS == FWD_GPU

KERNEL void NAME(TENSOR(__global float, y), TENSOR(const __global float, x), const __global float *restrict w,
                 const ulong w_base, const __global float *restrict bias, const ulong bias_base, const int OW,
                 const int ph, const int pw)
{
    ITEM(K, (OW + P - 1) / P)
    /* The last strip is moved back to end with the row: what it shares is computed again, to the same bits. */
    for (int strip = strip0; strip < strip1; strip++) {
        const int ow = min(strip * P, OW - P);
        VF acc[P][KB];
        UNROLL for (int b = 0; b < KB; b++) {
            VF start = (VF) (0.0f);
            if (BIAS)
                start = VLOAD(bias + bias_base + c0 + b * V);
            UNROLL for (int p = 0; p < P; p++)
                acc[p][b] = start;
        }
        for (int r = 0; r < R; r++) {
            const __global float *const in = ROW(x, n, h * SH - ph + r * DH) + (long) (ow * SW - pw) * C;
            UNROLL for (int s = 0; s < S; s++)
                UNROLL for (int b = 0; b < KB; b++) {
                    const VF f = VLOAD(w + w_base + (r * S + s) * K + c0 + b * V);
                    UNROLL for (int p = 0; p < P; p++)
                        acc[p][b] = fma(SEEN(in + (p * SW + s * DW) * C, c0 + b * V), f, acc[p][b]);
                }
        }
        UNROLL for (int p = 0; p < P; p++)
            UNROLL for (int b = 0; b < KB; b++) {
                const VF v = acc[p][b];
                VSTREAM(ACTIVE(v), ROW(y, n, h) + (ow + p) * K + c0 + b * V);
            }
    }
    STREAMED;
}

#elif PASS == BWD_DATA_CPU || PASS == BWD_DATA_GPU

/* Pixels with the same remainder of (w + pw) by SW form a phase: neighbours in a phase see neighbours in dy through
 * the same filter columns. */
KERNEL void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const __global float *restrict w,
                 const ulong w_base, const int W, const int ph, const int pw)
{
    const int strips = ((W + SW - 1) / SW + P - 1) / P;
    ITEM(C, SW * strips)
    for (int strip = strip0; strip < strip1; strip++) {
        const int phase = strip / strips, t = strip % strips * P, count = (W - phase + SW - 1) / SW;
        if (t >= count)
            continue;
        const int first = phase + min(t, count - P) * SW;
        VF acc[P][KB];
        UNROLL for (int p = 0; p < P; p++)
            UNROLL for (int b = 0; b < KB; b++)
                acc[p][b] = (VF) (0.0f);
        for (int r = R - 1; r >= 0; r--) {
            if ((h + ph - r * DH) % SH)
                continue;
            const __global float *const row = ROW(dy, n, (h + ph - r * DH) / SH);
            UNROLL for (int s = S - 1; s >= 0; s--) {
                if ((first + pw - s * DW) % SW)
                    continue;
                const __global float *const pd = row + (long) ((first + pw - s * DW) / SW) * K;
                UNROLL for (int b = 0; b < KB; b++)
                    for (int m = 0; m < M; m++) {
                        const int k = (c0 + b * V) * M + m;
                        const VF f = VLOAD(w + w_base + (r * S + s) * K + k);
                        UNROLL for (int p = 0; p < P; p++)
                            acc[p][b] = fma(VLOAD(pd + p * K + k), f, acc[p][b]);
                    }
            }
        }
        UNROLL for (int p = 0; p < P; p++)
            UNROLL for (int b = 0; b < KB; b++)
                VSTREAM(PLUS_ZERO(acc[p][b]), ROW(dx, n, h) + (first + p * SW) * C + c0 + b * V);
    }
    STREAMED;
}

#else

/* The terms of `count` neighbouring pixels from ow on. */
#define TERMS(count)                                                                                           \
    UNROLL for (int p = 0; p < (count); p++)                                                                   \
        UNROLL for (int b = 0; b < KB; b++) {                                                                  \
            const VF d = VLOAD(pd + (ow + p) * K + b * V);                                                     \
            bias[b] = bias[b] + d;                                                                             \
            UNROLL for (int i = 0; i < RB; i++)                                                                \
                UNROLL for (int s = 0; s < S; s++)                                                             \
                    acc[i][s][b] = fma(SEEN(in + (long) i * DH * x_row + ((ow + p) * SW + s * DW) * C, k0 + b * V), \
                                       d, acc[i][s][b]);                                                       \
        }

KERNEL void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                 TENSOR(const __global float, x), TENSOR(const __global float, dy), const int OH, const int OW,
                 const int ph, const int pw, const int leaf_rows)
{
    const int id = (int) get_global_id(0), k0 = id % (K / (KB * V)) * KB * V, r0 = id / (K / (KB * V)) * RB;
    const int leaf = (int) get_global_id(1), leaves = (int) get_global_size(1), n = (int) get_global_id(2);
    if (r0 < R) {
        VF acc[RB][S][KB], bias[KB];
        UNROLL for (int b = 0; b < KB; b++) {
            bias[b] = (VF) (0.0f);
            UNROLL for (int i = 0; i < RB; i++)
                UNROLL for (int s = 0; s < S; s++)
                    acc[i][s][b] = (VF) (0.0f);
        }
        for (int oh = leaf * leaf_rows; oh < min((leaf + 1) * leaf_rows, OH); oh++) {
            const __global float *const in = ROW(x, n, oh * SH - ph + r0 * DH) - (long) pw * C;
            const __global float *const pd = ROW(dy, n, oh) + k0;
            int ow = 0;
            for (; ow + P <= OW; ow += P)
                TERMS(P)
            for (; ow < OW; ow++)
                TERMS(1)
        }
        __global float *const sums = part + ((ulong) n * leaves + leaf) * part_stride;
        UNROLL for (int b = 0; b < KB; b++) {
            UNROLL for (int i = 0; i < RB; i++)
                UNROLL for (int s = 0; s < S; s++)
                    VSTORE(acc[i][s][b], sums + ((r0 + i) * S + s) * K + k0 + b * V);
            if (BIAS && r0 == 0)
                VSTORE(bias[b], sums + bias_at + k0 + b * V);
        }
    }
}

#endif
