/* Decoded pictures kept in memory: written once each, by whichever thread was first; read without locks. */
#ifndef VIB_DATA_CACHE_H
#define VIB_DATA_CACHE_H

#include <stddef.h>
#include <stdint.h>

typedef struct vib_cache vib_cache;

/* For pictures 0..n-1 of `size` bytes each, at most `limit` bytes in all. NULL when out of memory. */
vib_cache *vib_cache_create(size_t n, size_t size, uint64_t limit);
/* NULL is fine. */
void vib_cache_destroy(vib_cache *cache);

/* The picture, or NULL; valid as long as the cache. */
const unsigned char *vib_cache_get(const vib_cache *cache, size_t i);
/* Keeps a copy if there is room; a picture already there stays. */
void vib_cache_put(vib_cache *cache, size_t i, const unsigned char *pixels);

#endif
