#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "device/cl.h"
#include "device/quirks.h"

struct vib_event {
    vib_device *dev;
    cl_event event;
};

struct vib_staging {
    vib_device *dev;
    vib_buffer *buffer;
    cl_mem mem;    /* that is mapped: the buffer's own when shared */
    void *memory;  /* NULL: not mapped, as the device has it */
    vib_event *on; /* its way up, or back */
    int shared;
};

static unsigned long long mib(uint64_t bytes)
{
    return (bytes + (1u << 20) - 1) >> 20;
}

/* Drivers accept more than they have and die later, so the limits are kept here. */
static int check_room(const vib_device *dev, size_t bytes, const char *what)
{
    const vib_device_info *info = dev->info;
    if (info->max_alloc_bytes && bytes > info->max_alloc_bytes)
        return vib_fail(VIB_FAILED, "%s: needs %llu MiB in one piece, %s allows %llu: use a smaller --batch",
                        what, mib(bytes), info->name, mib(info->max_alloc_bytes));
    if (dev->budget && bytes > dev->budget - VIB_MIN(dev->used, dev->budget))
        return vib_fail(VIB_FAILED,
                        "%s: needs %llu MiB more, %s has %llu of which %llu are taken: use a smaller --batch",
                        what, mib(bytes), info->name, mib(dev->budget), mib(dev->used));
    return 0;
}

/* Elsewhere a kernel would read over a bus, or past the caches. */
static int shares_memory(const vib_device *dev)
{
    return dev->info->type & VIB_DEVICE_CPU && dev->info->unified_memory &&
           !(dev->quirks & VIB_QUIRK_WHOLE_WRITES);
}

/* Kernels walk through several arrays at once: in small pages those are more than a processor has the
 * addresses of. For free(); NULL: not here, or not worth it. */
static void *huge_pages(const vib_device *dev, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    enum { PAGE = 2 << 20 };
    const size_t whole = vib_round_up(bytes, PAGE);
    void *memory;
    if (!shares_memory(dev) || dev->quirks & VIB_QUIRK_EMULATOR || bytes < PAGE ||
        posix_memalign(&memory, PAGE, whole))
        return NULL;
    madvise(memory, whole, MADV_HUGEPAGE); /* advice: small pages do as well */
    return memory;
#else
    (void)dev, (void)bytes;
    return NULL;
#endif
}

static void CL_CALLBACK free_memory(cl_mem mem, void *memory)
{
    (void)mem;
    free(memory);
}

static int create(vib_device *dev, cl_mem_flags flags, size_t bytes, const char *what, vib_buffer **out)
{
    int err = 0;
    vib_buffer *b = NULL;
    void *memory = NULL;
    VIB_TRY(vib_device_check(dev));
    bytes = VIB_MAX(bytes, 4);
    VIB_TRY(check_room(dev, bytes, what));
    b = vib_calloc(1, sizeof *b);
    VIB_CHECK_MEM(b);
    b->dev = dev;
    memory = huge_pages(dev, bytes);
    CL_NEW(b->mem, clCreateBuffer(dev->context, CL_MEM_READ_WRITE | (memory ? CL_MEM_USE_HOST_PTR : flags),
                                  bytes, memory, &cl_err));
    b->bytes = bytes;
    dev->used += bytes;
    if (memory)
        CL_TRY(clSetMemObjectDestructorCallback(b->mem, free_memory, memory));
    memory = NULL;
    *out = b;
    b = NULL;
fail:
    vib_buffer_destroy(&b);
    free(memory);
    return err;
}

int vib_buffer_create(vib_device *dev, size_t bytes, const char *what, vib_buffer **out)
{
    return create(dev, 0, bytes, what, out);
}

void vib_buffer_destroy(vib_buffer **buffer)
{
    vib_buffer *b = *buffer;
    if (!b)
        return;
    b->dev->used -= b->bytes;
    if (vib_device_may_release(b->dev))
        vib_cl_release_mem(&b->mem);
    free(b);
    *buffer = NULL;
}

size_t vib_buffer_bytes(const vib_buffer *buffer)
{
    return buffer->bytes;
}

static int inside(const vib_buffer *b, size_t offset, size_t bytes)
{
    return offset <= b->bytes && bytes <= b->bytes - offset;
}

