/* conv2d of 3x3 windows by Winograd's F(2x2,3x3), forward, with relu or no activation, alone or with the maxpool2d 2x2
 * behind it: 16 products instead of 36 for 2x2 pixels of y, a tile, from 4x4 pixels of x.
 *
 *   FILTERS   one work-item: the 3x3 weights of one input and one output channel, into u (K/B,16,C,B)
 *   FWD_CPU   one work-item: `span` strips of P tiles
 *   FWD_GPU   a group of 64: TM tiles and TN channels, 4 work-items for each of the 16 products of a tile
 *
 * OH OW are the size of the convolution's own output. Tiles are counted row-major through all pictures. Those at the
 * edge may hang over: what they have outside of y is not stored, and x needs zeros there. With a pooling a tile is one
 * of its windows. */
#define FILTERS 1
#define FWD_CPU 2
#define FWD_GPU 3

#ifndef PASS
#define PASS FWD_CPU
#define NAME conv2d_winograd
#endif
#ifndef C
#define C 32 /* input channels */
#define K 32 /* output channels */
#endif
#ifndef POOL
#define POOL 0 /* 1: a maxpool2d 2x2 is behind */
#endif
#ifndef ACT
#define ACT LINEAR /* in front of the pooling */
#endif
#ifndef BIAS
#define BIAS 1 /* 0: there is none */
#endif
#ifndef V
#define V 16 /* floats in a vector; KB * V divides K */
#define KB 2 /* vectors of channels at a time */
#define P 8  /* tiles at a time */
#endif
#ifndef B
#define B 32 /* channels of y that are next to one another in u: KB * V, in FWD_GPU all */
#endif
#ifndef VC
#define VC 16 /* floats in a vector of input channels; divides C */
#endif
#ifndef WM
#define WM 8 /* tiles and channels of a product in registers */
#define WN 8
#endif

/* Each in place, for one row or column: B' of what comes in, A' of the products. */
#define INPUT_OF(type, a, b, c, d)     \
    {                                  \
        const type second = b;         \
        const type third = c;          \
        a = a - third;                 \
        b = second + third;            \
        c = third - second;            \
        d = second - d;                \
    }
#define OUTPUT_OF(type, a, b, c, d)    \
    {                                  \
        const type second = b;         \
        a = a + second + c;            \
        b = second - c - d;            \
    }

/* Tiles of a picture. */
#define ROWS (POOL ? OH / 2 : (OH + 1) / 2)
#define COLUMNS (POOL ? OW / 2 : (OW + 1) / 2)
/* The product that counts in all four pixels: the bias comes in with it. */
#define CENTRE 5

#if PASS == FILTERS

/* G = 1 0 0, 1/2 1/2 1/2, 1/2 -1/2 1/2, 0 0 1; the halves come last, as they are exact. */
#define FILTER_OF(a, b, c, d)      \
    {                              \
        const float sum = a + c;   \
        d = c;                     \
        c = sum - b;               \
        b = sum + b;               \
    }
KERNEL64 void NAME(__global float *restrict u, const __global float *restrict w, const ulong w_base)
{
    const int id = (int) get_global_id(0);
    if (id < C * K) {
        const int c = id / K, k = id % K;
        float g[4][4];
        UNROLL for (int r = 0; r < 3; r++)
            UNROLL for (int s = 0; s < 3; s++)
                g[r][s] = w[w_base + (ulong) (r * 3 + s) * C * K + id];
        UNROLL for (int s = 0; s < 3; s++)
            FILTER_OF(g[0][s], g[1][s], g[2][s], g[3][s])
        UNROLL for (int r = 0; r < 4; r++)
            FILTER_OF(g[r][0], g[r][1], g[r][2], g[r][3])
        UNROLL for (int i = 0; i < 16; i++) {
            const int halves = (i / 4 % 3 != 0) + (i % 4 % 3 != 0);
            u[((ulong) (k / B * 16 + i) * C + c) * B + k % B] =
                g[i / 4][i % 4] * (halves == 2 ? 0.25f : halves == 1 ? 0.5f : 1.0f);
        }
    }
}

#elif PASS == FWD_CPU

#define VCF CAT(FLOAT_, VC)

