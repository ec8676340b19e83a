/* Growing strings and the nearest word. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_grow(void **state)
{
    (void)state;
    vib_str s = {0};
    for (int i = 0; i < 1000; i++)
        vib_str_printf(&s, "%d,", i);
    vib_str_add(&s, "end");
    vib_str_add_n(&s, "...", 1);
    assert_int_equal(s.failed, 0);
    assert_int_equal(s.len, 10 * 2 + 90 * 3 + 900 * 4 + 4);
    assert_int_equal(strlen(s.text), s.len);
    assert_memory_equal(s.text, "0,1,2,", 6);
    assert_string_equal(s.text + s.len - 8, "999,end.");
    vib_str_free(&s);
    assert_null(s.text);
    assert_int_equal(s.len, 0);
}

static void test_failure_is_kept(void **state)
{
    (void)state;
    vib_str s = {.failed = 1};
    vib_str_add(&s, "a");
    vib_str_printf(&s, "%d", 1);
    assert_int_equal(s.failed, 1);
    assert_null(s.text);
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"conv2d", "maxpool2d", "flatten", "dense", "relu"};
    const size_t n = VIB_COUNT(words);
    assert_string_equal(vib_nearest("maxpol2d", words, n), "maxpool2d");
    assert_string_equal(vib_nearest("Conv2D", words, n), "conv2d");
    assert_string_equal(vib_nearest("flaten", words, n), "flatten");
    assert_string_equal(vib_nearest("desne", words, n), "dense");
    assert_string_equal(vib_nearest("dense", words, n), "dense");
    assert_string_equal(vib_nearest("rleu", words, n), "relu");
    assert_null(vib_nearest("xyzzy", words, n));
    assert_null(vib_nearest("dense", words, 0));
    assert_null(vib_nearest("a-word-far-longer-than-any-word-a-recipe-knows", words, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_failure_is_kept),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
