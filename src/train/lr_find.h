#ifndef VIB_TRAIN_LR_FIND_H
#define VIB_TRAIN_LR_FIND_H

#include <stddef.h>

/* fastai's "valley": index of a suggestion among n losses; *length, of the longest sequence of ever lower
 * ones, is 0 when memory ran out. */
size_t vib_lr_find_valley(const double *loss, size_t n, size_t *length);

#endif
