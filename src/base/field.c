#include "base/field.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 128 };

/* ---- numbers as text ---- */

/* The fewest digits that read back to exactly x: 1000000, 0.001, 1e-7. */
static void decimal(double x, char out[40])
{
    if (fabs(x) < 1e7 && floor(x) == x) {
        snprintf(out, 40, "%.0f", x);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 40, "%.*g", digits, x);
        if (strtod(out, NULL) == x)
            break;
    }
    char *exponent = strchr(out, 'e');
    if (exponent && exponent[2] == '0')
        memmove(exponent + 2, exponent + 3, strlen(exponent + 3) + 1);
}

/* Short, and read back to exactly x; 1/255 where the decimal form would be endless. */
static void add_number(vib_str *out, double x)
{
    char text[40];
    decimal(x, text);
    const double n = floor(1 / x + 0.5);
    if (strlen(text) > 16 && n >= 2 && n <= 65535 && 1 / n == x)
        vib_str_printf(out, "1/%.0f", n);
    else
        vib_str_add(out, text);
}

/* One decimal number filling text[0..n); no hexadecimal, no infinities. */
static int read_decimal(const char *text, size_t n, double *out)
{
    char copy[40], *end;
    if (n == 0 || n >= sizeof copy || strspn(text, "0123456789.+-eE") < n)
        return -1;
    memcpy(copy, text, n);
    copy[n] = 0;
    *out = strtod(copy, &end);
    return *end || !isfinite(*out) ? -1 : 0;
}

/* A decimal number or a fraction. */
static int read_number(const char *text, size_t n, double *out)
{
    const char *slash = memchr(text, '/', n);
    if (!slash)
        return read_decimal(text, n, out);
    const size_t above = (size_t)(slash - text);
    double a, b;
    if (read_decimal(text, above, &a) < 0 || read_decimal(slash + 1, n - above - 1, &b) < 0)
        return -1;
    *out = a / b;
    return isfinite(*out) ? 0 : -1;
}

static int read_int(const char *text, size_t n, int *out)
{
    double x;
    if (n == 0 || strspn(text, "0123456789+-") < n || read_decimal(text, n, &x) < 0 || fabs(x) > INT_MAX)
        return -1;
    *out = (int)x;
    return 0;
}

/* ---- reasons ---- */

static void suggest(vib_str *why, const char *word, const char *const *candidates, size_t n)
{
    const char *nearest = vib_nearest(word, candidates, n);
    if (nearest)
        vib_str_printf(why, "; did you mean \"%s\"?", nearest);
}

static size_t count_choices(const vib_field *f)
{
    size_t n = 0;
    while (f->choices[n])
        n++;
    return n;
}

/* "kernel must be a size such as 3x3, not \"3xx\"" */
static int wrong_form(const vib_field *f, const char *value, vib_str *why)
{
    static const char *const forms[] = {
        [VIB_FIELD_INT] = "a whole number",
        [VIB_FIELD_REAL] = "a number such as 0.001 or 1/255",
        [VIB_FIELD_SIZE] = "a size such as 64x64, height before width",
        [VIB_FIELD_CHOICE] = "",
        [VIB_FIELD_FLAG] = "yes or no",
        [VIB_FIELD_RANGE] = "a range such as 0.8..1.2",
        [VIB_FIELD_ANGLE] = "an angle such as 0.2deg",
        [VIB_FIELD_COUNT] = "a whole number or all",
        [VIB_FIELD_LIST] = "",
    };
    vib_str_printf(why, "%s must be %s, not \"%s\"", f->name, forms[f->type], value);
    return VIB_USAGE;
}

