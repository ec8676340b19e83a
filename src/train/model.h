/* A model file, opened: what evaluation, prediction and a resumed run need of it. */
#ifndef VIB_TRAIN_MODEL_H
#define VIB_TRAIN_MODEL_H

#include <vibrisa/model.h>

#include "exchange/safetensors.h"
#include "recipe/recipe.h"

/* Value of the metadata key `format`. */
#define VIB_MODEL_FORMAT "vibrisa 1"

/* Names of a checkpoint's tensors of a kind: this, then the weight's name. */
const char *vib_weight_prefix(const vib_recipe *recipe, vib_weight_kind kind);

struct vib_model {
    char *path;
    vib_safetensors file;
    vib_recipe *recipe; /* resolved for the classes */
    char **classes;
    size_t n_classes;
    vib_shape *shapes; /* of each layer of the recipe's network */
    vib_layer_need *needs;
};

/* vib_model_open without the search in a folder: exactly this file. */
int vib_model_read(const char *path, vib_model **out);

/* The file to read for a path that may be a run folder. *out is owned by the caller (free). */
int vib_model_find(const char *path, char **out);

/* The network a resolved recipe asks for; nothing is in its weights yet. The recipe is borrowed. */
int vib_model_network(vib_device *dev, const vib_recipe *recipe, uint64_t seed, int batch, int training,
                      vib_network **out);

/* A model's network with its weights, to look inside: unfused; with gradients of everything, or forward only.
 */
int vib_model_network_inside(const vib_model *model, vib_device *dev, int batch, int gradients,
                             vib_network **out);

/* Copies tensors `prefix` + name of a file into a network's weights or moments: each must be there with its
 * shape, else VIB_BAD_MODEL. `path` is for messages. `but`, if not NULL, is a layer that is left as it is. */
int vib_model_load(const vib_safetensors *file, const char *path, const char *prefix, vib_weight_kind kind,
                   const char *but, vib_network *net);

/* Copies the layers of which a file has all weights, by name and shape, and warns of the tensors that did not
 * fit or that nothing asked for. `but` as above. VIB_BAD_MODEL when there is nothing to take. */
int vib_model_load_fitting(const vib_safetensors *file, const char *path, const char *but, vib_network *net);

/* Whether the classes of a data set are the model's, in order: VIB_BAD_MODEL (logged). */
int vib_model_check_classes(const vib_model *model, const vib_dataset *set);

#endif
