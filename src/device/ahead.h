/* PoCL compiles a kernel when it is first launched, one after the other in all of a process, and keeps it on
 * disk for every process. So in a cold start another process, the helper, compiles what is launched last
 * while this one compiles what is launched first. It is told by its standard input, and nothing depends on
 * it. */
#ifndef VIB_DEVICE_AHEAD_H
#define VIB_DEVICE_AHEAD_H

#include "base/str.h"
#include "device/cl.h"

/* Where it can help; `helper` is that of vib_device_params. Without it all that follows does nothing. */
int vib_ahead_open(vib_device *dev, const char *helper);
void vib_ahead_close(vib_device *dev);

/* A driver was asked at `date` (vib_clock_date) to build this, and has. When it did not know the program, the
 * first launch of each kernel is noted from here on. */
void vib_ahead_built(vib_device *dev, const vib_str *source, const vib_str *options, double date);
void vib_ahead_note(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n);

/* There is nothing more to launch at the moment: the helper begins with what was noted. */
void vib_ahead_start(vib_device *dev);

/* Lets go of a helper that has ended. */
void vib_ahead_watch(vib_device *dev);

#endif
