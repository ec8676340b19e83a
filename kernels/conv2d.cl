/* conv2d on the cpu family: y = act(bias + x * w), its input gradient, and its filter and bias gradients.
 *
 *   FWD_CPU         one work-item: ROWS rows of y, a share of its channels; P pixels of KB vectors in registers
 *   BWD_DATA_CPU    one work-item: likewise of dx; needs zeros around dy, as far as a window reaches
 *   BWD_WEIGHT_CPU  one work-item: a share of the window and of the channels, one group of 8 pictures
 *   PACK_CPU        w for FWD_CPU: all that KB vectors of channels are multiplied with, then that of the next ones, so
 *                   that caches hold it. One work-item: one tap of the window (id 1) of KB vectors (id 0)
 *   PACK_DATA_CPU   w for BWD_DATA_CPU: likewise, with the channels of x beside one another
 *
 * KB vectors are in one group of channels. While a tile of pixels is multiplied, the next one is asked for, a few
 * lines for each channel, as processors do not foresee it. Each sum is one chain in the order of
 * docs/arithmetic.md, whatever the pass. */
#define FWD_CPU 1
#define BWD_DATA_CPU 2
#define BWD_WEIGHT_CPU 3
#define PACK_CPU 4
#define PACK_DATA_CPU 5

#ifndef PASS
#define PASS FWD_CPU
#define NAME conv2d
#endif
#ifndef C
#define C 3 /* input channels */
#define K 32 /* output channels */
#define R 3
#define S 3
#define SH 1
#define SW 1
#define DH 1 /* dilation */
#define DW 1
#define G 1 /* groups */
#endif
#ifndef ACT
#define ACT LINEAR /* fused into FWD */
#endif
#ifndef BIAS
#define BIAS 1 /* 0: there is none */
#endif
#ifndef V
#define V 16 /* floats in a vector; KB * V divides the channels written, of a group */
#define KB 2 /* vectors of channels at a time */
#endif
#ifndef P
#define P 8 /* pixels in registers; at most the pixels of a row (of a phase, in BWD_DATA_CPU) */
#endif
#ifndef ROWS
#define ROWS 1 /* of a work-item; divides the rows written */
#endif
#ifndef STREAM
#define STREAM 0 /* 1: what is written goes past the caches; KB * V is whole lines */
#endif
#ifndef JB
#define JB 1 /* columns of the filter gradient in registers; divides S * C, or C / G where columns are apart */
#endif

#define B (KB * V) /* channels at a time */
#define CG (C / G) /* channels of a group */
#define KG (K / G)
#define GROUP(channel, each) (G == 1 ? 0 : (channel) / (each))
/* Where column j of a window row is in x. */
#if G == 1 && DW == 1
#define COLUMN(j) (j)
#else
#define COLUMN(j) ((j) / CG * DW * C + (j) % CG)
#endif

#define FIRST_ROW ((int) get_global_id(0) * ROWS)

#if PASS == FWD_CPU

KERNEL1 void NAME(TENSOR(__global float, y), TENSOR(const __global float, x), const __global float *restrict w,
                  const ulong w_base, const __global float *restrict bias, const ulong bias_base, const int OW,
                  const int ph, const int pw)
{
    const int n = (int) get_global_id(1);
    for (int oh = FIRST_ROW; oh < FIRST_ROW + ROWS; oh++)
        for (int k0 = (int) get_global_id(2) * B; k0 < K; k0 += (int) get_global_size(2) * B) {
            __global float *const out = ROW(y, n, oh) + k0;
            const __global float *const in = ROW(x, n, oh * SH - ph) - pw * C + GROUP(k0, KG) * CG;
            const __global float *const weights = w + w_base + (long) k0 * R * S * CG;

            VF start[KB];
            UNROLL for (int b = 0; b < KB; b++)
                start[b] = BIAS ? VLOAD(bias + bias_base + k0 + b * V) : (VF) (0.0f);

            /* The last tile is moved back to end with the row: what it shares is computed again, to the same bits. */
            for (int t = 0; t < OW; t += P) {
                const int ow = min(t, OW - P);
                VF acc[P][KB];
                UNROLL for (int p = 0; p < P; p++)
                    UNROLL for (int b = 0; b < KB; b++)
                        acc[p][b] = start[b];

                for (int r = 0; r < R; r++)
                    for (int s = 0; s < S; s++) {
                        const __global float *const px = in + (long) r * DH * x_row + (ow * SW + s * DW) * C;
                        const __global float *const pw_ = weights + (r * S + s) * CG * B;
                        for (int c = 0; c < CG; c++) {
                            VF f[KB];
                            UNROLL for (int b = 0; b < KB; b++)
                                f[b] = VLOAD(pw_ + c * B + b * V);
                            UNROLL for (int i = 0; i < P * SW; i += 16)
                                AHEAD(px + (P * SW * C + c * P * SW + i));
                            UNROLL for (int p = 0; p < P; p++) {
                                const VF v = (VF) (px[p * SW * C + c]);
                                UNROLL for (int b = 0; b < KB; b++)
                                    acc[p][b] = fma(v, f[b], acc[p][b]);
                            }
                        }
                    }
                UNROLL for (int p = 0; p < P; p++)
                    UNROLL for (int b = 0; b < KB; b++) {
                        const VF v = acc[p][b];
                        VSTREAM(ACTIVE(v), out + (ow + p) * K + b * V);
                    }
            }
        }
    STREAMED;
}

