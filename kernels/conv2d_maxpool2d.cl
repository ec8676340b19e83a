/* conv2d with relu or no activation, and maxpool2d of windows side by side, in one: the convolution's own output and
 * its gradient are never stored. Strides of the convolution are 1. OH OW are the size of the pooled output y.
 *
 *   FWD_CPU            one work-item: one row of y, KB vectors of channels; a tile of PR x P * PS pixels in registers,
 *                      T tiles with one row of the filter before the next, so that a cache holds that row
 *   BWD_DATA_CPU       one work-item: a band of rows of dx; w is transposed to (K,R,S,C)
 *   BWD_WEIGHT_CPU     one work-item: some output channels, one group of 8 pictures; V divides S * C
 *   BWD_DENSE_CPU      the same for few input channels: a share of the window, KB vectors of output channels
 *
 * keep[n,oh,ow,k] = r * PS + s of the winner, or PR * PS: behind a relu that let nothing through. Only winners have a
 * gradient, so of PR * PS pixels one counts: the backward passes list the winners, in the order in which
 * docs/arithmetic.md adds them, and leave out the rest. */
#define FWD_CPU 1
#define BWD_DATA_CPU 2
#define BWD_WEIGHT_CPU 3
#define BWD_DENSE_CPU 4

#ifndef PASS
#define PASS FWD_CPU
#define NAME conv2d_maxpool2d
#endif
#ifndef C
#define C 32 /* input channels */
#define K 32 /* output channels */
#define R 3
#define S 3
#define PR 2 /* the pooling's window */
#define PS 2
#endif
#ifndef ACT
#define ACT RELU
#endif
#ifndef V
#define V 16 /* floats in a vector */
#define KB 2 /* vectors of channels at a time */
#endif
#ifndef P
#define P 2 /* pixels of y in registers */
#endif
#ifndef T
#define T 8 /* tiles side by side; 1: the whole filter at a time */
#endif
#ifndef RB
#define RB 3 /* rows of a filter and vectors of each in registers: RB divides R, JB * V divides S * C */
#define JB 6
#endif

/* Counters of 12 bits, one for each place and one for what is not a winner. */
#define COUNT(i) (1ul << (12 * (i)))
#define COUNTED(counts, i) ((int) ((counts) >> (12 * (i)) & 0xfff))

#if PASS == FWD_CPU

#define ROWS (T > 1 ? 1 : R) /* of the filter, before the next tile */
#define EACH_SUM \
    UNROLL for (int i = 0; i < PR; i++) \
        UNROLL for (int p = 0; p < P * PS; p++) \
            UNROLL for (int b = 0; b < KB; b++)

