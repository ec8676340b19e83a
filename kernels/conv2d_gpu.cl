/* conv2d on the gpu family, alone or with the maxpool2d of windows side by side behind it (PR PS > 1): products of
 * matrices that are never stored, in tiles. OH OW are the size of the convolution's own output.
 *
 *   FWD          rows: pixels of y, the places of a pooling window next to one another; columns: channels of y
 *   BWD_DATA     rows: pixels of dx; columns: channels of dx
 *   BWD_WEIGHT   rows: R * S * CG; columns: channels of y; one leaf a group
 *
 * A group of 64 has a tile of TM rows and TN columns; a work-item WM x WN of it in registers, 8 columns of work-items
 * or fewer. TT terms at a time are staged in local memory; neighbours read neighbours in global memory. The loop over
 * terms ends with the last real one: a term of zeros could turn -0 into +0. The tiles of each group of channels are
 * next to one another. */
#define FWD 1
#define BWD_DATA 2
#define BWD_WEIGHT 3

#ifndef PASS
#define PASS FWD
#define NAME conv2d_gpu
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
#define G 1  /* groups of channels */
#define PR 1 /* the pooling's window; 1, 1: none. Else SH = SW = 1 */
#define PS 1
#endif
#ifndef ACT
#define ACT LINEAR /* in front of the pooling, or fused into FWD */
#endif
#ifndef BIAS
#define BIAS 1 /* 0: there is none */
#endif
#ifndef WM
#define WM 8 /* in FWD a multiple of PR * PS */
#define WN 8
#define LX 4 /* work-items side by side */
#endif

#define LY (64 / LX)
#define TM (WM * LY)
#define TN (WN * LX)
#define TT 16
#define POOLED (PR * PS > 1)

#define CG (C / G) /* channels of a group */
#define KG (K / G)
/* Where the q-th value of a window is in x: rows below the window's first value, and values behind that row's. */
#define DOWN(q) ((q) / (S * CG) * DH)
#if G == 1 && DW == 1
#define ALONG(q) ((q) % (S * C))
#else
#define ALONG(q) ((q) / CG % S * DW * C + (q) % CG)
#endif

/* The group of channels a work-group has, and the first of its columns there, of `count`. */
#define TILES(count) (((count) + TN - 1) / TN)
#define GROUP(count) (G == 1 ? 0 : (int) get_group_id(0) / TILES(count))
#define FIRST(count) (((int) get_group_id(0) - GROUP(count) * TILES(count)) * TN)
/* Lines of a tile are kept apart, or neighbours that store would meet in one bank. */
#define AM (TM + 4)
#define BN (TN + 4)

#define TILE                                                       \
    __local float a[TT * AM] __attribute__((aligned(16)));         \
    __local float b[TT * BN] __attribute__((aligned(16)));         \
    const int l = (int) get_local_id(0), lx = l % LX, ly = l / LX; \
    float acc[WM][WN];

/* count floats of local memory into registers, four at a time where they are aligned. */
#define GET(to, from, count)                                                       \
    if ((count) % 4 == 0)                                                          \
        UNROLL for (int i = 0; i < (count); i += 4) {                              \
            const float4 v = *(const __local float4 *) ((from) + i);               \
            (to)[i] = v.x, (to)[i + 1] = v.y, (to)[i + 2] = v.z, (to)[i + 3] = v.w; \
        }                                                                          \
    else                                                                           \
        UNROLL for (int i = 0; i < (count); i++)                                   \
            (to)[i] = (from)[i];

/* `each` is done for every term's row of b, which is in q. */
#define MULTIPLY(terms, each)                                   \
    barrier(CLK_LOCAL_MEM_FENCE);                               \
    for (int t = 0; t < (terms); t++) {                         \
        float p[WM], q[WN];                                     \
        GET(p, a + t * AM + ly * WM, WM)                        \
        GET(q, b + t * BN + lx * WN, WN)                        \
        each;                                                   \
        UNROLL for (int i = 0; i < WM; i++)                     \
            UNROLL for (int j = 0; j < WN; j++)                 \
                acc[i][j] = fma(p[i], q[j], acc[i][j]);         \
    }                                                           \
    barrier(CLK_LOCAL_MEM_FENCE);

