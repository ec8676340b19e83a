/* Class folders → a list of labelled paths in a defined order. */
#ifndef VIB_DATA_INDEX_H
#define VIB_DATA_INDEX_H

#include <vibrisa/data.h>

#include "base/common.h"

typedef struct vib_item {
    const char *path; /* relative to the root: "cats/1.jpg" */
    uint64_t bytes;   /* of the file */
    uint32_t label;
} vib_item;

struct vib_dataset {
    char *root;
    char **classes;
    size_t n_classes;
    vib_item *items; /* by class, then as K3 walks */
    size_t n;
    int set_aside;                     /* taken from the training pictures: vib_dataset_set_aside */
    struct vib_arena_strings *strings; /* owns the paths; shared by the two sides of a split */
};

/* As vib_dataset_open, but nothing is set aside: *validation is NULL when the data have no such part. */
int vib_dataset_open_parts(const vib_dataset_params *params, vib_dataset **train, vib_dataset **validation);

/* SHA-256 of `class\0path\0size\n` of every picture in index order. */
void vib_dataset_fingerprint(const vib_dataset *set, unsigned char sha256[32]);

/* A data set of loose files (predict): one class "", no labels. paths are copied; root is ".". */
int vib_dataset_from_paths(const char *const *paths, size_t n, vib_dataset **out);

#endif
