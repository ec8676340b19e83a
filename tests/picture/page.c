/* What pages are made of: templates, words, pictures as text, and the limits of a sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "picture/page/facts.h"
#include "picture/page/image.h"
#include "picture/page/look.h"
#include "picture/page/template.h"

/* RFC 4648, 10. */
static void base64_is_the_standard_s(void **unused)
{
    (void)unused;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xfe", "//4="}};
    for (size_t i = 0; i < VIB_COUNT(pairs); i++) {
        vib_str out = {0};
        vib_base64(pairs[i][0], strlen(pairs[i][0]), &out);
        assert_string_equal(out.text ? out.text : "", pairs[i][1]);
        vib_str_free(&out);
    }
}

/* Wilson's limits, worked out apart from the program. */
static void limits_of_a_sample(void **unused)
{
    (void)unused;
    double low, high;
    vib_wilson(930, 1000, &low, &high);
    assert_true(fabs(low - 0.9124854) < 1e-6 && fabs(high - 0.9442236) < 1e-6);
    vib_wilson(10, 10, &low, &high);
    assert_true(fabs(low - 0.7224672) < 1e-6 && fabs(high - 1) < 1e-9);
    vib_wilson(0, 10, &low, &high);
    assert_true(low == 0 && fabs(high - 0.2775328) < 1e-6);
}

/* Names can hold anything: no page may take them for markup, or for a place to be filled. */
static void names_stay_text(void **unused)
{
    (void)unused;
    vib_str html = {0};
    json_t *words = vib_page_words(VIB_ENGLISH);
    json_t *data =
        json_pack("{s:s, s:s, s:s, s:[], s:[], s:b, s:s, s:s}", "id", "look-0", "heading",
                  "<script>alert(1)</script>", "file", "\"'&{{_title}}{answer}.jpg", "probabilities",
                  "stages", "open", 1, "picture", "data:,", "size", "8 \xc3\x97 8");
    assert_non_null(words);
    assert_non_null(data);
    assert_int_equal(vib_page_fill("look.html", data, words, &html), 0);
    assert_non_null(strstr(html.text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_null(strstr(html.text, "<script>"));
    assert_non_null(strstr(html.text, "&quot;&#39;&amp;{{_title}}{answer}.jpg"));
    assert_null(strstr(html.text, "Grad-CAM")); /* there is none: its section is left out */
    vib_str_free(&html);
    json_decref(data);
    json_decref(words);
}

/* A place that nothing fills is a mistake of ours, and no page. */
static void what_is_missing_is_said(void **unused)
{
    (void)unused;
    vib_str html = {0};
    json_t *words = vib_page_words(VIB_SPANISH), *data = json_object();
    assert_int_equal(vib_page_fill("look.html", data, words, &html), VIB_FAILED);
    assert_null(vib_page_word(words, "no such word", data));
    assert_null(vib_page_word(words, "speed_value", data));
    json_object_set_new(data, "rate", json_string("1 < 2"));
    char *text = vib_page_word(words, "speed_value", data);
    assert_string_equal(text, "1 < 2 im\xc3\xa1genes por segundo"); /* a text, not yet markup */
    free(text);
    vib_str_free(&html);
    json_decref(data);
    json_decref(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_the_standard_s),
        cmocka_unit_test(limits_of_a_sample),
        cmocka_unit_test(names_stay_text),
        cmocka_unit_test(what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
