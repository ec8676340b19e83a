#include "picture/show/markup.h"

#include <string.h>

void vib_markup_text(vib_str *out, const char *text)
{
    static const struct {
        char c;
        const char *name;
    } names[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (; *text; text++) {
        size_t i = 0;
        while (i < VIB_COUNT(names) && names[i].c != *text)
            i++;
        if (i < VIB_COUNT(names))
            vib_str_add(out, names[i].name);
        else
            vib_str_add_n(out, text, 1);
    }
}

/* How many bytes of text mark what follows as an id or a reference to one. */
static size_t id_mark(const char *text)
{
    static const char *const marks[] = {" id=\"", "href=\"#", "url(#"};
    for (size_t i = 0; i < VIB_COUNT(marks); i++)
        if (*text == marks[i][0] && !strncmp(text, marks[i], strlen(marks[i])))
            return strlen(marks[i]);
    return 0;
}

static void add_renamed(vib_str *out, const char *text, const char *name)
{
    const char *from = text;
    while (*text) {
        const size_t n = id_mark(text);
        text += n ? n : 1;
        if (n) {
            vib_str_add_n(out, from, (size_t)(text - from));
            vib_str_printf(out, "%s-", name);
            from = text;
        }
    }
    vib_str_add(out, from);
}

int vib_markup_svg(const char *svg, const char *name, const char *title, const char *description,
                   vib_str *out)
{
    const char *start = strstr(svg, "<svg "), *body = start ? strchr(start, '>') : NULL;
    if (!body)
        return vib_fail(VIB_FAILED, "cairo gave something that is not SVG");
    vib_str_add_n(out, start, (size_t)(body - start));
    vib_str_printf(out, " role=\"img\" aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">", name,
                   name, name);
    vib_markup_text(out, title);
    vib_str_printf(out, "</title>\n<desc id=\"%s-desc\">", name);
    vib_markup_text(out, description);
    vib_str_add(out, "</desc>");
    add_renamed(out, body + 1, name);
    return out->failed ? vib_fail(VIB_FAILED, "out of memory") : VIB_OK;
}
