#ifndef VIB_BASE_MEM_H
#define VIB_BASE_MEM_H

#include <stddef.h>

/* Zeroed; NULL when out of memory or when n × size overflows. Never NULL for a size of zero. */
void *vib_calloc(size_t n, size_t size);

/* Grows to at least n elements, geometrically; *cap is in elements. The array is left alone on failure (-1).
 */
int vib_grow(void *array, size_t *cap, size_t n, size_t size);

/* Copy of a string, or of its first n bytes; NULL when out of memory. */
char *vib_strdup(const char *s);
char *vib_strndup(const char *s, size_t n);

#endif