KERNEL1 void NAME(TENSOR(__global float, y), __global uchar *restrict keep, const ulong keep_base,
                  TENSOR(const __global float, x), const __global float *restrict w, const ulong w_base,
                  const __global float *restrict bias, const ulong bias_base, const int OH, const int OW,
                  const int ph, const int pw)
{
    const int oh = (int) get_global_id(0), n = (int) get_global_id(1), k0 = (int) get_global_id(2) * KB * V;
    __global float *const out = ROW(y, n, oh) + k0;
    __global uchar *const places = keep + keep_base + ((ulong) n * OH + oh) * OW * K + k0;
    const __global float *const in = ROW(x, n, oh * PR - ph) - pw * C;
    const __global float *const weights = w + w_base + k0;

    VF start[KB];
    UNROLL for (int b = 0; b < KB; b++)
        start[b] = VLOAD(bias + bias_base + k0 + b * V);

    for (int from = 0; from < OW; from += T * P) {
        const int tiles = min(T, (OW - from + P - 1) / P);
        VF sums[T][PR][P * PS][KB];
        for (int r = 0; r < R; r += ROWS)
            for (int t = 0; t < tiles; t++) {
                /* The last tile is moved back to end with the row: what it shares is computed again, to the same
                 * bits. */
                const int ow = min(from + t * P, OW - P);
                VF acc[PR][P * PS][KB];
                EACH_SUM
                    acc[i][p][b] = r == 0 ? start[b] : sums[t][i][p][b];
                const __global float *const px = in + (long) r * x_row + ow * PS * C;
                for (int a = 0; a < ROWS; a++)
                    for (int q = 0; q < S * C; q++) {
                        VF f[KB];
                        UNROLL for (int b = 0; b < KB; b++)
                            f[b] = VLOAD(weights + ((r + a) * S * C + q) * K + b * V);
                        UNROLL for (int i = 0; i < PR; i++)
                            UNROLL for (int p = 0; p < P * PS; p++) {
                                const VF v = (VF) (px[(long) (a + i) * x_row + p * C + q]);
                                UNROLL for (int b = 0; b < KB; b++)
                                    acc[i][p][b] = fma(v, f[b], acc[i][p][b]);
                            }
                    }
                if (r + ROWS < R) {
                    EACH_SUM
                        sums[t][i][p][b] = acc[i][p][b];
                    continue;
                }
                UNROLL for (int p = 0; p < P; p++)
                    UNROLL for (int b = 0; b < KB; b++) {
                        VF best = (VF) (-INFINITY);
                        /* Not from 0: of 0 and 1 compilers make bools, which oclgrind extends by their sign. */
                        VI place = (VI) (PR * PS);
                        UNROLL for (int i = 0; i < PR; i++)
                            UNROLL for (int j = 0; j < PS; j++) {
                                const VF a = acc[i][p * PS + j][b], v = ACT == RELU ? RELU_OF(a) : a;
                                const VI wins = v > best;
                                best = wins ? v : best;
                                place = wins ? (VI) (i * PS + j) : place;
                            }
                        if (ACT == RELU)
                            place = best > 0.0f ? place : (VI) (PR * PS);
                        VSTORE(best, out + (ow + p) * K + b * V);
                        STORE_PLACES(place, places + (ow + p) * K + b * V);
                    }
            }
    }
}

#elif PASS == BWD_DATA_CPU

/* dy is scattered, pixel after pixel, into R rows of sums that move down dx: each value of dx gets its terms in order.
 * S + PS - 1 columns of the rows are in registers. `rows` is where this work-item has its sums, (R, WS, C); behind them
 * its lists, of each pixel of y and each place in its window the channels that won there, and how many. */
