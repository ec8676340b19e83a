#ifndef VIBRISA_MODEL_H
#define VIBRISA_MODEL_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/data.h>
#include <vibrisa/device.h>
#include <vibrisa/recipe.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A trained network: recipe, class names and weights, as read from one .safetensors file. */
typedef struct vib_model vib_model;

/**
 * Reads and checks a model.
 *
 * @param path a .safetensors file, or a run folder (its best.safetensors)
 * @param out  the model; release with vib_model_free
 * @return VIB_OK · VIB_BAD_MODEL  missing, truncated, altered, or without what a model needs (logged)
 *
 * Thread-safety: safe.
 */
VIB_API int vib_model_open(const char *path, vib_model **out);
/** Releases and sets to NULL; NULL is fine. */
VIB_API void vib_model_free(vib_model **model);

/** What it was trained with, for its number of classes; owned by the model. */
VIB_API const vib_recipe *vib_model_recipe(const vib_model *model);
/** Number of classes, at least 2. */
VIB_API size_t vib_model_classes(const vib_model *model);
/** Name of class k, UTF-8, or NULL past the last; owned by the model. */
VIB_API const char *vib_model_class_name(const vib_model *model, size_t k);
/** SHA-256, in hex, of everything in the file but the key `provenance`; owned by the model. */
VIB_API const char *vib_model_hash(const vib_model *model);

/** One picture's answer. Pointers are borrowed until the callback returns. */
typedef struct vib_prediction {
    const char *path;           ///< as it was given; in an evaluation: under the data set's folder
    size_t index;               ///< its place in the list or the data set, from 0
    const char *error;          ///< NULL, or why it could not be read; then only truth is set below
    size_t label;               ///< class of the answer: with two classes the second when its
                                ///< probability is above 0.5, else the first of the most probable
    const float *probabilities; ///< one per class, [0,1]
    size_t truth;               ///< evaluation: its true class; prediction: 0
    double loss;                ///< evaluation: its cross-entropy, nats; prediction: 0
} vib_prediction;

/** Receives one answer. Called on the thread that asked. */
typedef void vib_prediction_fn(void *user, const vib_prediction *p);

/** Options of evaluation and prediction; zero means default. Needs to live only for the call. */
typedef struct vib_run_params {
    int workers;                    ///< decoder threads, default: cores. Results do not depend on it
    int batch;                      ///< pictures at a time, default: the recipe's
    int (*interrupted)(void *user); ///< polled between batches; non-zero stops with VIB_INTERRUPTED
    void (*progress)(void *user, size_t done, size_t total); ///< pictures; after each batch
    vib_prediction_fn *picture; ///< evaluation: called once a picture, in the order of the data set
    void *user;                 ///< first argument of the three above
} vib_run_params;

/** How one class fared. NaN where there is nothing to divide by; JSON and text say so in their way. */
typedef struct vib_class_figures {
    uint64_t pictures; ///< evaluated, that are of this class
    double precision;  ///< of those answered with this class, the share that is; NaN: none was
    double recall;     ///< of those that are of this class, the share found; NaN: there are none
    double f1;         ///< harmonic mean of the two; NaN: none is, and none was answered
} vib_class_figures;

/** What an evaluation found. */
typedef struct vib_evaluation {
    size_t pictures;              ///< evaluated
    size_t skipped;               ///< unreadable
    double loss;                  ///< mean over pictures, nats
    double accuracy;              ///< share of hits, [0,1]
    double auc;                   ///< two classes: the chance that a picture of the second class gets a
                                  ///< higher probability of it than one of the first, ties counting
                                  ///< half, [0,1]; NaN: other than two classes, or one has no picture
    size_t classes;               ///< length of the arrays
    uint64_t *confusion;          ///< classes × classes, row = truth, column = answer
    vib_class_figures *per_class; ///< classes
} vib_evaluation;

/**
 * Loss, accuracy, confusion matrix and each class's figures over a data set.
 *
 * @param model  borrowed
 * @param dev    borrowed; its results are the same bits on every device that is exact
 * @param set    borrowed; the same classes as the model's, in the same order
 * @param params borrowed; NULL: defaults
 * @param out    release with vib_evaluation_free; untouched on failure
 * @return VIB_OK · VIB_BAD_MODEL  classes differ · VIB_BAD_DATA  no readable picture · VIB_FAILED
 *         · VIB_INTERRUPTED
 *
 * Thread-safety: one thread per device; a model may serve several threads at once. The callbacks run on the
 * calling thread and must not use the device.
 */
VIB_API int vib_model_evaluate(const vib_model *model, vib_device *dev, const vib_dataset *set,
                               const vib_run_params *params, vib_evaluation *out);
/** Frees the arrays and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_evaluation_free(vib_evaluation *e);

/** A picture that was answered wrong. */
typedef struct vib_mistake {
    size_t index;         ///< its place in the data set
    size_t truth, answer; ///< classes
    double confidence;    ///< probability of the answer, [0,1]
    double loss;          ///< cross-entropy, nats
} vib_mistake;

/** The worst mistakes of an evaluation: those with the highest loss, first the worst. */
typedef struct vib_mistakes {
    vib_mistake *worst; ///< n
    size_t n, most;     ///< how many are kept, and may be
    size_t wrong;       ///< pictures answered wrong
    size_t pictures;    ///< pictures answered
} vib_mistakes;

/**
 * Makes room for mistakes.
 *
 * @param mistakes filled; release with vib_mistakes_free
 * @param most     how many to keep
 * @return VIB_OK · VIB_FAILED  out of memory
 *
 * Thread-safety: safe.
 */
VIB_API int vib_mistakes_init(vib_mistakes *mistakes, size_t most);
/** Notes an answer: to be called from vib_run_params.picture of an evaluation. */
VIB_API void vib_mistakes_add(vib_mistakes *mistakes, const vib_prediction *p);
/** Frees the list and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_mistakes_free(vib_mistakes *mistakes);

/**
 * Classifies pictures in order.
 *
 * @param model  borrowed
 * @param dev    borrowed
 * @param paths  borrowed; absolute, or from the current folder
 * @param n      how many
 * @param params borrowed; NULL: defaults; `picture` is not used
 * @param fn     called once a picture, in order, on this thread; unreadable ones come with their error
 * @param user   first argument of fn
 * @return VIB_OK, also when some pictures were unreadable · VIB_FAILED · VIB_INTERRUPTED
 *
 * Thread-safety: one thread per device; a model may serve several threads at once.
 */
VIB_API int vib_model_predict(const vib_model *model, vib_device *dev, const char *const *paths, size_t n,
                              const vib_run_params *params, vib_prediction_fn *fn, void *user);

#ifdef __cplusplus
}
#endif

#endif
