/* Recipe text → vib_recipe. */
#ifndef VIB_RECIPE_PARSE_H
#define VIB_RECIPE_PARSE_H

#include "recipe/recipe.h"

/* As vib_recipe_parse; `classify` stays for classes = 0 and becomes the layer and loss that fit otherwise. */
int vib_recipe_read(const char *text, const char *origin, const char *const *overrides, size_t n,
                    size_t classes, vib_recipe **out);

#endif
