/* conv2d on the gpu family, alone or with the maxpool2d of windows side by side behind it (PR PS > 1): products of
 * matrices that are never stored, in tiles. OH OW are the size of the convolution's own output.
 *
 *   FWD          rows: pixels of y, the places of a pooling window next to one another; columns: channels of y
 *   BWD_DATA     rows: pixels of dx; columns: channels of dx
 *   BWD_WEIGHT   rows: R * S * CG; columns: channels of y; one leaf a group
 *
 * A group of 64 has a tile of TM rows and TN columns; a work-item WM x WN of it in registers, 8 columns of work-items
 * or fewer. A stage, TT terms of the tile, is in local memory; while it is multiplied the next one is on its way into
 * registers, as few groups share a compute unit and nothing else hides how long memory takes. Four values that lie
 * together are fetched as one. The loop over terms ends with the last real one: a term of zeros could turn -0 into +0.
 * The tiles of each group of channels are next to one another. */
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
/* Terms are kept apart, or neighbours that store would meet in one bank. */
#define AM (TM + 4)
#define BN ((TN + 3) / 4 * 4 + 4)

/* Values of a and of b that are fetched as one. */
#if (PASS == BWD_DATA ? KG : CG) % 4 == 0
#define AV 4
#else
#define AV 1
#endif
#if KG % 4 == 0 && (PASS == BWD_DATA || TN % 4 == 0)
#define BV 4
#else
#define BV 1
#endif
#define AF CAT(FLOAT_, AV)
#define BF CAT(FLOAT_, BV)
#define GET_1(p) (*(p))
#define GET_4(p) (*(const __global float4 *) (p))
#define GET_PLACES_1(p) ((int) *(p))
#define GET_PLACES_4(p) convert_int4(*(const __global uchar4 *) (p))

/* The v values of vector i are one line's terms (ACROSS), or one term's lines (BESIDE). */
#define TERM_ACROSS(i, lines, v) ((i) % (TT / (v)) * (v))
#define LINE_ACROSS(i, lines, v) ((i) / (TT / (v)))
#define PUT_ACROSS_1(p, apart, v) (*(p) = (v))
#define PUT_ACROSS_4(p, apart, v) \
    ((p)[0] = (v).x, (p)[apart] = (v).y, (p)[2 * (apart)] = (v).z, (p)[3 * (apart)] = (v).w)
#define TERM_BESIDE(i, lines, v) ((i) / ((lines) / (v)))
#define LINE_BESIDE(i, lines, v) ((i) % ((lines) / (v)) * (v))
#define PUT_BESIDE_1(p, apart, v) (*(p) = (v))
#define PUT_BESIDE_4(p, apart, v) (*(__local float4 *) (p) = (v))

/* A work-item's share of a stage: `value` at term t of line m. */
#define SHARE(lines, v) ((TT / (v) * (lines) + 63) / 64)
#define EACH(lines, v, order, what)                                                        \
    UNROLL for (int e = 0; e < SHARE(lines, v); e++) {                                     \
        const uint i = e * 64u + l;                                                        \
        const int t = (int) TERM_##order(i, lines, v), m = (int) LINE_##order(i, lines, v); \
        if (TT / (v) * (lines) % 64 == 0 || i < TT / (v) * (lines))                        \
            what;                                                                          \
    }
#define FETCH_A(order, value) EACH(TM, AV, order, next_a[e] = (value))
#define FETCH_B(order, value) EACH(TN, BV, order, next_b[e] = (value))
#define PUT_A(order) EACH(TM, AV, order, CAT(PUT_##order##_, AV)(a + t * AM + m, AM, next_a[e]))
#define PUT_B(order) EACH(TN, BV, order, CAT(PUT_##order##_, BV)(b + t * BN + m, BN, next_b[e]))

#define TILE                                                                  \
    __local float a[TT * AM] __attribute__((aligned(16)));                    \
    __local float b[TT * BN] __attribute__((aligned(16)));                    \
    const uint l = (uint) get_local_id(0), lx = l % LX, ly = l / LX;          \
    AF next_a[SHARE(TM, AV)];                                                 \
    BF next_b[SHARE(TN, BV)];                                                 \
    float acc[WM][WN];

