#include "check.h"

const vib_check_case vib_check_activation[] = {
    {"relu; sigmoid; softmax", 3, 2, 3, 2, 2, VIB_CHECK_TINY},
    {"silu; tanh", 3, 2, 3, 2, 2, VIB_CHECK_TINY},
    /* eight times the input, so that some of it is above 6 */
    {"add with=input,input,input,input,input,input,input relu6; relu6", 3, 2, 3, 2, 2, VIB_CHECK_TINY},
    {"conv2d 8 3x3 same relu6; batchnorm relu6; flatten; dense 4 relu6", 5, 7, 3, 3, 2, VIB_CHECK_LARGE},
    {"conv2d 3 3x3 same tanh; silu; flatten; dense 4 tanh", 5, 7, 3, 3, 2, VIB_CHECK_LARGE},
    {"softmax; relu", 5, 7, 11, 3, 2, VIB_CHECK_LARGE},
    /* between layers with and without a border */
    {"relu; conv2d 3 3x3 same; sigmoid; maxpool2d 2x2; relu", 6, 6, 2, 2, 2, VIB_CHECK_NORMAL},
    {0},
};
