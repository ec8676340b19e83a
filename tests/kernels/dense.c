#include "check.h"

const vib_check_case vib_check_dense[] = {
    {"flatten; dense 3 relu", 2, 2, 2, 3, 3, VIB_CHECK_TINY},
    {"flatten; dense 128 relu; dense 1", 4, 4, 32, 32, 29, VIB_CHECK_NORMAL},
    /* sums of more than one chunk, both ways; odd sizes */
    {"flatten; dense 7 sigmoid", 9, 19, 7, 9, 9, VIB_CHECK_LARGE},
    {"flatten; dense 530; dense 10 softmax", 3, 3, 5, 17, 17, VIB_CHECK_LARGE},
    /* behind convolutions, whose gradients have a border */
    {"conv2d 2 2x2 valid relu; flatten; dense 2", 3, 4, 1, 2, 2, VIB_CHECK_TINY},
    {"conv2d 3 3x3 same; flatten; dense 4; relu", 5, 3, 2, 10, 9, VIB_CHECK_LARGE},
    {"flatten; dense 1024 relu", 1, 1, 1, 1, 1, VIB_CHECK_LARGE},
    {0},
};
