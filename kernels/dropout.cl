/* dropout: an element is dropped when u < rate, else multiplied by scale. u is the top 24 bits of word i % 4 of
 * Philox4x32-10 with key = seed, counter = (i / 4, step, stream, picture of the batch), i = the element of its picture;
 * so backward is the same kernel over the gradient. One work-item: four elements of picture first_picture + id 1. */
#ifndef NAME
#define NAME dropout
#endif

#define PHILOX CAT(NAME, _philox)
uint4 PHILOX(uint4 c, uint2 k)
{
    for (int i = 0; i < 10; i++) {
        const uint p0 = mul_hi(0xD2511F53u, c.x), p1 = mul_hi(0xCD9E8D57u, c.z);
        c = (uint4) (p1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, p0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
        k += (uint2) (0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}

KERNEL64 void NAME(TENSOR(__global float, to), TENSOR(const __global float, from), const int row, const int count,
                   const int seed_low, const int seed_high, const int step, const int stream, const int first_picture,
                   const float rate, const float scale)
{
    const int first = (int) get_global_id(0) * 4, n = (int) get_global_id(1);
    if (first < count) {
        const uint4 words = PHILOX((uint4) ((uint) first / 4, (uint) step, (uint) stream, (uint) (first_picture + n)),
                                   (uint2) ((uint) seed_low, (uint) seed_high));
        const uint word[4] = {words.x, words.y, words.z, words.w};
        for (int j = 0; j < 4 && first + j < count; j++) {
            const int h = (first + j) / row, i = (first + j) % row;
            const float u = (float) (word[j] >> 8) * 5.9604644775390625e-8f;
            const float v = ROW(from, n, h)[i];
            ROW(to, n, h)[i] = u < rate ? 0.0f : v * scale;
        }
    }
}
