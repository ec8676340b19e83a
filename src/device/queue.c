#include "device/ahead.h"
#include "device/quirks.h"

int vib_device_check(const vib_device *dev)
{
    if (dev->lost)
        return vib_fail(VIB_FAILED, "%s: the driver failed before: start again, with --resume for a run",
                        dev->info->name);
    return 0;
}

int vib_device_may_release(const vib_device *dev)
{
    return !dev->lost || (dev->info->type & VIB_DEVICE_CPU);
}

/* ---- two queues ---- */

/* Launches that are measured must not share the device's cores; an emulator has no more than one at work; and
 * what GPUs make of two queues has not been measured. */
static int wants_side(const vib_device *dev)
{
    return dev->info->type & VIB_DEVICE_CPU && !dev->profile.on && !(dev->quirks & VIB_QUIRK_EMULATOR);
}

int vib_queue_open(vib_device *dev)
{
    int err = 0;
    CL_NEW(dev->queue, clCreateCommandQueue(dev->context, dev->id,
                                            dev->profile.on ? CL_QUEUE_PROFILING_ENABLE : 0, &cl_err));
    if (wants_side(dev))
        CL_NEW(dev->side, clCreateCommandQueue(dev->context, dev->id, 0, &cl_err));
fail:
    return err;
}

void vib_queue_close(vib_device *dev)
{
    for (int i = 0; i < 2; i++)
        vib_cl_release_event(&dev->last[i]);
    vib_cl_release_queue(&dev->side);
    vib_cl_release_queue(&dev->queue);
}

int vib_device_has_aside(const vib_device *dev)
{
    return dev->side != NULL;
}

int vib_device_is_aside(const vib_device *dev)
{
    return dev->aside;
}

void vib_device_aside(vib_device *dev, int aside)
{
    if (!dev->side)
        return;
    dev->aside = aside;
    if (aside)
        dev->waits[1] = dev->unjoined = 1;
}

void vib_device_join(vib_device *dev)
{
    if (dev->unjoined)
        dev->waits[0] = 1;
    dev->unjoined = 0;
}

int vib_queue_enter(vib_device *dev, cl_command_queue *queue, cl_event *after)
{
    int err = 0;
    const cl_command_queue queues[] = {dev->queue, dev->side};
    const int here = dev->aside, other = !here;
    *queue = queues[here];
    *after = NULL;
    VIB_TRY(vib_device_check(dev));
    if (dev->waits[here]) {
        dev->waits[here] = 0;
        if (!dev->last[other])
            CL_TRY(clEnqueueMarkerWithWaitList(queues[other], 0, NULL, &dev->last[other]));
        CL_TRY(clFlush(queues[other])); /* or its event might never come */
        *after = dev->last[other];
    }
fail:
    return err;
}

int vib_queue_enter_behind(vib_device *dev, cl_command_queue *queue)
{
    int err = 0;
    cl_event after;
    VIB_TRY(vib_queue_enter(dev, queue, &after));
    if (after)
        CL_TRY(clEnqueueBarrierWithWaitList(*queue, 1, &after, NULL));
fail:
    return err;
}

void vib_queue_leave(vib_device *dev, cl_event event)
{
    vib_cl_release_event(&dev->last[dev->aside]);
    dev->last[dev->aside] = event;
}

int vib_queue_copy(vib_device *dev)
{
    cl_command_queue queue;
    const int aside = dev->aside;
    dev->aside = 0;
    vib_device_join(dev);
    const int err = vib_queue_enter_behind(dev, &queue);
    vib_queue_leave(dev, NULL);
    vib_device_aside(dev, aside);
    return err;
}

/* ---- waiting ---- */

static cl_int finish(const vib_device *dev)
{
    const cl_int code = clFinish(dev->queue);
    return code == CL_SUCCESS && dev->side ? clFinish(dev->side) : code;
}

int vib_device_wait(vib_device *dev, cl_event event)
{
    int err = 0;
    VIB_TRY(vib_device_check(dev));
    vib_ahead_start(dev);
    dev->lost = 1; /* unless what follows comes back well */
    if (event)
        CL_TRY(clWaitForEvents(1, &event));
    else
        CL_TRY(finish(dev));
    dev->lost = 0;
    vib_ahead_watch(dev);
fail:
    /* The caller is about to free what a copy may still be using. */
    if (dev->lost && vib_device_may_release(dev))
        finish(dev);
    return err;
}

int vib_device_flush(vib_device *dev)
{
    int err = 0;
    VIB_TRY(vib_device_check(dev));
    CL_TRY(clFlush(dev->queue));
    if (dev->side)
        CL_TRY(clFlush(dev->side));
    vib_ahead_start(dev);
fail:
    return err;
}

int vib_device_finish(vib_device *dev)
{
    return vib_device_wait(dev, NULL);
}
