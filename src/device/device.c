#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "device/ahead.h"
#include "device/blas.h"
#include "device/cache.h"
#include "device/choose.h"
#include "device/cl.h"
#include "device/list.h"
#include "device/pci.h"
#include "device/probe.h"
#include "device/quirks.h"

/* Some drivers explain themselves only here, from any thread. */
static void CL_CALLBACK on_error(const char *text, const void *data, size_t size, void *user)
{
    (void)data, (void)size, (void)user;
    vib_warn("the OpenCL driver says: %s", text);
}

static int open_queue(vib_device *dev, int profile)
{
    int err = 0;
    cl_platform_id platform = NULL;
    cl_command_queue_properties can = 0;
    CL_TRY(clGetDeviceInfo(dev->id, CL_DEVICE_PLATFORM, sizeof(cl_platform_id), &platform, NULL));
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)platform, 0};
    CL_NEW(dev->context, clCreateContext(properties, 1, &dev->id, on_error, NULL, &cl_err));

    CL_TRY(clGetDeviceInfo(dev->id, CL_DEVICE_QUEUE_PROPERTIES, sizeof can, &can, NULL));
    dev->profile.on = profile && (can & CL_QUEUE_PROFILING_ENABLE);
    if (profile && !dev->profile.on)
        vib_warn("%s: cannot measure launches", dev->info->name);
    VIB_TRY(vib_queue_open(dev));
fail:
    return err;
}

static void open_cache(vib_device *dev, const char *folder)
{
    if (folder ? !*folder : dev->quirks & VIB_QUIRK_OWN_CACHE)
        return;
    dev->cache = folder ? vib_strdup(folder) : vib_cache_default_folder();
    if (!dev->cache)
        vib_debug("neither XDG_CACHE_HOME nor HOME is set: built programs are not kept");
}

static int open_tiles(vib_device *dev, const char *folder)
{
    char *own = folder ? vib_strdup(folder) : vib_cache_default_folder();
    if (own && *own) {
        dev->tiles = vib_tiles_open(own, dev->info);
        free(own);
        return dev->tiles ? VIB_OK : vib_fail(VIB_FAILED, "out of memory");
    }
    free(own);
    return VIB_OK;
}

static int probe(vib_device *dev)
{
    int err = 0, exact = 0;
    vib_str why = {0};
    const vib_device_info *info = dev->info;
    VIB_TRY(vib_device_probe(dev, &exact, &why));
    if (!exact && dev->math == VIB_MATH_EXACT)
        VIB_FAIL(VIB_NO_DEVICE, "%s / %s: its arithmetic is not exact: %s", info->platform, info->name,
                 why.text ? why.text : "");
    if (!exact && dev->math == VIB_MATH_AUTO)
        vib_warn("%s / %s: results may differ in their last bits from other devices: %s", info->platform,
                 info->name, why.text ? why.text : "");
    dev->exact = exact && dev->math != VIB_MATH_FAST;
fail:
    vib_str_free(&why);
    return err;
}

static void warn_hint(void *user, const char *line)
{
    (void)user;
    vib_warn("%s", line);
}

int vib_device_open(const vib_device_params *params, vib_device **out)
{
    static const vib_device_params defaults;
    int err = 0;
    size_t index = 0;
    vib_device *dev = vib_calloc(1, sizeof *dev);
    VIB_CHECK_MEM(dev);
    if (!params)
        params = &defaults;

    if ((err = vib_device_list_get(&dev->list)) < 0) {
        vib_device_hints(NULL, warn_hint, NULL);
        goto fail;
    }
    VIB_TRY(vib_device_choose(&dev->list, params, &index));
    dev->info = &dev->list.devices[index];
    /* The owner of a GPU must never end on the CPU without being told. */
    if (!params->platform && !params->device && !params->type && !vib_device_is_gpu(dev->info))
        vib_device_hints(&dev->list, warn_hint, NULL);
    dev->id = vib_device_list_id(&dev->list, index);
    dev->quirks = vib_quirks_of(dev->info);
    dev->math = params->math;
    dev->family = params->family != VIB_FAMILY_AUTO ? params->family : vib_device_default_family(dev->info);
    /* The rest is for the driver, and on a GPU for the screen. */
    dev->budget = dev->info->global_bytes - dev->info->global_bytes / 16;
    open_cache(dev, params->cache);
    VIB_TRY(open_tiles(dev, params->cache));
    VIB_TRY(open_queue(dev, params->profile));
    VIB_TRY(vib_ahead_open(dev, params->helper));
    VIB_TRY(probe(dev));
    vib_info("device %d:%d: %s / %s, %s kernels, %s arithmetic", dev->info->platform_index,
             dev->info->device_index, dev->info->platform, dev->info->name,
             dev->family == VIB_FAMILY_GPU ? "gpu" : "cpu",
             dev->math == VIB_MATH_FAST ? "fast"
             : dev->exact               ? "exact"
                                        : "the device's own");
    if (dev->math == VIB_MATH_FAST && !vib_blas_usable(dev))
        vib_warn("built without CLBlast: with --math fast, matrix products are vibrisa's own kernels");
    *out = dev;
    dev = NULL;
fail:
    vib_device_close(&dev);
    return err;
}

void vib_device_close(vib_device **dev)
{
    vib_device *d = *dev;
    if (!d)
        return;
    if (d->queue && !d->lost)
        vib_device_finish(d);
    vib_ahead_close(d);
    vib_profile_free(d);
    vib_built_free(d);
    if (vib_blas_usable(d) && !d->lost)
        vib_blas_forget();
    if (d->info && vib_device_may_release(d)) {
        vib_queue_close(d);
        vib_cl_release_context(&d->context);
    }
    vib_device_list_free(&d->list);
    vib_tiles_close(&d->tiles);
    free(d->cache);
    free(d);
    *dev = NULL;
}

const vib_device_info *vib_device_get_info(const vib_device *dev)
{
    return dev->info;
}

int vib_device_is_exact(const vib_device *dev)
{
    return dev->exact;
}

const vib_tiles *vib_device_tiles(const vib_device *dev)
{
    return dev->tiles;
}

int vib_device_keep_tile(vib_device *dev, const char *key, const char *name, int value)
{
    int err = 0;
    if (!dev->tiles)
        return VIB_OK;
    VIB_TRY(vib_tiles_set(dev->tiles, key, name, value));
    VIB_TRY(vib_tiles_save(dev->tiles));
fail:
    return err;
}

void vib_device_use_family(vib_device *dev, vib_family family)
{
    dev->family = family;
}

vib_family vib_device_get_family(const vib_device *dev)
{
    return dev->family;
}
