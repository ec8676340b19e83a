/* Does a device's arithmetic give the bits that C gives? */
#ifndef VIB_DEVICE_PROBE_H
#define VIB_DEVICE_PROBE_H

#include "base/str.h"
#include "device/device.h"

/* Runs the probe. *exact: 1 when every result had the host's bits, else 0 and *why names what differs. */
int vib_device_probe(vib_device *dev, int *exact, vib_str *why);

#endif
