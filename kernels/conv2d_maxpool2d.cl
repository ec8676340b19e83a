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
 * gradient, so of PR * PS pixels one counts: the backward passes, but for BWD_DENSE_CPU, have the winners as bits of a
 * word, meet them from the lowest, which is the order in which docs/arithmetic.md adds them, and leave out the rest. */
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
#ifndef M
#define M 8 /* channels whose winners are looked for at a time */
#endif

/* Which bit is the lowest that is set. */
#define LOWEST(word) ((int) popcount(~(word) & ((word) - 1)))

#if PASS == FWD_CPU

#define ROWS (T > 1 ? 1 : R) /* of the filter, before the next tile */
/* Weights of a loop: processors foresee where one of C ends, but a turn of few is not worth a loop. */
#define RUN (T > 1 ? C : S * C)
#define TURN (RUN % 2 == 0 ? 2 : RUN % 3 == 0 ? 3 : 1)
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
                    acc[i][p][b] = start[b];
                if (r > 0)
                    EACH_SUM
                        acc[i][p][b] = sums[t][i][p][b];
                const __global float *const px = in + (long) r * x_row + ow * PS * C;
                for (int q0 = 0; q0 < ROWS * S * C; q0 += RUN) {
                    const __global float *const from_x = px + (long) (q0 / (S * C)) * x_row + q0 % (S * C);
                    for (int q1 = 0; q1 < RUN; q1 += TURN)
                        UNROLL for (int q = q1; q < q1 + TURN; q++) {
                            VF f[KB];
                            UNROLL for (int b = 0; b < KB; b++)
                                f[b] = VLOAD(weights + (r * S * C + q0 + q) * K + b * V);
                            UNROLL for (int i = 0; i < PR; i++)
                                UNROLL for (int p = 0; p < P * PS; p++) {
                                    const VF v = (VF) (from_x[(long) i * x_row + p * C + q]);
                                    UNROLL for (int b = 0; b < KB; b++)
                                        acc[i][p][b] = fma(v, f[b], acc[i][p][b]);
                                }
                        }
                }
                if (r + ROWS < R) {
                    EACH_SUM
                        sums[t][i][p][b] = acc[i][p][b];
                    continue;
                }
                UNROLL for (int p = 0; p < P; p++)
                    UNROLL for (int b = 0; b < KB; b++) {
                        /* A relu is in where the maximum starts, but for a window of nothing but NaN. */
                        VF best = (VF) (ACT == RELU ? 0.0f : -INFINITY);
                        /* Not from 0: of 0 and 1 compilers make bools, which oclgrind extends by their sign. */
                        VI place = (VI) (PR * PS), nan = (VI) (-1);
                        UNROLL for (int i = 0; i < PR; i++)
                            UNROLL for (int j = 0; j < PS; j++) {
                                const VF v = acc[i][p * PS + j][b];
                                const VI wins = v > best;
                                best = wins ? v : best;
                                place = wins ? (VI) (i * PS + j) : place;
                                nan &= v != v;
                            }
                        if (ACT == RELU)
                            best = nan ? (VF) (-INFINITY) : best;
                        VSTORE(best, out + (ow + p) * K + b * V);
                        STORE_PLACES(place, places + (ow + p) * K + b * V);
                    }
            }
    }
}

#elif PASS == BWD_DATA_CPU

/* dy is scattered, pixel after pixel, into R rows of sums that move down dx: each value of dx gets its terms in order.
 * S columns of the rows are in registers. From the first row, which is complete, they leave for dx; into the last one
 * come zeros. `rows` is where this work-item has the sums of the others, (ROWS, WS, C): the last row takes the place
 * of the first. Behind them for each pixel of y and each place in its window the channels that won there, 64 in a
 * word. */
