/* Options as tables: what is read, what is refused with which reason, and what is printed. */
#include "base/field.h"

#include <float.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct options {
    int filters;
    vib_size kernel;
    double rate;
    int padding, resize, hflip;
    vib_range_value zoom;
    double shear;
    int steps;
} options;

static const char *const paddings[] = {"valid", "same", NULL};
static const char *const resizes[] = {"nearest", "antialias", NULL};
#define AT(m) offsetof(options, m)
static const vib_field fields[] = {
    {"filters", "output channels", VIB_FIELD_INT, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, AT(filters), 1,
     512},
    {"kernel", "window", VIB_FIELD_SIZE, VIB_FIELD_POSITIONAL, AT(kernel), 1, 255, 3, 3},
    {"rate", "step", VIB_FIELD_REAL, 0, AT(rate), 0, 1, 0.001},
    {"padding", "zeros", VIB_FIELD_CHOICE, VIB_FIELD_BARE, AT(padding), .choices = paddings},
    {"resize", "filter", VIB_FIELD_CHOICE, 0, AT(resize), .def = 1, .choices = resizes},
    {"hflip", "mirror", VIB_FIELD_FLAG, 0, AT(hflip)},
    {"zoom", "factors", VIB_FIELD_RANGE, VIB_FIELD_OPTIONAL, AT(zoom), 0.01, 100, 1, 1},
    {"shear", "angle", VIB_FIELD_ANGLE, 0, AT(shear), 0, 89},
    {"steps", "batches", VIB_FIELD_COUNT, 0, AT(steps), 1, INT_MAX},
    {0},
};

enum { MAX_TOKENS = 16 };

static size_t split(char *line, vib_token *tokens)
{
    size_t n = 0;
    for (char *s = strtok(line, " "); s; s = strtok(NULL, " "))
        tokens[n++] = (vib_token){s, 1, (int)(s - line) + 1};
    return n;
}

static int parse(const char *text, options *o, vib_str *why, size_t *at)
{
    char line[256];
    vib_token tokens[MAX_TOKENS];
    strcpy(line, text);
    vib_fields_default(fields, o);
    return vib_fields_parse(fields, o, tokens, split(line, tokens), why, at);
}

static void test_defaults(void **state)
{
    (void)state;
    options o;
    memset(&o, 0x99, sizeof o);
    vib_fields_default(fields, &o);
    assert_int_equal(o.filters, 0);
    assert_int_equal(o.kernel.h, 3);
    assert_int_equal(o.kernel.w, 3);
    assert_true(o.rate == 0.001);
    assert_int_equal(o.padding, 0);
    assert_int_equal(o.resize, 1);
    assert_int_equal(o.hflip, 0);
    assert_true(o.zoom.low == 1 && o.zoom.high == 1);
    assert_true(o.shear == 0);
    assert_int_equal(o.steps, 0);
}

static void test_read(void **state)
{
    (void)state;
    options o;
    vib_str why = {0};
    size_t at;
    assert_int_equal(parse("32 5x7 same rate=1/255 resize=nearest hflip zoom=0.8..1.2 shear=0.2deg steps=60",
                           &o, &why, &at),
                     0);
    assert_int_equal(o.filters, 32);
    assert_int_equal(o.kernel.h, 5);
    assert_int_equal(o.kernel.w, 7);
    assert_int_equal(o.padding, 1);
    assert_true(o.rate == 1.0 / 255);
    assert_int_equal(o.resize, 0);
    assert_int_equal(o.hflip, 1);
    assert_true(o.zoom.low == 0.8 && o.zoom.high == 1.2);
    assert_true(o.shear == 0.2);
    assert_int_equal(o.steps, 60);
    assert_null(why.text);

    /* Any order, names for positional ones, square sizes, `all`. */
    assert_int_equal(parse("hflip=no steps=all kernel=4 valid 8", &o, &why, &at), 0);
    assert_int_equal(o.filters, 8);
    assert_int_equal(o.kernel.h, 4);
    assert_int_equal(o.kernel.w, 4);
    assert_int_equal(o.steps, 0);
    assert_int_equal(o.hflip, 0);
    assert_int_equal(parse("8 rate=1e-3", &o, &why, &at), 0);
    assert_true(o.rate == 0.001);
    vib_str_free(&why);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        const char *reason;
    } cases[] = {
        {"", 0, "filters is missing: output channels"},
        {"3x3 same", 0, "filters must be a whole number, not \"3x3\""},
        {"0", 0, "filters must be from 1 to 512, not \"0\""},
        {"513", 0, "filters must be from 1 to 512, not \"513\""},
        {"99999999999", 0, "filters must be a whole number"},
        {"3.5", 0, "filters must be a whole number"},
        {"-1", 0, "filters must be from 1 to 512, not \"-1\""},
        {"32 3x", 1, "kernel must be a size such as 64x64, height before width, not \"3x\""},
        {"32 3x3x3", 1, "kernel must be a size"},
        {"32 0x3", 1, "kernel must be from 1 to 255, not \"0x3\""},
        {"32 3x256", 1, "kernel must be from 1 to 255, not \"3x256\""},
        {"32 3x3 sam", 2, "unexpected \"sam\"; did you mean \"same\"?"},
        {"32 sane", 1, "unexpected \"sane\"; did you mean \"same\"?"},
        {"32 3 4", 2, "unexpected \"4\""},
        {"32 padding=sme", 1, "padding must be valid or same, not \"sme\"; did you mean \"same\"?"},
        {"32 resize=neares", 1, "did you mean \"nearest\"?"},
        {"32 nearest", 1, "unexpected \"nearest\""},
        {"32 rat=0.1", 1, "unknown option \"rat\"; did you mean \"rate\"?"},
        {"32 qqqqqq=0.1", 1, "unknown option \"qqqqqq\""},
        {"32 rate=1/0", 1, "rate must be a number such as 0.001 or 1/255, not \"1/0\""},
        {"32 rate=1/2/3", 1, "rate must be a number"},
        {"32 rate=nan", 1, "rate must be a number"},
        {"32 rate=inf", 1, "rate must be a number"},
        {"32 rate=0x1p-3", 1, "rate must be a number"},
        {"32 rate=1e999", 1, "rate must be a number"},
        {"32 rate=", 1, "rate must be a number"},
        {"32 rate=2", 1, "rate must be from 0 to 1, not \"2\""},
        {"32 rate=0.1 rate=0.2", 2, "rate is given twice"},
        {"32 same same", 2, "padding is given twice"},
        {"32 hflip hflip=no", 2, "hflip is given twice"},
        {"32 hflip=maybe", 1, "hflip must be yes or no, not \"maybe\""},
        {"32 shear=0.2", 1, "shear must be an angle such as 0.2deg, not \"0.2\""},
        {"32 shear=90deg", 1, "shear must be from 0deg to 89deg, not \"90deg\""},
        {"32 zoom=0.8", 1, "zoom must be a range such as 0.8..1.2, not \"0.8\""},
        {"32 zoom=1.2..0.8", 1, "zoom must begin with its smaller end, not \"1.2..0.8\""},
        {"32 zoom=0..1", 1, "zoom must be from 0.01 to 100, not \"0..1\""},
        {"32 steps=0", 1, "steps must be all or at least 1, not \"0\""},
        {"32 steps=some", 1, "steps must be a whole number or all, not \"some\""},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        options o;
        vib_str why = {0};
        size_t at = 99;
        assert_int_equal(parse(cases[i].text, &o, &why, &at), VIB_USAGE);
        assert_non_null(why.text);
        if (!strstr(why.text, cases[i].reason) || at != cases[i].at) {
            print_error("%s: %zu: %s\n", cases[i].text, at, why.text);
            fail();
        }
        vib_str_free(&why);
    }
}

