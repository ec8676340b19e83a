/* The words of a recipe that are not layers: one table for reading, printing and help. */
#ifndef VIB_RECIPE_WORDS_H
#define VIB_RECIPE_WORDS_H

#include "base/field.h"
#include "network/augment.h"
#include "recipe/recipe.h"

typedef struct vib_settings {
    struct {
        vib_size size;
        int color, resize, fit, compat;
    } image;
    struct {
        double factor;
    } rescale;
    vib_augment augment; /* compat is keras29 */
    struct {
        int function; /* vib_loss - 1, or -1 */
        double label_smoothing;
    } loss;
    struct {
        int method;
        double lr, beta1, beta2, epsilon; /* lr < 0: the method's own default, weight_decay likewise */
        double momentum, weight_decay, clip_norm;
        int nesterov;
    } optimizer;
    vib_schedule schedule;
    struct {
        int epochs, batch, steps, rounds, shuffle;
        vib_list_value class_weight;
    } train;
    vib_stop stop;
    struct {
        int steps, order;
    } validate;
    struct {
        int pictures;
    } evaluate;
} vib_settings;

typedef enum vib_word_id {
    VIB_WORD_IMAGE,
    VIB_WORD_RESCALE,
    VIB_WORD_AUGMENT,
    VIB_WORD_LOSS,
    VIB_WORD_OPTIMIZER,
    VIB_WORD_SCHEDULE,
    VIB_WORD_TRAIN,
    VIB_WORD_STOP,
    VIB_WORD_VALIDATE,
    VIB_WORD_EVALUATE,
    VIB_WORDS,
} vib_word_id;

typedef struct vib_word {
    const char *name, *help;
    const vib_field *fields;
    size_t offset; /* into vib_settings */
    int optional;  /* left out of canonical text when the recipe does not have it */
} vib_word;

/* In the order of canonical text. */
extern const vib_word vib_words[VIB_WORDS];

static inline void *vib_word_options(vib_settings *settings, vib_word_id id)
{
    return (char *)settings + vib_words[id].offset;
}

#endif
