#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "device/ahead.h"

void vib_device_profile_user(vib_device *dev, const char *user)
{
    dev->profile.user = user;
}

static int row_of(vib_device *dev, const char *kernel, size_t *row)
{
    vib_profile *p = &dev->profile;
    const char *user = p->user ? p->user : "";
    for (*row = 0; *row < p->n_rows; (*row)++)
        if (!strcmp(p->rows[*row].user, user) && !strcmp(p->rows[*row].kernel, kernel))
            return 0;
    vib_profile_row new = {.user = vib_strdup(user), .kernel = vib_strdup(kernel)};
    if (!new.user || !new.kernel || vib_grow(&p->rows, &p->cap_rows, p->n_rows + 1, sizeof *p->rows) < 0) {
        free(new.user);
        free(new.kernel);
        return vib_fail(VIB_FAILED, "out of memory");
    }
    p->rows[p->n_rows++] = new;
    return 0;
}

static void clear_rows(vib_profile *p)
{
    for (size_t i = 0; i < p->n_rows; i++) {
        free(p->rows[i].user);
        free(p->rows[i].kernel);
    }
    p->n_rows = 0;
}

/* Drivers give zeros, and times that run backwards: those count as no time. */
static void collect(vib_device *dev)
{
    vib_profile *p = &dev->profile;
    if (p->n_pending == 0 || vib_device_wait(dev, NULL) < 0)
        return;
    for (size_t i = 0; i < p->n_pending; i++) {
        vib_profile_event *e = &p->pending[i];
        vib_profile_row *row = &p->rows[e->row];
        cl_ulong start = 0, end = 0;
        row->launches++;
        if (clGetEventProfilingInfo(e->event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL) ==
                CL_SUCCESS &&
            clGetEventProfilingInfo(e->event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL) ==
                CL_SUCCESS &&
            end > start) {
            const double seconds = (double)(end - start) * 1e-9;
            row->seconds += seconds;
            row->least = row->least > 0 ? VIB_MIN(row->least, seconds) : seconds;
        }
        vib_cl_release_event(&e->event);
    }
    p->n_pending = 0;
}

int vib_device_profile_take(vib_device *dev,
                            int (*report)(void *closure, const char *user, const char *kernel,
                                          uint64_t launches, double seconds),
                            void *closure)
{
    vib_profile *p = &dev->profile;
    int err = 0;
    collect(dev);
    for (size_t i = 0; i < p->n_rows && err >= 0; i++)
        err = report(closure, p->rows[i].user, p->rows[i].kernel, p->rows[i].launches, p->rows[i].seconds);
    clear_rows(p);
    return err;
}

void vib_device_clear_profile(vib_device *dev)
{
    collect(dev);
    clear_rows(&dev->profile);
}

double vib_kernel_least(const vib_kernel *kernel)
{
    const vib_profile *p = &kernel->dev->profile;
    double least = 0;
    collect(kernel->dev);
    for (size_t i = 0; i < p->n_rows; i++)
        if (!strcmp(p->rows[i].kernel, kernel->name) && p->rows[i].least > 0 &&
            (least == 0 || p->rows[i].least < least))
            least = p->rows[i].least;
    return least;
}

int vib_device_profiles(const vib_device *dev)
{
    return dev->profile.on;
}

void vib_profile_free(vib_device *dev)
{
    vib_profile *p = &dev->profile;
    for (size_t i = 0; i < p->n_pending && vib_device_may_release(dev); i++)
        vib_cl_release_event(&p->pending[i].event);
    clear_rows(p);
    free(p->rows);
    *p = (vib_profile){0};
}

int vib_profile_add(vib_device *dev, const char *kernel, cl_event event)
{
    vib_profile *p = &dev->profile;
    size_t row;
    if (p->n_pending == VIB_PROFILE_PENDING)
        collect(dev);
    int err = vib_device_check(dev);
    if (err < 0 || (err = row_of(dev, kernel, &row)) < 0)
        vib_cl_release_event(&event);
    else
        p->pending[p->n_pending++] = (vib_profile_event){event, row};
    return err;
}

cl_int vib_cl_set_arg(cl_kernel kernel, cl_uint i, const vib_arg *arg)
{
    switch (arg->type) {
    case VIB_ARG_BUFFER:
        return clSetKernelArg(kernel, i, sizeof(cl_mem), arg->as.buffer ? &arg->as.buffer->mem : NULL);
    case VIB_ARG_I32:
        return clSetKernelArg(kernel, i, sizeof(cl_int), &arg->as.i32);
    case VIB_ARG_U64:
        return clSetKernelArg(kernel, i, sizeof(cl_ulong), &arg->as.u64);
    case VIB_ARG_F32:
        return clSetKernelArg(kernel, i, sizeof(cl_float), &arg->as.f32);
    }
    return CL_INVALID_ARG_VALUE;
}

static int fail_launch(const vib_kernel *kernel, const char *call, cl_int code, const char *detail)
{
    vib_str about = {0};
    vib_str_printf(&about, "kernel %s%s: ", kernel->name, detail);
    const int err = vib_cl_fail(__FILE__, __LINE__, call, code, about.failed ? "" : about.text);
    vib_str_free(&about);
    return err;
}

int vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n)
{
    vib_device *dev = kernel->dev;
    size_t global[3];
    char detail[96];
    cl_command_queue queue;
    cl_event after, event = NULL;

    const int err = vib_queue_enter(dev, &queue, &after);
    if (err < 0)
        return err;
    assert(kernel->kernel && groups[0] && groups[1] && groups[2]);
    for (size_t i = 0; i < n; i++) {
        const cl_int code = vib_cl_set_arg(kernel->kernel, (cl_uint)i, &args[i]);
        if (code != CL_SUCCESS) {
            snprintf(detail, sizeof detail, ", argument %zu of %zu", i, n);
            return fail_launch(kernel, "clSetKernelArg", code, detail);
        }
    }
    for (size_t i = 0; i < 3; i++)
        global[i] = groups[i] * kernel->local[i];
    const cl_int code =
        clEnqueueNDRangeKernel(queue, kernel->kernel, 3, NULL, global, kernel->local, after != NULL,
                               after ? &after : NULL, dev->profile.on || dev->side ? &event : NULL);
    if (code != CL_SUCCESS) {
        snprintf(detail, sizeof detail, ", %zu x %zu x %zu groups of %zu x %zu x %zu", groups[0], groups[1],
                 groups[2], kernel->local[0], kernel->local[1], kernel->local[2]);
        return fail_launch(kernel, "clEnqueueNDRangeKernel", code, detail);
    }
    vib_ahead_note(kernel, groups, args, n);
    if (dev->profile.on)
        return vib_profile_add(dev, kernel->name, event);
    vib_queue_leave(dev, event);
    return 0;
}