/* The gradient of the convolution's output at one of its pixels, from the pooled one's. */
#define WINNER(n, oh, ow, k)                                                                                  \
    (keep[keep_base + (((ulong) (n) * (OH / PR) + (oh) / PR) * (OW / PS) + (ow) / PS) * K + (k)] ==           \
             (oh) % PR * PS + (ow) % PS                                                                       \
         ? ROW(dy, n, (oh) / PR)[(ow) / PS * K + (k)]                                                         \
         : 0.0f)

#if PASS == FWD

KERNEL64 void NAME(TENSOR(__global float, y), __global uchar *restrict keep, const ulong keep_base,
                   TENSOR(const __global float, x), const __global float *restrict w, const ulong w_base,
                   const __global float *restrict bias, const ulong bias_base, const int N, const int OH,
                   const int OW, const int ph, const int pw)
{
    TILE
    __local long at[TM];
    const int PH = OH / PR, PW = OW / PS; /* size of y */
    const int group = GROUP(KG), k0 = group * KG + FIRST(KG), k1 = group * KG + KG;
    const int m0 = (int) get_group_id(1) * TM, pixels = N * PH * PW * PR * PS;
    for (int i = l; i < TM; i += 64) {
        const int m = m0 + i, place = m % (PR * PS), o = m / (PR * PS);
        const int oh = o / PW % PH * PR + place / PS, ow = o % PW * PS + place % PS;
        at[i] = m < pixels ? (long) (x_base + (ulong) (o / (PH * PW)) * x_image) + (long) (oh * SH - ph) * x_row +
                                 (long) (ow * SW - pw) * C + group * CG
                           : -1;
    }
    for (int j = 0; j < WN; j++) {
        const int k = k0 + lx * WN + j;
        for (int i = 0; i < WM; i++)
            acc[i][j] = BIAS && k < k1 ? bias[bias_base + k] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int q0 = 0; q0 < R * S * CG; q0 += TT) {
        for (int i = l; i < TT * TM; i += 64) {
            const int t = i % TT, m = i / TT, q = q0 + t;
            a[t * AM + m] = q < R * S * CG && at[m] >= 0 ? x[at[m] + (long) DOWN(q) * x_row + ALONG(q)] : 0.0f;
        }
        for (int i = l; i < TT * TN; i += 64) {
            const int t = i / TN, q = q0 + t, k = k0 + i % TN;
            b[t * BN + i % TN] = q < R * S * CG && k < k1 ? w[w_base + (ulong) q * K + k] : 0.0f;
        }
        MULTIPLY(min(TT, R * S * CG - q0), )
    }
    for (int j = 0; j < WN; j++) {
        const int k = k0 + lx * WN + j;
        for (int i = 0; i < WM; i += PR * PS) {
            const int m = m0 + ly * WM + i, o = m / (PR * PS);
            if (m < pixels && k < k1) {
                float best = ACT == RELU ? RELU_OF(acc[i][j]) : acc[i][j];
                if (POOLED) {
                    int place = 0;
                    float top = -INFINITY;
                    UNROLL for (int p = 0; p < PR * PS; p++) {
                        const float v = ACT == RELU ? RELU_OF(acc[i + p][j]) : acc[i + p][j];
                        place = v > top ? p : place;
                        top = v > top ? v : top;
                    }
                    best = top;
                    keep[keep_base + (ulong) o * K + k] = (uchar) (ACT == RELU && !(top > 0.0f) ? PR * PS : place);
                }
                ROW(y, o / (PH * PW), o / PW % PH)[o % PW * K + k] = best;
            }
        }
    }
}

#elif PASS == BWD_DATA

