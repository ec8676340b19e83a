/* How training, evaluation and prediction set up the loader. */
#ifndef VIB_TRAIN_SETUP_H
#define VIB_TRAIN_SETUP_H

#include <vibrisa/train.h>

#include "data/loader.h"
#include "recipe/recipe.h"

/* The number asked for, or the machine's cores when it is not positive. */
int vib_workers(int asked);

/* Preprocessing of the recipe, no cache; threads that share their cores with the device yield to it. */
vib_loader_params vib_loader_defaults(vib_device *dev, const vib_dataset *set, const vib_recipe *recipe,
                                      int workers);

/* Bytes of decoded pictures that may be kept. */
typedef struct vib_cache_room {
    uint64_t memory, file;
} vib_cache_room;

/* Room for `need` bytes; `limit` as in vib_train_params. Warns when they will not all be kept and
 * nobody asked for that. Returns 0, or
 * VIB_FAILED (logged): VIB_CACHE_DISK and no file can be made. */
int vib_cache_plan(vib_cache_place place, uint64_t limit, uint64_t need, vib_cache_room *out);

/* Gives a loader what it needs of the room. */
void vib_cache_share(vib_cache_room *room, uint64_t need, vib_loader_params *params);

/* Bytes of all pictures of a set, decoded. */
uint64_t vib_cache_need(const vib_dataset *set, const vib_recipe *recipe);

#endif
