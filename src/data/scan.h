/* A folder of class folders → a data set. */
#ifndef VIB_DATA_SCAN_H
#define VIB_DATA_SCAN_H

#include "data/index.h"

/* Walks every class folder of `root` (K1, K3, K4 with `keras`). Logs what is passed over, and the reason of a
 * failure: VIB_BAD_DATA when there are not two classes with pictures, VIB_FAILED. */
int vib_dataset_scan(const char *root, int keras, vib_dataset **out);

/* 1 when `path` is a folder that holds folders which could be classes. */
int vib_holds_classes(const char *path);

#endif
