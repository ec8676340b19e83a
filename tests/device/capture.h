/* Keeps what the library logs, for tests that read it. */
#ifndef TEST_CAPTURE_H
#define TEST_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/common.h"
#include "base/str.h"

static vib_str captured;
static int captured_level[VIB_LOG_DEBUG + 1];

static void capture(void *user, vib_log_level level, const char *text)
{
    (void)user;
    captured_level[level]++;
    vib_str_add(&captured, text);
    vib_str_add(&captured, "\n");
}

/* Forgets what was kept and keeps what follows, debug messages too. */
static inline void capture_start(void)
{
    vib_str_free(&captured);
    memset(captured_level, 0, sizeof captured_level);
    vib_log_set(capture, NULL, VIB_LOG_DEBUG);
}

/* Ends with a line of what was logged when `part` is not in it. */
#define assert_logged(part)                                                                        \
    do {                                                                                           \
        if (!captured.text || !strstr(captured.text, (part)))                                      \
            fail_msg("\"%s\" is not in the log:\n%s", (part), captured.text ? captured.text : ""); \
    } while (0)

#endif
