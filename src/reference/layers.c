#include <string.h>

#include "reference/real.h"

#define LAYER(name)                                      \
    {                                                    \
#name, REF(name##_forward), REF(name##_backward) \
    }

const REF(layer) * REF(layer_find)(const char *name)
{
    static const REF(layer) layers[] = {
        LAYER(conv2d), LAYER(maxpool2d), LAYER(flatten), LAYER(dense),
        LAYER(relu),   LAYER(sigmoid),   LAYER(softmax),
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (!strcmp(layers[i].name, name))
            return &layers[i];
    return NULL;
}
