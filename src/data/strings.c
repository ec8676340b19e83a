#include "data/strings.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16 };

struct block {
    struct block *next;
    char text[];
};

struct vib_arena_strings {
    atomic_int references;
    struct block *blocks; /* the newest first */
    size_t left;          /* in the newest */
    char *at;
};

vib_arena_strings *vib_strings_create(void)
{
    vib_arena_strings *s = calloc(1, sizeof *s);
    if (s)
        atomic_init(&s->references, 1);
    return s;
}

vib_arena_strings *vib_strings_share(vib_arena_strings *strings)
{
    atomic_fetch_add(&strings->references, 1);
    return strings;
}

void vib_strings_release(vib_arena_strings *strings)
{
    if (!strings || atomic_fetch_sub(&strings->references, 1) > 1)
        return;
    for (struct block *b = strings->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(strings);
}

static char *reserve(vib_arena_strings *s, size_t n)
{
    if (n > s->left) {
        const size_t size = n > BLOCK ? n : BLOCK;
        struct block *b = malloc(sizeof *b + size);
        if (!b)
            return NULL;
        b->next = s->blocks;
        s->blocks = b;
        s->at = b->text;
        s->left = size;
    }
    char *p = s->at;
    s->at += n;
    s->left -= n;
    return p;
}

const char *vib_strings_path(vib_arena_strings *strings, const char *folder, const char *name)
{
    const size_t a = strlen(folder), b = strlen(name);
    char *path = reserve(strings, a + (a > 0) + b + 1);
    if (!path)
        return NULL;
    memcpy(path, folder, a);
    if (a)
        path[a] = '/';
    memcpy(path + a + (a > 0), name, b + 1);
    return path;
}
