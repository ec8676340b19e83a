/* globalavgpool2d and globalmaxpool2d: one number a channel. The mean adds each row from +0, then the rows; the
 * gradient of the largest value is shared by all pixels that have it.
 *
 *   AVG, MAX           one work-item: V channels of a picture (V divides C)
 *   AVG_BWD, MAX_BWD   the same; dx is written pixel by pixel */
#define AVG 1
#define MAX 2
#define AVG_BWD 3
#define MAX_BWD 4

#ifndef PASS
#define PASS AVG
#define NAME globalpool2d
#endif
#ifndef V
#define V 16
#endif

KERNEL64 void NAME(TENSOR(__global float, x), TENSOR(__global float, y), TENSOR(const __global float, dy),
                   TENSOR(__global float, dx), const int N, const int C, const int H, const int W)
{
    const int id = (int) get_global_id(0), per = C / V;
    if (id < N * per) {
        const int n = id / per, c = id % per * V;
#if PASS == AVG
        VF sum = (VF) (0.0f);
        for (int h = 0; h < H; h++) {
            VF row = (VF) (0.0f);
            for (int w = 0; w < W; w++)
                row = row + VLOAD(ROW(x, n, h) + w * C + c);
            sum = sum + row;
        }
        VSTORE(sum / (float) (H * W), ROW(y, n, 0) + c);
#elif PASS == MAX
        VF best = (VF) (-INFINITY);
        for (int h = 0; h < H; h++)
            for (int w = 0; w < W; w++) {
                const VF v = VLOAD(ROW(x, n, h) + w * C + c);
                best = v > best ? v : best;
            }
        VSTORE(best, ROW(y, n, 0) + c);
#elif PASS == AVG_BWD
        const VF part = VLOAD(ROW(dy, n, 0) + c) / (float) (H * W);
        for (int h = 0; h < H; h++)
            for (int w = 0; w < W; w++)
                VSTORE(part, ROW(dx, n, h) + w * C + c);
#else
        const VF best = VLOAD(ROW(y, n, 0) + c);
        VF equal = (VF) (0.0f);
        for (int h = 0; h < H; h++)
            for (int w = 0; w < W; w++)
                equal = VLOAD(ROW(x, n, h) + w * C + c) == best ? equal + 1.0f : equal;
        const VF part = VLOAD(ROW(dy, n, 0) + c) / equal;
        for (int h = 0; h < H; h++)
            for (int w = 0; w < W; w++)
                VSTORE(VLOAD(ROW(x, n, h) + w * C + c) == best ? part : (VF) (0.0f), ROW(dx, n, h) + w * C + c);
#endif
    }
}
