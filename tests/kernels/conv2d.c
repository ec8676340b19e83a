#include "check.h"

const vib_check_case vib_check_conv2d[] = {
    {"conv2d 4 3x3 same relu", 5, 5, 3, 2, 2, VIB_CHECK_TINY},
    {"conv2d 3 2x2 valid stride=2", 5, 4, 1, 3, 3, VIB_CHECK_TINY},
    {"conv2d 5 3x3 same; conv2d 7 1x1", 4, 3, 2, 2, 2, VIB_CHECK_TINY}, /* several blocks of channels */
    {"conv2d 3 3x3 same bias=no; maxpool2d 2x2", 5, 4, 2, 2, 2, VIB_CHECK_TINY},
    /* the notebook's layers, a batch of two groups and a bit, used short */
    {"conv2d 32 3x3 same relu; maxpool2d 2x2; conv2d 32 3x3 same relu", 16, 16, 3, 20, 19, VIB_CHECK_LARGE},
    /* sides around the tile, odd channels, windows wider than high, strides with odd remainders */
    {"conv2d 5 3x3 same relu", 7, 9, 7, 9, 9, VIB_CHECK_LARGE},
    {"conv2d 16 5x3 same stride=2x3", 11, 13, 4, 3, 2, VIB_CHECK_LARGE},
    {"conv2d 48 1x1 valid relu", 6, 17, 24, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 8 4x4 same", 9, 8, 8, 1, 1, VIB_CHECK_LARGE},
    {"conv2d 6 7x7 valid stride=3 sigmoid", 16, 10, 2, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 33 3x3 same softmax", 3, 1, 2, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 16 3x3 same bias=no", 6, 7, 8, 9, 9, VIB_CHECK_LARGE},
    /* both sides padded alike: the last window may end before the picture does */
    {"conv2d 5 7x7 symmetric stride=2 bias=no", 8, 9, 3, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 8 3x3 symmetric stride=2; maxpool2d 3x3 symmetric", 10, 7, 8, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 8 1x1 valid stride=2 bias=no", 8, 6, 4, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 4 3x3 same relu; maxpool2d 3x3 symmetric", 6, 7, 2, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 2 1x3 same stride=4", 1, 6, 1, 17, 17, VIB_CHECK_LARGE},
    /* leaves of one row, of several, and a short last one */
    {"conv2d 4 3x3 same", 6, 300, 2, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 32 3x3 same relu; maxpool2d 2x2", 64, 64, 3, 33, 33, VIB_CHECK_LARGE},
    {"conv2d 64 3x3 same relu", 12, 12, 32, 10, 10, VIB_CHECK_LARGE},
    /* work-items with several blocks of channels: some of the weights', of the sums' */
    {"conv2d 128 3x3 same relu", 4, 5, 64, 10, 9, VIB_CHECK_LARGE},
    {"conv2d 128 3x3 same", 3, 4, 256, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 192 1x1 valid bias=no", 5, 7, 96, 3, 3, VIB_CHECK_LARGE},
    /* written past the caches, forward and the input gradient */
    {"conv2d 64 1x1 valid relu; conv2d 16 1x1", 65, 61, 16, 9, 9, VIB_CHECK_LARGE},
    /* several rows for each work-item */
    {"conv2d 16 3x3 same stride=2 relu; conv2d 4 1x1", 12, 5, 3, 150, 147, VIB_CHECK_LARGE},
    /* more groups of pictures than work-items share a sum; the last with fewer pictures */
    {"conv2d 2 1x1 valid", 2, 3, 1, 150, 147, VIB_CHECK_NORMAL},
    /* taps apart; channels in groups, whose tiles and vectors end with them */
    {"conv2d 4 3x2 same dilation=2x3 groups=2", 5, 7, 6, 2, 2, VIB_CHECK_TINY},
    {"conv2d 32 3x3 same dilation=2 relu", 11, 9, 16, 9, 9, VIB_CHECK_LARGE},
    {"conv2d 48 3x3 same groups=3 relu", 7, 9, 96, 3, 3, VIB_CHECK_LARGE},
    {"conv2d 6 3x3 valid dilation=1x2 stride=2x3 groups=3", 12, 16, 9, 10, 9, VIB_CHECK_LARGE},
    {"conv2d 10 2x4 same dilation=3 stride=2 groups=5", 13, 14, 5, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 24 3x3 same dilation=2 groups=2; maxpool2d 2x2", 8, 10, 8, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 8 2x2 same dilation=9", 4, 4, 3, 1, 1, VIB_CHECK_LARGE},
    {0},
};