KERNEL1 void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const __global uchar *restrict keep,
                  const ulong keep_base, const __global float *restrict wt, const ulong wt_base,
                  __global float *restrict scratch, const ulong scratch_base, const ulong scratch_item, const int H,
                  const int W, const int OH, const int OW, const int ph, const int pw, const int band)
{
    const int n = (int) get_global_id(1), h0 = (int) get_global_id(0) * band, h1 = min(h0 + band, H);
    const int WS = OW * PS + S - 1;
    __global float *const rows =
        scratch + scratch_base + scratch_item * (get_global_id(1) * get_global_size(0) + get_global_id(0));
    __global ushort *const lists = (__global ushort *) (rows + R * WS * C);
    __global ushort *const counts = lists + OW * (PR * PS + 1) * K;

    for (int i = 0; i < R * WS * C; i += V)
        VSTORE((VF) (0.0f), rows + i);
    const int from = max(0, h0 + ph - R + 1), to = min(OH * PR, h1 + ph);
    int next = from - ph;
    for (int oh = from; oh <= to; oh++) {
        /* Rows that nothing more is added to; behind the last row of dy, all. */
        for (; next < (oh < to ? oh - ph : h1); next++) {
            __global float *const sums = rows + (next + ph) % R * WS * C;
            if (next >= h0) {
                __global float *const out = ROW(dx, n, next);
                for (int i = 0; i < W * C; i += V)
                    VSTORE(i + pw * C < WS * C ? PLUS_ZERO(VLOAD(sums + pw * C + i)) : (VF) (0.0f), out + i);
            }
            for (int i = 0; i < WS * C; i += V)
                VSTORE((VF) (0.0f), sums + i);
        }
        if (oh == to)
            break;
        const __global float *const pd = ROW(dy, n, oh / PR);
        if (oh % PR == 0 || oh == from) {
            const __global uchar *const places = keep + keep_base + ((ulong) n * OH + oh / PR) * OW * K;
            for (int ow = 0; ow < OW; ow++) {
                ulong count = 0;
                __global ushort *const list = lists + ow * (PR * PS + 1) * K;
                for (int k = 0; k < K; k++) {
                    const int place = places[ow * K + k];
                    list[place * K + COUNTED(count, place)] = (ushort) k;
                    count += COUNT(place);
                }
                UNROLL for (int i = 0; i < PR * PS; i++)
                    counts[ow * PR * PS + i] = (ushort) COUNTED(count, i);
            }
        }
        for (int c0 = 0; c0 < C; c0 += KB * V) {
            VF acc[R][S + PS - 1][KB];
            __global float *sums[R];
            UNROLL for (int r = 0; r < R; r++) {
                sums[r] = rows + (oh + r) % R * WS * C + c0;
                UNROLL for (int s = 0; s < S + PS - 1; s++)
                    UNROLL for (int b = 0; b < KB; b++)
                        acc[r][s][b] = VLOAD(sums[r] + s * C + b * V);
            }
            for (int ow = 0; ow < OW; ow++) {
                UNROLL for (int p = 0; p < PS; p++) {
                    const int place = oh % PR * PS + p, count = counts[ow * PR * PS + place];
                    const __global ushort *const list = lists + (ow * (PR * PS + 1) + place) * K;
                    for (int i = 0; i < count; i++) {
                        const int k = list[i];
                        const VF d = (VF) (pd[ow * K + k]);
                        const __global float *const f = wt + wt_base + (long) k * R * S * C + c0;
                        UNROLL for (int r = 0; r < R; r++)
                            UNROLL for (int s = 0; s < S; s++)
                                UNROLL for (int b = 0; b < KB; b++)
                                    acc[r][p + s][b] = fma(d, VLOAD(f + (r * S + s) * C + b * V), acc[r][p + s][b]);
                    }
                }
                /* What moves out of the registers, and what moves in. */
                UNROLL for (int r = 0; r < R; r++) {
                    UNROLL for (int s = 0; s < PS; s++)
                        UNROLL for (int b = 0; b < KB; b++)
                            VSTORE(acc[r][s][b], sums[r] + s * C + b * V);
                    sums[r] += PS * C;
                    UNROLL for (int s = 0; s < S - 1; s++)
                        UNROLL for (int b = 0; b < KB; b++)
                            acc[r][s][b] = acc[r][s + PS][b];
                    if (ow + 1 < OW)
                        UNROLL for (int s = S - 1; s < S + PS - 1; s++)
                            UNROLL for (int b = 0; b < KB; b++)
                                acc[r][s][b] = VLOAD(sums[r] + s * C + b * V);
                }
            }
            UNROLL for (int r = 0; r < R; r++)
                UNROLL for (int s = 0; s < S - 1; s++)
                    UNROLL for (int b = 0; b < KB; b++)
                        VSTORE(acc[r][s][b], sums[r] + s * C + b * V);
        }
    }
}

#elif PASS == BWD_WEIGHT_CPU

/* part[g] = sums over the pictures of group g. The winners of one output channel in a row of y are listed by their row
 * in the window, then met by as much of the filter as fits in registers. A row of y for all channels of a work-item,
 * then the next, so that its pixels stay in cache: what a work-item has of its channels' leaves and sums, the bias
 * last, waits in scratch. */
