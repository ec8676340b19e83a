/* zeropad2d: a picture inside zeros, `top` rows down and `left` columns in. Backward is a copy of the inside, which
 * activation.cl makes. One work-item: one element of row (id 1) of a picture (id 2) of y. */
#ifndef NAME
#define NAME zeropad2d
#endif

KERNEL64 void NAME(TENSOR(__global float, y), TENSOR(const __global float, x), const int C, const int H, const int W,
                   const int OW, const int top, const int left)
{
    const int i = (int) get_global_id(0), h = (int) get_global_id(1) - top, n = (int) get_global_id(2);
    if (i < OW * C) {
        const int from = i - left * C;
        const int inside = h >= 0 && h < H && from >= 0 && from < W * C;
        ROW(y, n, h + top)[i] = inside ? ROW(x, n, h)[from] : 0.0f;
    }
}
