/* Standard error: messages, and a progress bar where it is a terminal. */
#ifndef VIBRISA_CLI_TERMINAL_H
#define VIBRISA_CLI_TERMINAL_H

#include <stddef.h>

typedef enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_mode;

/* Sends the library's messages here. verbose 0: warnings, 1: what is done, 2: all. */
void terminal_start(color_mode color, int quiet, int verbose);

/* One line "vibrisa: ..." on standard error. */
void complain(const char *fmt, ...)
#if defined(__GNUC__) || defined(__clang__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

/* Shows how far something is: redrawn at most ten times a second, only on a terminal and unless quiet. `rate`
 * in images/s (0: not shown); `seconds` since it began, for the time left; `note` may be "". */
void terminal_progress(const char *what, size_t done, size_t total, double seconds, double rate,
                       const char *note);

/* Takes the bar away, before something else is printed. */
void terminal_clear(void);

/* Seconds that only ever grow. */
double terminal_clock(void);

/* 1 when results may be coloured on standard output. */
int terminal_color_stdout(void);

#endif
