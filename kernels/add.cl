/* to = a + b, element by element, for the layer `add` and for gradients from several readers; PASS is the activation
 * behind it (RELU), or LINEAR. One work-item: one element of row (id 1) of a picture (id 2). `to` may be a. */
#ifndef PASS
#define PASS LINEAR
#define NAME add
#endif

KERNEL64 void NAME(__global float *to, const ulong to_base, const int to_row, const ulong to_image,
                   const __global float *a, const ulong a_base, const int a_row, const ulong a_image,
                   const __global float *b, const ulong b_base, const int b_row, const ulong b_image, const int length)
{
    const int i = (int) get_global_id(0), h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (i < length) {
        const float sum = ROW(a, n, h)[i] + ROW(b, n, h)[i];
        ROW(to, n, h)[i] = PASS == RELU ? RELU_OF(sum) : sum;
    }
}
