/* Pieces of the list of devices that need no OpenCL, for their tests. */
#ifndef VIB_DEVICE_LIST_H
#define VIB_DEVICE_LIST_H

#include <vibrisa/device.h>

/* What the automatic choice ranks by: units × clock × width, a missing one counting as 1. */
double vib_device_score(const vib_device_info *info);

/* The family a device gets by itself. */
vib_family vib_device_default_family(const vib_device_info *info);

/* GPU bit and no CPU bit: simulators answer to every type. */
int vib_device_is_gpu(const vib_device_info *info);

#endif
