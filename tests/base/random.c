/* The generator against its published answers, and what is built on it. */
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Random123, tests/kat_vectors: philox4x32 10. */
static void test_known_answers(void **state)
{
    (void)state;
    static const uint32_t cases[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e,
         0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
         0x5001e420, 0x24126ea1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        vib_philox4x32(cases[i], cases[i] + 4, out);
        assert_memory_equal(out, cases[i] + 6, sizeof out);
    }
}

/* key = seed, counter = (index low, index high, stream, draw) */
static void test_counter_layout(void **state)
{
    (void)state;
    const uint64_t seed = 0x299f31d0a4093822, index = 0x85a308d3243f6a88;
    assert_int_equal(vib_random_u32(seed, 0x13198a2e, index, 0x03707344), 0xd16cfe09);
    assert_true(vib_random_unit(seed, 0x13198a2e, index, 0x03707344) == (float)0xd16cfe * 0x1p-24f);
}

static void test_unit_range(void **state)
{
    (void)state;
    double sum = 0;
    const int n = 10000;
    for (int i = 0; i < n; i++) {
        const float u = vib_random_unit(1, VIB_STREAM_AUGMENT, (uint64_t)i, VIB_DRAW_HFLIP);
        assert_true(u >= 0 && u < 1);
        sum += (double)u;
    }
    assert_true(sum / n > 0.48 && sum / n < 0.52);
}

static void test_permutation(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 3, 97, 1000, 65537};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const uint32_t n = sizes[k];
        uint32_t *order = calloc(n + 1, sizeof *order), *again = calloc(n + 1, sizeof *again);
        unsigned char *seen = calloc(n + 1, 1);
        assert_true(order && again && seen);
        order[n] = 0x99999999;
        vib_random_permutation(7, VIB_STREAM_SHUFFLE, 3, order, n);
        assert_int_equal(order[n], 0x99999999);
        for (uint32_t i = 0; i < n; i++) {
            assert_true(order[i] < n);
            assert_int_equal(seen[order[i]]++, 0);
        }
        vib_random_permutation(7, VIB_STREAM_SHUFFLE, 3, again, n);
        assert_memory_equal(order, again, n * sizeof *order);
        vib_random_permutation(7, VIB_STREAM_SHUFFLE, 4, again, n);
        if (n >= 97)
            assert_memory_not_equal(order, again, n * sizeof *order);
        free(order);
        free(again);
        free(seen);
    }
}

/* Each of the six orders of three comes up about as often. */
static void test_permutation_is_fair(void **state)
{
    (void)state;
    int counts[27] = {0};
    for (uint64_t epoch = 0; epoch < 6000; epoch++) {
        uint32_t p[3];
        vib_random_permutation(1, VIB_STREAM_SHUFFLE, epoch, p, 3);
        counts[p[0] * 9 + p[1] * 3 + p[2]]++;
    }
    int orders = 0;
    for (int i = 0; i < 27; i++)
        if (counts[i]) {
            orders++;
            assert_in_range(counts[i], 850, 1150);
        }
    assert_int_equal(orders, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),       cmocka_unit_test(test_counter_layout),
        cmocka_unit_test(test_unit_range),          cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_permutation_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
