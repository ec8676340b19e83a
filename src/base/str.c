#include "base/str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void vib_str_add_n(vib_str *s, const char *text, size_t n)
{
    if (s->failed || vib_grow(&s->text, &s->cap, s->len + n + 1, 1) < 0) {
        s->failed = 1;
        return;
    }
    memcpy(s->text + s->len, text, n);
    s->len += n;
    s->text[s->len] = 0;
}

void vib_str_add(vib_str *s, const char *text)
{
    vib_str_add_n(s, text, strlen(text));
}

void vib_str_printf(vib_str *s, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || s->failed || vib_grow(&s->text, &s->cap, s->len + (size_t)n + 1, 1) < 0) {
        s->failed = 1;
    } else {
        vsnprintf(s->text + s->len, (size_t)n + 1, fmt, again);
        s->len += (size_t)n;
    }
    va_end(again);
}

void vib_str_free(vib_str *s)
{
    free(s->text);
    *s = (vib_str){0};
}

enum { NEAREST_MAX = 32 };

static int same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Letters to change, add, drop or swap with the next, ignoring case; longer words are never near. */
static size_t distance(const char *a, const char *b)
{
    size_t d[NEAREST_MAX + 1][NEAREST_MAX + 1];
    const size_t na = strlen(a), nb = strlen(b);
    if (na > NEAREST_MAX || nb > NEAREST_MAX)
        return NEAREST_MAX;
    for (size_t i = 0; i <= na; i++)
        for (size_t j = 0; j <= nb; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            const size_t change = d[i - 1][j - 1] + !same_letter(a[i - 1], b[j - 1]);
            d[i][j] = VIB_MIN(change, VIB_MIN(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
                d[i][j] = VIB_MIN(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[na][nb];
}

const char *vib_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t best_distance = VIB_MAX(strlen(word) / 2, 1) + 1;
    for (size_t i = 0; i < n; i++) {
        const size_t d = distance(word, candidates[i]);
        if (d < best_distance) {
            best_distance = d;
            best = candidates[i];
        }
    }
    return best;
}