/* count floats of local memory into registers, four at a time where they are aligned. */
#define LINES(to, from, count)                                                      \
    if ((count) % 4 == 0)                                                           \
        UNROLL for (int i = 0; i < (count); i += 4) {                               \
            const float4 v = *(const __local float4 *) ((from) + i);                \
            (to)[i] = v.x, (to)[i + 1] = v.y, (to)[i + 2] = v.z, (to)[i + 3] = v.w; \
        }                                                                           \
    else                                                                            \
        UNROLL for (int i = 0; i < (count); i++)                                    \
            (to)[i] = (from)[i];

#define MULTIPLY_TERM(t)                                    \
    {                                                       \
        float p[WM], q[WN];                                 \
        LINES(p, a + (t) * AM + ly * WM, WM)                \
        LINES(q, b + (t) * BN + lx * WN, WN)                \
        UNROLL for (int i = 0; i < WM; i++)                 \
            UNROLL for (int j = 0; j < WN; j++)             \
                acc[i][j] = fma(p[i], q[j], acc[i][j]);     \
    }

/* The next term's lines are read while one is multiplied. */
#define MULTIPLY(terms)                                       \
    if ((terms) == TT)                                        \
        UNROLL4 for (int t = 0; t < TT; t++)                  \
            MULTIPLY_TERM(t)                                  \
    else                                                      \
        for (int t = 0; t < (terms); t++)                     \
            MULTIPLY_TERM(t)

/* The first `count` of WN values of a line to where they are next to one another. */
#if WN % 4 == 0 && (PASS == BWD_DATA ? CG : KG) % 4 == 0
#define STORE_LINE(to, v, count)                                                       \
    UNROLL for (int j = 0; j < WN; j += 4) if (j < (count))                            \
        *(__global float4 *) ((to) + j) = (float4) ((v)[j], (v)[j + 1], (v)[j + 2], (v)[j + 3]);
#define STORE_PLACES_LINE(to, v, count)                                                \
    UNROLL for (int j = 0; j < WN; j += 4) if (j < (count))                            \
        *(__global uchar4 *) ((to) + j) = (uchar4) ((v)[j], (v)[j + 1], (v)[j + 2], (v)[j + 3]);
#else
#define STORE_LINE(to, v, count)                                \
    UNROLL for (int j = 0; j < WN; j++) if (j < (count))        \
        (to)[j] = (v)[j];
#define STORE_PLACES_LINE(to, v, count) STORE_LINE(to, v, count)
#endif

#define BARRIER barrier(CLK_LOCAL_MEM_FENCE)

/* Of Q terms the stage in front of q0 is multiplied; then what was fetched, the stage from q0, takes its place. */
#define NEXT_STAGE(order_of_b)                                 \
    if (q0 > 0) {                                              \
        BARRIER;                                               \
        MULTIPLY(Q % TT == 0 ? TT : min(TT, Q - q0 + TT))      \
        BARRIER;                                               \
    }                                                          \
    if (q0 < Q) {                                              \
        PUT_A(ACROSS)                                          \
        PUT_B(order_of_b)                                      \
    }

/* The gradient of the convolution's output at one of its pixels, from channel k; of a pooled one it is the winner's.
 * Nothing waits for the place before it asks for the value. */
#if POOLED
#define GRADIENT(n, oh, ow, k)                                                                                       \
    (CAT(GET_PLACES_, GV)(keep + keep_base +                                                                         \
                          (((ulong) (n) * (OH / PR) + (uint) (oh) / PR) * (OW / PS) + (uint) (ow) / PS) * K + (k)) == \
             (CAT(INT_, GV)) ((int) ((uint) (oh) % PR * PS + (uint) (ow) % PS))                                      \
         ? CAT(GET_, GV)(ROW(dy, n, (uint) (oh) / PR) + (uint) (ow) / PS * K + (k))                                  \
         : (CAT(FLOAT_, GV)) (0.0f))
