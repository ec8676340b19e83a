#ifndef VIB_BASE_LOG_H
#define VIB_BASE_LOG_H

#include <vibrisa/log.h>

#if defined(__GNUC__) || defined(__clang__)
#define VIB_LOG_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define VIB_LOG_PRINTF(f, a)
#endif

/* Thread-safe. Newlines inside the text are kept (build logs); none at the end. */
void vib_log(vib_log_level level, const char *fmt, ...) VIB_LOG_PRINTF(2, 3);

/* Logs an error and returns status, for `return vib_fail(VIB_BAD_DATA, "%s: empty", path);`. */
int vib_fail(int status, const char *fmt, ...) VIB_LOG_PRINTF(2, 3);

#define vib_warn(...) vib_log(VIB_LOG_WARNING, __VA_ARGS__)
#define vib_info(...) vib_log(VIB_LOG_INFO, __VA_ARGS__)
#define vib_debug(...) vib_log(VIB_LOG_DEBUG, __VA_ARGS__)

#endif
