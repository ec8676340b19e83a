#include "check.h"

const vib_check_case vib_check_zeropad2d[] = {
    {"zeropad2d 1x2", 3, 2, 3, 2, 2, VIB_CHECK_TINY},
    {"zeropad2d 0x0 after=1x1; conv2d 2 3x3 same; zeropad2d 3x0 after=0x5", 4, 5, 1, 2, 2, VIB_CHECK_LARGE},
    {0},
};
