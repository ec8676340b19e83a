/* Every operation the other kernels rest on, once, for src/device/probe.c to compare with C bit by bit.
 *
 * NAME: work-item i of a group of one. x: three words an item, a b c. y: seven words an item. */
KERNEL1
void NAME(__global uint *restrict y, __global const uint *restrict x)
{
    const size_t i = get_global_id(0);
    const float a = as_float(x[3 * i]), b = as_float(x[3 * i + 1]), c = as_float(x[3 * i + 2]);
    const float product = a * b;
    const float sum = a + c;
    y[7 * i] = as_uint(fma(a, b, c));
    y[7 * i + 1] = as_uint(product);
    y[7 * i + 2] = as_uint(sum);
    y[7 * i + 3] = as_uint(a / b);
    y[7 * i + 4] = as_uint(sqrt(as_float(x[3 * i] & 0x7fffffffu)));
    y[7 * i + 5] = as_uint(a <= 0.0f ? 0.0f : a);
    y[7 * i + 6] = as_uint((float)(x[3 * i] >> 8) * 0x1p-24f);
}
