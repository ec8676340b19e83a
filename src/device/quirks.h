/* What certain drivers do differently, as data: the one place that knows implementations by name. */
#ifndef VIB_DEVICE_QUIRKS_H
#define VIB_DEVICE_QUIRKS_H

#include "base/common.h"
#include <vibrisa/device.h>

enum {
    VIB_QUIRK_EMULATOR = 1u << 0,     /* works, far too slowly: taken only when named */
    VIB_QUIRK_LOCAL_TWICE = 1u << 1,  /* CL_KERNEL_LOCAL_MEM_SIZE is twice the truth */
    VIB_QUIRK_GROUP_LOW = 1u << 2,    /* CL_KERNEL_WORK_GROUP_SIZE is lower than what runs */
    VIB_QUIRK_NO_STD = 1u << 3,       /* hangs on -cl-std */
    VIB_QUIRK_OWN_CACHE = 1u << 4,    /* better off with its own cache of built programs alone */
    VIB_QUIRK_WHOLE_WRITES = 1u << 5, /* buffers are written whole, never in part */
};

unsigned vib_quirks_of(const vib_device_info *info);

/* Sets what drivers read from the environment when they load; call before the first OpenCL call. */
void vib_quirks_prepare(void);

/* 1 when PoCL has met a program since `date` (vib_clock_date) that its cache did not have. */
int vib_pocl_built_new(double date);

/* 1 when files of `bytes` can be made in the folder, or in the nearest one that exists above it. */
int vib_folder_has_room(const char *folder, uint64_t bytes);

/* 1 when part occurs in text, ignoring case. */
int vib_contains(const char *text, const char *part);

#endif