/* VIB_QUIRK_WHOLE_WRITES: what a write of the host does to a part is done to all of the buffer. */
static int write_whole(vib_buffer *b, size_t offset, const void *src, size_t bytes)
{
    int err = 0;
    char *all = vib_calloc(b->bytes, 1);
    VIB_CHECK_MEM(all);
    CL_TRY(clEnqueueReadBuffer(b->dev->queue, b->mem, CL_TRUE, 0, b->bytes, all, 0, NULL, NULL));
    memcpy(all + offset, src, bytes);
    CL_TRY(clEnqueueWriteBuffer(b->dev->queue, b->mem, CL_TRUE, 0, b->bytes, all, 0, NULL, NULL));
fail:
    free(all);
    return err;
}

static int fill_whole(vib_buffer *b, size_t offset, size_t bytes, uint32_t pattern)
{
    int err = 0;
    uint32_t *words = vib_calloc(bytes / sizeof *words, sizeof *words);
    VIB_CHECK_MEM(words);
    for (size_t i = 0; i < bytes / sizeof *words; i++)
        words[i] = pattern;
    VIB_TRY(write_whole(b, offset, words, bytes));
fail:
    free(words);
    return err;
}

static int copy_whole(vib_buffer *dst, size_t dst_offset, vib_buffer *src, size_t src_offset, size_t bytes)
{
    int err = 0;
    char *part = vib_calloc(bytes, 1);
    VIB_CHECK_MEM(part);
    CL_TRY(clEnqueueReadBuffer(src->dev->queue, src->mem, CL_TRUE, src_offset, bytes, part, 0, NULL, NULL));
    VIB_TRY(write_whole(dst, dst_offset, part, bytes));
fail:
    free(part);
    return err;
}

int vib_buffer_fill(vib_buffer *buffer, size_t offset, size_t bytes, uint32_t pattern)
{
    int err = 0;
    assert(inside(buffer, offset, bytes) && offset % 4 == 0 && bytes % 4 == 0);
    VIB_TRY(vib_queue_copy(buffer->dev));
    if (bytes && buffer->dev->quirks & VIB_QUIRK_WHOLE_WRITES)
        VIB_TRY(fill_whole(buffer, offset, bytes, pattern));
    else if (bytes)
        CL_TRY(clEnqueueFillBuffer(buffer->dev->queue, buffer->mem, &pattern, sizeof pattern, offset, bytes,
                                   0, NULL, NULL));
fail:
    return err;
}

int vib_buffer_copy(vib_buffer *dst, size_t dst_offset, vib_buffer *src, size_t src_offset, size_t bytes)
{
    int err = 0;
    assert(inside(dst, dst_offset, bytes) && inside(src, src_offset, bytes) && dst->dev == src->dev);
    VIB_TRY(vib_queue_copy(dst->dev));
    if (bytes && dst->dev->quirks & VIB_QUIRK_WHOLE_WRITES)
        VIB_TRY(copy_whole(dst, dst_offset, src, src_offset, bytes));
    else if (bytes)
        CL_TRY(clEnqueueCopyBuffer(dst->dev->queue, src->mem, dst->mem, src_offset, dst_offset, bytes, 0,
                                   NULL, NULL));
fail:
    return err;
}

/* An asynchronous copy is flushed, so that asking whether it is done becomes true without a wait. */
static int event_create(vib_device *dev, cl_event *event, vib_event **out)
{
    int err = 0;
    vib_event *e = vib_calloc(1, sizeof *e);
    VIB_CHECK_MEM(e);
    CL_TRY(clFlush(dev->queue));
    *e = (vib_event){dev, *event};
    *event = NULL;
    *out = e;
    e = NULL;
fail:
    free(e);
    return err;
}

/* Without an event the host memory may go away at once: what was enqueued has to be over first. */
static int finish_copy(vib_device *dev, cl_event *event, int status, vib_event **done)
{
    int err = status;
    if (err == 0 && done)
        err = event_create(dev, event, done);
    if (*event) {
        const int waited = vib_device_wait(dev, *event);
        err = err < 0 ? err : waited;
    }
    if (vib_device_may_release(dev))
        vib_cl_release_event(event);
    return err;
}

int vib_buffer_write(vib_buffer *buffer, size_t offset, const void *src, size_t bytes, vib_event **done)
{
    int err = 0;
    cl_event event = NULL;
    assert(inside(buffer, offset, bytes));
    if (done)
        *done = NULL;
    VIB_TRY(vib_queue_copy(buffer->dev));
    if (bytes == 0)
        return 0;
    if (buffer->dev->quirks & VIB_QUIRK_WHOLE_WRITES) {
        VIB_TRY(write_whole(buffer, offset, src, bytes));
        CL_TRY(clEnqueueMarkerWithWaitList(buffer->dev->queue, 0, NULL, &event));
    } else {
        CL_TRY(clEnqueueWriteBuffer(buffer->dev->queue, buffer->mem, CL_FALSE, offset, bytes, src, 0, NULL,
                                    &event));
    }
fail:
    return finish_copy(buffer->dev, &event, err, done);
}