#elif PASS == BWD_DATA_CPU

/* Pixels of dx with the same remainder of (w + pw) by SW form a phase: neighbours in a phase see neighbours in
 * dy through the same filter columns. Rows come in as h and find their filter rows in the same way. */
KERNEL1 void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const __global float *restrict wt,
                  const ulong wt_base, const int W, const int ph, const int pw)
{
    const int n = (int) get_global_id(1);
    for (int h = FIRST_ROW; h < FIRST_ROW + ROWS; h++)
        for (int c0 = (int) get_global_id(2) * B; c0 < C; c0 += (int) get_global_size(2) * B) {
            __global float *const out = ROW(dx, n, h) + c0;
            const __global float *const weights = wt + wt_base + (long) c0 * R * S * KG;

            for (int phase = 0; phase < SW && phase < W; phase++) {
                const int count = (W - phase + SW - 1) / SW;
                for (int t = 0; t < count; t += P) {
                    const int first = phase + min(t, count - P) * SW;
                    VF acc[P][KB];
                    UNROLL for (int p = 0; p < P; p++)
                        UNROLL for (int b = 0; b < KB; b++)
                            acc[p][b] = (VF) (0.0f);

                    for (int r = R - 1; r >= 0; r--) {
                        if ((h + ph - r * DH) % SH)
                            continue;
                        for (int s = S - 1; s >= 0; s--) {
                            if ((first + pw - s * DW) % SW)
                                continue;
                            const __global float *const pd =
                                ROW(dy, n, (h + ph - r * DH) / SH) + (long) ((first + pw - s * DW) / SW) * K +
                                GROUP(c0, CG) * KG;
                            const __global float *const pw_ = weights + (r * S + s) * KG * B;
                            for (int k = 0; k < KG; k++) {
                                VF f[KB];
                                UNROLL for (int b = 0; b < KB; b++)
                                    f[b] = VLOAD(pw_ + k * B + b * V);
                                UNROLL for (int i = 0; i < P; i += 16)
                                    AHEAD(pd + (P * K + k * P + i));
                                UNROLL for (int p = 0; p < P; p++) {
                                    const VF v = (VF) (pd[p * K + k]);
                                    UNROLL for (int b = 0; b < KB; b++)
                                        acc[p][b] = fma(v, f[b], acc[p][b]);
                                }
                            }
                        }
                    }
                    UNROLL for (int p = 0; p < P; p++)
                        UNROLL for (int b = 0; b < KB; b++)
                            VSTREAM(PLUS_ZERO(acc[p][b]), out + (first + p * SW) * C + b * V);
                }
            }
        }
    STREAMED;
}

#elif PASS == BWD_WEIGHT_CPU

/* part[g] = sums over the pictures of group g, laid out like the weights, the bias at bias_at. A window row is
 * S * CG values in a row of x, JB of them in registers: a block. A work-item takes its share of the blocks of all
 * window rows and every k_split-th KB vectors, leaf by leaf, so that a leaf's rows are read from memory once; those
 * of the next block, and behind the last block those of the next leaf, are asked for ahead. The bias goes with the
 * last block. */
