/* Everything OpenCL, for the rest of the library: no cl_ type and no cl_int leaves this folder.
 * One thread at a time per device; launches and copies are asynchronous, in order but for launches aside. */
#ifndef VIB_DEVICE_DEVICE_H
#define VIB_DEVICE_DEVICE_H

#include <vibrisa/device.h>

#include "base/common.h"

/* ---- memory ---- */

typedef struct vib_buffer vib_buffer;

/* Refuses more than the device's allocation limit by name (`what`, for the message) without asking the
 * driver. Contents are undefined. */
int vib_buffer_create(vib_device *dev, size_t bytes, const char *what, vib_buffer **out);
void vib_buffer_destroy(vib_buffer **buffer);
size_t vib_buffer_bytes(const vib_buffer *buffer);

/* Fills with a 32-bit pattern; offset and bytes are multiples of 4. Asynchronous. */
int vib_buffer_fill(vib_buffer *buffer, size_t offset, size_t bytes, uint32_t pattern);

/* A pending copy. vib_event_done: 1 done, 0 not yet, < 0 failed; wait releases it and sets it NULL. */
typedef struct vib_event vib_event;
int vib_event_done(vib_event *event);
int vib_event_wait(vib_event **event);

/* Copies between host and device. done == NULL: returns when copied; else asynchronous, and the host memory
 * must stay until *done has been waited for (the caller then owns *done). */
int vib_buffer_write(vib_buffer *buffer, size_t offset, const void *src, size_t bytes, vib_event **done);
int vib_buffer_read(vib_buffer *buffer, size_t offset, void *dst, size_t bytes, vib_event **done);

/* Device to device. Asynchronous. */
int vib_buffer_copy(vib_buffer *dst, size_t dst_offset, vib_buffer *src, size_t src_offset, size_t bytes);

/* What goes up again and again: host memory (CL_MEM_ALLOC_HOST_PTR) and the buffer that kernels read. On CPUs
 * both are the same memory, elsewhere send copies. In turn: fill what memory returns; send the first `bytes`;
 * launch what reads the buffer; recall; wait, until which the host must leave the memory alone. All but wait
 * are asynchronous. */
typedef struct vib_staging vib_staging;
int vib_staging_create(vib_device *dev, size_t bytes, const char *what, vib_staging **out);
void *vib_staging_memory(vib_staging *staging); /* valid until send */
vib_buffer *vib_staging_buffer(vib_staging *staging);
int vib_staging_send(vib_staging *staging, size_t bytes);
int vib_staging_recall(vib_staging *staging);
int vib_staging_wait(vib_staging *staging);
void vib_staging_destroy(vib_staging **staging);

/* ---- programs ---- */

/* A macro an instance of a kernel file is compiled with; value is text. */
typedef struct vib_define {
    const char *name;
    char value[24];
} vib_define;

#define VIB_DEFINE(n, v) vib_define_int((n), (long)(v))
vib_define vib_define_int(const char *name, long value);

/* All kernels of a run: one OpenCL program. Kernels belong to it. */
typedef struct vib_program vib_program;
typedef struct vib_kernel vib_kernel;

int vib_program_create(vib_device *dev, vib_program **out);
void vib_program_destroy(vib_program **program);

/*
 * Asks for one instance: the embedded file `file` ("conv2d.cl") compiled with the macros and with NAME
 * defined as `name`, the kernel's function name. An instance already asked for is returned again. local: its
 * work-group size (reqd_work_group_size in the file).
 */
int vib_program_add(vib_program *program, const char *file, const char *name, const vib_define *defines,
                    size_t n_defines, const size_t local[3], vib_kernel **out);

/* Builds, or loads from the cache of built programs. A failure shows the log with our file and line, and the
 * options. Checks each kernel's work-group and local-memory needs against the device. */
int vib_program_build(vib_program *program);

/* ---- launches ---- */

typedef struct vib_arg {
    enum { VIB_ARG_BUFFER, VIB_ARG_I32, VIB_ARG_U64, VIB_ARG_F32 } type;
    union {
        vib_buffer *buffer;
        int32_t i32;
        uint64_t u64;
        float f32;
    } as;
} vib_arg;

static inline vib_arg vib_arg_buffer(vib_buffer *b)
{
    return (vib_arg){VIB_ARG_BUFFER, {.buffer = b}};
}
static inline vib_arg vib_arg_i32(int32_t v)
{
    return (vib_arg){VIB_ARG_I32, {.i32 = v}};
}
static inline vib_arg vib_arg_u64(uint64_t v)
{
    return (vib_arg){VIB_ARG_U64, {.u64 = v}};
}
static inline vib_arg vib_arg_f32(float v)
{
    return (vib_arg){VIB_ARG_F32, {.f32 = v}};
}

/* Enqueues `kernel` over groups[0..2] work-groups of its local size. Arguments in the kernel's order. */
int vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n);

#define VIB_GROUPS(...) ((const size_t[3]){__VA_ARGS__})
#define VIB_LAUNCH(kernel, groups, ...)                                   \
    vib_kernel_launch((kernel), (groups), (const vib_arg[]){__VA_ARGS__}, \
                      VIB_COUNT(((const vib_arg[]){__VA_ARGS__})))

/* Launches aside, in their order, wait for everything before and nothing behind waits for them until
 * vib_device_join(): then all that follows does, as every copy does anyway. They share nothing that one of
 * both sides writes. Devices that take one launch at a time take these in turn. */
void vib_device_aside(vib_device *dev, int aside);
int vib_device_is_aside(const vib_device *dev);
void vib_device_join(vib_device *dev);
/* Whether launches aside are more than a word. */
int vib_device_has_aside(const vib_device *dev);

/* What `vibrisa tune` found for this device; NULL: nothing. Owned by the device. */
struct vib_tiles;
const struct vib_tiles *vib_device_tiles(const vib_device *dev);
/* Adds one number to it, in its file too; when that cannot be written it says so. */
int vib_device_keep_tile(vib_device *dev, const char *key, const char *name, int value);

/* 1 once this process has called OpenCL: what it forks can no longer use it. */
int vib_device_opencl_used(void);

/* Networks made from here on use this family: selftest runs both. */
void vib_device_use_family(vib_device *dev, vib_family family);

/* Starts what is queued without waiting / waits for everything. */
int vib_device_flush(vib_device *dev);
int vib_device_finish(vib_device *dev);

/* Whose the launches are that follow, in the profile; borrowed until the next call. */
void vib_device_profile_user(vib_device *dev, const char *user);

/* Waits, reports the sums of each user's kernels since the last call, in the order of their first launch, and
 * clears them. Nothing when the device was opened without profile, or cannot measure. */
int vib_device_profile_take(vib_device *dev,
                            int (*report)(void *closure, const char *user, const char *kernel,
                                          uint64_t launches, double seconds),
                            void *closure);

/* Of a device opened with profile: seconds of the shortest launch of a kernel since vib_device_clear_profile;
 * 0: the driver reports no time. Waits for everything. */
double vib_kernel_least(const vib_kernel *kernel);
void vib_device_clear_profile(vib_device *dev);
/* Whether launches are measured. */
int vib_device_profiles(const vib_device *dev);

#endif