/* What a strip's tiles have come in as waits in scratch, (16,P,C), for all channels of y. */
KERNEL1 void NAME(TENSOR(__global float, y), __global uchar *restrict keep, const ulong keep_base,
                  TENSOR(const __global float, x), const __global float *restrict u, __global float *restrict scratch,
                  const ulong scratch_base, const ulong scratch_item, const __global float *restrict bias,
                  const ulong bias_base, const int N, const int OH, const int OW, const int ph, const int pw,
                  const int span)
{
    const int tiles = N * ROWS * COLUMNS, from = (int) get_global_id(0) * span * P, to = min(from + span * P, tiles);
    __global float *const v = scratch + scratch_base + scratch_item * get_global_id(0);

    for (int first = from; first < to; first += P) {
        /* Behind the last tile of all the strip has that tile again. */
        for (int p = 0; p < P; p++) {
            const int t = min(first + p, tiles - 1), row = t / COLUMNS, column = t % COLUMNS;
            const __global float *const px = ROW(x, row / ROWS, row % ROWS * 2 - ph) + (column * 2 - pw) * C;
            for (int c = 0; c < C; c += VC) {
                VCF d[4][4];
                UNROLL for (int i = 0; i < 16; i++)
                    d[i / 4][i % 4] = CAT(LOAD_, VC)(px + (long) (i / 4) * x_row + i % 4 * C + c);
                UNROLL for (int j = 0; j < 4; j++)
                    INPUT_OF(VCF, d[0][j], d[1][j], d[2][j], d[3][j])
                UNROLL for (int i = 0; i < 4; i++)
                    INPUT_OF(VCF, d[i][0], d[i][1], d[i][2], d[i][3])
                UNROLL for (int i = 0; i < 16; i++)
                    CAT(STORE_, VC)(d[i / 4][i % 4], v + (i * P + p) * C + c);
            }
        }
        for (int k0 = 0; k0 < K; k0 += KB * V) {
            VF m[16][P][KB];
            for (int i = 0; i < 16; i++) {
                const __global float *const pv = v + i * P * C;
                const __global float *const pu = u + (ulong) (k0 / B * 16 + i) * C * B;
                VF acc[P][KB];
                UNROLL for (int b = 0; b < KB; b++) {
                    const VF start = BIAS && i == CENTRE ? VLOAD(bias + bias_base + k0 + b * V) : (VF) (0.0f);
                    UNROLL for (int p = 0; p < P; p++)
                        acc[p][b] = start;
                }
                for (int c = 0; c < C; c++) {
                    VF f[KB];
                    UNROLL for (int b = 0; b < KB; b++)
                        f[b] = VLOAD(pu + c * B + b * V);
                    UNROLL for (int p = 0; p < P; p++) {
                        const VF d = (VF) (pv[p * C + c]);
                        UNROLL for (int b = 0; b < KB; b++)
                            acc[p][b] = fma(d, f[b], acc[p][b]);
                    }
                }
                UNROLL for (int p = 0; p < P; p++)
                    UNROLL for (int b = 0; b < KB; b++)
                        m[i][p][b] = acc[p][b];
            }
            for (int p = 0; p < P; p++) {
                const int t = min(first + p, tiles - 1), row = t / COLUMNS, column = t % COLUMNS;
                const int n = row / ROWS, th = row % ROWS;
                UNROLL for (int b = 0; b < KB; b++) {
                    const int k = k0 + b * V;
                    VF a[4][4];
                    UNROLL for (int i = 0; i < 16; i++)
                        a[i / 4][i % 4] = m[i][p][b];
                    UNROLL for (int j = 0; j < 4; j++)
                        OUTPUT_OF(VF, a[0][j], a[1][j], a[2][j], a[3][j])
                    UNROLL for (int i = 0; i < 2; i++)
                        OUTPUT_OF(VF, a[i][0], a[i][1], a[i][2], a[i][3])
#if POOL
                    VF best = (VF) (-INFINITY);
                    /* Not from 0: of 0 and 1 compilers make bools, which oclgrind extends by their sign. */
                    VI place = (VI) (4);
                    UNROLL for (int i = 0; i < 4; i++) {
                        const VF o = ACTIVE(a[i / 2][i % 2]);
                        const VI wins = o > best;
                        best = wins ? o : best;
                        place = wins ? (VI) (i) : place;
                    }
                    if (ACT == RELU)
                        place = best > 0.0f ? place : (VI) (4);
                    VSTORE(best, ROW(y, n, th) + column * K + k);
                    STORE_PLACES(place, keep + keep_base + (ulong) t * K + k);
#else
                    UNROLL for (int i = 0; i < 4; i++)
                        if (th * 2 + i / 2 < OH && column * 2 + i % 2 < OW)
                            VSTORE(ACTIVE(a[i / 2][i % 2]), ROW(y, n, th * 2 + i / 2) + (column * 2 + i % 2) * K + k);
#endif
                }
            }
        }
    }
}

#elif PASS == FWD_GPU

#define TM (2 * WM)
#define TN (2 * WN)
#define TT 8 /* input channels at a time */
/* The products are kept apart, or neighbours that load would meet in one bank. */
#define AM (TT * TM + 4)
#define BN (TT * TN + 4)
#define MN (TM * TN + 4)

