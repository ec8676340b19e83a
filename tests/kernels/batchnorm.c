#include "check.h"

const vib_check_case vib_check_batchnorm[] = {
    {"batchnorm", 3, 2, 4, 2, 2, VIB_CHECK_TINY},
    /* leaves of several rows and a short last one, groups of pictures; behind a border */
    {"conv2d 4 3x3 same; batchnorm relu; conv2d 2 3x3 same", 7, 60, 2, 19, 18, VIB_CHECK_NORMAL},
    {"batchnorm momentum=0 epsilon=0.1 tanh; maxpool2d 2x2; batchnorm", 6, 5, 16, 9, 9, VIB_CHECK_LARGE},
    {"flatten; dense 5; batchnorm; dense 3", 2, 2, 3, 20, 17, VIB_CHECK_LARGE},
    {"batchnorm", 2, 300, 1, 1, 1, VIB_CHECK_LARGE},
    {0},
};