#else
#define GRADIENT(n, oh, ow, k) CAT(GET_, GV)(ROW(dy, n, oh) + (ow) * K + (k))
#endif

#if PASS == FWD

#define Q (R * S * CG) /* terms */

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
    UNROLL for (int j = 0; j < WN; j++) {
        const int k = k0 + lx * WN + j;
        const float start = BIAS && k < k1 ? bias[bias_base + k] : 0.0f;
        UNROLL for (int i = 0; i < WM; i++)
            acc[i][j] = start;
    }
    BARRIER;
    for (int q0 = 0; q0 < Q + TT; q0 += TT) {
        if (q0 < Q) {
            FETCH_A(ACROSS, (Q % TT == 0 || q0 + t < Q) && at[m] >= 0
                                ? CAT(GET_, AV)(x + at[m] + (long) DOWN(q0 + t) * x_row + ALONG(q0 + t))
                                : (AF) (0.0f))
            FETCH_B(BESIDE, (Q % TT == 0 || q0 + t < Q) && k0 + m < k1
                                ? CAT(GET_, BV)(w + w_base + (ulong) (q0 + t) * K + k0 + m)
                                : (BF) (0.0f))
        }
        NEXT_STAGE(BESIDE)
    }
    const int k = k0 + lx * WN;
    UNROLL for (int i = 0; i < WM; i += PR * PS) {
        const int m = m0 + ly * WM + i, o = m / (PR * PS);
        if (m >= pixels)
            break;
        float best[WN];
        uchar kept[WN];
        UNROLL for (int j = 0; j < WN; j++) {
            int place = 0;
            float top = ACTIVE(acc[i][j]);
            if (POOLED) {
                top = -INFINITY;
                UNROLL for (int p = 0; p < PR * PS; p++) {
                    const float v = ACTIVE(acc[i + p][j]);
                    place = v > top ? p : place;
                    top = v > top ? v : top;
                }
            }
            best[j] = top;
            kept[j] = (uchar) (ACT == RELU && !(top > 0.0f) ? PR * PS : place);
        }
        if (POOLED)
            STORE_PLACES_LINE(keep + keep_base + (ulong) o * K + k, kept, k1 - k)
        STORE_LINE(ROW(y, o / (PH * PW), o / PW % PH) + o % PW * K + k, best, k1 - k)
    }
}

#elif PASS == BWD_DATA

#define Q (R * S * KG)
#define GV AV

/* Where in the filter term q is. Positions that no output has at this pixel count as dy = 0, which changes nothing
 * (docs/arithmetic.md). */
#define FILTER_R(q) (R - 1 - (q) / (S * KG))
#define FILTER_S(q) (S - 1 - (q) / KG % S)

