/* Names as they may be shown, and messages that hold them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <vibrisa/log.h>

#include "../capture.h"
#include "base/common.h"

static void test_escape(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"cats/1 2.jpg", "cats/1 2.jpg"},
        {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
        {"\x1b[31mred\x7f", "\\x1B[31mred\\x7F"},
        {"\xC3\xB1\xE2\x82\xAC\xF0\x9F\x90\xB1", "\xC3\xB1\xE2\x82\xAC\xF0\x9F\x90\xB1"},
        {"\xC3", "\\xC3"},
        {"\xE2\x82x", "\\xE2\\x82x"},
        {"\xC0\x80\xED\xA0\x80", "\\xC0\\x80\\xED\\xA0\\x80"}, /* overlong; a surrogate */
        {"\xC2\x9B"
         "1m",
         "\\xC2\\x9B1m"}, /* a terminal's other escape */
        {"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
        {"", ""},
    };
    char out[64];
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        assert_int_equal(vib_escape(cases[i][0], out, sizeof out), strlen(cases[i][1]));
        assert_string_equal(out, cases[i][1]);
        assert_int_equal(vib_escape(cases[i][0], NULL, 0), strlen(cases[i][1]));
    }
    /* Cut before a character, never within. */
    assert_int_equal(vib_escape("ab\nc", out, 4), 5);
    assert_string_equal(out, "ab");
    assert_int_equal(vib_escape("a\xE2\x82\xAC"
                                "b",
                                out, 4),
                     5);
    assert_string_equal(out, "a");
}

static void test_messages(void **state)
{
    (void)state;
    capture_start();
    assert_int_equal(vib_fail(VIB_BAD_DATA, "%s: bad", "x\ny\x1b"), VIB_BAD_DATA);
    assert_captured("x\\ny\\x1B: bad");
    /* Of any length. */
    char *path = malloc(3001);
    assert_non_null(path);
    memset(path, '\n', 3000);
    path[3000] = 0;
    capture_start();
    vib_warn("%s", path);
    assert_captured("\\n\\n\\n");
    assert_null(strchr(captured, '\n'));
    free(path);
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escape), cmocka_unit_test(test_messages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
