#include "data/csv.h"

#include <string.h>

static int is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

int vib_csv_start(vib_csv *csv, const char *name, char *text, size_t size)
{
    *csv = (vib_csv){.name = name, .at = text, .end = text + size, .separator = ',', .line = 1};
    if (size >= 2 && (!memcmp(text, "\xFF\xFE", 2) || !memcmp(text, "\xFE\xFF", 2)))
        return vib_fail(VIB_BAD_DATA, "%s: UTF-16: save it as CSV in UTF-8", name);
    if (memchr(text, 0, size))
        return vib_fail(VIB_BAD_DATA, "%s: not a text file", name);
    if (size >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3))
        csv->at += 3;
    const size_t first = strcspn(csv->at, ",;\t\r\n");
    if (csv->at[first] && !is_line_end(csv->at[first]))
        csv->separator = csv->at[first];
    return 0;
}

/* Passes over one line end. */
static void end_line(vib_csv *csv)
{
    if (csv->at[0] == '\r' && csv->at[1] == '\n')
        csv->at++;
    csv->at++;
    csv->line++;
}

/* The text between quotes, moved together. Returns where it ends, or NULL when it does not. */
static char *unquote(vib_csv *csv)
{
    char *to = csv->at++;
    for (; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"' && *++csv->at != '"')
            return to;
        csv->line += *csv->at == '\n';
        *to++ = *csv->at;
    }
    return NULL;
}

/* Reads one field and ends it with a zero byte. Returns what stood after it, or < 0. */
static int read_field(vib_csv *csv)
{
    if (csv->n == VIB_CSV_FIELDS)
        return vib_fail(VIB_BAD_DATA, "%s:%d: more than %d fields", csv->name, csv->line, VIB_CSV_FIELDS);
    const int line = csv->line;
    char *end;
    csv->field[csv->n++] = csv->at;
    if (*csv->at == '"') {
        if (!(end = unquote(csv)))
            return vib_fail(VIB_BAD_DATA, "%s:%d: a quote is opened and not closed", csv->name, line);
        if (*csv->at && *csv->at != csv->separator && !is_line_end(*csv->at))
            return vib_fail(VIB_BAD_DATA,
                            "%s:%d: text after a closing quote: write a quote in a field as \"\"", csv->name,
                            csv->line);
    } else {
        while (*csv->at && *csv->at != csv->separator && !is_line_end(*csv->at))
            csv->at++;
        end = csv->at;
    }
    const char after = *csv->at;
    if (is_line_end(after))
        end_line(csv);
    else if (after)
        csv->at++;
    *end = 0;
    return after;
}

int vib_csv_next(vib_csv *csv)
{
    while (is_line_end(*csv->at))
        end_line(csv);
    if (csv->at == csv->end)
        return 0;
    csv->n = 0;
    csv->row_line = csv->line;
    int after;
    do {
        if ((after = read_field(csv)) < 0)
            return after;
    } while (after == csv->separator);
    return 1;
}
