/* Runs every kernel check on the device of the environment: [--tiny] [--all] [--only TEXT]. */
#include <stdio.h>
#include <string.h>
#include <vibrisa/selftest.h>

static void report(void *user, const char *name, const char *reason)
{
    (void)user;
    if (reason)
        printf("FAILED %s: %s\n", name, reason);
    else
        printf("ok %s\n", name);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    enum { SKIP = 77 };
    vib_device *dev = NULL;
    vib_selftest_params params = {.report = report};
    for (int i = 1; i < argc; i++) {
        params.tiny |= !strcmp(argv[i], "--tiny");
        params.all |= !strcmp(argv[i], "--all");
        if (!strcmp(argv[i], "--only") && i + 1 < argc)
            params.only = argv[++i];
    }
    size_t passed = 0, failed = 0;
    const int err = vib_device_open(&(vib_device_params){.device = "0", .platform = "0"}, &dev);
    if (err == VIB_NO_DEVICE) {
        printf("skipped: no OpenCL device\n");
        return SKIP;
    }
    if (err < 0 || vib_selftest(dev, &params, &passed, &failed) < 0 || !passed) {
        printf("%zu passed, %zu failed\n", passed, failed);
        vib_device_close(&dev);
        return 1;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    vib_device_close(&dev);
    return 0;
}