static void test_required_is_kept(void **state)
{
    (void)state;
    options o;
    vib_str why = {0};
    size_t at;
    const vib_token more = {"rate=0.5", 1, 1};
    assert_int_equal(parse("7", &o, &why, &at), 0);
    assert_int_equal(vib_fields_parse(fields, &o, &more, 1, &why, &at), 0);
    assert_int_equal(o.filters, 7);
    assert_true(o.rate == 0.5);
}

static void test_print(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"32", " 32 3x3 rate=0.001 valid resize=antialias hflip=no shear=0deg steps=all"},
        {"32 5x7 same rate=1/255 resize=nearest hflip zoom=0.8..1.2 shear=0.2deg steps=60",
         " 32 5x7 rate=1/255 same resize=nearest hflip zoom=0.8..1.2 shear=0.2deg steps=60"},
        {"1 rate=0.0000001", " 1 3x3 rate=1e-7 valid resize=antialias hflip=no shear=0deg steps=all"},
    };
    for (size_t i = 0; i < VIB_COUNT(cases); i++) {
        options o, again;
        vib_str why = {0}, out = {0};
        size_t at;
        assert_int_equal(parse(cases[i].text, &o, &why, &at), 0);
        vib_fields_print(fields, &o, &out);
        assert_string_equal(out.text, cases[i].printed);
        assert_int_equal(parse(out.text, &again, &why, &at), 0);
        assert_memory_equal(&o.kernel, &again.kernel, sizeof o.kernel);
        assert_true(o.rate == again.rate && o.shear == again.shear);
        vib_str_free(&out);
    }
}

/* Every double comes back as itself. */
static void test_numbers_round_trip(void **state)
{
    (void)state;
    static const double values[] = {0,   1,          0.1,     1.0 / 3, 2.0 / 3,  1e-300,      DBL_MIN,
                                    0.5, 1.0 / 1023, 1.0 / 7, 1e-7,    0.999999, 1.0 / 65535, 5e-324};
    for (size_t i = 0; i < VIB_COUNT(values); i++) {
        options o, again;
        vib_str why = {0}, out = {0};
        size_t at;
        assert_int_equal(parse("1", &o, &why, &at), 0);
        o.rate = values[i];
        vib_fields_print(fields, &o, &out);
        assert_int_equal(parse(out.text, &again, &why, &at), 0);
        assert_true(again.rate == values[i]);
        vib_str_free(&out);
    }
}

/* A positional field left out leaves the ones after it their names. */
static void test_optional_positional(void **state)
{
    (void)state;
    typedef struct pair {
        int a, b;
    } pair;
    static const vib_field two[] = {
        {"a", "", VIB_FIELD_INT, VIB_FIELD_POSITIONAL | VIB_FIELD_OPTIONAL, offsetof(pair, a), 0, 9, 1},
        {"b", "", VIB_FIELD_INT, VIB_FIELD_POSITIONAL, offsetof(pair, b), 0, 9, 2},
        {0},
    };
    vib_str out = {0};
    vib_fields_print(two, &(pair){1, 5}, &out);
    assert_string_equal(out.text, " b=5");
    vib_str_free(&out);
    vib_fields_print(two, &(pair){3, 5}, &out);
    assert_string_equal(out.text, " 3 5");
    vib_str_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_required_is_kept),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_numbers_round_trip),
        cmocka_unit_test(test_optional_positional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