#define ROWS (R > 1 ? R - 1 : 1)
#define WORDS ((K + 63) / 64)
/* The lowest bits of 8 bytes, side by side. */
#define BITS(bytes) (((bytes) & 0x0101010101010101ul) * 0x0102040810204080ul >> 56)
KERNEL1 void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const __global uchar *restrict keep,
                  const ulong keep_base, const __global float *restrict wt, const ulong wt_base,
                  __global float *restrict scratch, const ulong scratch_base, const ulong scratch_item, const int H,
                  const int W, const int OH, const int OW, const int ph, const int pw, const int band)
{
    const int n = (int) get_global_id(1), h0 = (int) get_global_id(0) * band, h1 = min(h0 + band, H);
    const int WS = OW * PS + S - 1;
    __global float *const rows =
        scratch + scratch_base + scratch_item * (get_global_id(1) * get_global_size(0) + get_global_id(0));
    __global ulong *const winners = (__global ulong *) (rows + (ROWS * WS * C + 1) / 2 * 2);

    for (int i = 0; i < ROWS * WS * C; i += V)
        VSTORE((VF) (0.0f), rows + i);
    const int from = max(0, h0 + ph - R + 1), to = min(OH * PR, h1 + ph);
    for (int oh = from; oh < to; oh++) {
        const int complete = oh - ph >= h0;
        __global float *const out = ROW(dx, n, oh - ph) - pw * C;
        const __global float *const pd = ROW(dy, n, oh / PR);
        if (oh % PR == 0 || oh == from) {
            const __global uchar *const places = keep + keep_base + ((ulong) n * OH + oh / PR) * OW * K;
            for (int i = 0; i < OW * WORDS; i++) {
                const __global uchar *const of = places + i / WORDS * K + i % WORDS * 64;
                const int count = min(64, K - i % WORDS * 64);
                ulong ones = 0, twos = 0, fours = 0; /* the three bits of the places */
                int k = 0;
                for (; k + 8 <= count; k += 8) {
                    const ulong eight = as_ulong(vload8(0, of + k));
                    ones |= BITS(eight) << k;
                    twos |= BITS(eight >> 1) << k;
                    fours |= BITS(eight >> 2) << k;
                }
                for (; k < count; k++) {
                    ones |= (ulong) (of[k] & 1) << k;
                    twos |= (ulong) (of[k] >> 1 & 1) << k;
                    fours |= (ulong) (of[k] >> 2) << k;
                }
                const ulong all = ~0ul >> (64 - count);
                UNROLL for (int place = 0; place < PR * PS; place++)
                    winners[i * PR * PS + place] =
                        all & ~fours & (place & 1 ? ones : ~ones) & (place & 2 ? twos : ~twos);
            }
        }
        for (int c0 = 0; c0 < C; c0 += KB * V) {
            VF acc[R][S][KB];
            __global float *sums[R];
            UNROLL for (int r = 0; r < R; r++) {
                sums[r] = rows + (oh + r) % ROWS * WS * C + c0;
                UNROLL for (int s = 0; s < S; s++)
                    UNROLL for (int b = 0; b < KB; b++)
                        acc[r][s][b] = r < R - 1 ? VLOAD(sums[r] + s * C + b * V) : (VF) (0.0f);
            }
            for (int w = 0; w < OW * PS; w++) {
                const __global ulong *const words = winners + w / PS * WORDS * PR * PS + oh % PR * PS + w % PS;
                for (int word = 0; word < WORDS; word++)
                    for (ulong left = words[word * PR * PS]; left; left &= left - 1) {
                        const int k = word * 64 + LOWEST(left);
                        const VF d = (VF) (pd[w / PS * K + k]);
                        const __global float *const f = wt + wt_base + (long) k * R * S * C + c0;
                        UNROLL for (int r = 0; r < R; r++)
                            UNROLL for (int s = 0; s < S; s++)
                                UNROLL for (int b = 0; b < KB; b++)
                                    acc[r][s][b] = fma(d, VLOAD(f + (r * S + s) * C + b * V), acc[r][s][b]);
                    }
                if (complete && w >= pw)
                    UNROLL for (int b = 0; b < KB; b++)
                        VSTORE(PLUS_ZERO(acc[0][0][b]), out + w * C + c0 + b * V);
                UNROLL for (int r = 0; r < R; r++)
                    UNROLL for (int b = 0; b < KB; b++) {
                        if (r > 0)
                            VSTORE(acc[r][0][b], sums[r] + w * C + b * V);
                        UNROLL for (int s = 1; s < S; s++)
                            acc[r][s - 1][b] = acc[r][s][b];
                        acc[r][S - 1][b] =
                            r < R - 1 && w + S < WS ? VLOAD(sums[r] + (w + S) * C + b * V) : (VF) (0.0f);
                    }
            }
            UNROLL for (int s = 0; s < S - 1; s++)
                UNROLL for (int b = 0; b < KB; b++) {
                    const int at = (OW * PS + s) * C + b * V;
                    if (complete && OW * PS + s - pw < W)
                        VSTORE(PLUS_ZERO(acc[0][s][b]), out + at + c0);
                    UNROLL for (int r = 1; r < R; r++)
                        VSTORE(acc[r][s][b], sums[r] + at);
                }
        }
        for (int i = WS * C; complete && i < (W + pw) * C; i += V)
            VSTORE((VF) (0.0f), out + i);
    }
    /* Rows that the last of dy began, and rows that it does not reach. */
    for (int h = max(h0, to - ph); h < h1; h++) {
        const __global float *const sums = rows + (h + ph) % ROWS * WS * C + pw * C;
        const int end = from < to && h + ph < to + R - 1 ? (WS - pw) * C : 0;
        __global float *const out = ROW(dx, n, h);
        for (int i = 0; i < W * C; i += V)
            VSTORE(i < end ? PLUS_ZERO(VLOAD(sums + i)) : (VF) (0.0f), out + i);
    }
}

