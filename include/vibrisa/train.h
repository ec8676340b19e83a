#ifndef VIBRISA_TRAIN_H
#define VIBRISA_TRAIN_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/data.h>
#include <vibrisa/device.h>
#include <vibrisa/recipe.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What happens during a run, in order. */
typedef enum vib_train_event_type {
    VIB_TRAIN_BEGIN, ///< total counts are known
    VIB_TRAIN_EPOCH_BEGIN,
    VIB_TRAIN_STEP,       ///< a step's loss has arrived; late, in order
    VIB_TRAIN_VALIDATING, ///< validation progress
    VIB_TRAIN_EPOCH_END,  ///< with validation figures when there are any
    VIB_TRAIN_RATE,       ///< nothing gets better: the learning rate goes down
    VIB_TRAIN_STOPPED,    ///< early; the weights of the best epoch come back
    VIB_TRAIN_EVALUATED,  ///< the evaluation after the last epoch
    VIB_TRAIN_SAVED,      ///< a checkpoint was written
    VIB_TRAIN_END,
} vib_train_event_type;

/** One event. Fields that a type is not named for are zero or as they were. */
typedef struct vib_train_event {
    vib_train_event_type type;
    int round, rounds;                 ///< from 1
    int epoch, epochs;                 ///< from 1, within the round; epochs is 0 while not known yet
    uint64_t step, steps;              ///< within the epoch, from 1
    uint64_t global_step;              ///< updates since the start of the run
    double loss, accuracy;             ///< STEP: this batch · EPOCH_END: mean over the epoch's pictures;
                                       ///< cross-entropy in nats, share of hits in [0,1]
    double epoch_loss, epoch_accuracy; ///< STEP: mean over the epoch so far
    int has_validation;
    double val_loss, val_accuracy; ///< EPOCH_END, EVALUATED
    uint64_t pictures;             ///< STEP: in the batch · VALIDATING, EVALUATED: done so far
    uint64_t total;                ///< VALIDATING: to do
    double seconds;                ///< since the epoch began
    double images_per_second;      ///< of training, in this epoch so far
    const char *path;              ///< SAVED: the file · BEGIN: the run folder
    uint64_t parameters;           ///< BEGIN: trained values of the network
    int batch;                     ///< BEGIN: pictures in a step
    double lr;                     ///< EPOCH_END: of its last step, 0 without a schedule · RATE: from now on
    uint64_t total_epochs;         ///< RATE, STOPPED: epochs done, through all rounds
    uint64_t best_epoch;           ///< STOPPED: likewise, of the best one
} vib_train_event;

/** Where decoded pictures are kept from one epoch to the next. The file is in $TMPDIR or else /var/tmp, has
 * no name, and is gone when the process ends, however that ends. */
typedef enum vib_cache_place {
    VIB_CACHE_AUTO, ///< in memory, and what has no room there in a temporary file
    VIB_CACHE_RAM,  ///< in memory
    VIB_CACHE_DISK, ///< in a temporary file
    VIB_CACHE_NONE, ///< nowhere: every picture is decoded each time
} vib_cache_place;

/** Options of a run; zero means default. Needs to live only for the call. */
typedef struct vib_train_params {
    const char *run;                ///< folder of the run, made if missing; required
    const char *resume;             ///< continue the run in this folder instead; `run` is ignored
    const char *weights;            ///< model to start from
    int classify;                   ///< 1: the last layer is made anew for the data's classes, whatever
                                    ///< the recipe and `weights` have there
    double seconds;                 ///< time for all epochs; the first one tells how many fit, which is
                                    ///< from then on the recipe's number. 0: the recipe's from the start
    uint64_t seed;                  ///< of weights, order and augmentation
    int workers;                    ///< decoder threads, default: cores
    int log_steps;                  ///< a line in log.jsonl every N steps; 0: none
    int tensorboard;                ///< 1: event files in tensorboard/train and .../validation, as Keras's
                                    ///< callback names and fills them; needs a build with protobuf-c
    vib_cache_place cache;          ///< where decoded pictures are kept
    uint64_t cache_bytes;           ///< of them at most, in memory or (VIB_CACHE_DISK) in the file; 0: half
                                    ///< of the memory or disk that is free, with VIB_CACHE_RAM all
    vib_bad_images bad_images;      ///< what an unreadable picture does
    int (*interrupted)(void *user); ///< polled between steps: non-zero saves and stops
    void (*event)(void *user, const vib_train_event *event); ///< borrowed until it returns
    void *user;                                              ///< first argument of the two above
} vib_train_params;

/** How a run ended. */
typedef struct vib_train_result {
    double loss, accuracy, val_loss, val_accuracy; ///< of the last epoch finished
    double best_val_accuracy;                      ///< of best.safetensors; without validation its accuracy
    int best_epoch;                                ///< from 1 through all rounds; 0: none finished
    size_t skipped;                                ///< unreadable pictures
} vib_train_result;

/**
 * Trains a network and writes the run folder: recipe.txt, log.csv, log.jsonl, best.safetensors,
 * last.safetensors, prev.safetensors. The same seed, recipe and data give the same bytes, for any number of
 * workers, interrupted and resumed or not.
 *
 * @param dev        borrowed
 * @param recipe     borrowed; NULL: "default"; of a resumed run not used: its checkpoint has it
 * @param train      borrowed
 * @param validation borrowed, the same classes; NULL: none, and the best epoch is that of the lowest loss
 * @param params     borrowed
 * @param out        filled also when the run fails; may be NULL
 * @return VIB_OK · VIB_USAGE  there is a run in the folder already, or the recipe looks at a validation there
 *         is none of · VIB_BAD_DATA  no readable picture, or
 *         others than the resumed run's · VIB_BAD_MODEL  the recipe, `weights` or checkpoint do not fit the
 *         data · VIB_FAILED  disk, memory, driver, or a gradient that is not finite · VIB_INTERRUPTED  saved
 *
 * Thread-safety: one thread per device; the callbacks run on the calling thread.
 */
VIB_API int vib_train(vib_device *dev, const vib_recipe *recipe, const vib_dataset *train,
                      const vib_dataset *validation, const vib_train_params *params, vib_train_result *out);

/** Pictures a run begins with. */
typedef struct vib_preview {
    size_t n;                    ///< pictures
    int height, width, channels; ///< of each: what the recipe brings pictures to
    unsigned char *before;       ///< n × height × width × channels: as read
    unsigned char *after;        ///< the same: as the network is given them
    size_t *index;               ///< n: the place of each in the data set
} vib_preview;

/**
 * The first pictures of a run's first epoch, before and after augmentation: those that vib_train with the
 * same recipe, pictures and seed takes first.
 *
 * @param dev    borrowed
 * @param recipe borrowed
 * @param train  borrowed
 * @param seed   of order and augmentation
 * @param n      pictures, 1 to 256; unreadable ones are left out, with a warning
 * @param out    release with vib_preview_free; untouched on failure
 * @return VIB_OK · VIB_USAGE  n · VIB_BAD_MODEL  the recipe does not fit the data · VIB_BAD_DATA  no readable
 *         picture · VIB_FAILED  memory, driver
 *
 * Thread-safety: one thread per device.
 */
VIB_API int vib_train_preview(vib_device *dev, const vib_recipe *recipe, const vib_dataset *train,
                              uint64_t seed, size_t n, vib_preview *out);
/** Frees the arrays and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_preview_free(vib_preview *preview);

#ifdef __cplusplus
}
#endif

#endif
