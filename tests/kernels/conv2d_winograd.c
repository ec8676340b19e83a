#include "check.h"

const vib_check_case vib_check_conv2d_winograd[] = {
    /* tiles that hang over the edge, below and right; a strip that ends with the last tile */
    {"conv2d 5 3x3 same algorithm=winograd", 5, 3, 2, 2, 2, VIB_CHECK_TINY},
    {"conv2d 4 3x3 valid relu bias=no algorithm=winograd", 4, 5, 1, 3, 2, VIB_CHECK_TINY},
    {"conv2d 4 3x3 same relu algorithm=winograd; maxpool2d 2x2", 5, 6, 3, 2, 2, VIB_CHECK_TINY},
    {"conv2d 32 3x3 same relu algorithm=winograd; maxpool2d 2x2", 9, 10, 16, 10, 9, VIB_CHECK_LARGE},
    {"conv2d 8 3x3 same algorithm=winograd; maxpool2d 2x2", 7, 6, 8, 3, 2, VIB_CHECK_LARGE},
    /* a batchnorm in its weights */
    {"conv2d 4 3x3 same bias=no algorithm=winograd; batchnorm relu", 3, 4, 2, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 1 3x3 valid sigmoid algorithm=winograd", 3, 3, 5, 1, 1, VIB_CHECK_LARGE},
    {"conv2d 33 3x3 same softmax algorithm=winograd", 3, 1, 2, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 48 3x3 symmetric relu algorithm=winograd", 7, 9, 24, 3, 3, VIB_CHECK_LARGE},
    {"conv2d 64 3x3 same relu algorithm=winograd; maxpool2d 2x2", 13, 17, 40, 5, 4, VIB_CHECK_LARGE},
    /* another reader, which sees further than the tiles do */
    {"conv2d 6 3x3 same algorithm=winograd name=a; conv2d 6 7x7 same from=input; add with=a", 6, 5, 3, 2, 2,
     VIB_CHECK_LARGE},
    /* windows that are no tiles are a layer of their own */
    {"conv2d 8 3x3 same relu algorithm=winograd; maxpool2d 3x3 stride=2", 9, 8, 5, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 4 3x3 same algorithm=winograd; maxpool2d 2x1", 5, 6, 2, 2, 2, VIB_CHECK_LARGE},
    {0},
};
