#ifndef VIB_TRAIN_JSON_H
#define VIB_TRAIN_JSON_H

#include <jansson.h>

/* Text that may not be UTF-8 (a file's name, a driver's) as a JSON string: what is not ASCII in it then
 * becomes
 * '?'. NULL when out of memory. */
json_t *vib_json_text(const char *text);

#endif