#elif PASS == BWD_WEIGHT_CPU

/* part[g] = sums over the pictures of group g. A leaf is cut into pieces of up to 2 * WORD pixels of dy: rows, or part
 * of a row. A piece for all channels of a work-item, then the next, so that its pixels stay in cache; for each channel
 * its winners are met by as much of the filter as fits in registers. What a work-item has of its channels' leaves and
 * sums, the bias last, waits in scratch. */
#define FILTER (R * S * C)
#define EACH_SUM \
    UNROLL for (int i = 0; i < RB; i++) \
        UNROLL for (int j = 0; j < JB; j++)
#define WORD (32 / PS * PS)
#define VM CAT(INT_, M)
#define FIND_WINNERS CAT(NAME, _find_winners)

/* The winners of M channels in rows h0 to h1, columns w0 to w1 of dy, as bits of two words of each. */
static void FIND_WINNERS(const __global uchar *keep, const int OW, const int h0, const int h1, const int w0,
                         const int w1, __global uint *low, __global uint *high)
{
    VM word = (VM) (0), full = (VM) (0), bit = (VM) (1);
    int seen = 0;
    for (int h = h0; h < h1; h++)
        for (int ow = w0 / PS; ow < w1 / PS; ow++) {
            if (seen == WORD) {
                full = word;
                word = (VM) (0);
                bit = (VM) (1);
            }
            const VM place = CAT(TO_INT_, M)(CAT(LOAD_, M)(keep + ((long) (h / PR) * OW + ow) * K));
            UNROLL for (int s = 0; s < PS; s++) {
                word |= place == h % PR * PS + s ? bit : (VM) (0);
                bit <<= 1;
            }
            seen += PS;
        }
    *(__global VM *) low = seen > WORD ? full : word;
    *(__global VM *) high = seen > WORD ? word : (VM) (0);
}

