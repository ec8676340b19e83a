#include "base/clock.h"
#include "base/common.h"
#include "bench/bench.h"
#include "device/device.h"

enum { CHAINS = 12, COPY_BYTES = 64 << 20 };

/* Seconds of the fastest of several launches within `seconds`. */
static int fastest(vib_device *dev, vib_kernel *kernel, size_t groups, vib_buffer *y, vib_buffer *x,
                   int rounds, double seconds, double *out)
{
    int err = 0;
    const double began = vib_clock();
    *out = 0;
    for (int i = 0; i < 3 || vib_clock() - began < seconds; i++) {
        const double start = vib_clock();
        VIB_TRY(VIB_LAUNCH(kernel, VIB_GROUPS(groups, 1, 1), vib_arg_buffer(y), vib_arg_buffer(x),
                           vib_arg_i32(rounds)));
        VIB_TRY(vib_device_finish(dev));
        const double took = vib_clock() - start;
        if (i && (*out == 0 || took < *out)) /* the first compiles, on some drivers */
            *out = took;
    }
fail:
    return err;
}

int vib_bench_peak(vib_device *dev, double seconds, double *gflops, double *gbytes)
{
    int err = 0;
    vib_program *program = NULL;
    vib_kernel *add, *copy;
    vib_buffer *x = NULL, *y = NULL;
    const vib_device_info *info = vib_device_get_info(dev);
    const int cpu = vib_device_get_family(dev) == VIB_FAMILY_CPU, group = cpu ? 1 : 64;
    const int v = cpu ? (info->float_width >= 16 ? 16 : info->float_width >= 8 ? 8 : 4) : 4;
    const vib_define adds[] = {{"PASS", "MULTIPLY_ADD"},
                               VIB_DEFINE("V", v),
                               VIB_DEFINE("CHAINS", CHAINS),
                               VIB_DEFINE("GROUP", group)};
    const vib_define copies[] = {
        {"PASS", "COPY"}, VIB_DEFINE("V", v), VIB_DEFINE("CHAINS", CHAINS), VIB_DEFINE("GROUP", group)};
    const size_t *const local = VIB_GROUPS((size_t)group, 1, 1);
    const float factors[] = {0.999f, 0.001f};
    const size_t units = VIB_MAX(1, info->compute_units);
    const uint64_t most = VIB_MIN(info->max_alloc_bytes, (uint64_t)COPY_BYTES);
    const int rounds = cpu ? 64 : 4;
    const size_t groups = (size_t)most / sizeof(float) / (size_t)(v * group * rounds);
    const size_t add_groups = cpu ? 8 * units : 64 * units;
    VIB_TRY(vib_program_create(dev, &program));
    VIB_TRY(vib_program_add(program, "bench.cl", "multiply_add", adds, VIB_COUNT(adds), local, &add));
    VIB_TRY(vib_program_add(program, "bench.cl", "copy", copies, VIB_COUNT(copies), local, &copy));
    VIB_TRY(vib_program_build(program));
    VIB_TRY(vib_buffer_create(dev, (size_t)most, "a measurement", &x));
    VIB_TRY(vib_buffer_create(dev, (size_t)most, "a measurement", &y));
    VIB_TRY(vib_buffer_fill(x, 0, (size_t)most, 0));
    VIB_TRY(vib_buffer_write(x, 0, factors, sizeof factors, NULL));

    /* A first guess tells how much to do for launches of some ten milliseconds. */
    int adds_each = 2000;
    double took;
    VIB_TRY(fastest(dev, add, add_groups, y, x, adds_each, 0, &took));
    adds_each = (int)VIB_MIN(1e7, VIB_MAX(1.0, adds_each * 0.02 / VIB_MAX(took, 1e-6)));
    VIB_TRY(fastest(dev, add, add_groups, y, x, adds_each, seconds, &took));
    *gflops = 2e-9 * (double)(add_groups * (size_t)(group * v * CHAINS)) * adds_each / took;
    VIB_TRY(fastest(dev, copy, groups, y, x, rounds, seconds / 2, &took));
    *gbytes = 2e-9 * (double)(groups * (size_t)(group * v * rounds)) * sizeof(float) / took;
fail:
    vib_buffer_destroy(&x);
    vib_buffer_destroy(&y);
    vib_program_destroy(&program);
    return err;
}
