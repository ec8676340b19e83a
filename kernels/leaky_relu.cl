/* leaky_relu: to = from, times slope where x is not positive. Forward from = x, backward from = dy. One work-item: one
 * element of row (id 1) of a picture (id 2). */
#ifndef NAME
#define NAME leaky_relu
#endif

KERNEL64 void NAME(TENSOR(__global float, to), const __global float *from, const ulong from_base, const int from_row,
                   const ulong from_image, const __global float *x, const ulong x_base, const int x_row,
                   const ulong x_image, const int length, const float slope)
{
    const int i = (int) get_global_id(0), h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (i < length) {
        const float v = ROW(from, n, h)[i];
        ROW(to, n, h)[i] = ROW(x, n, h)[i] > 0.0f ? v : slope * v;
    }
}
