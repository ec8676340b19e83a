/* Uploaded bytes -> floats of the first tensor: scaled, and in PASS AFFINE sheared, zoomed and mirrored in one
 * bilinear resampling (K18-K23, fill_mode nearest). One work-item: one pixel, (column, row, picture).
 *
 * how[n]: M - 1 (4, row-major over (row, col)), centre (row, col), flip, 0. The source of (i, j) is (i, j) +
 * (M - 1)((i, j) - centre): the whole pixels of that sum stay integers, so the fraction keeps its precision. */
#define SCALE 1
#define AFFINE 2

#ifndef PASS
#define PASS AFFINE
#define NAME augment
#endif
#ifndef C
#define C 3
#endif

/* Channels are taken STEP at a time. Of three channels four bytes are read: the host leaves room behind the last. */
#if C == 3
#define STEP 3
#define PIXEL float4
#define GET(p) convert_float4(vload4(0, p))
#define PUT(v, p) vstore3((v).xyz, 0, p)
#else
#define STEP 1
#define PIXEL float
#define GET(p) ((float) *(p))
#define PUT(v, p) (*(p) = (v))
#endif

KERNEL64 void NAME(TENSOR(__global float, y), const __global uchar *restrict x, const ulong x_base,
                   const __global float *restrict how, const ulong how_base, const int H, const int W,
                   const float scale)
{
    const int j = (int) get_global_id(0), i = (int) get_global_id(1), n = (int) get_global_id(2);
    if (j < W) {
        const __global uchar *const picture = x + x_base + (ulong) n * H * W * C;
        __global float *const out = ROW(y, n, i) + j * C;
#if PASS == SCALE
        for (int c = 0; c < C; c += STEP)
            PUT(GET(picture + (i * W + j) * C + c) * scale, out + c);
#else
        const __global float *const m = how + how_base + n * 8;
        const int from = m[6] != 0.0f ? W - 1 - j : j;
        const float ci = (float) i - m[4], cj = (float) from - m[5];
        const float di = fma(m[0], ci, m[1] * cj), dj = fma(m[2], ci, m[3] * cj);
        const float fi = floor(di), fj = floor(dj);
        float a = di - fi, b = dj - fj;
        int r = i + (int) fi, q = from + (int) fj;
        if (r < 0 || r >= H - 1) {
            r = r < 0 ? 0 : H - 1;
            a = 0.0f;
        }
        if (q < 0 || q >= W - 1) {
            q = q < 0 ? 0 : W - 1;
            b = 0.0f;
        }
        const int down = r < H - 1 ? W * C : 0, right = q < W - 1 ? C : 0;
        const __global uchar *const p = picture + (r * W + q) * C;
        for (int c = 0; c < C; c += STEP) {
            const PIXEL p00 = GET(p + c), p01 = GET(p + c + right);
            const PIXEL p10 = GET(p + c + down), p11 = GET(p + c + down + right);
            const PIXEL top = fma((PIXEL) (b), p01 - p00, p00), low = fma((PIXEL) (b), p11 - p10, p10);
            PUT(fma((PIXEL) (a), low - top, top) * scale, out + c);
        }
#endif
    }
}
