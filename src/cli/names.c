/* Names of classes and files as results show them to people: one line, and columns that stay columns. */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "command.h"

/* Escaped, owned by the caller; NULL: out of memory. */
static char *escaped(const char *name)
{
    const size_t n = vib_escape(name, NULL, 0);
    char *text = malloc(n + 1);
    if (text)
        vib_escape(name, text, n + 1);
    return text;
}

/* Bytes of the UTF-8 character at text, and the columns it takes: two where it is wide, as in Chinese. */
static size_t character(const char *text, int *columns)
{
    size_t n = 1;
    wchar_t wide;
    mbstate_t state = {0};
    while (((unsigned char)text[n] & 0xC0) == 0x80)
        n++;
    *columns = mbrtowc(&wide, text, n, &state) == n ? wcwidth(wide) : 1;
    if (*columns < 0)
        *columns = 1;
    return n;
}

void print_name(const char *name)
{
    char *text = escaped(name);
    fputs(text ? text : "?", stdout);
    free(text);
}

void print_word(FILE *to, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
    const char *c = name;
    while (*c && (strchr(plain, *c) || (unsigned char)*c >= 0x80))
        c++;
    if (!*c && *name) {
        fputs(name, to);
        return;
    }
    putc('\'', to);
    for (c = name; *c; c++)
        if (*c == '\'')
            fputs("'\\''", to);
        else
            putc(*c, to);
    putc('\'', to);
}

void print_cell(const char *name, int width)
{
    char *text = escaped(name);
    const char *shown = text ? text : "?";
    const int most = abs(width);
    size_t bytes = 0;
    int taken = 0, columns;
    for (size_t n; shown[bytes]; bytes += n, taken += columns) {
        n = character(shown + bytes, &columns);
        if (taken + columns > most)
            break;
    }
    printf("%*s%.*s%*s", width > 0 ? most - taken : 0, "", (int)bytes, shown, width < 0 ? most - taken : 0,
           "");
    free(text);
}
