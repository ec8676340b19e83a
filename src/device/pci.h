/* GPUs of this machine that OpenCL does not offer, and what to do about it. */
#ifndef VIB_DEVICE_PCI_H
#define VIB_DEVICE_PCI_H

#include <vibrisa/device.h>

/* Reads root/sys/bus/pci and root/dev/dri ("" for this machine's own) and reports one line for each GPU
 * whose maker has no usable GPU in the list. Returns the number of lines. */
int vib_pci_hints(const char *root, const vib_device_list *list, vib_hint_fn *report, void *user);

#endif
