/* A labels.csv → data sets. */
#ifndef VIB_DATA_LABELS_H
#define VIB_DATA_LABELS_H

#include "data/index.h"

/* Reads `path,label[,split]`, with or without those names on the first line. Paths are below the file's own
 * folder. *validation is NULL when no line says validation or test. Errors are logged with file and line:
 * VIB_BAD_DATA, VIB_FAILED. */
int vib_labels_open(const char *file, vib_dataset **train, vib_dataset **validation);

#endif
