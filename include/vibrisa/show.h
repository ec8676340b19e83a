#ifndef VIBRISA_SHOW_H
#define VIBRISA_SHOW_H

#include <stddef.h>
#include <vibrisa/model.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Pictures of what a network learns and sees. Each function writes one file, whole or not at all: a PNG, or
 * an SVG whose title and description hold every word of the picture, as the ending of its name asks. All
 * return VIB_OK; VIB_USAGE for the file's ending or for what was asked for (each logged with what there is);
 * VIB_FAILED for disk, memory, or a build without cairo; and what is said at each.
 */

/** Language of the words in pictures and pages. */
typedef enum vib_language { VIB_ENGLISH = 0, VIB_SPANISH = 1 } vib_language;

/** @return 1 when built with cairo; else 0, and everything below fails, saying so. Thread-safety: safe. */
VIB_API int vib_show_available(void);

/** The most runs one picture compares. */
enum { VIB_SHOW_RUNS = 14 };

/**
 * Accuracy and loss over the epochs, from the log.csv of one run, training and validation, the best epoch
 * marked; of 2 to VIB_SHOW_RUNS runs, one line each: validation where a run has it, else training.
 *
 * @param runs     folders, borrowed
 * @param n        how many
 * @param language of the words
 * @param file     where to, borrowed
 * @return as all · VIB_BAD_MODEL  a folder has no log.csv with a finished epoch (logged)
 *
 * Thread-safety: safe.
 */
VIB_API int vib_show_curves(const char *const *runs, size_t n, vib_language language, const char *file);

/**
 * The confusion matrix: counts, and shades for the share of each true class.
 *
 * @param model    for the names of the classes; borrowed
 * @param e        from vib_model_evaluate with the same model; borrowed
 * @param language of the words
 * @param file     where to, borrowed
 * @return as all
 *
 * Thread-safety: safe.
 */
VIB_API int vib_show_confusion(const vib_model *model, const vib_evaluation *e, vib_language language,
                               const char *file);

#ifdef __cplusplus
}
#endif

#endif
