/* to = act(a + b), element by element, for the layer `add` and, without an activation, for gradients from several
 * readers. One work-item: one element of row (id 1) of a picture (id 2). `to` may be a. */
#define SUM 1

#ifndef PASS
#define PASS SUM
#define NAME add
#endif
#ifndef ACT
#define ACT LINEAR
#endif

KERNEL64 void NAME(__global float *to, const ulong to_base, const int to_row, const ulong to_image,
                   const __global float *a, const ulong a_base, const int a_row, const ulong a_image,
                   const __global float *b, const ulong b_base, const int b_row, const ulong b_image, const int length)
{
    const int i = (int) get_global_id(0), h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (i < length) {
        const float sum = ROW(a, n, h)[i] + ROW(b, n, h)[i];
        ROW(to, n, h)[i] = ACTIVE(sum);
    }
}
