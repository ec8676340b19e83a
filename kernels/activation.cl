/* relu, sigmoid, softmax, tanh, relu6 and silu, forward and backward; in place when the two tensors are the same.
 * LINEAR copies.
 *
 *   FWD   y = act(x)
 *   BWD   dx = dy * act'(y), for silu of x in the place of y
 *
 * One work-item: one element of row (id 1) of a picture (id 2), for softmax one pixel of it; rows have W pixels of
 * C channels. */
#define FWD 1
#define BWD 2

#ifndef PASS
#define PASS FWD
#define NAME activation
#endif
#ifndef ACT
#define ACT RELU
#endif

/* vib_activation, beside LINEAR, RELU and RELU6 */
#define SIGMOID 2
#define SOFTMAX 3
#define TANH 4
#define SILU 6

#define PER_ITEM (ACT == SOFTMAX ? C : 1)

/* No restrict: the tensors may be the same. */
#define SAME_TENSOR(type, x) type *x, const ulong x##_base, const int x##_row, const ulong x##_image

KERNEL64 void NAME(SAME_TENSOR(__global float, to), SAME_TENSOR(const __global float, from),
                   SAME_TENSOR(const __global float, y), const int W, const int C)
{
    const int i = (int) get_global_id(0) * PER_ITEM, h = (int) get_global_id(1), n = (int) get_global_id(2);
    if (i < W * C) {
        __global float *const out = ROW(to, n, h) + i;
        const __global float *const in = ROW(from, n, h) + i;
        const __global float *const value = ROW(y, n, h) + i;
#if PASS == FWD && (ACT == LINEAR || ACT == RELU || ACT == RELU6)
        *out = ACTIVE(*in);
#elif PASS == BWD && (ACT == RELU || ACT == RELU6)
        *out = PASSED(*in, *value);
#elif PASS == FWD && ACT == SIGMOID
        *out = exact_sigmoid(*in);
#elif PASS == BWD && ACT == SIGMOID
        *out = *in * (*value * (1.0f - *value));
#elif PASS == FWD && ACT == TANH
        *out = exact_tanh(*in);
#elif PASS == BWD && ACT == TANH
        *out = *in * fma(-*value, *value, 1.0f);
#elif PASS == FWD && ACT == SILU
        *out = *in * exact_sigmoid(*in);
#elif PASS == BWD && ACT == SILU
        const float s = exact_sigmoid(*value);
        *out = *in * (s * fma(*value, 1.0f - s, 1.0f));
#elif PASS == FWD
        float most = in[0], sum = 0.0f;
        for (int c = 1; c < C; c++)
            most = in[c] > most ? in[c] : most;
        for (int c = 0; c < C; c++) {
            const float e = exact_exp(in[c] - most);
            out[c] = e;
            sum = sum + e;
        }
        for (int c = 0; c < C; c++)
            out[c] = out[c] / sum;
#else
        float sum = 0.0f;
        for (int c = 0; c < C; c++)
            sum = fma(in[c], value[c], sum);
        for (int c = 0; c < C; c++)
            out[c] = (in[c] - sum) * value[c];
#endif
    }
}
