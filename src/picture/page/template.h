/* Pages from templates, in the manner of Mustache, and words from one file a language (pages/):
 *
 *   {{name}}                  a text, escaped             {{{name}}}   markup as it is
 *   {{#name}}...{{/name}}     once for each item of a list, else once when there is something
 *   {{^name}}...{{/name}}     when there is nothing
 *   {{_word}}                 a text of the language's file, in which {name} is a text
 *
 * Names are looked for in the innermost list item first. */
#ifndef VIB_PICTURE_PAGE_TEMPLATE_H
#define VIB_PICTURE_PAGE_TEMPLATE_H

#include <jansson.h>
#include <vibrisa/show.h>

#include "base/str.h"

/* The words of a language; NULL: out of memory. */
json_t *vib_page_words(vib_language language);

/* One of them, filled with the texts of `data`, as plain text; owned by the caller (free). NULL: out of
 * memory, or not there (logged). */
char *vib_page_word(const json_t *words, const char *key, const json_t *data);

/* Appends pages/NAME filled with data. 0 or VIB_FAILED (logged). */
int vib_page_fill(const char *name, const json_t *data, const json_t *words, vib_str *out);

/* The text of pages/NAME. */
const char *vib_page_file(const char *name);

#endif
