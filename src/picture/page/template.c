#include "picture/page/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "picture/show/markup.h"

/* The data of a section, within those of the sections around it. */
typedef struct scope {
    const json_t *data;
    const struct scope *around;
} scope;

typedef struct page {
    const char *name; /* for messages */
    const json_t *words;
    vib_str *out;
} page;

enum { MOST_KEY = 64 };

const char *vib_page_file(const char *name)
{
    const vib_embedded *file = vib_embedded_pages;
    while (file->name && strcmp(file->name, name))
        file++;
    return file->text;
}

json_t *vib_page_words(vib_language language)
{
    return json_loads(vib_page_file(language == VIB_SPANISH ? "es.json" : "en.json"), JSON_REJECT_DUPLICATES,
                      NULL);
}

static const json_t *find(const scope *s, const char *key)
{
    const json_t *found = NULL;
    for (; s && !found; s = s->around)
        found = json_object_get(s->data, key);
    return found;
}

static int missing(const page *p, const char *key)
{
    return vib_fail(VIB_FAILED, "%s: nothing stands for '%s'", p->name, key);
}

/* ---- texts ---- */

static int add_text(const page *p, const char *key, const scope *s, int escape)
{
    const json_t *v = find(s, key);
    if (json_is_integer(v))
        vib_str_printf(p->out, "%lld", (long long)json_integer_value(v));
    else if (!json_is_string(v))
        return missing(p, key);
    else if (escape)
        vib_markup_text(p->out, json_string_value(v));
    else
        vib_str_add_n(p->out, json_string_value(v), json_string_length(v));
    return 0;
}

/* A text in which {name} stands for another. */
static int add_filled(const page *p, const char *text, const scope *s, int escape)
{
    char key[MOST_KEY];
    for (const char *brace; (brace = strchr(text, '{')); text = brace + strlen(key) + 2) {
        vib_str_add_n(p->out, text, (size_t)(brace - text));
        snprintf(key, sizeof key, "%.*s", (int)strcspn(brace + 1, "}"), brace + 1);
        const int err = add_text(p, key, s, escape);
        if (err < 0)
            return err;
    }
    vib_str_add(p->out, text);
    return 0;
}

static int add_word(const page *p, const char *key, const scope *s, int escape)
{
    const char *text = json_string_value(json_object_get(p->words, key));
    return text ? add_filled(p, text, s, escape) : missing(p, key);
}

char *vib_page_word(const json_t *words, const char *key, const json_t *data)
{
    vib_str text = {0};
    const page p = {"a page's words", words, &text};
    const scope s = {data, NULL};
    if (add_word(&p, key, &s, 0) == 0 && !text.failed)
        return text.text;
    vib_str_free(&text);
    return NULL;
}

/* ---- sections ---- */

/* {{kind key}} at the front of text: kind is one of # ^ / _ { or a blank for none. Returns what follows it.
 */
static const char *read_tag(const char *text, char *kind, char key[MOST_KEY])
{
    text += 2;
    *kind = ' ';
    if (strchr("#^/_{", *text))
        *kind = *text++;
    const size_t n = strcspn(text, "}");
    snprintf(key, MOST_KEY, "%.*s", (int)n, text);
    return text + n + (*kind == '{' ? 3 : 2);
}

static int is_there(const json_t *v)
{
    if (json_is_array(v))
        return json_array_size(v) > 0;
    return v && !json_is_null(v) && !json_is_false(v);
}

static const char *render(const page *p, const char *text, const scope *s, const char *until, int *err);

/* A section from behind its opening tag; returns what follows its end. With nothing to show it is rendered
 * into nowhere, which finds its end. */
static const char *section(const page *p, const char *text, const scope *s, char kind, const char *key,
                           int *err)
{
    const json_t *v = find(s, key);
    const int shown = is_there(v) == (kind == '#');
    const size_t n = !shown ? 0 : kind == '#' && json_is_array(v) ? json_array_size(v) : 1;
    const char *end = NULL;
    for (size_t i = 0; i < n && !*err; i++) {
        const scope inner = {kind == '#' && json_is_array(v) ? json_array_get(v, i) : v, s};
        end = render(p, text, &inner, key, err);
    }
    if (n)
        return end;
    const page nowhere = {p->name, NULL, NULL};
    return render(&nowhere, text, NULL, key, err);
}

static int add_tag(const page *p, char kind, const char *key, const scope *s)
{
    if (!p->out)
        return 0;
    return kind == '_' ? add_word(p, key, s, 1) : add_text(p, key, s, kind != '{');
}

/* Up to the end of the text, or the end tag of section `until`; returns what follows it. */
static const char *render(const page *p, const char *text, const scope *s, const char *until, int *err)
{
    char kind, key[MOST_KEY];
    const char *tag;
    while (!*err && (tag = strstr(text, "{{"))) {
        if (p->out)
            vib_str_add_n(p->out, text, (size_t)(tag - text));
        text = read_tag(tag, &kind, key);
        if (kind == '/' && until && !strcmp(key, until))
            return text;
        if (kind == '#' || kind == '^')
            text = section(p, text, s, kind, key, err);
        else
            *err = kind == '/' ? missing(p, key) : add_tag(p, kind, key, s);
    }
    if (!*err && until)
        *err = missing(p, until);
    if (!*err && p->out)
        vib_str_add(p->out, text);
    return text;
}

int vib_page_fill(const char *name, const json_t *data, const json_t *words, vib_str *out)
{
    int err = 0;
    const page p = {name, words, out};
    const scope s = {data, NULL};
    render(&p, vib_page_file(name), &s, NULL, &err);
    return err < 0 ? err : out->failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}
