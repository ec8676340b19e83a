#include "check.h"

const vib_check_case vib_check_globalpool2d[] = {
    {"globalavgpool2d", 5, 4, 3, 2, 2, VIB_CHECK_TINY},
    {"globalmaxpool2d", 5, 4, 3, 2, 2, VIB_CHECK_TINY},
    /* ties: relu leaves many zeros */
    {"relu; globalmaxpool2d; dense 3", 7, 6, 3, 9, 8, VIB_CHECK_LARGE},
    {"conv2d 16 3x3 same; globalavgpool2d; dense 3", 7, 6, 2, 9, 8, VIB_CHECK_LARGE},
    {0},
};
