#include "terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vibrisa/log.h>

static struct {
    int bar; /* a bar may be drawn */
    int color, color_stdout;
    int drawn;   /* a bar is on the line */
    double last; /* when it was drawn */
} terminal;

double terminal_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void terminal_clear(void)
{
    if (terminal.drawn)
        fputs("\r\033[K", stderr);
    terminal.drawn = 0;
}

static void print_message(void *user, vib_log_level level, const char *text)
{
    static const char *const colors[] = {"\033[1;31m", "\033[1;33m", "", ""};
    (void)user;
    terminal_clear();
    if (level > VIB_LOG_WARNING) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    const char *kind = level == VIB_LOG_WARNING ? "warning: " : "";
    if (terminal.color)
        fprintf(stderr, "%svibrisa:\033[0m %s%s\n", colors[level], kind, text);
    else
        fprintf(stderr, "vibrisa: %s%s\n", kind, text);
}

void complain(const char *fmt, ...)
{
    char raw[2048], text[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    vib_escape(raw, text, sizeof text);
    print_message(NULL, VIB_LOG_ERROR, text);
}

/* NO_COLOR and TERM=dumb, as everywhere. */
static int wants_color(color_mode mode, int fd)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    if (mode != COLOR_AUTO)
        return mode == COLOR_ALWAYS;
    return isatty(fd) && !(none && *none) && !(term && !strcmp(term, "dumb"));
}

void terminal_start(color_mode color, int quiet, int verbose)
{
    const char *term = getenv("TERM");
    terminal.color = wants_color(color, STDERR_FILENO);
    terminal.color_stdout = wants_color(color, STDOUT_FILENO);
    terminal.bar = !quiet && isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
    vib_log_set(print_message, NULL, verbose > 1 ? VIB_LOG_DEBUG : verbose ? VIB_LOG_INFO : VIB_LOG_WARNING);
}

int terminal_color_stdout(void)
{
    return terminal.color_stdout;
}

static void print_time(double seconds)
{
    const long s = (long)(seconds + 0.5);
    if (s >= 3600)
        fprintf(stderr, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else if (s >= 60)
        fprintf(stderr, "%ld:%02ld", s / 60, s % 60);
    else
        fprintf(stderr, "%lds", s);
}

void terminal_progress(const char *what, size_t done, size_t total, double seconds, double rate,
                       const char *note)
{
    static const char full[] = "==============================", rest[] = "..............................";
    const int width = (int)sizeof full - 1;
    const double now = terminal_clock();
    if (!terminal.bar || !total || (terminal.drawn && now - terminal.last < 0.1))
        return;
    const int filled = (int)((double)width * (double)done / (double)total);
    fprintf(stderr, "\r\033[K%s %zu/%zu [%.*s%.*s]", what, done, total, filled, full, width - filled, rest);
    if (done && done < total) {
        fputs("  ETA ", stderr);
        print_time(seconds * (double)(total - done) / (double)done);
    }
    if (rate > 0)
        fprintf(stderr, "  %.0f images/s", rate);
    if (*note)
        fprintf(stderr, "  %s", note);
    fflush(stderr);
    terminal.drawn = 1;
    terminal.last = now;
}
