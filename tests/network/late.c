/* Linked into another test, holds launches aside back until everything else up to the join is done: what they
 * share with launches in between changes the test's numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/cl.h"

enum { MOST_LAUNCHES = 256, MOST_ARGS = 32 };

static struct {
    vib_kernel *kernel;
    size_t groups[3], n;
    vib_arg args[MOST_ARGS];
} held[MOST_LAUNCHES];
static size_t n_held, n_late;
static int seen; /* a launch on a device that has something aside */

int __real_vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n);
int __wrap_vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n);
void __real_vib_device_join(vib_device *dev);
void __wrap_vib_device_join(vib_device *dev);

static void give_up(const char *why)
{
    fprintf(stderr, "late: %s\n", why);
    _Exit(1);
}

int __wrap_vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n)
{
    seen |= vib_device_has_aside(kernel->dev);
    if (!vib_device_is_aside(kernel->dev))
        return __real_vib_kernel_launch(kernel, groups, args, n);
    if (n_held == MOST_LAUNCHES || n > MOST_ARGS)
        give_up("no room for another launch");
    held[n_held].kernel = kernel;
    held[n_held].n = n;
    memcpy(held[n_held].groups, groups, sizeof held->groups);
    memcpy(held[n_held++].args, args, n * sizeof *args);
    return 0;
}

void __wrap_vib_device_join(vib_device *dev)
{
    vib_device_aside(dev, 1);
    for (size_t i = 0; i < n_held; i++)
        if (__real_vib_kernel_launch(held[i].kernel, held[i].groups, held[i].args, held[i].n) < 0)
            give_up("a launch failed");
    vib_device_aside(dev, 0);
    n_late += n_held;
    n_held = 0;
    __real_vib_device_join(dev);
}

__attribute__((destructor)) static void check(void)
{
    if ((seen && !n_late) || n_held)
        give_up(n_held ? "launches were never joined" : "nothing was launched aside");
}
