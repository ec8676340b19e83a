#include "check.h"

const vib_check_case vib_check_leaky_relu[] = {
    {"leaky_relu", 3, 2, 3, 2, 2, VIB_CHECK_TINY},
    {"leaky_relu slope=0.01; conv2d 2 3x3 same; leaky_relu slope=0", 5, 7, 3, 3, 2, VIB_CHECK_LARGE},
    {0},
};
