/* How training, evaluation and prediction set up the loader. */
#ifndef VIB_TRAIN_SETUP_H
#define VIB_TRAIN_SETUP_H

#include "data/loader.h"
#include "recipe/recipe.h"

/* The number asked for, or the machine's cores when it is not positive. */
int vib_workers(int asked);

/* Preprocessing of the recipe, no cache; threads that share their cores with the device yield to it. */
vib_loader_params vib_loader_defaults(vib_device *dev, const vib_dataset *set, const vib_recipe *recipe,
                                      int workers);

/* The limit asked for, or a quarter of the machine's memory when it is 0. */
uint64_t vib_cache_budget(uint64_t asked);

/* Bytes of all pictures of a set, decoded. */
uint64_t vib_cache_need(const vib_dataset *set, const vib_recipe *recipe);

#endif