int vib_buffer_read(vib_buffer *buffer, size_t offset, void *dst, size_t bytes, vib_event **done)
{
    int err = 0;
    cl_event event = NULL;
    assert(inside(buffer, offset, bytes));
    if (done)
        *done = NULL;
    VIB_TRY(vib_queue_copy(buffer->dev));
    if (bytes == 0)
        return 0;
    CL_TRY(
        clEnqueueReadBuffer(buffer->dev->queue, buffer->mem, CL_FALSE, offset, bytes, dst, 0, NULL, &event));
fail:
    return finish_copy(buffer->dev, &event, err, done);
}

int vib_event_done(vib_event *event)
{
    int err = 0;
    cl_int state = CL_COMPLETE;
    if (!event)
        return 1;
    VIB_TRY(vib_device_check(event->dev));
    CL_TRY(clGetEventInfo(event->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL));
    if (state < 0) {
        event->dev->lost = 1;
        return vib_cl_fail(__FILE__, __LINE__, "a copy", state, "");
    }
    return state == CL_COMPLETE;
fail:
    return err;
}

int vib_event_wait(vib_event **event)
{
    vib_event *e = *event;
    if (!e)
        return 0;
    const int err = vib_device_wait(e->dev, e->event);
    if (vib_device_may_release(e->dev))
        vib_cl_release_event(&e->event);
    free(e);
    *event = NULL;
    return err;
}

/* Back to the host, behind all that is enqueued. */
static int map(vib_staging *s, vib_event **done)
{
    int err = 0;
    vib_device *const dev = s->dev;
    cl_event event = NULL;
    VIB_TRY(vib_queue_copy(dev));
    CL_NEW(s->memory, clEnqueueMapBuffer(dev->queue, s->mem, CL_FALSE, CL_MAP_READ | CL_MAP_WRITE, 0,
                                         s->buffer->bytes, 0, NULL, &event, &cl_err));
fail:
    return finish_copy(dev, &event, err, done);
}

int vib_staging_create(vib_device *dev, size_t bytes, const char *what, vib_staging **out)
{
    int err = 0;
    vib_staging *s = vib_calloc(1, sizeof *s);
    VIB_CHECK_MEM(s);
    s->dev = dev;
    s->shared = shares_memory(dev);
    if (!s->shared)
        CL_NEW(s->mem, clCreateBuffer(dev->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR,
                                      VIB_MAX(bytes, 4), NULL, &cl_err));
    VIB_TRY(create(dev, s->shared ? CL_MEM_ALLOC_HOST_PTR : 0, bytes, what, &s->buffer));
    if (s->shared)
        s->mem = s->buffer->mem;
    VIB_TRY(map(s, NULL));
    *out = s;
    s = NULL;
fail:
    vib_staging_destroy(&s);
    return err;
}

void *vib_staging_memory(vib_staging *staging)
{
    return staging->memory;
}

vib_buffer *vib_staging_buffer(vib_staging *staging)
{
    return staging->buffer;
}

int vib_staging_send(vib_staging *s, size_t bytes)
{
    int err = 0;
    assert(s->memory && !s->on);
    if (!s->shared)
        return vib_buffer_write(s->buffer, 0, s->memory, bytes, &s->on);
    VIB_TRY(vib_queue_copy(s->dev));
    CL_TRY(clEnqueueUnmapMemObject(s->dev->queue, s->mem, s->memory, 0, NULL, NULL));
    s->memory = NULL;
fail:
    return err;
}

int vib_staging_recall(vib_staging *s)
{
    return s->memory ? 0 : map(s, &s->on);
}

int vib_staging_wait(vib_staging *s)
{
    int err = 0;
    VIB_TRY(vib_staging_recall(s));
    VIB_TRY(vib_event_wait(&s->on));
fail:
    return err;
}

void vib_staging_destroy(vib_staging **staging)
{
    vib_staging *s = *staging;
    if (!s)
        return;
    vib_event_wait(&s->on);
    if (s->memory && vib_device_may_release(s->dev)) {
        clEnqueueUnmapMemObject(s->dev->queue, s->mem, s->memory, 0, NULL, NULL);
        clFinish(s->dev->queue);
    }
    if (!s->shared && s->mem && vib_device_may_release(s->dev))
        vib_cl_release_mem(&s->mem);
    vib_buffer_destroy(&s->buffer);
    free(s);
    *staging = NULL;
}
