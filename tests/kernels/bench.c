#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "check.h"

enum { V = 4, CHAINS = 3, ROUNDS = 5 };

/* The kernels of `vibrisa bench` do what they are measured for. */
int vib_check_bench(vib_device *dev, uint64_t seed, vib_str *why)
{
    int err = 0;
    const size_t group = vib_device_get_family(dev) == VIB_FAMILY_CPU ? 1 : 64, groups = 3;
    const size_t n = groups * group * V * ROUNDS;
    const vib_define defines[] = {{"PASS", "MULTIPLY_ADD"},
                                  VIB_DEFINE("V", V),
                                  VIB_DEFINE("CHAINS", CHAINS),
                                  VIB_DEFINE("GROUP", (int)group)};
    const vib_define copies[] = {
        {"PASS", "COPY"}, VIB_DEFINE("V", V), VIB_DEFINE("CHAINS", CHAINS), VIB_DEFINE("GROUP", (int)group)};
    vib_program *program = NULL;
    vib_kernel *add, *copy;
    vib_buffer *x = NULL, *y = NULL;
    float *from = vib_calloc(n, sizeof *from), *to = vib_calloc(n, sizeof *to),
          *want = vib_calloc(n, sizeof *want);
    VIB_CHECK_MEM(from && to && want);
    VIB_TRY(vib_program_create(dev, &program));
    VIB_TRY(vib_program_add(program, "bench.cl", "multiply_add", defines, VIB_COUNT(defines),
                            VIB_GROUPS(group, 1, 1), &add));
    VIB_TRY(vib_program_add(program, "bench.cl", "copy", copies, VIB_COUNT(copies), VIB_GROUPS(group, 1, 1),
                            &copy));
    VIB_TRY(vib_program_build(program));
    VIB_TRY(vib_buffer_create(dev, n * sizeof *from, "x", &x));
    VIB_TRY(vib_buffer_create(dev, n * sizeof *from, "y", &y));
    vib_check_values(from, n, seed, 200, vib_device_is_exact(dev));
    VIB_TRY(vib_buffer_write(x, 0, from, n * sizeof *from, NULL));
    VIB_TRY(VIB_LAUNCH(copy, VIB_GROUPS(groups, 1, 1), vib_arg_buffer(y), vib_arg_buffer(x),
                       vib_arg_i32(ROUNDS)));
    VIB_TRY(vib_buffer_read(y, 0, to, n * sizeof *to, NULL));
    VIB_TRY(vib_check_same("copy", to, from, n, why));
    float sum = 0;
    for (int i = 0; i < CHAINS; i++) {
        float chain = (float)i;
        for (int t = 0; t < ROUNDS; t++)
            chain = fmaf(chain, from[0], from[1]);
        sum = i ? sum + chain : chain;
    }
    for (size_t i = 0; i < groups * group * V; i++)
        want[i] = sum;
    VIB_TRY(
        VIB_LAUNCH(add, VIB_GROUPS(groups, 1, 1), vib_arg_buffer(y), vib_arg_buffer(x), vib_arg_i32(ROUNDS)));
    VIB_TRY(vib_buffer_read(y, 0, to, n * sizeof *to, NULL));
    VIB_TRY(vib_check_same("multiply-adds", to, want, groups * group * V, why));
fail:
    vib_buffer_destroy(&x);
    vib_buffer_destroy(&y);
    vib_program_destroy(&program);
    free(from);
    free(to);
    free(want);
    return err;
}
