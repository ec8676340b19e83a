#include "data/cache.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct vib_cache {
    size_t size, n;
    atomic_llong room; /* pictures that still fit */
    _Atomic(unsigned char *) pictures[];
};

vib_cache *vib_cache_create(size_t n, size_t size, uint64_t limit)
{
    vib_cache *cache = malloc(sizeof *cache + n * sizeof *cache->pictures);
    if (!cache)
        return NULL;
    cache->size = size;
    cache->n = n;
    atomic_init(&cache->room, (long long)(limit / size > n ? n : limit / size));
    for (size_t i = 0; i < n; i++)
        atomic_init(&cache->pictures[i], NULL);
    return cache;
}

void vib_cache_destroy(vib_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->n; i++)
        free(atomic_load(&cache->pictures[i]));
    free(cache);
}

const unsigned char *vib_cache_get(const vib_cache *cache, size_t i)
{
    return atomic_load_explicit(&cache->pictures[i], memory_order_acquire);
}

void vib_cache_put(vib_cache *cache, size_t i, const unsigned char *pixels)
{
    if (atomic_fetch_sub(&cache->room, 1) <= 0) {
        atomic_fetch_add(&cache->room, 1);
        return;
    }
    unsigned char *copy = malloc(cache->size), *none = NULL;
    if (copy)
        memcpy(copy, pixels, cache->size);
    if (!copy || !atomic_compare_exchange_strong(&cache->pictures[i], &none, copy)) {
        free(copy);
        atomic_fetch_add(&cache->room, 1);
    }
}
