#ifndef VIBRISA_TUNE_H
#define VIBRISA_TUNE_H

#include <stddef.h>
#include <vibrisa/device.h>
#include <vibrisa/recipe.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is known of one pass of a layer; layers of the same shape share it. Strings belong to the result. */
typedef struct vib_tune_pass {
    const char *name;     ///< "cpu fwd 64x64x3: conv2d 32 3x3 same relu; maxpool2d 2x2; batch 32"
    int layers;           ///< of the network that share it
    const char *usual;    ///< the tile used without tuning: "v=16 kb=2 p=8"
    const char *best;     ///< the fastest found; equal to usual when none was faster
    double usual_seconds; ///< of one launch, the shortest seen; 0: not measured
    double best_seconds;  ///< the same with the best tile
    size_t tried;         ///< tiles measured beside the usual one
    size_t refused;       ///< tiles that failed: see vib_tune_refusal
    size_t left;          ///< tiles there was no time for
} vib_tune_pass;

/** A tile, or a whole layer, that could not be measured. Strings belong to the result. */
typedef struct vib_tune_refusal {
    const char *name;   ///< of the pass
    const char *tile;   ///< "" for all tiles of all passes of the layer
    const char *reason; ///< one line
} vib_tune_refusal;

/** What tuning found. */
typedef struct vib_tune_result {
    char *device;          ///< name of the device
    char *path;            ///< the file the findings are kept in, whether it was written or not
    vib_tune_pass *passes; ///< n_passes, the slowest first
    size_t n_passes;
    vib_tune_refusal *refusals; ///< n_refusals, in the order they came
    size_t n_refusals;
    double seconds; ///< it took
    int batch;      ///< tuned for, pictures
} vib_tune_result;

/** How to tune; zero means default. Needs to live only for the call. */
typedef struct vib_tune_params {
    vib_device_params device; ///< `cache` is the folder of the findings; "" is refused, `profile` ignored
    int batch;                ///< pictures at a time, default: the recipe's
    int classes;              ///< for `classify`, default: 2
    double seconds;           ///< budget: when it is over nothing new is begun, default: 10
    double patience;          ///< seconds a tile may take beyond five times the usual one, default: 5
    int (*interrupted)(void *user); ///< polled ten times a second: non-zero stops with VIB_INTERRUPTED
    /** Called after each tile. */
    void (*progress)(void *user, double seconds, size_t tried, size_t refused);
    void *user; ///< first argument of the two above
} vib_tune_params;

/**
 * Looks for the fastest tiles of a recipe's layers on a device: for each pass the usual one and others,
 * nearest first, as long as the budget lasts. A tile changes speed and no bit of a result; each is compared
 * with plain C on a few pictures, and with the usual one on a whole batch, before its time counts. What is at
 * least 3 % faster is kept at once, for this device, driver and set of kernels, and used by every network
 * that is made afterwards on a device opened with the same cache folder.
 *
 * All OpenCL is in a child process made by fork, which is ended when a tile hangs, and begun again when
 * one brings it down. So the calling process must not have used OpenCL: a driver does not survive a fork.
 *
 * @param recipe borrowed
 * @param params borrowed; NULL: defaults
 * @param out    release with vib_tune_result_free; untouched when nothing could be measured
 * @return VIB_OK, also when nothing faster was found or some tiles failed · VIB_INTERRUPTED  what was found
 *         is kept, and in out · VIB_USAGE  shapes that do not fit, no cache folder, or OpenCL was used before
 *         · VIB_NO_DEVICE  as vib_device_open · VIB_FAILED  (logged)
 *
 * Thread-safety: one call at a time; other threads must not hold locks of the library.
 */
VIB_API int vib_tune(const vib_recipe *recipe, const vib_tune_params *params, vib_tune_result *out);
/** Frees the arrays and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_tune_result_free(vib_tune_result *result);

#ifdef __cplusplus
}
#endif

#endif
