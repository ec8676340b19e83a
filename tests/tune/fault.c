/* A driver that goes wrong: preloaded, it hangs, crashes or refuses, as FAULT has it, when a kernel is
 * launched whose name has FAULT_IN in it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CL/cl.h>

typedef cl_int launch_fn(cl_command_queue, cl_kernel, cl_uint, const size_t *, const size_t *, const size_t *,
                         cl_uint, const cl_event *, cl_event *);

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                              const size_t *offset, const size_t *global, const size_t *local, cl_uint n,
                              const cl_event *wait, cl_event *event)
{
    static launch_fn *next;
    const char *fault = getenv("FAULT"), *in = getenv("FAULT_IN");
    char name[256] = "";
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "clEnqueueNDRangeKernel");
    if (fault && in &&
        clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL) == CL_SUCCESS &&
        strstr(name, in)) {
        if (!strcmp(fault, "hang"))
            for (;;)
                pause();
        if (!strcmp(fault, "crash"))
            abort();
        return CL_OUT_OF_RESOURCES;
    }
    return next(queue, kernel, dimensions, offset, global, local, n, wait, event);
}
