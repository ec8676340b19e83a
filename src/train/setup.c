#include "train/setup.h"

#include <string.h>
#include <unistd.h>

#include "base/room.h"
#include "data/cache.h"

int vib_workers(int asked)
{
    if (asked > 0)
        return asked;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)VIB_MIN(cores, 256) : 1;
}

vib_loader_params vib_loader_defaults(vib_device *dev, const vib_dataset *set, const vib_recipe *recipe,
                                      int workers)
{
    return (vib_loader_params){
        .set = set,
        .preprocess = recipe->preprocess,
        .workers = workers,
        .nice = vib_device_get_info(dev)->type & VIB_DEVICE_CPU ? 10 : 0,
    };
}

static double mib(uint64_t bytes)
{
    return (double)bytes / (1 << 20);
}

/* Room for a file of `need` bytes, which is no more than half of what the disk has: the run's own files and
 * other people's are to find some too. */
static int plan_file(vib_cache_place place, uint64_t need, vib_cache_room *out)
{
    uint64_t free_bytes = 0;
    const int error = vib_disk_room(vib_cache_folder(), &free_bytes);
    if (error && place == VIB_CACHE_DISK)
        return vib_fail(VIB_FAILED, "%s: no place for decoded pictures: %s: set TMPDIR to another folder",
                        vib_cache_folder(), strerror(error));
    if (error)
        vib_warn("%s: no place for decoded pictures: %s: set TMPDIR to another folder", vib_cache_folder(),
                 strerror(error));
    out->file = VIB_MIN(need, free_bytes / 2);
    return 0;
}

int vib_cache_plan(vib_cache_place place, uint64_t limit, uint64_t need, vib_cache_room *out)
{
    int err = 0;
    *out = (vib_cache_room){0};
    if (place == VIB_CACHE_NONE)
        return 0;
    if (place == VIB_CACHE_RAM)
        out->memory = limit ? VIB_MIN(limit, need) : need;
    if (place == VIB_CACHE_AUTO)
        out->memory = VIB_MIN(limit ? limit : vib_memory_room("") / 2, need);
    if (place == VIB_CACHE_DISK)
        VIB_TRY(plan_file(place, limit ? VIB_MIN(limit, need) : need, out));
    else if (place == VIB_CACHE_AUTO && out->memory < need)
        VIB_TRY(plan_file(place, need - out->memory, out));
    vib_info("decoded pictures: %.1f MiB: up to %.1f in memory, %.1f in a file in %s", mib(need),
             mib(out->memory), mib(out->file), vib_cache_folder());
    if (out->memory + out->file < need && !(limit && place != VIB_CACHE_AUTO))
        vib_warn("decoded pictures take %.1f MiB: there is room for %.1f, the rest is decoded in every epoch",
                 mib(need), mib(out->memory + out->file));
fail:
    return err;
}

void vib_cache_share(vib_cache_room *room, uint64_t need, vib_loader_params *params)
{
    params->cache_memory = VIB_MIN(room->memory, need);
    room->memory -= params->cache_memory;
    params->cache_file = VIB_MIN(room->file, need - params->cache_memory);
    room->file -= params->cache_file;
}

uint64_t vib_cache_need(const vib_dataset *set, const vib_recipe *recipe)
{
    const vib_preprocess *p = &recipe->preprocess;
    return (uint64_t)set->n * (uint64_t)p->height * (uint64_t)p->width * (uint64_t)p->channels;
}
