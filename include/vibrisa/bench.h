#ifndef VIBRISA_BENCH_H
#define VIBRISA_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/device.h>
#include <vibrisa/recipe.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to measure; zero means default. Needs to live only for the call. */
typedef struct vib_bench_params {
    const vib_recipe *recipe;       ///< its network, for two classes where it leaves them open; required
    int batch;                      ///< pictures in a step, default the recipe's
    double seconds;                 ///< time for each of the parts, default 2
    int workers;                    ///< decoder threads, 1 to 256, default: cores
    uint64_t seed;                  ///< of weights and pictures
    int no_start;                   ///< 1: leave out build_cold and build_warm, which start processes
    int no_pictures;                ///< 1: leave out what needs pictures in files
    int (*interrupted)(void *user); ///< polled between parts: non-zero stops
    void (*progress)(void *user, const char *what); ///< before each part, "training"
    void *user;                                     ///< first argument of the two above
} vib_bench_params;

/** One kernel's share of a training step. Strings are owned by the result. */
typedef struct vib_bench_launch {
    const char *layer;  ///< the layer's name; "" for what belongs to none (augmentation, loss, Adam)
    const char *kernel; ///< with its sizes and tiles, as it is compiled
    double launches;    ///< in a step
    double ms;          ///< in a step
    double gflops;      ///< of a convolution or a dense layer, counted from its shapes as if no term were
                        ///< left out, 10^9 a second; 0: not counted
    double peak;        ///< gflops as a part of the device's; over 1 where terms that are zero are left out
    double gbytes;      ///< inputs and outputs, each once, 10^9 bytes a second; 0: not counted
} vib_bench_launch;

/** What was measured. A figure that was not is 0. */
typedef struct vib_bench_result {
    const char *device;      ///< CL_DEVICE_NAME; owned by the result
    vib_family family;       ///< whose kernels ran
    int exact;               ///< 1: the bits of docs/arithmetic.md
    double peak_gflops;      ///< multiply-adds in registers, 2 operations each, 10^9 a second
    double bandwidth_gbytes; ///< read and written by a copy larger than caches, 10^9 bytes a second
    double
        train_images_per_second; ///< median of five blocks, pictures in memory, augmentation as the recipe's
    double train_step_ms;        ///< of such a block
    double train_gflops;         ///< of all layers together, counted as in vib_bench_launch
    double train_busy;           ///< part of the time in which kernels ran
    double infer_images_per_second; ///< the same forward only, without augmentation
    double infer_step_ms;
    double decode_images_per_second;      ///< drawn JPEGs of 200 to 500 pixels a side to the network's input
    double first_epoch_images_per_second; ///< training from such files, decoding
    double epoch_images_per_second;       ///< a later epoch: decoded pictures are kept
    double epoch_busy;     ///< the same part as train_busy, of both: the rest the device waited
    double build_cold;     ///< seconds from opening the device to the end of the first step, nothing cached
    double build_warm;     ///< the same, again
    uint64_t memory_bytes; ///< most the process had resident
    int batch;             ///< pictures in a step
    vib_bench_launch *launches; ///< slowest first
    size_t n;
} vib_bench_result;

/**
 * Measures a device, and a recipe's network on it. Opens the device itself, several times. For build_cold a
 * process is forked and given empty folders for what drivers cache, so call it before anything else uses
 * OpenCL. Needs some megabytes in $TMPDIR or /tmp for pictures, drawn for the purpose (with cairo) and
 * removed.
 *
 * @param device  borrowed; which device, as for vib_device_open; profile is ignored
 * @param params  borrowed
 * @param out     filled; release with vib_bench_free
 * @return VIB_OK · VIB_USAGE  a number out of range · VIB_NO_DEVICE, VIB_BAD_MODEL, VIB_FAILED (logged) ·
 *         VIB_INTERRUPTED
 *
 * Thread-safety: one thread at a time.   Cost: about ten times params.seconds.
 */
VIB_API int vib_bench(const vib_device_params *device, const vib_bench_params *params, vib_bench_result *out);
/** Frees the launches and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_bench_free(vib_bench_result *result);

#ifdef __cplusplus
}
#endif

#endif
