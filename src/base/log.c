#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <vibrisa/version.h>

static void print_stderr(void *user, vib_log_level level, const char *text)
{
    (void)user;
    fprintf(stderr, "vibrisa: %s%s\n", level == VIB_LOG_WARNING ? "warning: " : "", text);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static vib_log_fn *sink = print_stderr;
static void *sink_user;
static vib_log_level sink_level = VIB_LOG_WARNING;

void vib_log_set(vib_log_fn *fn, void *user, vib_log_level level)
{
    pthread_mutex_lock(&lock);
    sink = fn ? fn : print_stderr;
    sink_user = user;
    sink_level = fn ? level : VIB_LOG_WARNING;
    pthread_mutex_unlock(&lock);
}

/* Formats into `small`, or into memory of its own when that is too small; what does not fit then is cut. */
static char *format(char *small, size_t size, const char *fmt, va_list ap)
{
    char *text = small;
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(small, size, fmt, ap);
    if (n >= (int)size && (text = malloc((size_t)n + 1)))
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text ? text : small;
}

/* The same for names with control characters in them. */
static char *clean(char *small, size_t size, const char *from)
{
    const size_t n = vib_escape(from, small, size);
    char *text = n < size ? small : malloc(n + 1);
    if (text && text != small)
        vib_escape(from, text, n + 1);
    return text ? text : small;
}

static void vlog(vib_log_level level, const char *fmt, va_list ap)
{
    char small[1024], small_clean[1024];
    char *raw = format(small, sizeof small, fmt, ap);
    char *text = level < VIB_LOG_DEBUG ? clean(small_clean, sizeof small_clean, raw) : raw;

    pthread_mutex_lock(&lock);
    if (level <= sink_level)
        sink(sink_user, level, text);
    pthread_mutex_unlock(&lock);
    if (text != raw && text != small_clean)
        free(text);
    if (raw != small)
        free(raw);
}

void vib_log(vib_log_level level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vlog(level, fmt, ap);
    va_end(ap);
}

int vib_fail(int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vlog(VIB_LOG_ERROR, fmt, ap);
    va_end(ap);
    return status;
}

const char *vib_strerror(int status)
{
    switch (status) {
    case VIB_OK:
        return "success";
    case VIB_FAILED:
        return "failed at run time";
    case VIB_USAGE:
        return "wrong usage or a mistake in a recipe";
    case VIB_BAD_DATA:
        return "bad or missing data";
    case VIB_NO_DEVICE:
        return "no usable device";
    case VIB_BAD_MODEL:
        return "model does not fit";
    case VIB_INTERRUPTED:
        return "interrupted";
    default:
        return "unknown status";
    }
}

const char *vib_version(void)
{
    return VIB_VERSION;
}
