/* Comes first in every program: what all kernels agree on.
 *
 * Letters: N pictures; H W C of an input, OH OW K of an output; R S of a window, SH SW its strides, ph pw its
 * padding before. Tensors are channels last; pixel (h,w) of picture n begins at
 *     x + x_base + n * x_image + h * x_row + w * C
 * where x_base is the element offset of pixel (0,0) of picture 0 inside its border of zeros. Weights are laid out
 * as Keras does: (R,S,C,K) and (in,out).
 *
 * A file holds the passes of one operation, for the cpu family (one work-item a group, vectors of V floats) and
 * for the gpu family (groups of 64). PASS chooses one, NAME is its name, the macros with a default are the
 * instance. Arithmetic: docs/arithmetic.md; the definition: src/reference. */
#pragma OPENCL FP_CONTRACT OFF

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)

/* A vector of V floats, V = 1, 2, 4, 8 or 16; for V = 1 the plain type. */
#define FLOAT_1 float
#define FLOAT_2 float2
#define FLOAT_4 float4
#define FLOAT_8 float8
#define FLOAT_16 float16
#define INT_1 int
#define INT_2 int2
#define INT_4 int4
#define INT_8 int8
#define INT_16 int16
#define LOAD_1(p) (*(p))
#define LOAD_2(p) vload2(0, p)
#define LOAD_4(p) vload4(0, p)
#define LOAD_8(p) vload8(0, p)
#define LOAD_16(p) vload16(0, p)
/* What is stored is aligned to its size, as V divides the channels; vstoren is several stores on some devices. */
#define STORE_1(v, p) (*(p) = (v))
#define STORE_2(v, p) (*(__global float2 *) (p) = (v))
#define STORE_4(v, p) (*(__global float4 *) (p) = (v))
#define STORE_8(v, p) (*(__global float8 *) (p) = (v))
#define STORE_16(v, p) (*(__global float16 *) (p) = (v))
#define STORE_UCHAR_1(v, p) (*(p) = (v))
#define STORE_UCHAR_2(v, p) (*(__global uchar2 *) (p) = (v))
#define STORE_UCHAR_4(v, p) (*(__global uchar4 *) (p) = (v))
#define STORE_UCHAR_8(v, p) (*(__global uchar8 *) (p) = (v))
#define STORE_UCHAR_16(v, p) (*(__global uchar16 *) (p) = (v))
#define TO_INT_1(v) convert_int(v)
#define TO_INT_2(v) convert_int2(v)
#define TO_INT_4(v) convert_int4(v)
#define TO_INT_8(v) convert_int8(v)
#define TO_INT_16(v) convert_int16(v)
#define TO_UCHAR_1(v) convert_uchar(v)
#define TO_UCHAR_2(v) convert_uchar2(v)
#define TO_UCHAR_4(v) convert_uchar4(v)
#define TO_UCHAR_8(v) convert_uchar8(v)
#define TO_UCHAR_16(v) convert_uchar16(v)

/* The same for an instance's own V. */
#define VF CAT(FLOAT_, V)
#define VI CAT(INT_, V)
#define VLOAD(p) CAT(LOAD_, V)(p)
#define VSTORE(v, p) CAT(STORE_, V)(v, p)
#define TO_INT(v) CAT(TO_INT_, V)(v)
/* Places in windows, as bytes. */
#define STORE_PLACES(v, p) CAT(STORE_UCHAR_, V)(CAT(TO_UCHAR_, V)(v), p)

#define UNROLL _Pragma("unroll")

/* AHEAD asks for what is read soon, AHEAD_FAR for what the nearest cache would not keep until then; PoCL leaves
 * OpenCL's own word for it out. UNROLL4 is for loops of the gpu family that read what the next round needs; on
 * processors it would only be more to compile. */
#if defined(__x86_64__) || defined(__aarch64__)
#define AHEAD(p) __builtin_prefetch(p)
#define AHEAD_FAR(p) __builtin_prefetch(p, 0, 2)
#define UNROLL4
#else
#define AHEAD(p) prefetch(p, 1)
#define AHEAD_FAR(p) prefetch(p, 1)
#define UNROLL4 _Pragma("unroll 4")
#endif

/* VSTREAM writes past the caches where an instance has STREAM 1, so that lines are not read before they are
 * overwritten. STREAMED comes last: others see all of it then. */
#if defined(__x86_64__)
#define VSTREAM(v, p) (STREAM ? __builtin_nontemporal_store(v, (__global VF *) (p)) : (void) VSTORE(v, p))
#define STREAMED (STREAM ? __builtin_ia32_sfence() : (void) 0)
#else
#define VSTREAM(v, p) VSTORE(v, p)
#define STREAMED (void) 0
#endif

#define KERNEL1 __kernel __attribute__((reqd_work_group_size(1, 1, 1)))
#define KERNEL64 __kernel __attribute__((reqd_work_group_size(64, 1, 1)))
#define KERNEL8X8 __kernel __attribute__((reqd_work_group_size(8, 8, 1)))

/* A tensor as kernel arguments, and a pointer to row h of picture n. */
#define TENSOR(type, x) type *restrict x, const ulong x##_base, const int x##_row, const ulong x##_image
#define ROW(x, n, h) ((x) + x##_base + (ulong) (n) * x##_image + (long) (h) * x##_row)

/* Activations of a fused tail, as vib_activation. */
#define LINEAR 0
#define RELU 1
#define RELU6 5
/* x <= 0 ? +0 : x: NaN passes through. */
#define RELU_OF(v) ((v) <= 0.0f ? 0.0f : (v))
/* What an instance with ACT makes of v, and what of a gradient passes where v went in, or came out. */
#define ACTIVE(v) (ACT == RELU ? RELU_OF(v) : ACT == RELU6 ? ((v) >= 6.0f ? 6.0f : RELU_OF(v)) : (v))
#define PASSED(d, v)                                               \
    (ACT == RELU    ? ((v) > 0.0f ? (d) : 0.0f)                    \
     : ACT == RELU6 ? ((((v) > 0.0f) & ((v) < 6.0f)) ? (d) : 0.0f) \
                    : (d))
/* A zero of either sign as +0; + 0.0f would say it too, but some compilers leave that out. */
#define PLUS_ZERO(v) ((v) == 0.0f ? 0.0f : (v))
