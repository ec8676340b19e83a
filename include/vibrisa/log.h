#ifndef VIBRISA_LOG_H
#define VIBRISA_LOG_H

#include <stddef.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How much a message matters. */
typedef enum vib_log_level {
    VIB_LOG_ERROR = 0,   ///< why a function is about to fail: one line
    VIB_LOG_WARNING = 1, ///< something the user should know; the work goes on
    VIB_LOG_INFO = 2,    ///< what is being done
    VIB_LOG_DEBUG = 3,   ///< build logs, times, choices
} vib_log_level;

/**
 * Receives each message: one line without a newline (build logs, at VIB_LOG_DEBUG, have more) and without
 * other control characters, in UTF-8, whatever the names of files in it. Called from any thread, one call at
 * a time; must not call the library, but for vib_escape. text is borrowed until the call returns.
 */
typedef void vib_log_fn(void *user, vib_log_level level, const char *text);

/**
 * Sends messages up to `level` to `fn`; NULL restores the default, which prints errors and warnings on
 * standard error. Thread-safety: call before other threads use the library.
 */
VIB_API void vib_log_set(vib_log_fn *fn, void *user, vib_log_level level);

/**
 * Makes text, such as the name of a file, fit to be shown: control characters and bytes that are not UTF-8
 * become \n, \t, \r or \xNN, the rest stays.
 *
 * @param out  NULL when size is 0; else ends with a zero byte, cut before a character when too small
 * @return length of the whole, as snprintf. Thread-safety: safe.
 */
VIB_API size_t vib_escape(const char *text, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
