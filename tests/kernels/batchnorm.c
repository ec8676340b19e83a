#include "check.h"

const vib_check_case vib_check_batchnorm[] = {
    {"batchnorm", 3, 2, 4, 2, 2, VIB_CHECK_TINY},
    /* leaves of several rows and a short last one, groups of pictures; behind a border */
    {"conv2d 4 3x3 same; batchnorm relu; conv2d 2 3x3 same", 7, 60, 2, 19, 18, VIB_CHECK_LARGE},
    /* folded into what is in front; not where somebody else reads that, or an activation is between */
    {"conv2d 4 3x3 same bias=no; batchnorm relu", 3, 3, 2, 2, 2, VIB_CHECK_TINY},
    {"conv2d 16 3x3 same groups=2 bias=no; batchnorm", 5, 6, 12, 2, 2, VIB_CHECK_LARGE},
    {"depthwise_conv2d 3x3 same multiplier=2; batchnorm tanh", 5, 6, 8, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 8 1x1 name=a; batchnorm name=b; conv2d 8 1x1 relu from=a; batchnorm; add with=b", 4, 3, 5, 2, 2,
     VIB_CHECK_LARGE},
    {"conv2d 8 3x3 valid name=a; conv2d 8 3x3 valid bias=no from=input; batchnorm name=b; batchnorm softmax "
     "from=a; "
     "add with=b",
     5, 5, 5, 2, 2, VIB_CHECK_LARGE},
    {"batchnorm momentum=0 epsilon=0.1 tanh; maxpool2d 2x2; batchnorm", 6, 5, 16, 9, 9, VIB_CHECK_LARGE},
    {"flatten; dense 5; batchnorm; dense 3", 2, 2, 3, 20, 17, VIB_CHECK_LARGE},
    {"batchnorm", 2, 300, 1, 1, 1, VIB_CHECK_LARGE},
    /* several vectors at a time; written past the caches */
    {"batchnorm relu6; batchnorm relu", 3, 5, 48, 2, 2, VIB_CHECK_NORMAL},
    {"batchnorm relu; batchnorm relu6", 61, 67, 64, 9, 9, VIB_CHECK_LARGE},
    {0},
};
