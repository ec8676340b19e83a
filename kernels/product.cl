/* Around a matrix product that a library computes, in --math fast.
 *
 *   IM2COL    col[n,oh,ow,q] = value q of the window of y[n,oh,ow]; q as a filter is laid out: R, S, C. One work-item:
 *             one value of row oh of picture n
 *   FINISH    y = act(product + bias); rows of y have W pixels of K channels, those of the product stand close. One
 *             work-item: one value; in place when the two are the same
 *   GRADIENT  the bias gradient, sums of dy in the order of the N pictures, behind a kernel gradient that the product
 *             has made; one that is not finite raises the flag. One work-item: one value of the kernel gradient */
#define IM2COL 1
#define FINISH 2
#define GRADIENT 3

#ifndef PASS
#define PASS IM2COL
#define NAME product
#endif
#ifndef ACT
#define ACT LINEAR
#endif

#if PASS == IM2COL

KERNEL64 void NAME(__global float *restrict col, const ulong col_base, TENSOR(const __global float, x), const int OH,
                   const int OW, const int C, const int R, const int S, const int SH, const int SW, const int ph,
                   const int pw)
{
    const int i = (int) get_global_id(0), oh = (int) get_global_id(1), n = (int) get_global_id(2);
    const int window = R * S * C;
    if (i < OW * window) {
        const int ow = i / window, q = i % window, r = q / (S * C);
        const __global float *const in = ROW(x, n, oh * SH + r - ph) + (long) (ow * SW - pw) * C;
        col[col_base + ((ulong) n * OH + oh) * OW * window + i] = in[q % (S * C)];
    }
}

#elif PASS == FINISH

KERNEL64 void NAME(__global float *y, const ulong y_base, const int y_row, const ulong y_image,
                   const __global float *product, const ulong product_base, const __global float *restrict bias,
                   const ulong bias_base, const int W, const int K)
{
    const int i = (int) get_global_id(0), h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (i < W * K) {
        const ulong row = (ulong) n * get_global_size(1) + h;
        const float v = product[product_base + row * W * K + i] + bias[bias_base + i % K];
        ROW(y, n, h)[i] = ACTIVE(v);
    }
}

#else

KERNEL64 void NAME(__global float *restrict grad, const ulong kernel_base, const ulong bias_base,
                   const __global float *restrict dy, const ulong dy_base, const int count, const int O, const int N,
                   volatile __global int *nonfinite)
{
    const int i = (int) get_global_id(0);
    if (i < count && !isfinite(grad[kernel_base + i]))
        atomic_or(nonfinite, 1);
    if (i < O) {
        float sum = 0.0f;
        for (int n = 0; n < N; n++)
            sum = sum + dy[dy_base + (ulong) n * O + i];
        grad[bias_base + i] = PLUS_ZERO(sum);
        if (!isfinite(sum))
            atomic_or(nonfinite, 1);
    }
}

#endif
