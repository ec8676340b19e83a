#ifndef VIBRISA_SHOW_H
#define VIBRISA_SHOW_H

#include <stddef.h>
#include <vibrisa/inside.h>
#include <vibrisa/lr_find.h>
#include <vibrisa/model.h>
#include <vibrisa/status.h>
#include <vibrisa/train.h>

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

/**
 * Whether a picture could be written, before the work it is of.
 *
 * @param file where to, borrowed: its ending is looked at
 * @return as all
 *
 * Thread-safety: safe.
 */
VIB_API int vib_show_check(const char *file);

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
 * The losses of a search for a learning rate, as they are and smoothed, the suggestion marked.
 *
 * @param result   from vib_lr_find; borrowed
 * @param language of the words
 * @param file     where to, borrowed
 * @return as all
 *
 * Thread-safety: safe.
 */
VIB_API int vib_show_lr_find(const vib_lr_find_result *result, vib_language language, const char *file);

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

/**
 * The worst mistakes of an evaluation, with file names, truth, answer and its probability.
 *
 * @param model    borrowed
 * @param set      what was evaluated; borrowed
 * @param mistakes from vib_mistakes_add in that evaluation; borrowed
 * @param language of its words
 * @param file     where to, borrowed
 * @return as all · VIB_BAD_DATA  a picture cannot be read any more (logged)
 *
 * Thread-safety: safe.
 */
VIB_API int vib_show_errors(const vib_model *model, const vib_dataset *set, const vib_mistakes *mistakes,
                            vib_language language, const char *file);

/**
 * The first pictures of a run, each as it is and beside it as the network is given it.
 *
 * @param preview  from vib_train_preview; borrowed
 * @param set      the data set it is of; borrowed
 * @param language of its words
 * @param file     where to, borrowed
 * @return as all
 *
 * Thread-safety: safe.
 */
VIB_API int vib_show_batch(const vib_preview *preview, const vib_dataset *set, vib_language language,
                           const char *file);

/**
 * Every filter of a convolution: as tiles, in colour, where it reads the picture's three channels; else as a
 * table of filters and the channels they read.
 *
 * @param model    borrowed
 * @param layer    as vib_model_layer
 * @param language of its words
 * @param file     where to, borrowed
 * @return as all · VIB_USAGE  the layer is no convolution, or has more filters than a picture can hold
 * (logged)
 *
 * Thread-safety: safe.
 */
VIB_API int vib_show_filters(const vib_model *model, int layer, vib_language language, const char *file);

/**
 * What the layers make of a picture: their maps as tiles, each layer in shades of its own.
 *
 * @param model    borrowed
 * @param dev      borrowed
 * @param image    the picture's file, borrowed
 * @param layer    as vib_model_layer: its maps, up to 1024; VIB_LAYER_INPUT: every layer, up to 64 maps each,
 * of deep networks fewer
 * @param language of its words
 * @param file     where to, borrowed
 * @return as all · VIB_BAD_DATA  the picture cannot be read (logged)
 *
 * Thread-safety of this and those below: one thread per device.
 */
VIB_API int vib_show_features(const vib_model *model, vib_device *dev, const char *image, int layer,
                              vib_language language, const char *file);

/**
 * Grad-CAM over a picture: where a layer speaks for a class.
 *
 * @param model       borrowed
 * @param dev         borrowed
 * @param image       the picture's file, borrowed
 * @param layer       as vib_model_cam
 * @param class_index below vib_model_classes; < 0: the network's answer
 * @param language    of its words
 * @param file        where to, borrowed
 * @return as vib_show_features · VIB_USAGE  the layer's output is flat (logged)
 *
 * Thread-safety: one thread per device.
 */
VIB_API int vib_show_cam(const vib_model *model, vib_device *dev, const char *image, int layer,
                         int class_index, vib_language language, const char *file);

/**
 * The receptive field of one output of a layer on a picture.
 *
 * @param model    borrowed
 * @param dev      borrowed
 * @param image    the picture's file, borrowed
 * @param layer    as vib_model_field; one whose output is not flat
 * @param y        row of the output, from 0; < 0: in the middle
 * @param x        column of the output, from 0; < 0: in the middle
 * @param language of its words
 * @param file     where to, borrowed
 * @return as vib_show_features · VIB_USAGE  the layer's output is flat, or y, x is not in it (logged)
 *
 * Thread-safety: one thread per device.
 */
VIB_API int vib_show_field(const vib_model *model, vib_device *dev, const char *image, int layer, int y,
                           int x, vib_language language, const char *file);

/**
 * A filter sliding over a picture while its feature map grows: an animated GIF.
 *
 * @param model    borrowed
 * @param dev      borrowed
 * @param image    the picture's file, borrowed
 * @param layer    of a convolution, as vib_model_layer
 * @param filter   from 0; < 0: the one whose answers differ most over the picture
 * @param language of its words
 * @param file     where to, ends in .gif, borrowed
 * @return as vib_show_features · VIB_USAGE  the layer is no convolution, there is no such filter, or the file
 *         does not end in .gif · VIB_FAILED  also: built without giflib (each logged)
 *
 * Thread-safety: one thread per device.
 */
VIB_API int vib_show_convolution(const vib_model *model, vib_device *dev, const char *image, int layer,
                                 int filter, vib_language language, const char *file);

#ifdef __cplusplus
}
#endif

#endif