#define ROW_BLOCKS (S * CG / JB)
#define BLOCKS (R * ROW_BLOCKS)
#define BLOCK_AT(block) ((long) ((block) / ROW_BLOCKS) * DH * x_row + COLUMN((block) % ROW_BLOCKS * JB))
KERNEL1 void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                  TENSOR(const __global float, x), TENSOR(const __global float, dy), const int N, const int OH,
                  const int OW, const int ph, const int pw, const int leaf_rows)
{
    const int share = (int) get_global_id(0), split = (int) get_global_size(0);
    const int k_share = (int) get_global_id(2), k_split = (int) get_global_size(2);
    const int g = (int) get_global_id(1), end = min(g * 8 + 8, N);
    __global float *const sums = part + (ulong) g * part_stride, *const biases = sums + bias_at;
    const int first = share * BLOCKS / split, behind = (share + 1) * BLOCKS / split;
    const int with_bias = BIAS && share == split - 1;

    for (int k0 = k_share * B; k0 < K; k0 += k_split * B) {
        for (int block = first; block < behind; block++)
            UNROLL for (int i = 0; i < JB; i++)
                UNROLL for (int b = 0; b < KB; b++)
                    VSTORE((VF) (0.0f), sums + (block * JB + i) * K + k0 + b * V);
        if (with_bias)
            UNROLL for (int b = 0; b < KB; b++)
                VSTORE((VF) (0.0f), biases + k0 + b * V);
    }

    for (int n = g * 8; n < end; n++)
        for (int from = 0; from < OH; from += leaf_rows) {
            const int to = min(from + leaf_rows, OH);
            const long x_leaf = to < OH ? (long) leaf_rows * SH * x_row
                                : n + 1 < end ? (long) x_image - (long) from * SH * x_row : 0;
            const long dy_leaf = to < OH ? (long) leaf_rows * dy_row
                                 : n + 1 < end ? (long) dy_image - (long) from * dy_row : 0;
            for (int block = first; block < behind; block++) {
                const int last = block + 1 == behind;
                const long at = BLOCK_AT(block);
                const long x_next = last ? x_leaf + BLOCK_AT(first) - at : BLOCK_AT(block + 1) - at;
                const long dy_next = last ? dy_leaf : 0;
                const int bias_too = with_bias && last;
                for (int k0 = k_share * B; k0 < K; k0 += k_split * B) {
                    VF acc[JB][KB], bias[KB];
                    UNROLL for (int b = 0; b < KB; b++)
                        bias[b] = (VF) (0.0f);
                    UNROLL for (int i = 0; i < JB; i++)
                        UNROLL for (int b = 0; b < KB; b++)
                            acc[i][b] = (VF) (0.0f);
                    for (int oh = from; oh < to; oh++) {
                        const __global float *const px = ROW(x, n, oh * SH - ph) - pw * C + GROUP(k0, KG) * CG + at;
                        const __global float *const pd = ROW(dy, n, oh) + k0;
                        for (int ow = 0; ow < OW; ow++) {
                            UNROLL for (int i = 0; i < JB; i += 16)
                                AHEAD_FAR(px + x_next + ow * SW * C + i);
                            UNROLL for (int i = 0; i < B; i += 16)
                                AHEAD_FAR(pd + dy_next + ow * K + i);
                            VF d[KB];
                            UNROLL for (int b = 0; b < KB; b++)
                                d[b] = VLOAD(pd + ow * K + b * V);
                            if (bias_too)
                                UNROLL for (int b = 0; b < KB; b++)
                                    bias[b] = bias[b] + d[b];
                            UNROLL for (int i = 0; i < JB; i++) {
                                const VF v = (VF) (px[ow * SW * C + i]);
                                UNROLL for (int b = 0; b < KB; b++)
                                    acc[i][b] = fma(v, d[b], acc[i][b]);
                            }
                        }
                    }
                    UNROLL for (int i = 0; i < JB; i++)
                        UNROLL for (int b = 0; b < KB; b++) {
                            __global float *const sum = sums + (block * JB + i) * K + k0 + b * V;
                            VSTORE(VLOAD(sum) + acc[i][b], sum);
                        }
                    if (bias_too)
                        UNROLL for (int b = 0; b < KB; b++)
                            VSTORE(VLOAD(biases + k0 + b * V) + bias[b], biases + k0 + b * V);
                }
            }
        }
}

#elif PASS == PACK_CPU

KERNEL1 void NAME(__global float *restrict to, const __global float *restrict w, const ulong w_base)
{
    const int block = (int) get_global_id(0), tap = (int) get_global_id(1);
    __global float *const out = to + ((long) block * R * S + tap) * CG * B;
    const __global float *const in = w + w_base + (long) tap * CG * K + block * B;
    for (int c = 0; c < CG; c++)
        UNROLL for (int b = 0; b < KB; b++)
            VSTORE(VLOAD(in + (long) c * K + b * V), out + c * B + b * V);
}

#else

KERNEL1 void NAME(__global float *restrict to, const __global float *restrict w, const ulong w_base)
{
    const int block = (int) get_global_id(0), tap = (int) get_global_id(1), c0 = block * B;
    __global float *const out = to + ((long) block * R * S + tap) * KG * B;
    const __global float *const in = w + w_base + ((long) tap * CG + c0 % CG) * K + GROUP(c0, CG) * KG;
    for (int i = 0; i < B; i++)
        for (int k = 0; k < KG; k++)
            out[k * B + i] = in[(long) i * K + k];
}

#endif
