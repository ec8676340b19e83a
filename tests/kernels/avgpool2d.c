#include "check.h"

const vib_check_case vib_check_avgpool2d[] = {
    {"avgpool2d 2x2", 5, 4, 3, 2, 2, VIB_CHECK_TINY},
    /* windows that overlap and hang over the edge: fewer pixels there */
    {"avgpool2d 3x3 stride=2 same", 9, 8, 16, 3, 2, VIB_CHECK_LARGE},
    {"avgpool2d 2x3 stride=3x4", 8, 11, 3, 2, 2, VIB_CHECK_LARGE},
    {"avgpool2d 5x4 stride=1 same; conv2d 2 3x3 same", 6, 7, 3, 2, 2, VIB_CHECK_LARGE},
    {"avgpool2d 3x3 stride=2 symmetric", 6, 7, 2, 2, 2, VIB_CHECK_LARGE},
    {0},
};
