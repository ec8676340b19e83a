/* Many small strings, freed together; counted references. */
#ifndef VIB_DATA_STRINGS_H
#define VIB_DATA_STRINGS_H

#include <stddef.h>

typedef struct vib_arena_strings vib_arena_strings;

vib_arena_strings *vib_strings_create(void);
vib_arena_strings *vib_strings_share(vib_arena_strings *strings);
/* Frees with the last reference; NULL is fine. */
void vib_strings_release(vib_arena_strings *strings);

/* "folder/name", or just name when folder is empty; lives as long as the arena. NULL when out of memory. */
const char *vib_strings_path(vib_arena_strings *strings, const char *folder, const char *name);

#endif
