#include "train/json.h"

#include "base/str.h"

json_t *vib_json_text(const char *text)
{
    json_t *s = json_string(text);
    if (s || !text)
        return s;
    vib_str plain = {0};
    for (const char *p = text; *p; p++)
        vib_str_add_n(&plain, (unsigned char)*p < 0x80 ? p : "?", 1);
    s = plain.failed ? NULL : json_string(plain.text);
    vib_str_free(&plain);
    return s;
}
