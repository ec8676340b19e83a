#ifndef VIBRISA_RECIPE_H
#define VIBRISA_RECIPE_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Everything about a run, as text (docs/recipes.md). Immutable once loaded. */
typedef struct vib_recipe vib_recipe;

/**
 * Loads a recipe.
 *
 * @param name      a built-in recipe ("default", "notebook"), or else the path of a recipe file
 * @param overrides borrowed; recipe lines that replace the line of the same word, e.g.
 *                  "optimizer adam lr=0.1"; one that begins with + ("+train epochs=30")
 *                  changes the options it names and keeps the others; layer words are refused
 * @param n         how many
 * @param out       the recipe; release with vib_recipe_free
 * @return VIB_OK · VIB_USAGE  a mistake: the log gives file, line, column and the nearest valid word
 *         · VIB_FAILED  out of memory
 *
 * Thread-safety: safe.
 */
VIB_API int vib_recipe_load(const char *name, const char *const *overrides, size_t n, vib_recipe **out);

/**
 * The same from text.
 *
 * @param text      borrowed, ends with a zero byte
 * @param origin    stands for the file name in messages
 * @param overrides borrowed; as there
 * @param n         how many
 * @param out       the recipe; release with vib_recipe_free
 * @return as vib_recipe_load
 *
 * Thread-safety: safe.
 */
VIB_API int vib_recipe_parse(const char *text, const char *origin, const char *const *overrides, size_t n,
                             vib_recipe **out);

/**
 * The recipe with layers frozen: training leaves their weights as they are.
 *
 * @param recipe borrowed
 * @param layers names as in a summary, with commas between them, or "all": every layer that has weights but
 *               the last one
 * @param out    the recipe; release with vib_recipe_free
 * @return VIB_OK · VIB_USAGE  a name that is not a layer's, or of a layer without weights · VIB_FAILED
 *
 * Thread-safety: safe.
 */
VIB_API int vib_recipe_freeze(const vib_recipe *recipe, const char *layers, vib_recipe **out);

/** Releases and sets to NULL; NULL is fine. */
VIB_API void vib_recipe_free(vib_recipe **recipe);

/** Canonical text with every default spelled out; owned by the recipe. */
VIB_API const char *vib_recipe_text(const vib_recipe *recipe);

/** 1 when the recipe reads folders and pictures as Keras does: what vib_dataset_params.keras should be. */
VIB_API int vib_recipe_keras(const vib_recipe *recipe);

/** Name of the k-th built-in recipe, or NULL past the last; help text in *about if not NULL. Both static.
 * Thread-safety: safe. */
VIB_API const char *vib_recipe_builtin(size_t k, const char **about);

/** One line of a summary: a layer with its cost. Sizes are per picture. */
typedef struct vib_summary_row {
    char name[64];               ///< Keras's name, e.g. "conv2d_1"
    char type[32];               ///< Keras's class, e.g. "Conv2D"
    int height, width, channels; ///< output; height and width are 0 for flat outputs
    uint64_t parameters;         ///< values kept in the model, trained or not
    uint64_t trained;            ///< of these, what training changes by gradients
    uint64_t multiply_adds;      ///< forward
    int receptive_field;         ///< pixels along a side of the input that one output sees; 0: all
    int jump;                    ///< input pixels between neighbouring outputs
    uint64_t dense_parameters;   ///< what a dense layer with the same output would need; 0: not a conv
} vib_summary_row;

/** What a network costs. */
typedef struct vib_summary {
    int input_height, input_width, input_channels; ///< pixels, pixels, 3 or 1
    vib_summary_row *rows;                         ///< n, in the order of the recipe
    size_t n;
    uint64_t parameters;       ///< total, trained or not
    uint64_t trained;          ///< of these, what training changes by gradients
    uint64_t multiply_adds;    ///< total forward, per picture
    uint64_t weight_bytes;     ///< parameters, gradients and the optimizer's moments
    uint64_t activation_bytes; ///< activations and their gradients at `batch`
    int batch;                 ///< the recipe's, pictures
} vib_summary;

/**
 * Computes the summary of a recipe's network. Needs no device.
 *
 * @param recipe  borrowed
 * @param classes used by `classify`; 0: 2
 * @param out     release with vib_summary_free
 * @return VIB_OK · VIB_USAGE  shapes that do not fit (logged) · VIB_FAILED  out of memory
 *
 * Thread-safety: safe.
 */
VIB_API int vib_recipe_summary(const vib_recipe *recipe, int classes, vib_summary *out);
/** Frees the rows and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_summary_free(vib_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
