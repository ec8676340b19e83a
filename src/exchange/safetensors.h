/* The .safetensors container: u64 header length, JSON, raw little-endian data.
 * Source: the format's specification in the safetensors repository (README, "Format"). */
#ifndef VIB_EXCHANGE_SAFETENSORS_H
#define VIB_EXCHANGE_SAFETENSORS_H

#include "base/common.h"

typedef struct vib_tensor_record {
    const char *name; /* "conv2d/kernel" */
    int rank;
    uint64_t dims[8];
    const float *data; /* F32 only; row-major */
    size_t count;
} vib_tensor_record;

typedef struct vib_metadata {
    const char *key, *value;
} vib_metadata;

/* A file in memory. */
typedef struct vib_safetensors {
    vib_tensor_record *tensors; /* in the order of their data */
    size_t n_tensors;
    vib_metadata *metadata;
    size_t n_metadata;
    int has_hash;  /* it carried our SHA-256, and it matched */
    char hash[65]; /* identity: SHA-256 of the file with `sha256` and `provenance` blanked */
    void *owner;   /* owns everything above */
} vib_safetensors;

/* Reads and checks every field: sizes, bounds, overlaps, duplicate names, UTF-8, and the SHA-256 when
 * present. Returns 0, or VIB_BAD_MODEL (logged: path and what is wrong), VIB_FAILED. */
int vib_safetensors_read(const char *path, vib_safetensors *out);
/* The same from memory; `path` is for messages. */
int vib_safetensors_parse(const char *path, const void *data, size_t size, vib_safetensors *out);
void vib_safetensors_free(vib_safetensors *file);

/* Value of a metadata key, or NULL. */
const char *vib_safetensors_get(const vib_safetensors *file, const char *key);
const vib_tensor_record *vib_safetensors_tensor(const vib_safetensors *file, const char *name);

/* Writes atomically (vib_file_write), adding the `vibrisa` and `sha256` fields. Keys are written in the order
 * given, so the same input gives the same bytes. */
int vib_safetensors_write(const char *path, const vib_tensor_record *tensors, size_t n_tensors,
                          const vib_metadata *metadata, size_t n_metadata, const char *backup);

#endif
