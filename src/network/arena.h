/* Device memory planned before it is allocated: pieces are handed out of chunks no larger than the device's
 * allocation limit, each piece within one chunk. */
#ifndef VIB_NETWORK_ARENA_H
#define VIB_NETWORK_ARENA_H

#include "device/device.h"

enum { VIB_ALIGNMENT = 512, VIB_GUARD_BYTES = 512 };

/* What surrounds and fills guarded pieces; as floats a number nobody computes. */
#define VIB_GUARD_WORD 0x99999999u

typedef struct vib_chunk {
    size_t bytes;
    vib_buffer *buffer; /* NULL until vib_arena_allocate */
} vib_chunk;

typedef struct vib_arena {
    const char *what; /* "activations", for messages */
    size_t limit;     /* of a chunk; a larger piece gets one of its own, which the device will not allow */
    int guard;        /* 1: VIB_GUARD_BYTES before and after each piece */
    vib_chunk *chunks;
    size_t n, cap;
    size_t largest; /* piece */
    const char *largest_what;
} vib_arena;

/* A place for bytes; *offset is a multiple of VIB_ALIGNMENT. */
int vib_arena_add(vib_arena *arena, size_t bytes, const char *what, size_t *chunk, size_t *offset);

/* Creates the buffers, filled with zeros, or with the guard word when guarded. */
int vib_arena_allocate(vib_arena *arena, vib_device *dev);

/* Another arena of the same shape (gradients and moments beside values). */
int vib_arena_like(const vib_arena *from, const char *what, vib_arena *to);

size_t vib_arena_bytes(const vib_arena *arena);
void vib_arena_free(vib_arena *arena);

#endif
