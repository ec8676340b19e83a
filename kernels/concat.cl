/* Channels of one tensor into another: `count` of them, from channel from_c of from_C to channel to_c of to_C. One
 * work-item: one element of row (id 1) of a picture (id 2). */
#ifndef NAME
#define NAME concat
#endif

KERNEL64 void NAME(TENSOR(__global float, to), TENSOR(const __global float, from), const int W, const int count,
                   const int to_C, const int to_c, const int from_C, const int from_c)
{
    const int i = (int) get_global_id(0), h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (i < W * count) {
        const int w = i / count, c = i % count;
        ROW(to, n, h)[w * to_C + to_c + c] = ROW(from, n, h)[w * from_C + from_c + c];
    }
}