KERNEL1 void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                  TENSOR(const __global float, x), TENSOR(const __global float, dy),
                  const __global uchar *restrict keep, const ulong keep_base, __global float *restrict scratch,
                  const ulong scratch_base, const ulong scratch_item, const int N, const int OH, const int OW,
                  const int ph, const int pw, const int leaf_rows, const int channels)
{
    const int g = (int) get_global_id(1), k0 = (int) get_global_id(0) * channels, count = min(channels, K - k0);
    const int H = OH * PR, W = OW * PS, most_rows = max(1, 2 * WORD / W);
    __global float *const mine =
        scratch + scratch_base + scratch_item * (get_global_id(1) * get_global_size(0) + get_global_id(0));
    __global int *const x_at = (__global int *) mine, *const dy_at = x_at + 64;
    __global uint *const low = (__global uint *) (dy_at + 64), *const high = low + channels;
    __global float *const leaves = mine + 128 + (2 * channels + 15) / 16 * 16;
    __global float *const sums = leaves + channels * (FILTER + V);

    /* Where the pixels of a piece are, by their bits. */
    for (int i = 0; i < 64; i++) {
        const int pixel = i / 32 * WORD + i % 32, h = pixel / W, w = pixel % W;
        x_at[i] = h * x_row + w * C;
        dy_at[i] = h / PR * dy_row + w / PS * K;
    }
    for (int i = 0; i < channels * (FILTER + V); i += V)
        VSTORE((VF) (0.0f), sums + i);
    for (int n = g * 8; n < min(g * 8 + 8, N); n++)
        for (int h = 0, rows; h < H; h += rows) {
            /* No further than a leaf, and from within a window no further than the window. */
            const int end = min((h / leaf_rows + 1) * leaf_rows, H);
            rows = min(min(most_rows, end - h), h % PR ? PR - h % PR : most_rows);
            for (int w = 0; w < W; w += 2 * WORD) {
                const int to = min(w + 2 * WORD, W);
                const int begins = h % leaf_rows == 0 && w == 0, ends = h + rows == end && to == W;
                for (int k = 0; k < count; k += M)
                    FIND_WINNERS(keep + keep_base + (ulong) n * OH * OW * K + k0 + k, OW, h, h + rows, w, to, low + k,
                                 high + k);
                const __global float *const in = ROW(x, n, h - ph) + (w - pw) * C;
                const __global float *const pd = ROW(dy, n, h / PR) + w / PS * K + k0;
                for (int k = 0; k < count; k++) {
                    const ulong winners = (ulong) high[k] << 32 | low[k];
                    __global float *const leaf = leaves + k * (FILTER + V), *const sum = sums + k * (FILTER + V);
                    for (int r0 = 0; r0 < R; r0 += RB)
                        for (int j0 = 0; j0 < S * C; j0 += JB * V) {
                            const int at = r0 * S * C + j0, first = at == 0;
                            VF acc[RB][JB];
                            EACH_SUM
                                acc[i][j] = (VF) (0.0f);
                            float bias = 0.0f;
                            if (!begins) {
                                EACH_SUM
                                    acc[i][j] = VLOAD(leaf + at + i * S * C + j * V);
                                bias = leaf[FILTER];
                            }
                            for (ulong left = winners; left; left &= left - 1) {
                                const int i0 = LOWEST(left);
                                const __global float *const px = in + x_at[i0] + (long) r0 * x_row + j0;
                                const float d = pd[dy_at[i0] + k];
                                if (first)
                                    bias = bias + d;
                                UNROLL for (int i = 0; i < RB; i++)
                                    UNROLL for (int j = 0; j < JB; j++)
                                        acc[i][j] = fma(VLOAD(px + (long) i * x_row + j * V), (VF) (d), acc[i][j]);
                            }
                            __global float *const kept = ends ? sum : leaf;
                            if (ends) {
                                EACH_SUM
                                    acc[i][j] = VLOAD(sum + at + i * S * C + j * V) + acc[i][j];
                                bias = sum[FILTER] + bias;
                            }
                            EACH_SUM
                                VSTORE(acc[i][j], kept + at + i * S * C + j * V);
                            if (first)
                                kept[FILTER] = bias;
                        }
                }
            }
        }
    __global float *const out = part + (ulong) g * part_stride;
    for (int k = 0; k < count; k++) {
        const __global float *const sum = sums + k * (FILTER + V);
        for (int i = 0; i < FILTER; i++)
            out[i * K + k0 + k] = sum[i];
        out[bias_at + k0 + k] = sum[FILTER];
    }
}

#elif PASS == BWD_DENSE_CPU

/* part[g] as the weights are laid out, the bias at bias_at. A window row is S * C values in a row of x, JB of them in
 * registers: a block. A work-item takes every split-th block of all window rows; SEEN windows of the pooling at a time
 * it spreads out dy, zeros for pixels that did not win, so that a term is a multiply-add without a choice. Its leaves
 * wait in scratch. */
#define BLOCKS (R * S * C / JB)
#define SEEN 32
#define LEAF ((block * JB + i) * KB + b)
#define EACH_SUM \
    UNROLL for (int i = 0; i < JB; i++) \
        UNROLL for (int b = 0; b < KB; b++)
