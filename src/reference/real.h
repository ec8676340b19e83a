/* Picks the precision a reference file is compiled in. */
#ifndef VIB_REFERENCE_REAL_H
#define VIB_REFERENCE_REAL_H

#include "reference/reference.h"

#if REF_DOUBLE
#include <math.h>
typedef double real;
#define REF(x) ref64_##x
#define real_fma fma
#define real_sqrt sqrt
#define real_floor floor
#define real_exp exp
#define real_log log
#define real_tanh tanh
#define real_sigmoid(x) (1 / (1 + exp(-(x))))
#define real_binary_crossentropy(z, y) (fmax((z), 0) - (z) * (y) + log1p(exp(-fabs(z))))
#else
#include "exact.h"
typedef float real;
#define REF(x) ref_##x
#define real_fma fmaf
#define real_sqrt sqrtf
#define real_floor floorf
#define real_exp exact_exp
#define real_log exact_log
#define real_tanh exact_tanh
#define real_sigmoid exact_sigmoid
#define real_binary_crossentropy exact_binary_crossentropy
#endif

/* Pictures whose gradients are summed in one running sum. */
enum { REF_GROUP = 8 };

#endif
