#ifndef VIB_BASE_STR_H
#define VIB_BASE_STR_H

#include <stddef.h>

#include "base/common.h"

/* A growing string. {0} is empty and valid; text is NULL until something is added. A failed allocation is
 * remembered in `failed` and everything after it ignored, so only the end needs a check. */
typedef struct vib_str {
    char *text;
    size_t len, cap;
    int failed;
} vib_str;

void vib_str_add(vib_str *s, const char *text);
void vib_str_add_n(vib_str *s, const char *text, size_t n);
void vib_str_printf(vib_str *s, const char *fmt, ...) VIB_PRINTF(2, 3);
void vib_str_free(vib_str *s);

/* The candidate nearest to word by edit distance, or NULL when none is near enough to suggest. */
const char *vib_nearest(const char *word, const char *const *candidates, size_t n);

#endif
