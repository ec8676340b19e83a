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
VIB_API void vib_model_free(vib_model **model);

VIB_API const vib_recipe *vib_model_recipe(const vib_model *model);
VIB_API size_t vib_model_classes(const vib_model *model);
VIB_API const char *vib_model_class_name(const vib_model *model, size_t k);
/** SHA-256, in hex, of everything in the file but the key `provenance`; owned by the model. */
VIB_API const char *vib_model_hash(const vib_model *model);

/** Options of evaluation and prediction; zero means default. */
typedef struct vib_run_params {
    int workers;                    ///< decoder threads, default: cores
    int batch;                      ///< pictures at a time, default: the recipe's
    int (*interrupted)(void *user); ///< polled between batches; non-zero stops with VIB_INTERRUPTED
    void (*progress)(void *user, size_t done, size_t total);
    void *user;
} vib_run_params;

/** What an evaluation found. */
typedef struct vib_evaluation {
    size_t pictures; ///< evaluated
    size_t skipped;  ///< unreadable
    double loss;     ///< mean over pictures
    double accuracy; ///< share of hits, [0,1]
    size_t classes;
    uint64_t *confusion; ///< classes × classes, row = truth, column = answer
} vib_evaluation;

/**
 * Loss, accuracy and confusion matrix over a data set.
 *
 * @return VIB_OK · VIB_BAD_MODEL  classes differ · VIB_BAD_DATA  no readable picture · VIB_FAILED
 *         · VIB_INTERRUPTED
 *
 * Thread-safety: one thread per device.
 */
VIB_API int vib_model_evaluate(const vib_model *model, vib_device *dev, const vib_dataset *set,
                               const vib_run_params *params, vib_evaluation *out);
VIB_API void vib_evaluation_free(vib_evaluation *e);

/** One picture's answer. Pointers are borrowed until the callback returns. */
typedef struct vib_prediction {
    const char *path;
    const char *error;          ///< NULL, or why it could not be read; then nothing below is set
    size_t label;               ///< most probable class
    const float *probabilities; ///< one per class
} vib_prediction;

typedef void vib_prediction_fn(void *user, const vib_prediction *p);

/**
 * Classifies pictures in order.
 *
 * @param paths n paths, borrowed
 * @param fn    called once a picture, in order, on this thread
 * @return VIB_OK, also when some pictures were unreadable · VIB_FAILED · VIB_INTERRUPTED
 */
VIB_API int vib_model_predict(const vib_model *model, vib_device *dev, const char *const *paths, size_t n,
                              const vib_run_params *params, vib_prediction_fn *fn, void *user);

#ifdef __cplusplus
}
#endif

#endif
