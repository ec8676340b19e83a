/* What the tests of networks share: cmocka, the device at hand, golden files. */
#ifndef TESTS_NETWORK_ENGINE_H
#define TESTS_NETWORK_ENGINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "device/device.h"

/* VIBRISA_DEVICE, else a CPU; without any the program ends as skipped. NULL: it failed. */
static inline vib_device *engine_open(void)
{
    enum { SKIP = 77 };
    vib_device *dev = NULL;
    const char *name = getenv("VIBRISA_DEVICE");
    const vib_device_params params = {.device = name, .type = name ? 0 : VIB_DEVICE_CPU};
    if (vib_device_open(&params, &dev) == VIB_NO_DEVICE) {
        printf("skipped: no OpenCL device\n");
        exit(SKIP);
    }
    return dev;
}

static inline int engine_setup(void **state)
{
    *state = engine_open();
    return *state ? 0 : -1;
}

static inline int engine_teardown(void **state)
{
    vib_device *dev = *state;
    vib_device_close(&dev);
    return 0;
}

/* With the kernels of each family. */
static inline void engine_both(void **state, void (*test)(void **))
{
    static const vib_family families[] = {VIB_FAMILY_CPU, VIB_FAMILY_GPU};
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        vib_device_use_family(*state, families[f]);
        test(state);
    }
}

/* Of tests/golden; release with json_decref. */
static inline json_t *engine_golden(const char *name)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/golden/%s", TEST_DATA, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

static inline double engine_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s: not a number in the golden file", key);
    return json_number_value(value);
}

#endif
