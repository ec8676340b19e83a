/* The definition of every operation, in plain C: what the kernels must equal bit for bit, and in double what
 * finite differences are taken of. Orders of summation: docs/arithmetic.md.
 *
 * Included once for each precision: files are compiled with REF_REAL=float and with REF_REAL=double, names
 * are ref_x and ref64_x. Tensors here are dense N,H,W,C without borders. */
#ifndef VIB_REFERENCE_REFERENCE_H
#define VIB_REFERENCE_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "network/augment.h"
#include "network/layers/options.h"

enum { REF_MAX_WEIGHTS = 4, REF_MAX_INPUTS = 8 };

/* A batch of one picture size: n pictures of h × w × c. */
typedef struct ref_size {
    int n, h, w, c;
} ref_size;

/* Every layer has REF(word_forward) and REF(word_backward). One line a layer, and the file in meson.build. */
#define REF_LAYERS(X, REF)   \
    X(conv2d, REF)           \
    X(depthwise_conv2d, REF) \
    X(maxpool2d, REF)        \
    X(avgpool2d, REF)        \
    X(globalavgpool2d, REF)  \
    X(globalmaxpool2d, REF)  \
    X(zeropad2d, REF)        \
    X(batchnorm, REF)        \
    X(flatten, REF)          \
    X(dense, REF)            \
    X(add, REF)              \
    X(concat, REF)           \
    X(dropout, REF)          \
    X(relu, REF)             \
    X(relu6, REF)            \
    X(leaky_relu, REF)       \
    X(silu, REF)             \
    X(tanh, REF)             \
    X(sigmoid, REF)          \
    X(softmax, REF)

#define REF_DECLARE_LAYER(word, REF)             \
    void REF(word##_forward)(const REF(site) *); \
    void REF(word##_backward)(const REF(site) *);

#define REF_DECLARE(REAL, REF)                                                                               \
    /* What a layer computes from and into. Forward reads x and w and writes y and keep; backward reads all  \
     * and writes dx (may be NULL) and dw. */                                                                \
    typedef struct REF(site) {                                                                               \
        const void *opts;                                                                                    \
        ref_size in, out;                                                                                    \
        struct { /* of layers with several: all of them, the first too */                                    \
            ref_size in;                                                                                     \
            const REAL *x;                                                                                   \
            REAL *dx;                                                                                        \
        } inputs[REF_MAX_INPUTS];                                                                            \
        int n_inputs;                                                                                        \
        const REAL *x, *w[REF_MAX_WEIGHTS], *dy;                                                             \
        REAL *y, *dx, *dw[REF_MAX_WEIGHTS];                                                                  \
        uint8_t *keep;                                                                                       \
        uint64_t seed, step; /* of random numbers; step 0: not training */                                   \
        int layer;                                                                                           \
    } REF(site);                                                                                             \
                                                                                                             \
    REF_LAYERS(REF_DECLARE_LAYER, REF)                                                                       \
                                                                                                             \
    /* A vib_activation in place: over y; over dy given y. n pixels of c channels. */                        \
    void REF(activate)(int activation, REAL *y, size_t n, int c);                                            \
    void REF(activate_backward)(int activation, REAL *dy, const REAL *y, size_t n, int c);                   \
                                                                                                             \
    /* Kernel (rows of c) and bias (NULL: none) of the layer in front of a batchnorm with the weights        \
     * `norm`, which is folded into them. */                                                                 \
    void REF(batchnorm_fold)(const vib_batchnorm_opts *o, const REAL *const *norm, const REAL *w,            \
                             const REAL *bias, size_t rows, int c, REAL *to, REAL *to_bias);                 \
                                                                                                             \
    /* What y is at the label and elsewhere: 1 and 0 without smoothing; weights of the classes, or NULL. */  \
    typedef struct REF(target) {                                                                             \
        REAL on, off;                                                                                        \
        const REAL *weights;                                                                                 \
    } REF(target);                                                                                           \
    /* From logits z (n × c): probabilities, loss and hit of each picture, gradient divided by `total`. */  \
    void REF(binary_crossentropy)(const REAL *z, const int32_t *labels, int n, int total,                    \
                                  const REF(target) * t, REAL * p, REAL * loss, REAL * hit, REAL * dz);      \
    void REF(categorical_crossentropy)(const REAL *z, const int32_t *labels, int n, int c, int total,        \
                                       const REF(target) * t, REAL * p, REAL * loss, REAL * hit, REAL * dz); \
                                                                                                             \
    /* One Adam step over n values; alpha = lr sqrt(1 - beta2^t) / (1 - beta1^t), rate1 = 1 - beta1;         \
     * decay = lr times the weight decay of AdamW, 0: Adam. */                                               \
    void REF(adam)(REAL * w, REAL * m, REAL * v, const REAL *g, size_t n, REAL alpha, REAL rate1,            \
                   REAL rate2, REAL epsilon, REAL decay);                                                    \
    /* One SGD step; m NULL: without momentum. */                                                            \
    void REF(sgd)(REAL * w, REAL * m, const REAL *g, size_t n, REAL lr, REAL momentum, int nesterov,         \
                  REAL decay);                                                                               \
    /* Sums over a tensor: of squares, or of magnitudes. */                                                  \
    REAL REF(sum_of)(const REAL *v, size_t n, int magnitudes);                                               \
    /* g += what l1 and l2 add to the loss. */                                                               \
    void REF(regularize)(REAL * g, const REAL *w, size_t n, REAL l1, REAL l2_twice);                         \
    /* g scaled so that the norm, the root of `squares`, is at most `most`. */                               \
    void REF(clip)(REAL * g, size_t n, REAL squares, REAL most);                                             \
                                                                                                             \
    /* Bytes → floats of one picture; `how` NULL: only scaled. */                                          \
    void REF(augment)(REAL * y, const uint8_t *x, int h, int w, int c, REAL scale, const vib_augment *what,  \
                      const vib_augment_row *how);                                                           \
                                                                                                             \
    /* Balanced tree over the sums of groups of 8 pictures: groups × count → count. */                    \
    void REF(tree)(REAL * out, const REAL *groups, int n_groups, size_t count);                              \
                                                                                                             \
    /* The layers by name. */                                                                                \
    typedef struct REF(layer) {                                                                              \
        const char *name;                                                                                    \
        void (*forward)(const REF(site) * s);                                                                \
        void (*backward)(const REF(site) * s);                                                               \
    } REF(layer);                                                                                            \
    const REF(layer) * REF(layer_find)(const char *name);

#define REF_NAME32(x) ref_##x
#define REF_NAME64(x) ref64_##x
REF_DECLARE(float, REF_NAME32)
REF_DECLARE(double, REF_NAME64)

#endif
