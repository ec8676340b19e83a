/* HTML and SVG text. */
#ifndef VIB_PICTURE_SHOW_MARKUP_H
#define VIB_PICTURE_SHOW_MARKUP_H

#include "base/str.h"

/* Appends text with what markup means by & < > " ' written out. The text is UTF-8. */
void vib_markup_text(vib_str *out, const char *text);

/* Appends cairo's SVG with a title and a description that screen readers say, without its XML head; ids (and
 * what refers to them) begin with `name`, so that several fit into a page. */
int vib_markup_svg(const char *svg, const char *name, const char *title, const char *description,
                   vib_str *out);

#endif