static int wrong_choice(const vib_field *f, const char *value, vib_str *why)
{
    const size_t n = count_choices(f);
    vib_str_printf(why, "%s must be ", f->name);
    for (size_t i = 0; i < n; i++)
        vib_str_printf(why, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", f->choices[i]);
    vib_str_printf(why, ", not \"%s\"", value);
    suggest(why, value, f->choices, n);
    return VIB_USAGE;
}

/* min = max = 0 stands for no limits, a max from INT_MAX on for none above. */
static int check_limits(const vib_field *f, double x, const char *value, vib_str *why)
{
    if (f->min >= f->max || (x >= f->min && x <= f->max))
        return 0;
    const char *unit = f->type == VIB_FIELD_ANGLE ? "deg" : "";
    vib_str_printf(why, "%s must be %s", f->name, f->type == VIB_FIELD_COUNT ? "all or " : "");
    vib_str_add(why, f->max >= INT_MAX ? "at least " : "from ");
    add_number(why, f->min);
    vib_str_add(why, unit);
    if (f->max < INT_MAX) {
        vib_str_add(why, " to ");
        add_number(why, f->max);
        vib_str_add(why, unit);
    }
    vib_str_printf(why, ", not \"%s\"", value);
    return VIB_USAGE;
}

/* Whether it means something with what the first field of its table has. */
static int applies(const vib_field *f, const vib_field *fields, const void *options)
{
    return !f->only || f->only >> *(const int *)((const char *)options + fields->offset) & 1;
}

/* "momentum is not an option of adam; sgd has it" */
static int wrong_method(const vib_field *f, const vib_field *fields, const void *options, vib_str *why)
{
    const int method = *(const int *)((const char *)options + fields->offset);
    int others = 0, left;
    vib_str_printf(why, "%s is not an option of %s", f->name, fields->choices[method]);
    for (int i = 0; fields->choices[i]; i++)
        others += f->only >> i & 1;
    left = others;
    for (int i = 0; fields->choices[i]; i++)
        if (f->only >> i & 1) {
            vib_str_printf(why, "%s%s",
                           left == others ? "; "
                           : left > 1     ? ", "
                                          : " and ",
                           fields->choices[i]);
            left--;
        }
    vib_str_add(why, others > 1 ? " have it" : " has it");
    return VIB_USAGE;
}

/* ---- one value ---- */

static void *at_field(const vib_field *f, void *options)
{
    return (char *)options + f->offset;
}

static int parse_int(const vib_field *f, const char *value, int *out, vib_str *why)
{
    if (f->type == VIB_FIELD_COUNT && strcmp(value, "all") == 0) {
        *out = 0;
        return 0;
    }
    int x;
    if (read_int(value, strlen(value), &x) < 0)
        return wrong_form(f, value, why);
    *out = x;
    return check_limits(f, x, value, why);
}

static int parse_real(const vib_field *f, const char *value, double *out, vib_str *why)
{
    size_t n = strlen(value);
    if (f->type == VIB_FIELD_ANGLE) {
        if (n < 3 || strcmp(value + n - 3, "deg") != 0)
            return wrong_form(f, value, why);
        n -= 3;
    }
    if (read_number(value, n, out) < 0)
        return wrong_form(f, value, why);
    return check_limits(f, *out, value, why);
}

static int parse_size(const vib_field *f, const char *value, vib_size *out, vib_str *why)
{
    const char *x = strchr(value, 'x');
    const size_t n = x ? (size_t)(x - value) : strlen(value);
    if (read_int(value, n, &out->h) < 0)
        return wrong_form(f, value, why);
    out->w = out->h;
    if (x && read_int(x + 1, strlen(x + 1), &out->w) < 0)
        return wrong_form(f, value, why);
    const int err = check_limits(f, out->h, value, why);
    return err < 0 ? err : check_limits(f, out->w, value, why);
}

static int parse_range(const vib_field *f, const char *value, vib_range_value *out, vib_str *why)
{
    const char *dots = strstr(value, "..");
    if (!dots || read_number(value, (size_t)(dots - value), &out->low) < 0 ||
        read_number(dots + 2, strlen(dots + 2), &out->high) < 0)
        return wrong_form(f, value, why);
    if (out->low > out->high) {
        vib_str_printf(why, "%s must begin with its smaller end, not \"%s\"", f->name, value);
        return VIB_USAGE;
    }
    const int err = check_limits(f, out->low, value, why);
    return err < 0 ? err : check_limits(f, out->high, value, why);
}

static int parse_choice(const vib_field *f, const char *value, int *out, vib_str *why)
{
    for (int i = 0; f->choices[i]; i++)
        if (strcmp(f->choices[i], value) == 0) {
            *out = i;
            return 0;
        }
    return wrong_choice(f, value, why);
}

static int parse_list(const vib_field *f, const char *value, vib_list_value *out, vib_str *why)
{
    if (!strchr("0123456789.+-", *value)) {
        out->n = 0;
        return parse_choice(f, value, &out->word, why);
    }
    out->word = -1;
    out->n = 0;
    for (const char *text = value;; text += strcspn(text, ",") + 1) {
        const size_t n = strcspn(text, ",");
        if (out->n == VIB_LIST_MAX || read_number(text, n, &out->numbers[out->n]) < 0) {
            vib_str_printf(why, "%s must be a word or up to %d numbers such as 1,2.5, not \"%.60s\"", f->name,
                           VIB_LIST_MAX, value);
            return VIB_USAGE;
        }
        const int err = check_limits(f, out->numbers[out->n++], value, why);
        if (err < 0 || !text[n])
            return err;
    }
}

static int parse_flag(const vib_field *f, const char *value, int *out, vib_str *why)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return wrong_form(f, value, why);
    *out = value[0] == 'y';
    return 0;
}

