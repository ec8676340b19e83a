#include "check.h"

const vib_check_case vib_check_conv2d_maxpool2d[] = {
    {"conv2d 4 3x3 same relu; maxpool2d 2x2", 4, 6, 8, 2, 2, VIB_CHECK_TINY},
    {"conv2d 5 2x2 valid; maxpool2d 2x1", 6, 4, 1, 3, 3, VIB_CHECK_TINY},
    {"conv2d 16 3x3 same relu; maxpool2d 2x2; conv2d 32 3x3 same relu; maxpool2d 2x2", 22, 18, 3, 10, 9,
     VIB_CHECK_NORMAL},
    /* A row that is cut, and behind it what pooling drops. */
    {"conv2d 32 3x3 same relu; maxpool2d 2x2", 5, 71, 3, 9, 9, VIB_CHECK_NORMAL},
    /* Weights that no innermost cache holds; a row of more tiles than are summed at once. */
    {"conv2d 32 3x3 same relu; maxpool2d 2x2", 4, 50, 32, 1, 1, VIB_CHECK_NORMAL},
    /* What pooling drops, more rows than a leaf and bands at the edges. */
    {"conv2d 9 3x3 valid relu; maxpool2d 2x2", 35, 19, 16, 1, 1, VIB_CHECK_LARGE},
    {"conv2d 3 3x3 same; maxpool2d 1x3; conv2d 8 1x1 valid relu; maxpool2d 4x1", 9, 301, 2, 2, 2,
     VIB_CHECK_LARGE},
    {"conv2d 16 2x4 same relu; maxpool2d 2x2 same", 8, 10, 24, 9, 9, VIB_CHECK_LARGE},
    {"conv2d 64 3x3 same relu; maxpool2d 2x2", 12, 12, 32, 17, 17, VIB_CHECK_LARGE},
    {"conv2d 6 5x5 same relu; maxpool2d 2x2", 10, 10, 8, 2, 2, VIB_CHECK_LARGE},
    /* More channels than bits in a word, rows that are cut, a last word that is not full. */
    {"conv2d 70 3x3 same relu; maxpool2d 2x2", 6, 134, 8, 2, 2, VIB_CHECK_LARGE},
    {"conv2d 12 3x3 same; maxpool2d 1x3", 5, 69, 8, 9, 9, VIB_CHECK_LARGE},
    /* Windows that overlap are two layers. */
    {"conv2d 4 3x3 same relu; maxpool2d 3x3 stride=2", 9, 8, 5, 2, 2, VIB_CHECK_LARGE},
    {0},
};
