#include "base/random.h"

void vib_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        const uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint32_t vib_random_u32(uint64_t seed, uint32_t stream, uint64_t index, uint32_t draw)
{
    uint32_t out[4];
    vib_philox4x32((uint32_t[4]){(uint32_t)index, (uint32_t)(index >> 32), stream, draw},
                   (uint32_t[2]){(uint32_t)seed, (uint32_t)(seed >> 32)}, out);
    return out[0];
}

float vib_random_unit(uint64_t seed, uint32_t stream, uint64_t index, uint32_t draw)
{
    return (float)(vib_random_u32(seed, stream, index, draw) >> 8) * 0x1p-24f;
}

void vib_random_permutation(uint64_t seed, uint32_t stream, uint64_t index, uint32_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        const uint32_t x = vib_random_u32(seed, stream, index, i - 1);
        const uint32_t j = (uint32_t)((uint64_t)x * i >> 32);
        const uint32_t t = out[i - 1];
        out[i - 1] = out[j];
        out[j] = t;
    }
}
