#include "network/arena.h"

#include <stdlib.h>

#include "base/mem.h"

int vib_arena_add(vib_arena *arena, size_t bytes, const char *what, size_t *chunk, size_t *offset)
{
    const size_t guard = arena->guard ? VIB_GUARD_BYTES : 0;
    const size_t want = vib_round_up(bytes, VIB_ALIGNMENT) + 2 * guard;
    const size_t used = arena->n ? arena->chunks[arena->n - 1].bytes : 0;
    if (want > arena->largest) {
        arena->largest = want;
        arena->largest_what = what;
    }
    if (!arena->n || used > arena->limit || arena->limit - used < want) {
        if (vib_grow(&arena->chunks, &arena->cap, arena->n + 1, sizeof *arena->chunks) < 0)
            return vib_fail(VIB_FAILED, "out of memory");
        arena->chunks[arena->n++] = (vib_chunk){0};
    }
    vib_chunk *last = &arena->chunks[arena->n - 1];
    *chunk = arena->n - 1;
    *offset = last->bytes + guard;
    last->bytes += want;
    return VIB_OK;
}

int vib_arena_allocate(vib_arena *arena, vib_device *dev)
{
    int err = 0;
    for (size_t i = 0; i < arena->n; i++) {
        vib_chunk *c = &arena->chunks[i];
        VIB_TRY(vib_buffer_create(dev, c->bytes, arena->what, &c->buffer));
        VIB_TRY(vib_buffer_fill(c->buffer, 0, c->bytes, arena->guard ? VIB_GUARD_WORD : 0));
    }
fail:
    return err;
}

int vib_arena_like(const vib_arena *from, const char *what, vib_arena *to)
{
    *to = (vib_arena){.what = what, .limit = from->limit, .guard = from->guard};
    if (vib_grow(&to->chunks, &to->cap, from->n, sizeof *to->chunks) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    for (size_t i = 0; i < from->n; i++)
        to->chunks[to->n++] = (vib_chunk){.bytes = from->chunks[i].bytes};
    return VIB_OK;
}

size_t vib_arena_bytes(const vib_arena *arena)
{
    size_t bytes = 0;
    for (size_t i = 0; i < arena->n; i++)
        bytes += arena->chunks[i].bytes;
    return bytes;
}

void vib_arena_free(vib_arena *arena)
{
    for (size_t i = 0; i < arena->n; i++)
        vib_buffer_destroy(&arena->chunks[i].buffer);
    free(arena->chunks);
    *arena = (vib_arena){0};
}
