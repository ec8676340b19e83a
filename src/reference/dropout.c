#include "base/random.h"
#include "reference/real.h"

/* An element is dropped when u < rate, else divided by 1 - rate. u: the top 24 bits of word i % 4 of Philox
 * with key = seed, counter = (i / 4, step, the layer's stream, picture), i = the element of its picture. */
static void drop(const REF(site) * s, const real *from, real *to)
{
    const vib_dropout_opts *o = s->opts;
    const size_t count = (size_t)s->in.h * s->in.w * s->in.c;
    const float rate = s->step ? (float)o->rate : 0, scale = s->step ? (float)(1 / (1 - o->rate)) : 1;
    const uint32_t key[2] = {(uint32_t)s->seed, (uint32_t)(s->seed >> 32)};
    for (int n = 0; n < s->in.n; n++)
        for (size_t i = 0; i < count; i++, from++, to++) {
            const uint32_t counter[4] = {(uint32_t)(i / 4), (uint32_t)s->step,
                                         VIB_STREAM_LAYER + (uint32_t)s->layer, (uint32_t)n};
            uint32_t words[4];
            vib_philox4x32(counter, key, words);
            *to = (float)(words[i % 4] >> 8) * 0x1p-24f < rate ? 0 : *from * (real)scale;
        }
}

void REF(dropout_forward)(const REF(site) * s)
{
    drop(s, s->x, s->y);
}

void REF(dropout_backward)(const REF(site) * s)
{
    drop(s, s->dy, s->dx);
}
