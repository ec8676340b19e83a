#include <vibrisa/draw.h>

#include "base/common.h"

int vib_draw(const char *folder, const vib_draw_params *params, vib_draw_result *out)
{
    (void)params;
    if (out)
        *out = (vib_draw_result){0};
    return vib_fail(VIB_FAILED, "%s: cannot draw pictures: built without cairo; install it and build again",
                    folder);
}
