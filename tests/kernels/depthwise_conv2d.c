#include "check.h"

const vib_check_case vib_check_depthwise_conv2d[] = {
    {"depthwise_conv2d 3x3 same relu", 5, 4, 3, 2, 2, VIB_CHECK_TINY},
    {"depthwise_conv2d 2x3 valid stride=2 multiplier=2 bias=no", 5, 6, 2, 2, 2, VIB_CHECK_TINY},
    /* whole vectors and odd channels, strips and what is left of a row, two groups of pictures */
    {"depthwise_conv2d 3x3 same relu; depthwise_conv2d 3x3 same stride=2", 14, 19, 32, 10, 9,
     VIB_CHECK_NORMAL},
    {"depthwise_conv2d 5x5 same multiplier=16 tanh", 9, 11, 3, 2, 2, VIB_CHECK_LARGE},
    {"depthwise_conv2d 3x3 symmetric stride=2 bias=no", 7, 9, 21, 9, 9, VIB_CHECK_LARGE},
    {"depthwise_conv2d 3x2 same dilation=2x3 stride=2", 13, 11, 24, 3, 2, VIB_CHECK_LARGE},
    {"depthwise_conv2d 4x3 valid stride=1x3 dilation=1x2 multiplier=3", 7, 17, 5, 2, 2, VIB_CHECK_LARGE},
    {"depthwise_conv2d 7x7 same relu; maxpool2d 2x2", 8, 8, 48, 2, 2, VIB_CHECK_LARGE},
    /* leaves of one row; wider strides than the picture */
    {"depthwise_conv2d 3x3 same", 5, 300, 8, 2, 2, VIB_CHECK_LARGE},
    {"depthwise_conv2d 1x3 same stride=4", 1, 3, 1, 17, 17, VIB_CHECK_LARGE},
    /* written past the caches, forward and the input gradient */
    {"depthwise_conv2d 3x3 same relu6; depthwise_conv2d 3x3 same", 61, 67, 64, 9, 9, VIB_CHECK_LARGE},
    /* the same convolution by another name */
    {"conv2d 32 3x3 same groups=16 relu", 6, 5, 16, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 7 3x3 same groups=7 stride=2", 6, 5, 7, 2, 2, VIB_CHECK_LARGE},
    {0},
};
