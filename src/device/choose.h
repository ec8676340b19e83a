/* Choosing a device from a list: no OpenCL here. */
#ifndef VIB_DEVICE_CHOOSE_H
#define VIB_DEVICE_CHOOSE_H

#include <vibrisa/device.h>

/* The device params ask for, in *index. VIB_USAGE: a text that cannot be one; VIB_NO_DEVICE: none or several
 * match. Both are logged, with the candidates. */
int vib_device_choose(const vib_device_list *list, const vib_device_params *params, size_t *index);

#endif
