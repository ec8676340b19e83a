#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/common.h"
#include "base/folder.h"
#include "bench/bench.h"
#include "device/device.h"

/* Where drivers keep what they have compiled: PoCL, NVIDIA, Mesa, Intel, and everybody who asks XDG. */
static const char *const caches[] = {"POCL_CACHE_DIR", "CUDA_CACHE_PATH", "MESA_SHADER_CACHE_DIR",
                                     "NEO_CACHE_DIR", "XDG_CACHE_HOME"};

/* Opens the device, makes the network, trains one step. */
static int first_step(const vib_device_params *device, const vib_recipe *resolved, int batch, double *seconds)
{
    int err = 0;
    vib_device *dev = NULL;
    vib_bench_steps steps = {0};
    const double start = vib_clock();
    VIB_TRY(vib_device_open(device, &dev));
    VIB_TRY(vib_bench_steps_open(dev, resolved, batch, 1, 1, &steps));
    VIB_TRY(vib_bench_steps_run(&steps, 1, NULL));
    *seconds = vib_clock() - start;
fail:
    vib_bench_steps_close(&steps);
    vib_device_close(&dev);
    return err;
}

/* The same in a process whose drivers cache in `folder`. */
static int in_child(const vib_device_params *device, const vib_recipe *resolved, int batch,
                    const char *folder, double *seconds)
{
    int err = 0, ends[2], status = 0;
    if (pipe(ends) < 0)
        return vib_fail(VIB_FAILED, "pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child == 0) {
        double took = 0;
        vib_log_set(NULL, NULL, VIB_LOG_ERROR);
        for (size_t i = 0; i < VIB_COUNT(caches); i++)
            setenv(caches[i], folder, 1);
        int code = first_step(device, resolved, batch, &took) < 0;
        if (!code && write(ends[1], &took, sizeof took) != (ssize_t)sizeof took)
            code = 1;
        _exit(code);
    }
    close(ends[1]);
    if (child < 0)
        err = vib_fail(VIB_FAILED, "fork: %s", strerror(errno));
    else if (read(ends[0], seconds, sizeof *seconds) != (ssize_t)sizeof *seconds)
        err = vib_fail(VIB_FAILED, "the process that measures the start ended early");
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return err;
}

int vib_bench_start(const vib_device_params *device, const vib_recipe *resolved, int batch, double *cold,
                    double *warm)
{
    int err = 0;
    char *folder = NULL;
    VIB_TRY(vib_temporary_folder("vibrisa-bench", &folder));
    VIB_TRY(in_child(device, resolved, batch, folder, cold));
    VIB_TRY(in_child(device, resolved, batch, folder, warm));
fail:
    vib_remove_folder(&folder);
    return err;
}
