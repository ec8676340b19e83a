/* Text files built into the library (tools/embed.py): kernels/, recipes/, pages/. */
#ifndef VIB_BASE_EMBEDDED_H
#define VIB_BASE_EMBEDDED_H

#include <stddef.h>

typedef struct vib_embedded {
    const char *name; /* "conv2d.cl"; NULL ends the table */
    const char *text; /* followed by a zero byte */
    size_t size;
} vib_embedded;

extern const vib_embedded vib_embedded_kernels[];
extern const vib_embedded vib_embedded_recipes[];
extern const vib_embedded vib_embedded_pages[];

#endif