/* Filter positions that no output has at this pixel count as dy = 0, which changes nothing (docs/arithmetic.md). */
KERNEL64 void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const __global uchar *restrict keep,
                   const ulong keep_base, const __global float *restrict w, const ulong w_base, const int N,
                   const int H, const int W, const int OH, const int OW, const int ph, const int pw)
{
    TILE
    const int group = GROUP(CG), c0 = FIRST(CG), m0 = (int) get_group_id(1) * TM, pixels = N * H * W;
    for (int i = 0; i < WM; i++)
        for (int j = 0; j < WN; j++)
            acc[i][j] = 0.0f;
    for (int q0 = 0; q0 < R * S * KG; q0 += TT) {
        for (int i = l; i < TT * TM; i += 64) {
            const int t = i % TT, q = q0 + t, m = m0 + i / TT;
            const int oh = m / W % H + ph - (R - 1 - q / (S * KG)) * DH, ow = m % W + pw - (S - 1 - q / KG % S) * DW;
            const int k = group * KG + q % KG;
            float v = 0.0f;
            if (q < R * S * KG && m < pixels && oh >= 0 && ow >= 0 && oh % SH == 0 && ow % SW == 0 &&
                oh / SH < OH / PR * PR && ow / SW < OW / PS * PS)
#if POOLED
                v = WINNER(m / (H * W), oh, ow, k);
#else
                v = ROW(dy, m / (H * W), oh / SH)[ow / SW * K + k];
#endif
            a[t * AM + i / TT] = v;
        }
        for (int i = l; i < TT * TN; i += 64) {
            const int t = i % TT, q = q0 + t, c = c0 + i / TT, r = R - 1 - q / (S * KG), s = S - 1 - q / KG % S;
            b[t * BN + i / TT] = q < R * S * KG && c < CG
                                     ? w[w_base + ((ulong) (r * S + s) * CG + c) * K + group * KG + q % KG]
                                     : 0.0f;
        }
        MULTIPLY(min(TT, R * S * KG - q0), )
    }
    for (int i = 0; i < WM; i++)
        for (int j = 0; j < WN; j++) {
            const int m = m0 + ly * WM + i, c = c0 + lx * WN + j;
            if (m < pixels && c < CG)
                ROW(dx, m / (H * W), m / W % H)[m % W * C + group * CG + c] = PLUS_ZERO(acc[i][j]);
        }
}

#elif PASS == BWD_WEIGHT

/* part[leaf] = sums over the pixels of one leaf; group 2 of the range counts leaves in (picture, row) order. */
KERNEL64 void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                   TENSOR(const __global float, x), TENSOR(const __global float, dy),
                   const __global uchar *restrict keep, const ulong keep_base, const int OH, const int OW,
                   const int ph, const int pw, const int leaf_rows)
{
    TILE
    const int group = GROUP(KG), k0 = group * KG + FIRST(KG), k1 = group * KG + KG;
    const int q0 = (int) get_group_id(1) * TM;
    const int leaf = (int) get_group_id(2), leaves = (OH + leaf_rows - 1) / leaf_rows;
    const int n = leaf / leaves, from = leaf % leaves * leaf_rows, pixels = (min(from + leaf_rows, OH) - from) * OW;
    float bias[WN];
    for (int j = 0; j < WN; j++) {
        bias[j] = 0.0f;
        for (int i = 0; i < WM; i++)
            acc[i][j] = 0.0f;
    }
    for (int m0 = 0; m0 < pixels; m0 += TT) {
        for (int i = l; i < TT * TM; i += 64) {
            const int t = i / TM, m = m0 + t, q = q0 + i % TM;
            a[t * AM + i % TM] =
                m < pixels && q < R * S * CG
                    ? ROW(x, n, (from + m / OW) * SH - ph + DOWN(q))[(m % OW * SW - pw) * C + group * CG + ALONG(q)]
                    : 0.0f;
        }
        for (int i = l; i < TT * TN; i += 64) {
            const int t = i / TN, m = m0 + t, k = k0 + i % TN, oh = from + m / OW, ow = m % OW;
            float v = 0.0f;
            if (m < pixels && k < k1 && oh < OH / PR * PR && ow < OW / PS * PS)
#if POOLED
                v = WINNER(n, oh, ow, k);
#else
                v = ROW(dy, n, oh)[ow * K + k];
#endif
            b[t * BN + i % TN] = v;
        }
        MULTIPLY(min(TT, pixels - m0), UNROLL for (int j = 0; j < WN; j++) bias[j] = bias[j] + q[j])
    }
    __global float *const sums = part + (ulong) leaf * part_stride;
    for (int j = 0; j < WN; j++) {
        const int k = k0 + lx * WN + j;
        if (k < k1) {
            for (int i = 0; i < WM; i++)
                if (q0 + ly * WM + i < R * S * CG)
                    sums[(ulong) (q0 + ly * WM + i) * K + k] = acc[i][j];
            if (BIAS && q0 == 0 && ly == 0)
                sums[bias_at + k] = bias[j];
        }
    }
}

#endif
