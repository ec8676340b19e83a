/* Included by every internal file: the few macros that carry the error style of the project. */
#ifndef VIB_BASE_COMMON_H
#define VIB_BASE_COMMON_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/status.h>

#include "base/log.h"

#if defined(__GNUC__) || defined(__clang__)
#define VIB_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define VIB_PRINTF(f, a)
#endif

#define VIB_COUNT(a) (sizeof(a) / sizeof *(a))
#define VIB_MIN(a, b) ((a) < (b) ? (a) : (b))
#define VIB_MAX(a, b) ((a) > (b) ? (a) : (b))

/* Needs a local `int err` and a label `fail`, which is also the normal exit. */
#define VIB_TRY(call)           \
    do {                        \
        if ((err = (call)) < 0) \
            goto fail;          \
    } while (0)

/* Logs the reason as an error, sets err to the status and leaves. */
#define VIB_FAIL(status, ...)                  \
    do {                                       \
        err = vib_fail((status), __VA_ARGS__); \
        goto fail;                             \
    } while (0)

/* Allocations: the message is the same everywhere. */
#define VIB_CHECK_MEM(p)                           \
    do {                                           \
        if (!(p))                                  \
            VIB_FAIL(VIB_FAILED, "out of memory"); \
    } while (0)

static inline size_t vib_round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

#endif
