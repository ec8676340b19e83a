#include "check.h"

const vib_check_case vib_check_maxpool2d[] = {
    {"maxpool2d 2x2", 5, 4, 3, 2, 2, VIB_CHECK_TINY},
    {"maxpool2d 2x2", 7, 9, 16, 3, 2, VIB_CHECK_NORMAL},
    /* windows that overlap, leave gaps, hang over the edge */
    {"maxpool2d 3x3 stride=2", 9, 8, 5, 2, 2, VIB_CHECK_NORMAL},
    {"maxpool2d 2x3 stride=3x4", 8, 11, 8, 2, 2, VIB_CHECK_LARGE},
    {"maxpool2d 3x2 stride=1x2 same", 6, 7, 4, 2, 2, VIB_CHECK_LARGE},
    {"maxpool2d 3x3 stride=2 symmetric", 8, 7, 4, 2, 2, VIB_CHECK_LARGE},
    {"maxpool2d 16x16", 16, 33, 2, 1, 1, VIB_CHECK_LARGE},
    {0},
};