KERNEL64 void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const __global uchar *restrict keep,
                   const ulong keep_base, const __global float *restrict w, const ulong w_base, const int N,
                   const int H, const int W, const int OH, const int OW, const int ph, const int pw)
{
    TILE
    __local int at_n[TM], at_h[TM], at_w[TM];
    const int group = GROUP(CG), c0 = FIRST(CG), m0 = (int) get_group_id(1) * TM, pixels = N * H * W;
    const int last_h = (OH / PR * PR - 1) * SH, last_w = (OW / PS * PS - 1) * SW;
    for (int i = l; i < TM; i += 64) {
        const int m = m0 + i;
        at_n[i] = m / (H * W);
        at_h[i] = m < pixels ? m / W % H + ph : -1; /* above every output */
        at_w[i] = m % W + pw;
    }
    UNROLL for (int i = 0; i < WM; i++)
        UNROLL for (int j = 0; j < WN; j++)
            acc[i][j] = 0.0f;
    BARRIER;
    for (int q0 = 0; q0 < Q + TT; q0 += TT) {
        if (q0 < Q) {
            EACH(TM, AV, ACROSS, {
                const int q = q0 + t;
                const int oh = at_h[m] - FILTER_R(q) * DH;
                const int ow = at_w[m] - FILTER_S(q) * DW;
                next_a[e] = (Q % TT == 0 || q < Q) && oh >= 0 && ow >= 0 && oh <= last_h && ow <= last_w &&
                                    oh % SH == 0 && ow % SW == 0
                                ? GRADIENT(at_n[m], oh / SH, ow / SW, group * KG + q % KG)
                                : (AF) (0.0f);
            })
            FETCH_B(ACROSS, (Q % TT == 0 || q0 + t < Q) && c0 + m < CG
                                ? CAT(GET_, BV)(w + w_base +
                                                ((ulong) (FILTER_R(q0 + t) * S + FILTER_S(q0 + t)) * CG + c0 + m) * K +
                                                group * KG + (q0 + t) % KG)
                                : (BF) (0.0f))
        }
        NEXT_STAGE(ACROSS)
    }
    const int c = c0 + lx * WN;
    UNROLL for (int i = 0; i < WM; i++) {
        const int m = ly * WM + i;
        if (m0 + m >= pixels)
            break;
        UNROLL for (int j = 0; j < WN; j++)
            acc[i][j] = PLUS_ZERO(acc[i][j]);
        STORE_LINE(ROW(dx, at_n[m], at_h[m] - ph) + (at_w[m] - pw) * C + group * CG + c, acc[i], CG - c)
    }
}

#elif PASS == BWD_WEIGHT

#define GV BV

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
    const int pooled_h = OH / PR * PR, pooled_w = OW / PS * PS;
    float bias[(TN + 63) / 64];
    UNROLL for (int j = 0; j < (TN + 63) / 64; j++)
        bias[j] = 0.0f;
    UNROLL for (int i = 0; i < WM; i++)
        UNROLL for (int j = 0; j < WN; j++)
            acc[i][j] = 0.0f;
    for (int m0 = 0; m0 < pixels + TT; m0 += TT) {
        if (m0 < pixels) {
            EACH(TM, AV, BESIDE, {
                const uint pixel = m0 + t;
                const uint h = pixel / (uint) OW;
                const uint w = pixel % (uint) OW;
                const int q = q0 + m;
                next_a[e] = pixel < (uint) pixels && q < R * S * CG
                                ? CAT(GET_, AV)(ROW(x, n, (from + (int) h) * SH - ph + DOWN(q)) +
                                                ((int) w * SW - pw) * C + group * CG + ALONG(q))
                                : (AF) (0.0f);
            })
            EACH(TN, BV, BESIDE, {
                const uint pixel = m0 + t;
                const uint h = pixel / (uint) OW;
                const uint w = pixel % (uint) OW;
                next_b[e] = pixel < (uint) pixels && k0 + m < k1 && from + (int) h < pooled_h && (int) w < pooled_w
                                ? GRADIENT(n, from + (int) h, w, k0 + m)
                                : (BF) (0.0f);
            })
        }
        if (m0 > 0) {
            const int terms = min(TT, pixels - m0 + TT);
            BARRIER;
            MULTIPLY(terms)
            if (BIAS && q0 == 0)
                UNROLL for (int j = 0; j < (TN + 63) / 64; j++)
                    for (int t = 0; t < terms && l + j * 64 < TN; t++)
                        bias[j] = bias[j] + b[t * BN + l + j * 64];
            BARRIER;
        }
        if (m0 < pixels) {
            PUT_A(BESIDE)
            PUT_B(BESIDE)
        }
    }
    __global float *const sums = part + (ulong) leaf * part_stride;
    const int k = k0 + lx * WN;
    UNROLL for (int i = 0; i < WM; i++) {
        const int q = q0 + ly * WM + i;
        if (q < R * S * CG)
            STORE_LINE(sums + (ulong) q * K + k, acc[i], k1 - k)
    }
    if (BIAS && q0 == 0)
        UNROLL for (int j = 0; j < (TN + 63) / 64; j++) {
            const int at = l + j * 64;
            if (at < TN && k0 + at < k1)
                sums[bias_at + k0 + at] = bias[j];
        }
}

#endif
