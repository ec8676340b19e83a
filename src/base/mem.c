#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *vib_calloc(size_t n, size_t size)
{
    return calloc(n ? n : 1, size ? size : 1);
}

int vib_grow(void *array, size_t *cap, size_t n, size_t size)
{
    if (n <= *cap)
        return 0;
    size_t want = *cap ? *cap : 16;
    while (want < n) {
        if (want > SIZE_MAX / 2)
            return -1;
        want *= 2;
    }
    if (want > SIZE_MAX / size)
        return -1;
    void *old;
    memcpy(&old, array, sizeof old);
    void *p = realloc(old, want * size);
    if (!p)
        return -1;
    memcpy(array, &p, sizeof p);
    *cap = want;
    return 0;
}

char *vib_strndup(const char *s, size_t n)
{
    char *copy = vib_calloc(n + 1, 1);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

char *vib_strdup(const char *s)
{
    return vib_strndup(s, strlen(s));
}
