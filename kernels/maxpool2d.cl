/* maxpool2d: the largest of each window and its place; and the gradient, sent back to that place.
 *
 *   FWD_CPU, BWD_CPU   one work-item: one row of y, or of dx; vectors of V channels (V divides C)
 *   FWD_GPU, BWD_GPU   one work-item: one element
 *
 * keep[n,oh,ow,c] = r * S + s of the winner. Ties: the first in row-major order (K37). RELU_BACK: dx is also the
 * gradient behind the relu in front, which is 0 where the winner is not positive. */
#define FWD_CPU 1
#define BWD_CPU 2
#define FWD_GPU 3
#define BWD_GPU 4

#ifndef PASS
#define PASS FWD_CPU
#define NAME maxpool2d
#endif
#ifndef C
#define C 32
#define R 2
#define S 2
#define SH 2
#define SW 2
#endif
#ifndef V
#define V 16
#endif
#ifndef RELU_BACK
#define RELU_BACK 0
#endif

#if PASS == FWD_GPU || PASS == BWD_GPU
#undef V
#define V 1
#endif

#if PASS == FWD_CPU || PASS == FWD_GPU

#define POOL CAT(NAME, _at)
void POOL(__global float *y, __global uchar *keep, const __global float *x, const int x_row, const int h0,
          const int w0, const int H, const int W)
{
    VF best = (VF) (-INFINITY);
    VI place = (VI) (0);
    for (int r = 0; r < R; r++)
        for (int s = 0; s < S; s++)
            if (h0 + r >= 0 && h0 + r < H && w0 + s >= 0 && w0 + s < W) {
                const VF v = VLOAD(x + (long) r * x_row + s * C);
                const VI wins = v > best;
                best = wins ? v : best;
                place = wins ? (VI) (r * S + s) : place;
            }
    VSTORE(best, y);
    STORE_PLACES(place, keep);
}

#if PASS == FWD_CPU
KERNEL1
#else
KERNEL64
#endif
void NAME(TENSOR(__global float, y), __global uchar *restrict keep, const ulong keep_base,
          TENSOR(const __global float, x), const int N, const int H, const int W, const int OH, const int OW,
          const int ph, const int pw)
{
#if PASS == FWD_CPU
    const int oh = (int) get_global_id(0), n = (int) get_global_id(1);
    for (int ow = 0; ow < OW; ow++)
        for (int c = 0; c < C; c += V) {
#else
    const ulong id = get_global_id(0);
    if (id < (ulong) N * OH * OW * C) {
        const int c = (int) (id % C), ow = (int) (id / C % OW), oh = (int) (id / C / OW % OH);
        const int n = (int) (id / C / OW / OH);
        {
#endif
            const int h0 = oh * SH - ph, w0 = ow * SW - pw;
            POOL(ROW(y, n, oh) + ow * C + c, keep + keep_base + (((ulong) n * OH + oh) * OW + ow) * C + c,
                 ROW(x, n, h0) + w0 * C + c, x_row, h0, w0, H, W);
        }
#if PASS == FWD_GPU
    }
#endif
}

#else

#if PASS == BWD_CPU
KERNEL1
#else
KERNEL64
#endif
void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const __global uchar *restrict keep,
          const ulong keep_base, TENSOR(const __global float, y), const int N, const int H, const int W,
          const int OH, const int OW, const int ph, const int pw)
{
#if PASS == BWD_CPU
    const int h = (int) get_global_id(0), n = (int) get_global_id(1);
    for (int w = 0; w < W; w++)
        for (int c = 0; c < C; c += V) {
#else
    const ulong id = get_global_id(0);
    if (id < (ulong) N * H * W * C) {
        const int c = (int) (id % C), w = (int) (id / C % W), h = (int) (id / C / W % H);
        const int n = (int) (id / C / W / H);
        {
#endif
            /* Windows over (h, w), row-major; a negative dividend would round the wrong way. */
            VF sum = (VF) (0.0f);
            for (int oh = max(0, (h + ph - R + SH) / SH); oh <= min(OH - 1, (h + ph) / SH); oh++)
                for (int ow = max(0, (w + pw - S + SW) / SW); ow <= min(OW - 1, (w + pw) / SW); ow++) {
                    const int mine = (h + ph - oh * SH) * S + w + pw - ow * SW;
                    const __global uchar *const k = keep + keep_base + (((ulong) n * OH + oh) * OW + ow) * C + c;
                    const VI place = TO_INT(VLOAD(k));
                    VF d = VLOAD(ROW(dy, n, oh) + ow * C + c);
                    if (RELU_BACK)
                        d = VLOAD(ROW(y, n, oh) + ow * C + c) > 0.0f ? d : 0.0f;
                    sum = place == mine ? sum + d : sum;
                }
            VSTORE(sum, ROW(dx, n, h) + w * C + c);
        }
#if PASS == BWD_GPU
    }
#endif
}

#endif
