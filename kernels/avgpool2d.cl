/* avgpool2d: the mean of each window's pixels that are in the picture; and the gradient, shared among them.
 *
 *   FWD_CPU, BWD_CPU   one work-item: one row of y, or of dx; vectors of V channels (V divides C)
 *   FWD_GPU, BWD_GPU   one work-item: one element
 *
 * All sizes are arguments, so that a network needs one instance. */
#define FWD_CPU 1
#define BWD_CPU 2
#define FWD_GPU 3
#define BWD_GPU 4

#ifndef PASS
#define PASS FWD_CPU
#define NAME avgpool2d
#endif
#ifndef V
#define V 16
#endif

#if PASS == FWD_CPU || PASS == BWD_CPU
#define KERNEL KERNEL1
#else
#define KERNEL KERNEL64
#endif

#if PASS == FWD_CPU || PASS == FWD_GPU

KERNEL void NAME(TENSOR(__global float, y), TENSOR(const __global float, x), const int N, const int C, const int H,
                 const int W, const int OH, const int OW, const int R, const int S, const int SH, const int SW,
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
            const int h0 = max(oh * SH - ph, 0), h1 = min(oh * SH - ph + R, H);
            const int w0 = max(ow * SW - pw, 0), w1 = min(ow * SW - pw + S, W);
            VF sum = (VF) (0.0f);
            for (int h = h0; h < h1; h++)
                for (int w = w0; w < w1; w++)
                    sum = sum + VLOAD(ROW(x, n, h) + w * C + c);
            VSTORE(sum / (float) ((h1 - h0) * (w1 - w0)), ROW(y, n, oh) + ow * C + c);
        }
#if PASS == FWD_GPU
    }
#endif
}

#else

KERNEL void NAME(TENSOR(__global float, dx), TENSOR(const __global float, dy), const int N, const int C, const int H,
                 const int W, const int OH, const int OW, const int R, const int S, const int SH, const int SW,
                 const int ph, const int pw)
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
                    const int rows = min(oh * SH - ph + R, H) - max(oh * SH - ph, 0);
                    const int columns = min(ow * SW - pw + S, W) - max(ow * SW - pw, 0);
                    sum = sum + VLOAD(ROW(dy, n, oh) + ow * C + c) / (float) (rows * columns);
                }
            VSTORE(sum, ROW(dx, n, h) + w * C + c);
        }
#if PASS == BWD_GPU
    }
#endif
}

#endif
