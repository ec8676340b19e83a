#include <string.h>

#include "reference/real.h"

#define LAYER(word, REF) {#word, REF(word##_forward), REF(word##_backward)},

const REF(layer) * REF(layer_find)(const char *name)
{
    static const REF(layer) layers[] = {REF_LAYERS(LAYER, REF)};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (!strcmp(layers[i].name, name))
            return &layers[i];
    return NULL;
}
