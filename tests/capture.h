/* Keeps what the library logs, for tests of messages. Include after cmocka.h. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include <stdio.h>
#include <string.h>
#include <vibrisa/log.h>

static char captured[2048]; /* the last message */
static int captured_count;

static void capture(void *user, vib_log_level level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(captured, sizeof captured, "%s", text);
    captured_count++;
}

static inline void capture_start(void)
{
    captured[0] = 0;
    captured_count = 0;
    vib_log_set(capture, NULL, VIB_LOG_WARNING);
}

/* One message was logged, and it holds `part`. */
static inline void assert_captured(const char *part)
{
    if (captured_count != 1 || !strstr(captured, part)) {
        print_error("%d messages, the last: %s\nexpected in it: %s\n", captured_count, captured, part);
        fail();
    }
}

#endif
