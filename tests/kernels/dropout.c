#include "check.h"

const vib_check_case vib_check_dropout[] = {
    {"dropout 0.5", 3, 2, 3, 2, 2, VIB_CHECK_TINY},
    /* the second has a stream of its own */
    {"dropout 0.25; flatten; dropout 0.9", 7, 5, 3, 9, 8, VIB_CHECK_LARGE},
    {"dropout 0; dropout 0.3; conv2d 3 3x3 same", 5, 3, 2, 2, 2, VIB_CHECK_LARGE},
    {0},
};
