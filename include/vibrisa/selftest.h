#ifndef VIBRISA_SELFTEST_H
#define VIBRISA_SELFTEST_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/device.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which cases to run; zero means default. Needs to live only for the call. */
typedef struct vib_selftest_params {
    int all;          ///< 1: the large shapes too
    int tiny;         ///< 1: only the smallest shapes, for simulators
    const char *only; ///< part of a case's name; NULL: every case
    uint64_t seed;    ///< of the inputs
    /** Called after each case; reason is NULL when it passed. */
    void (*report)(void *user, const char *name, const char *reason);
    void *user; ///< first argument of report
} vib_selftest_params;

/**
 * Runs every kernel variant against plain C on this device, bit for bit.
 *
 * @param dev    borrowed
 * @param params borrowed; NULL: defaults
 * @param passed out, number of cases
 * @param failed out, number of cases
 * @return VIB_OK when none failed · VIB_FAILED otherwise
 *
 * Thread-safety: one thread per device.
 */
VIB_API int vib_selftest(vib_device *dev, const vib_selftest_params *params, size_t *passed, size_t *failed);

#ifdef __cplusplus
}
#endif

#endif
