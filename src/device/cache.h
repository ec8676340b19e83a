/* A folder of built programs. Drivers crash on damaged binaries, so a file is checked in full before its
 * payload is given out, and anything odd about it means: not there. No OpenCL here. */
#ifndef VIB_DEVICE_CACHE_H
#define VIB_DEVICE_CACHE_H

#include "base/common.h"

enum { VIB_CACHE_KEY = 32 };

/* SHA-256 over the texts, each with its length. */
void vib_cache_key(const char *const *texts, size_t n, unsigned char key[VIB_CACHE_KEY]);

/* Path of a key's file; NULL when out of memory. Owned by the caller (free). */
char *vib_cache_path(const char *folder, const unsigned char key[VIB_CACHE_KEY]);

/* The payload kept under the key, owned by the caller (free), or NULL; says why at debug level. */
unsigned char *vib_cache_load(const char *folder, const unsigned char key[VIB_CACHE_KEY], size_t *size);

/* Keeps a payload; a folder that cannot be written is only mentioned. Old files make room. */
void vib_cache_store(const char *folder, const unsigned char key[VIB_CACHE_KEY], const unsigned char *payload,
                     size_t size);

/* Deletes the files used longest ago until all are at most `limit` bytes. */
void vib_cache_trim(const char *folder, uint64_t limit);

/* $XDG_CACHE_HOME/vibrisa or ~/.cache/vibrisa, owned by the caller; NULL: neither variable is set. */
char *vib_cache_default_folder(void);

#endif
