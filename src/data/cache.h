/* Decoded pictures, kept in memory and then in a temporary file without a name: each is written once, by
 * whichever thread was first, and read without locks. */
#ifndef VIB_DATA_CACHE_H
#define VIB_DATA_CACHE_H

#include <stddef.h>
#include <stdint.h>

typedef struct vib_cache vib_cache;

typedef struct vib_cache_params {
    size_t n;        /* pictures 0..n-1 */
    size_t size;     /* bytes of each */
    uint64_t memory; /* bytes in memory at most; what has no room there goes to */
    uint64_t file;   /* a file in vib_cache_folder(), bytes at most; 0: none is made */
} vib_cache_params;

/* $TMPDIR, or /var/tmp: /tmp may itself be memory. Borrowed from the environment. */
const char *vib_cache_folder(void);

/* Returns 0, or VIB_FAILED (logged): out of memory, or the file cannot be made. */
int vib_cache_create(const vib_cache_params *params, vib_cache **out);
/* NULL is fine. */
void vib_cache_destroy(vib_cache *cache);

/* Copies picture i to `pixels`: 1, or 0 when it is not there. */
int vib_cache_get(vib_cache *cache, size_t i, unsigned char *pixels);
/* Keeps a copy if there is room; a picture already there stays. */
void vib_cache_put(vib_cache *cache, size_t i, const unsigned char *pixels);

/* Pictures kept. */
size_t vib_cache_count(vib_cache *cache);
/* The positive errno with which the file failed, for the first to ask; otherwise 0. After it nothing more is
 * written. What is in the file is still read, unless reading failed, or the disk is full: then the file's
 * room has been given back. */
int vib_cache_failed(vib_cache *cache);

#endif
