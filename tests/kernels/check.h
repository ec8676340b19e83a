/* Every kernel variant against src/reference, bit for bit. Part of the library: `vibrisa selftest` runs it on
 * the user's device, the test programs on every implementation at hand. */
#ifndef VIB_TESTS_KERNELS_CHECK_H
#define VIB_TESTS_KERNELS_CHECK_H

#include <vibrisa/selftest.h>

#include "network/internal.h"
#include "reference/reference.h"

typedef enum vib_check_size {
    VIB_CHECK_TINY, /* also on simulators, a thousand times slower */
    VIB_CHECK_NORMAL,
    VIB_CHECK_LARGE, /* with --all */
} vib_check_size;

/* A few layers in a row, as recipe text with `;` between them, on n pictures of a network made for `batch`.
 */
typedef struct vib_check_case {
    const char *layers;
    int h, w, c, batch, n;
    vib_check_size size;
} vib_check_case;

/* What layers that draw numbers are checked with. */
#define VIB_CHECK_SEED 0x123456789abcdefull
#define VIB_CHECK_STEP 77

/* Each ends with {0}; the list of them, in check.c, with NULL. */
extern const vib_check_case vib_check_conv2d[], vib_check_depthwise_conv2d[], vib_check_maxpool2d[],
    vib_check_avgpool2d[], vib_check_globalpool2d[], vib_check_zeropad2d[], vib_check_conv2d_maxpool2d[],
    vib_check_conv2d_winograd[], vib_check_dense[], vib_check_activation[], vib_check_leaky_relu[],
    vib_check_dropout[], vib_check_join[], vib_check_batchnorm[];
extern const vib_check_case *const vib_check_lists[];

/* Operations that are not layers: one check each, run once a family. Writes the reason into why and returns
 * VIB_FAILED when the device's bits differ. */
typedef struct vib_check_step {
    const char *name;
    vib_check_size size;
    int (*run)(vib_device *dev, uint64_t seed, vib_str *why);
} vib_check_step;
extern const vib_check_step vib_check_steps[];
int vib_check_bench(vib_device *dev, uint64_t seed, vib_str *why);
int vib_check_product(vib_device *dev, uint64_t seed, vib_str *why);
int vib_check_augment(vib_device *dev, uint64_t seed, vib_str *why);
int vib_check_augment_parts(vib_device *dev, uint64_t seed, vib_str *why);

/* ---- for the checks ---- */

/* Reads recipe text into a graph for an input shape. */
int vib_check_graph(const char *layers, int h, int w, int c, vib_graph *out);

/* Awkward numbers, by a dice of the seed: uniform, mostly zero, huge, denormal, all zeros of both signs. */
void vib_check_values(float *out, size_t n, uint64_t seed, uint32_t stream, int denormals);

/* Bit for bit, or `why` says where and what. Zeros of different sign differ. */
int vib_check_same(const char *what, const float *got, const float *want, size_t n, vib_str *why);

/* A whole network in plain C: forward, loss, backward and Adam over the same graph, on the host. */
typedef struct ref_network ref_network;
int ref_network_create(const vib_graph *graph, int batch, ref_network **out);
void ref_network_destroy(ref_network **net);
/* Inputs n × h × w × c; dy of the last layer NULL: forward only. step 0: not training; then batchnorms are
 * folded, and there is nothing to go back through. */
void ref_network_run(ref_network *net, const float *x, int n, const float *dy, uint64_t step);
float *ref_network_input_gradient(ref_network *net);
float *ref_network_output(ref_network *net, size_t layer);
float *ref_network_weight(ref_network *net, vib_weight_kind kind, size_t i, size_t *count);
/* One training step with labels, by the loss and the optimizer of params; the summed loss, and what the
 * weights add to the mean. */
double ref_network_train(ref_network *net, const vib_network_params *params, const float *class_weights,
                         const float *x, const int32_t *labels, int n, uint64_t t, float *penalty);

#endif
