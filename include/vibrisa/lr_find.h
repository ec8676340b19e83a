#ifndef VIBRISA_LR_FIND_H
#define VIBRISA_LR_FIND_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/data.h>
#include <vibrisa/device.h>
#include <vibrisa/recipe.h>
#include <vibrisa/status.h>
#include <vibrisa/train.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why a search came to its end. */
typedef enum vib_lr_find_end {
    VIB_LR_FIND_DONE,      ///< the last rate was tried
    VIB_LR_FIND_DIVERGED,  ///< the smoothed loss was more than four times its best
    VIB_LR_FIND_NONFINITE, ///< a loss or a gradient was not finite any more; that step is left out
} vib_lr_find_end;

/** What a search saw: three arrays, a number for each step. */
typedef struct vib_lr_find_result {
    size_t n;          ///< steps
    double *rate;      ///< the learning rate of each
    double *loss;      ///< mean over its pictures, in nats, with what l1 and l2 add
    double *smoothed;  ///< s[i] / (1 - 0.98^(i+1)), s[i] = 0.98 s[i-1] + 0.02 loss[i], s[-1] = 0
    double suggestion; ///< a rate to train with; 0: none, the loss hardly fell
    vib_lr_find_end end;
    size_t skipped; ///< unreadable pictures that were left out
} vib_lr_find_result;

/** Options of a search; zero means default. Needs to live only for the call. */
typedef struct vib_lr_find_params {
    double from, to;                ///< the first and the last rate, 0 < from < to <= 1000; default: 1e-6, 1
    int steps;                      ///< 20 to 10000, default: 400
    const char *weights;            ///< model to start from, as in vib_train_params
    int classify;                   ///< 1: the last layer is made anew for the data's classes, likewise
    uint64_t seed;                  ///< of weights, order and augmentation
    int workers;                    ///< decoder threads, default: cores
    vib_cache_place cache;          ///< where decoded pictures are kept
    uint64_t cache_bytes;           ///< of them at most, as in vib_train_params
    vib_bad_images bad_images;      ///< what an unreadable picture does
    int (*interrupted)(void *user); ///< polled between steps: non-zero stops
    /** After each step: how many are done of how many, its rate and the smoothed loss. */
    void (*step)(void *user, size_t done, size_t steps, double rate, double smoothed);
    void *user; ///< first argument of the two above
} vib_lr_find_params;

/**
 * Looks for a learning rate: trains from the first weights of a run, each step at a higher rate than the one
 * before,
 *
 *   rate[i] = from · (to / from)^(i / (steps - 1)),
 *
 * until the last, or until the loss diverges. The suggestion is fastai's "valley": of the smoothed losses
 * without the first tenth of the steps and the last five, and here up to the lowest, the longest sequence of
 * ever lower ones; of its way down, half. There is none when the smoothed losses come down by less
 * than twice the standard error of the mean of the first tenth, as chance alone can do.
 *
 * Everything but the rate is the recipe's: network, optimizer, batch, augmentation; its schedule is not
 * asked. Weights are not kept. The same seed, recipe and data give the same numbers.
 *
 * @param dev    borrowed
 * @param recipe borrowed; NULL: "default"
 * @param train  borrowed; read again from its beginning when the steps are more than it has
 * @param params borrowed; NULL: defaults
 * @param out    release with vib_lr_find_result_free; untouched on failure
 * @return VIB_OK · VIB_USAGE  rates or steps out of range, or everything is frozen · VIB_BAD_DATA  no
 * readable picture · VIB_BAD_MODEL  the recipe or `weights` do not fit the data · VIB_FAILED  memory, driver,
 *         or not even the first step gave a finite loss · VIB_INTERRUPTED
 *
 * Thread-safety: one thread per device; the callbacks run on the calling thread.
 */
VIB_API int vib_lr_find(vib_device *dev, const vib_recipe *recipe, const vib_dataset *train,
                        const vib_lr_find_params *params, vib_lr_find_result *out);
/** Frees the arrays and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_lr_find_result_free(vib_lr_find_result *result);

#ifdef __cplusplus
}
#endif

#endif
