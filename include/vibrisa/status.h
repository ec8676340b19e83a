#ifndef VIBRISA_STATUS_H
#define VIBRISA_STATUS_H

#if defined(__GNUC__) || defined(__clang__)
#define VIB_API __attribute__((visibility("default")))
#else
#define VIB_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What every function that can fail returns: VIB_OK, or one of the negative codes below. The details go
 * to the log callback (log.h) as one line. -1 to -5 are the program's exit codes 1 to 5.
 */
typedef enum vib_status {
    VIB_OK = 0,
    VIB_FAILED = -1,      ///< failed at run time: out of memory, disk full, a driver's error
    VIB_USAGE = -2,       ///< a wrong argument, or a mistake in a recipe
    VIB_BAD_DATA = -3,    ///< pictures or folders missing, empty or unreadable
    VIB_NO_DEVICE = -4,   ///< no usable OpenCL device, or not the one asked for
    VIB_BAD_MODEL = -5,   ///< model file damaged, or does not fit the data or the recipe
    VIB_INTERRUPTED = -6, ///< stopped by the caller; what was done is saved
} vib_status;

/** One short English phrase for a status. Static storage, never NULL. Thread-safety: safe. */
VIB_API const char *vib_strerror(int status);

#ifdef __cplusplus
}
#endif

#endif