KERNEL1 void NAME(__global float *restrict part, const ulong part_stride, const ulong bias_at,
                  TENSOR(const __global float, x), TENSOR(const __global float, dy),
                  const __global uchar *restrict keep, const ulong keep_base, __global float *restrict scratch,
                  const ulong scratch_base, const ulong scratch_item, const int N, const int OH, const int OW,
                  const int ph, const int pw, const int leaf_rows, const int split)
{
    const int share = (int) get_global_id(0), g = (int) get_global_id(1), k0 = (int) get_global_id(2) * KB * V;
    const ulong item = (get_global_id(2) * get_global_size(1) + get_global_id(1)) * split + share;
    __global float *const sums = part + (ulong) g * part_stride + k0;
    __global VF *const leaves = (__global VF *) (scratch + scratch_base + scratch_item * item);

    VF bias[KB], leaf[KB], won[SEEN][PS][KB];
    UNROLL for (int b = 0; b < KB; b++)
        bias[b] = leaf[b] = (VF) (0.0f);
    for (int block = share; block < BLOCKS; block += split)
        for (int i = 0; i < JB; i++)
            for (int b = 0; b < KB; b++) {
                leaves[LEAF] = (VF) (0.0f);
                VSTORE((VF) (0.0f), sums + (block * JB + i) * K + b * V);
            }

    for (int n = g * 8; n < min(g * 8 + 8, N); n++)
        for (int oh = 0; oh < OH * PR; oh++) {
            for (int from = 0; from < OW; from += SEEN) {
                const int count = min(SEEN, OW - from);
                const __global float *const pd = ROW(dy, n, oh / PR) + from * K + k0;
                const __global uchar *const places =
                    keep + keep_base + (((ulong) n * OH + oh / PR) * OW + from) * K + k0;
                for (int w = 0; w < count; w++) {
                    AHEAD(places + (OW + w) * K);
                    UNROLL for (int b = 0; b < KB; b++) {
                        const VI place = TO_INT(VLOAD(places + w * K + b * V)) - oh % PR * PS;
                        const VF d = VLOAD(pd + w * K + b * V);
                        AHEAD(pd + dy_row + w * K + b * V);
                        UNROLL for (int p = 0; p < PS; p++) {
                            won[w][p][b] = place == p ? d : (VF) (0.0f);
                            leaf[b] = leaf[b] + won[w][p][b];
                        }
                    }
                }
                for (int block = share; block < BLOCKS; block += split) {
                    const int r = block / (S * C / JB), j = block % (S * C / JB) * JB;
                    const __global float *const px = ROW(x, n, oh + r - ph) + (from * PS - pw) * C + j;
                    VF acc[JB][KB];
                    EACH_SUM
                        acc[i][b] = leaves[LEAF];
                    for (int w = 0; w < count; w++)
                        UNROLL for (int p = 0; p < PS; p++)
                            UNROLL for (int i = 0; i < JB; i++) {
                                const VF v = (VF) (px[(w * PS + p) * C + i]);
                                UNROLL for (int b = 0; b < KB; b++)
                                    acc[i][b] = fma(v, won[w][p][b], acc[i][b]);
                            }
                    EACH_SUM
                        leaves[LEAF] = acc[i][b];
                }
            }
            if ((oh + 1) % leaf_rows && oh + 1 < OH * PR)
                continue;
            for (int block = share; block < BLOCKS; block += split)
                for (int i = 0; i < JB; i++)
                    for (int b = 0; b < KB; b++) {
                        __global float *const sum = sums + (block * JB + i) * K + b * V;
                        VSTORE(VLOAD(sum) + leaves[LEAF], sum);
                        leaves[LEAF] = (VF) (0.0f);
                    }
            UNROLL for (int b = 0; b < KB; b++) {
                bias[b] = bias[b] + leaf[b];
                leaf[b] = (VF) (0.0f);
            }
        }
    if (share == 0)
        UNROLL for (int b = 0; b < KB; b++)
            VSTORE(bias[b], part + (ulong) g * part_stride + bias_at + k0 + b * V);
}

#endif