#define FILTER (R * S * C)
KERNEL1 void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                  TENSOR(const __global float, x), TENSOR(const __global float, dy),
                  const __global uchar *restrict keep, const ulong keep_base, __global float *restrict scratch,
                  const ulong scratch_base, const ulong scratch_item, const int N, const int OH, const int OW,
                  const int ph, const int pw, const int leaf_rows, const int channels)
{
    const int g = (int) get_global_id(1), k0 = (int) get_global_id(0) * channels, count = min(channels, K - k0);
    __global float *const leaves =
        scratch + scratch_base + scratch_item * (get_global_id(1) * get_global_size(0) + get_global_id(0));
    __global float *const sums = leaves + channels * (FILTER + V), *const values = sums + channels * (FILTER + V);
    __global int *const offsets = (__global int *) (values + (PR + 1) * OW);

    for (int i = 0; i < 2 * channels * (FILTER + V); i += V)
        VSTORE((VF) (0.0f), leaves + i);
    for (int n = g * 8; n < min(g * 8 + 8, N); n++)
        for (int oh = 0; oh < OH; oh++) {
            const __global float *const in = ROW(x, n, oh * PR - ph) - pw * C;
            for (int k = 0; k < count; k++) {
                const __global float *const pd = ROW(dy, n, oh) + k0 + k;
                const __global uchar *const places = keep + keep_base + ((ulong) n * OH + oh) * OW * K + k0 + k;
                ulong listed = 0;
                for (int ow = 0; ow < OW; ow++) {
                    const int place = places[ow * K], r = place / PS, at = r * OW + COUNTED(listed, r);
                    values[at] = pd[ow * K];
                    offsets[at] = (ow * PS + place % PS) * C;
                    listed += COUNT(r);
                }
                __global float *const leaf = leaves + k * (FILTER + V), *const sum = sums + k * (FILTER + V);
                for (int r0 = 0; r0 < R; r0 += RB)
                    for (int j0 = 0; j0 < S * C; j0 += JB * V) {
                        VF acc[RB][JB];
                        UNROLL for (int i = 0; i < RB; i++)
                            UNROLL for (int j = 0; j < JB; j++)
                                acc[i][j] = VLOAD(leaf + (r0 + i) * S * C + j0 + j * V);
                        const int first = r0 == 0 && j0 == 0;
                        float bias = leaf[FILTER];
                        for (int r = 0; r < PR; r++) {
                            if ((oh * PR + r) % leaf_rows == 0) {
                                if (first) {
                                    sum[FILTER] = sum[FILTER] + bias;
                                    bias = 0.0f;
                                }
                                UNROLL for (int i = 0; i < RB; i++)
                                    UNROLL for (int j = 0; j < JB; j++) {
                                        __global float *const to = sum + (r0 + i) * S * C + j0 + j * V;
                                        VSTORE(VLOAD(to) + acc[i][j], to);
                                        acc[i][j] = (VF) (0.0f);
                                    }
                            }
                            const __global float *const row = in + (long) (r + r0) * x_row + j0;
                            const int from = r * OW, to = from + COUNTED(listed, r);
                            for (int l = from; l < to; l++) {
                                const __global float *const px = row + offsets[l];
                                const VF d = (VF) (values[l]);
                                if (first)
                                    bias = bias + values[l];
                                UNROLL for (int i = 0; i < RB; i++)
                                    UNROLL for (int j = 0; j < JB; j++)
                                        acc[i][j] = fma(VLOAD(px + (long) i * x_row + j * V), d, acc[i][j]);
                            }
                        }
                        UNROLL for (int i = 0; i < RB; i++)
                            UNROLL for (int j = 0; j < JB; j++)
                                VSTORE(acc[i][j], leaf + (r0 + i) * S * C + j0 + j * V);
                        leaf[FILTER] = bias;
                    }
            }
        }
    __global float *const out = part + (ulong) g * part_stride;
    for (int k = 0; k < count; k++) {
        const __global float *const leaf = leaves + k * (FILTER + V), *const sum = sums + k * (FILTER + V);
        for (int i = 0; i < FILTER; i++)
            out[i * K + k0 + k] = sum[i] + leaf[i];
        out[bias_at + k0 + k] = sum[FILTER] + leaf[FILTER];
    }
}

