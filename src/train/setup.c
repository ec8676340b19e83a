#include "train/setup.h"

#include <unistd.h>

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

uint64_t vib_cache_budget(uint64_t asked)
{
    if (asked)
        return asked;
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 4 : (uint64_t)1 << 30;
}

uint64_t vib_cache_need(const vib_dataset *set, const vib_recipe *recipe)
{
    const vib_preprocess *p = &recipe->preprocess;
    return (uint64_t)set->n * (uint64_t)p->height * (uint64_t)p->width * (uint64_t)p->channels;
}
