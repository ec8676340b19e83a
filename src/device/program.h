/* What tests and tuning need of programs. */
#ifndef VIB_DEVICE_PROGRAM_H
#define VIB_DEVICE_PROGRAM_H

#include "base/embedded.h"
#include "device/device.h"

/* Kernel files to look in before the embedded ones; borrowed for the program's life. */
void vib_program_set_files(vib_program *program, const vib_embedded *files);

/* Takes everything but n kernels back, before the program is built. */
void vib_program_keep_only(vib_program *program, vib_kernel *const *kernels, size_t n);
/* Whether two kernels are the same instance of a file, in whichever program. */
int vib_kernel_is_same(const vib_kernel *a, const vib_kernel *b);

/* 1 when the build was a load from the cache. */
int vib_program_from_cache(const vib_program *program);

/* What the compiler gets to see; valid after vib_program_build, also when it failed. */
const char *vib_program_source(const vib_program *program);

#endif