#elif PASS == BWD_DENSE_CPU

/* part[g] as the weights are laid out, the bias at bias_at. A window row is S * C values in a row of x, JB of them in
 * registers: a block. A work-item takes every split-th block of all window rows, leaf by leaf. A window of the pooling
 * has at most one winner in a row of dy: a term takes its x from there. */
#define BLOCKS (R * S * C / JB)
KERNEL1 void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                  TENSOR(const __global float, x), TENSOR(const __global float, dy),
                  const __global uchar *restrict keep, const ulong keep_base, const int N, const int OH, const int OW,
                  const int ph, const int pw, const int leaf_rows)
{
    const int share = (int) get_global_id(0), split = (int) get_global_size(0);
    const int g = (int) get_global_id(1), k0 = (int) get_global_id(2) * KB * V;
    __global float *const sums = part + (ulong) g * part_stride + k0;

    for (int block = share; block < BLOCKS; block += split)
        UNROLL for (int i = 0; i < JB; i++)
            UNROLL for (int b = 0; b < KB; b++)
                VSTORE((VF) (0.0f), sums + (block * JB + i) * K + b * V);
    VF bias[KB];
    UNROLL for (int b = 0; b < KB; b++)
        bias[b] = (VF) (0.0f);

    for (int n = g * 8; n < min(g * 8 + 8, N); n++)
        for (int from = 0; from < OH * PR; from += leaf_rows) {
            const int to = min(from + leaf_rows, OH * PR);
            for (int block = share; block < BLOCKS; block += split) {
                const int r = block / (S * C / JB), j = block % (S * C / JB) * JB;
                VF acc[JB][KB], leaf[KB];
                UNROLL for (int b = 0; b < KB; b++) {
                    leaf[b] = (VF) (0.0f);
                    UNROLL for (int i = 0; i < JB; i++)
                        acc[i][b] = (VF) (0.0f);
                }
                for (int oh = from; oh < to; oh++) {
                    const __global float *const px = ROW(x, n, oh + r - ph) - pw * C + j;
                    const __global float *const pd = ROW(dy, n, oh / PR) + k0;
                    const __global uchar *const places =
                        keep + keep_base + ((ulong) n * OH + oh / PR) * OW * K + k0;
                    for (int ow = 0; ow < OW; ow++) {
                        VF d[KB];
                        VI place[KB];
                        UNROLL for (int b = 0; b < KB; b++) {
                            place[b] = TO_INT(VLOAD(places + ow * K + b * V)) - oh % PR * PS;
                            d[b] = ((place[b] >= 0) & (place[b] < PS)) ? VLOAD(pd + ow * K + b * V) : (VF) (0.0f);
                            leaf[b] = leaf[b] + d[b];
                        }
                        UNROLL for (int i = 0; i < JB; i++)
                            UNROLL for (int b = 0; b < KB; b++) {
                                VF v = (VF) (px[ow * PS * C + i]);
                                UNROLL for (int p = 1; p < PS; p++)
                                    v = place[b] == p ? (VF) (px[(ow * PS + p) * C + i]) : v;
                                acc[i][b] = fma(v, d[b], acc[i][b]);
                            }
                    }
                }
                UNROLL for (int i = 0; i < JB; i++)
                    UNROLL for (int b = 0; b < KB; b++) {
                        __global float *const sum = sums + (block * JB + i) * K + b * V;
                        VSTORE(VLOAD(sum) + acc[i][b], sum);
                    }
                if (block == 0)
                    UNROLL for (int b = 0; b < KB; b++)
                        bias[b] = bias[b] + leaf[b];
            }
        }
    if (share == 0)
        UNROLL for (int b = 0; b < KB; b++)
            VSTORE(bias[b], part + (ulong) g * part_stride + bias_at + k0 + b * V);
}

#endif
