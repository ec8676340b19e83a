#include "device/cl.h"

#include <string.h>

#define NAME(x) \
    {           \
        x, #x   \
    }

static const struct {
    cl_int code;
    const char *name;
} names[] = {
    NAME(CL_SUCCESS),
    NAME(CL_DEVICE_NOT_FOUND),
    NAME(CL_DEVICE_NOT_AVAILABLE),
    NAME(CL_COMPILER_NOT_AVAILABLE),
    NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE),
    NAME(CL_OUT_OF_RESOURCES),
    NAME(CL_OUT_OF_HOST_MEMORY),
    NAME(CL_PROFILING_INFO_NOT_AVAILABLE),
    NAME(CL_MEM_COPY_OVERLAP),
    NAME(CL_IMAGE_FORMAT_MISMATCH),
    NAME(CL_IMAGE_FORMAT_NOT_SUPPORTED),
    NAME(CL_BUILD_PROGRAM_FAILURE),
    NAME(CL_MAP_FAILURE),
    NAME(CL_MISALIGNED_SUB_BUFFER_OFFSET),
    NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
    NAME(CL_COMPILE_PROGRAM_FAILURE),
    NAME(CL_LINKER_NOT_AVAILABLE),
    NAME(CL_LINK_PROGRAM_FAILURE),
    NAME(CL_DEVICE_PARTITION_FAILED),
    NAME(CL_KERNEL_ARG_INFO_NOT_AVAILABLE),
    NAME(CL_INVALID_VALUE),
    NAME(CL_INVALID_DEVICE_TYPE),
    NAME(CL_INVALID_PLATFORM),
    NAME(CL_INVALID_DEVICE),
    NAME(CL_INVALID_CONTEXT),
    NAME(CL_INVALID_QUEUE_PROPERTIES),
    NAME(CL_INVALID_COMMAND_QUEUE),
    NAME(CL_INVALID_HOST_PTR),
    NAME(CL_INVALID_MEM_OBJECT),
    NAME(CL_INVALID_BINARY),
    NAME(CL_INVALID_BUILD_OPTIONS),
    NAME(CL_INVALID_PROGRAM),
    NAME(CL_INVALID_PROGRAM_EXECUTABLE),
    NAME(CL_INVALID_KERNEL_NAME),
    NAME(CL_INVALID_KERNEL_DEFINITION),
    NAME(CL_INVALID_KERNEL),
    NAME(CL_INVALID_ARG_INDEX),
    NAME(CL_INVALID_ARG_VALUE),
    NAME(CL_INVALID_ARG_SIZE),
    NAME(CL_INVALID_KERNEL_ARGS),
    NAME(CL_INVALID_WORK_DIMENSION),
    NAME(CL_INVALID_WORK_GROUP_SIZE),
    NAME(CL_INVALID_WORK_ITEM_SIZE),
    NAME(CL_INVALID_GLOBAL_OFFSET),
    NAME(CL_INVALID_EVENT_WAIT_LIST),
    NAME(CL_INVALID_EVENT),
    NAME(CL_INVALID_OPERATION),
    NAME(CL_INVALID_BUFFER_SIZE),
    NAME(CL_INVALID_GLOBAL_WORK_SIZE),
    NAME(CL_INVALID_PROPERTY),
    NAME(CL_INVALID_COMPILER_OPTIONS),
    NAME(CL_INVALID_LINKER_OPTIONS),
    NAME(CL_INVALID_DEVICE_PARTITION_COUNT),
    {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
    {-9999, "NVIDIA: illegal read or write"},
};

const char *vib_cl_name(cl_int code)
{
    for (size_t i = 0; i < VIB_COUNT(names); i++)
        if (names[i].code == code)
            return names[i].name;
    return "unknown error";
}

static const char *hint(cl_int code)
{
    switch (code) {
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_RESOURCES:
    case CL_OUT_OF_HOST_MEMORY:
        return ": possibly out of memory: use a smaller --batch";
    case CL_INVALID_COMMAND_QUEUE:
        return ": the driver gave the device up, perhaps a launch took too long: use a smaller --batch";
    case CL_COMPILER_NOT_AVAILABLE:
        return ": the driver has no compiler for this device";
    default:
        return "";
    }
}

int vib_cl_fail(const char *file, int line, const char *call, cl_int code, const char *about)
{
    const char *slash = strrchr(file, '/');
    return vib_fail(VIB_FAILED, "%s%.*s: %s (%d) at %s:%d%s", about, (int)strcspn(call, "("), call,
                    vib_cl_name(code), (int)code, slash ? slash + 1 : file, line, hint(code));
}

#define RELEASE(name, type, call)                                       \
    void name(type *object)                                             \
    {                                                                   \
        const cl_int code = *object ? call(*object) : CL_SUCCESS;       \
        if (code != CL_SUCCESS)                                         \
            vib_debug(#call ": %s (%d)", vib_cl_name(code), (int)code); \
        *object = NULL;                                                 \
    }

RELEASE(vib_cl_release_context, cl_context, clReleaseContext)
RELEASE(vib_cl_release_queue, cl_command_queue, clReleaseCommandQueue)
RELEASE(vib_cl_release_mem, cl_mem, clReleaseMemObject)
RELEASE(vib_cl_release_program, cl_program, clReleaseProgram)
RELEASE(vib_cl_release_kernel, cl_kernel, clReleaseKernel)
RELEASE(vib_cl_release_event, cl_event, clReleaseEvent)
