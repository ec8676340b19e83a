#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* Bytes of the UTF-8 character at s that may be shown as it is; 0: none. Surrogates, overlong forms and the
 * second set of control characters (U+0080 to U+009F) are not. */
static size_t shown(const unsigned char *s)
{
    static const struct form {
        unsigned char first, last; /* of the lead byte */
        unsigned char from, to;    /* of the byte after it */
        size_t bytes;
    } forms[] = {
        {0xC2, 0xC2, 0xA0, 0xBF, 2}, {0xC3, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    if (*s >= 0x20 && *s < 0x7F)
        return 1;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct form *f = &forms[i];
        if (*s < f->first || *s > f->last || s[1] < f->from || s[1] > f->to)
            continue;
        for (size_t k = 2; k < f->bytes; k++)
            if ((s[k] & 0xC0) != 0x80)
                return 0;
        return f->bytes;
    }
    return 0;
}

/* A byte in visible letters: how many. */
static size_t spell(unsigned char byte, char out[8])
{
    static const char letters[] = "\nn\tt\rr";
    for (const char *p = letters; *p; p += 2)
        if (byte == (unsigned char)*p)
            return (size_t)snprintf(out, 8, "\\%c", p[1]);
    return (size_t)snprintf(out, 8, "\\x%02X", byte);
}

size_t vib_escape(const char *text, char *out, size_t size)
{
    size_t n = 0, at = 0; /* of the whole; of what fits */
    int fits = size > 0;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        char spelled[8];
        const size_t as_is = shown(s);
        const size_t length = as_is ? as_is : spell(*s, spelled);
        fits = fits && at + length < size;
        if (fits) {
            memcpy(out + at, as_is ? (const char *)s : spelled, length);
            at += length;
        }
        n += length;
        s += as_is ? as_is : 1;
    }
    if (size)
        out[at] = 0;
    return n;
}