static int parse_value(const vib_field *f, const char *value, void *options, vib_str *why)
{
    void *out = at_field(f, options);
    switch (f->type) {
    case VIB_FIELD_INT:
    case VIB_FIELD_COUNT:
        return parse_int(f, value, out, why);
    case VIB_FIELD_REAL:
    case VIB_FIELD_ANGLE:
        return parse_real(f, value, out, why);
    case VIB_FIELD_SIZE:
        return parse_size(f, value, out, why);
    case VIB_FIELD_RANGE:
        return parse_range(f, value, out, why);
    case VIB_FIELD_CHOICE:
        return parse_choice(f, value, out, why);
    case VIB_FIELD_FLAG:
        return parse_flag(f, value, out, why);
    case VIB_FIELD_LIST:
        return parse_list(f, value, out, why);
    }
    return VIB_USAGE;
}

int vib_field_is_default(const vib_field *f, const void *options)
{
    const void *p = (const char *)options + f->offset;
    switch (f->type) {
    case VIB_FIELD_REAL:
    case VIB_FIELD_ANGLE:
        return *(const double *)p == f->def;
    case VIB_FIELD_SIZE:
        return ((const vib_size *)p)->h == (int)f->def && ((const vib_size *)p)->w == (int)f->def2;
    case VIB_FIELD_RANGE:
        return ((const vib_range_value *)p)->low == f->def && ((const vib_range_value *)p)->high == f->def2;
    case VIB_FIELD_LIST:
        return ((const vib_list_value *)p)->word == (int)f->def;
    default:
        return *(const int *)p == (int)f->def;
    }
}

/* ---- tokens ---- */

/* What the token sets: a name, a flag, a bare choice, or the next positional field. NULL: nothing. */
static const vib_field *find_field(const vib_field *fields, const char *text, uint64_t seen,
                                   const char **value)
{
    const char *equals = strchr(text, '=');
    const size_t n = equals ? (size_t)(equals - text) : 0;
    *value = equals ? equals + 1 : text;
    for (const vib_field *f = fields; f->name; f++) {
        if (equals && strncmp(f->name, text, n) == 0 && f->name[n] == 0)
            return f;
        if (equals)
            continue;
        if (f->type == VIB_FIELD_FLAG && strcmp(f->name, text) == 0) {
            *value = "yes";
            return f;
        }
        for (size_t i = 0; f->flags & VIB_FIELD_BARE && f->choices[i]; i++)
            if (strcmp(f->choices[i], text) == 0)
                return f;
    }
    for (const vib_field *f = fields; f->name && !equals; f++)
        if (f->flags & VIB_FIELD_POSITIONAL && !(seen >> (f - fields) & 1))
            return f;
    return NULL;
}

/* A word where a number was due is a misspelt word, not a malformed number. */
static int is_misplaced_word(const vib_field *f, const char *text)
{
    return !strchr(text, '=') && f->type != VIB_FIELD_CHOICE && f->type != VIB_FIELD_FLAG &&
           !strchr("0123456789.+-", text[0]) && strcmp(text, "all") != 0;
}

/* A name of a list whose names are apart by spaces; NULL: an empty one. */
static int is_among(const char *name, const char *list)
{
    const size_t n = strlen(name);
    while (list && *list) {
        const size_t word = strcspn(list, " ");
        if (word == n && !memcmp(list, name, n))
            return 1;
        list += word + (list[word] == ' ');
    }
    return 0;
}

static int unknown(const vib_field *fields, const char *text, vib_str *why)
{
    const char *words[MAX_WORDS];
    size_t n = 0;
    const char *equals = strchr(text, '=');
    const int length = (int)(equals ? (size_t)(equals - text) : strlen(text));
    char name[64];
    snprintf(name, sizeof name, "%.*s", length, text);
    for (const vib_field *f = fields; f->name; f++) {
        if (is_among(name, f->also)) {
            vib_str_printf(why, "unknown option \"%s\"; did you mean \"%s\"?", name, f->name);
            return VIB_USAGE;
        }
        if (n < MAX_WORDS)
            words[n++] = f->name;
        for (size_t i = 0; !equals && f->flags & VIB_FIELD_BARE && f->choices[i] && n < MAX_WORDS; i++)
            words[n++] = f->choices[i];
    }
    vib_str_printf(why, equals ? "unknown option \"%s\"" : "unexpected \"%s\"", name);
    suggest(why, name, words, n);
    return VIB_USAGE;
}