KERNEL64 void NAME(TENSOR(__global float, y), __global uchar *restrict keep, const ulong keep_base,
                   TENSOR(const __global float, x), const __global float *restrict u,
                   const __global float *restrict bias, const ulong bias_base, const int N, const int OH, const int OW,
                   const int ph, const int pw)
{
    /* a and b while there are terms, then the products. */
    __local float shared[16 * (AM + BN > MN ? AM + BN : MN)];
    __local float *const a = shared, *const b = shared + 16 * AM;
    const int l = (int) get_local_id(0), product = l / 4, m = l / 2 % 2 * WM, n = l % 2 * WN;
    const int k0 = (int) get_group_id(0) * TN, first = (int) get_group_id(1) * TM, tiles = N * ROWS * COLUMNS;
    float acc[WM][WN];
    for (int j = 0; j < WN; j++)
        for (int i = 0; i < WM; i++)
            acc[i][j] = BIAS && product == CENTRE && k0 + n + j < K ? bias[bias_base + k0 + n + j] : 0.0f;

    for (int c0 = 0; c0 < C; c0 += TT) {
        for (int e = l; e < TM * TT; e += 64) {
            const int c = e % TT, t = first + e / TT, row = t / COLUMNS, column = t % COLUMNS;
            float d[4][4];
            for (int i = 0; i < 16; i++)
                d[i / 4][i % 4] = t < tiles && c0 + c < C ? ROW(x, row / ROWS, row % ROWS * 2 + i / 4 - ph)
                                                                [(column * 2 + i % 4 - pw) * C + c0 + c]
                                                          : 0.0f;
            UNROLL for (int j = 0; j < 4; j++)
                INPUT_OF(float, d[0][j], d[1][j], d[2][j], d[3][j])
            UNROLL for (int i = 0; i < 4; i++)
                INPUT_OF(float, d[i][0], d[i][1], d[i][2], d[i][3])
            for (int i = 0; i < 16; i++)
                a[i * AM + c * TM + e / TT] = d[i / 4][i % 4];
        }
        for (int e = l; e < 16 * TT * TN; e += 64) {
            const int j = e % TN, c = e / TN % TT, i = e / (TN * TT);
            b[i * BN + c * TN + j] =
                c0 + c < C && k0 + j < K ? u[((ulong) i * C + c0 + c) * K + k0 + j] : 0.0f;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        /* Ends with the last real term: one of zeros could turn -0 into +0. */
        for (int c = 0; c < min(TT, C - c0); c++) {
            float p[WM], q[WN];
            UNROLL for (int i = 0; i < WM; i++)
                p[i] = a[product * AM + c * TM + m + i];
            UNROLL for (int j = 0; j < WN; j++)
                q[j] = b[product * BN + c * TN + n + j];
            UNROLL for (int i = 0; i < WM; i++)
                UNROLL for (int j = 0; j < WN; j++)
                    acc[i][j] = fma(p[i], q[j], acc[i][j]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    for (int i = 0; i < WM; i++)
        for (int j = 0; j < WN; j++)
            shared[product * MN + (m + i) * TN + n + j] = acc[i][j];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int e = l; e < TM * TN; e += 64) {
        const int k = k0 + e % TN, t = first + e / TN, row = t / COLUMNS, column = t % COLUMNS;
        if (t >= tiles || k >= K)
            continue;
        float o[4][4];
        UNROLL for (int i = 0; i < 16; i++)
            o[i / 4][i % 4] = shared[i * MN + e];
        UNROLL for (int j = 0; j < 4; j++)
            OUTPUT_OF(float, o[0][j], o[1][j], o[2][j], o[3][j])
        UNROLL for (int i = 0; i < 2; i++)
            OUTPUT_OF(float, o[i][0], o[i][1], o[i][2], o[i][3])
#if POOL
        int place = 4;
        float best = -INFINITY;
        UNROLL for (int i = 0; i < 4; i++) {
            const float v = ACTIVE(o[i / 2][i % 2]);
            place = v > best ? i : place;
            best = v > best ? v : best;
        }
        keep[keep_base + (ulong) t * K + k] = (uchar) (ACT == RELU && !(best > 0.0f) ? 4 : place);
        ROW(y, row / ROWS, row % ROWS)[column * K + k] = best;
#else
        UNROLL for (int i = 0; i < 4; i++)
            if (row % ROWS * 2 + i / 2 < OH && column * 2 + i % 2 < OW)
                ROW(y, row / ROWS, row % ROWS * 2 + i / 2)[(column * 2 + i % 2) * K + k] = ACTIVE(o[i / 2][i % 2]);
#endif
    }
}

#endif
