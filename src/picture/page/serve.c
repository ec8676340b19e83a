#include <stdlib.h>
#include <vibrisa/page.h>

#include "picture/page/facts.h"
#include "picture/page/look.h"
#include "picture/page/template.h"

/* Takes the text over. */
static int hand_out(vib_str *text, int err, char **out)
{
    if (err == 0 && text->failed)
        err = vib_fail(VIB_FAILED, "out of memory");
    if (err == 0)
        *out = text->text;
    else
        vib_str_free(text);
    return err;
}

int vib_page_serve(const vib_model *model, vib_language language, size_t limit, char **out)
{
    int err = 0;
    vib_str html = {0};
    json_t *words = vib_page_words(language);
    json_t *names = vib_page_names(model);
    json_t *data = json_pack("{s:s, s:s, s:s, s:I, s:o}", "language", language == VIB_SPANISH ? "es" : "en",
                             "style", vib_page_file("style.css"), "script", vib_page_file("serve.js"),
                             "limit", (json_int_t)limit, "names", names);
    VIB_CHECK_MEM(data && words);
    json_object_set_new(data, "megabytes", json_integer((json_int_t)(limit >> 20)));
    VIB_TRY(vib_page_fill("serve.html", data, words, &html));
fail:
    json_decref(data);
    json_decref(words);
    return hand_out(&html, err, out);
}

int vib_page_picture(const vib_model *model, vib_device *dev, const char *path, const char *name,
                     vib_language language, char **out)
{
    int err = 0;
    vib_str html = {0};
    json_t *words = vib_page_words(language);
    const vib_look look = {.path = path, .name = name, .id = "look", .truth = -1, .open = 1};
    VIB_CHECK_MEM(words);
    VIB_TRY(vib_page_look(model, dev, &look, words, &html));
fail:
    json_decref(words);
    return hand_out(&html, err, out);
}