void vib_fields_default(const vib_field *fields, void *options)
{
    for (const vib_field *f = fields; f->name; f++) {
        void *p = at_field(f, options);
        switch (f->type) {
        case VIB_FIELD_REAL:
        case VIB_FIELD_ANGLE:
            *(double *)p = f->def;
            break;
        case VIB_FIELD_SIZE:
            *(vib_size *)p = (vib_size){(int)f->def, (int)f->def2};
            break;
        case VIB_FIELD_RANGE:
            *(vib_range_value *)p = (vib_range_value){f->def, f->def2};
            break;
        case VIB_FIELD_LIST:
            ((vib_list_value *)p)->word = (int)f->def;
            ((vib_list_value *)p)->n = 0;
            break;
        default:
            *(int *)p = (int)f->def;
        }
    }
}

int vib_fields_parse(const vib_field *fields, void *options, const vib_token *tokens, size_t n, vib_str *why,
                     size_t *at)
{
    uint64_t seen = 0;
    size_t place[64];
    for (*at = 0; *at < n; ++*at) {
        const char *text = tokens[*at].text, *value;
        const vib_field *f = find_field(fields, text, seen, &value);
        if (!f || is_misplaced_word(f, text))
            return unknown(fields, text, why);
        const uint64_t bit = (uint64_t)1 << (f - fields);
        if (seen & bit) {
            vib_str_printf(why, "%s is given twice", f->name);
            return VIB_USAGE;
        }
        seen |= bit;
        place[f - fields] = *at;
        const int err = parse_value(f, value, options, why);
        if (err < 0)
            return err;
    }
    for (const vib_field *f = fields; f->name; f++)
        if (seen >> (f - fields) & 1 && !applies(f, fields, options)) {
            *at = place[f - fields];
            return wrong_method(f, fields, options, why);
        }
    /* A value that was there before, from the line these tokens amend, will do. */
    for (const vib_field *f = fields; f->name; f++)
        if (f->flags & VIB_FIELD_REQUIRED && !(seen >> (f - fields) & 1) &&
            vib_field_is_default(f, options)) {
            vib_str_printf(why, "%s is missing: %s", f->name, f->help);
            return VIB_USAGE;
        }
    for (const vib_field *f = fields; f->name; f++)
        if (f->check && seen >> (f - fields) & 1 && f->check(options, why) < 0) {
            *at = place[f - fields];
            return VIB_USAGE;
        }
    return 0;
}

static void print_list(const vib_field *f, const vib_list_value *list, vib_str *out)
{
    if (list->word >= 0)
        vib_str_add(out, f->choices[list->word]);
    for (int i = 0; i < list->n; i++) {
        vib_str_add(out, i ? "," : "");
        add_number(out, list->numbers[i]);
    }
}

void vib_fields_print(const vib_field *fields, const void *options, vib_str *out)
{
    int skipped = 0; /* a positional one: those after it need their names */
    for (const vib_field *f = fields; f->name; f++) {
        const void *p = (const char *)options + f->offset;
        if ((f->flags & VIB_FIELD_OPTIONAL && vib_field_is_default(f, options)) ||
            !applies(f, fields, options)) {
            skipped |= f->flags & VIB_FIELD_POSITIONAL;
            continue;
        }
        vib_str_add(out, " ");
        if (f->type == VIB_FIELD_FLAG) {
            vib_str_printf(out, *(const int *)p ? "%s" : "%s=no", f->name);
            continue;
        }
        if (!(f->flags & VIB_FIELD_BARE) && (skipped || !(f->flags & VIB_FIELD_POSITIONAL)))
            vib_str_printf(out, "%s=", f->name);
        switch (f->type) {
        case VIB_FIELD_REAL:
        case VIB_FIELD_ANGLE:
            add_number(out, *(const double *)p);
            vib_str_add(out, f->type == VIB_FIELD_ANGLE ? "deg" : "");
            break;
        case VIB_FIELD_SIZE:
            vib_str_printf(out, "%dx%d", ((const vib_size *)p)->h, ((const vib_size *)p)->w);
            break;
        case VIB_FIELD_RANGE:
            add_number(out, ((const vib_range_value *)p)->low);
            vib_str_add(out, "..");
            add_number(out, ((const vib_range_value *)p)->high);
            break;
        case VIB_FIELD_CHOICE:
            vib_str_add(out, f->choices[*(const int *)p]);
            break;
        case VIB_FIELD_LIST:
            print_list(f, p, out);
            break;
        default:
            if (f->type == VIB_FIELD_COUNT && *(const int *)p == 0)
                vib_str_add(out, "all");
            else
                vib_str_printf(out, "%d", *(const int *)p);
        }
    }
}
