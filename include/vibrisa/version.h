#ifndef VIBRISA_VERSION_H
#define VIBRISA_VERSION_H

#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Number of the arithmetic definition (docs/arithmetic.md); part of every model and kernel-cache key. */
#define VIB_ARITHMETIC 1

/** Version of the library, "major.minor.patch". Static storage. Thread-safety: safe. */
VIB_API const char *vib_version(void);

#ifdef __cplusplus
}
#endif

#endif
