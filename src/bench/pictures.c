#include <stdlib.h>
#include <string.h>

#include <vibrisa/data.h>
#include <vibrisa/draw.h>
#include <vibrisa/train.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "bench/bench.h"
#include "data/index.h"
#include "device/device.h"

enum { MOST = 320 /* of each class */, EPOCHS = 4 };

/* Pictures of each class: an epoch takes about the time for a part, and has a whole batch. */
static int count(const vib_bench_params *params, const vib_bench_result *measured)
{
    const double seen = measured->train_images_per_second * params->seconds / 2;
    return VIB_MAX((measured->batch + 1) / 2, seen < MOST ? (int)seen : MOST);
}

/* ---- decoding ---- */

typedef struct decoding {
    const vib_dataset *set;
    const vib_preprocess *how;
    unsigned char **pixels; /* of each worker */
} decoding;

static int decode(void *user, size_t worker, size_t item)
{
    const decoding *d = user;
    vib_str why = {0};
    char *path = vib_dataset_full_path(d->set, item);
    if (!path)
        return vib_fail(VIB_FAILED, "out of memory");
    const int err = vib_image_load(path, d->how, d->pixels[worker], &why);
    if (err < 0)
        vib_fail(err, "%s: %s", path, why.text ? why.text : "cannot be read");
    vib_str_free(&why);
    free(path);
    return err;
}

/* Whole rounds through the set until the time is over. */
static int measure_decoding(const vib_dataset *set, const vib_preprocess *how, int workers, double seconds,
                            double *per_second)
{
    int err = 0;
    decoding d = {.set = set, .how = how};
    const vib_parallel_job job = {.n = vib_dataset_size(set), .workers = workers, .work = decode, .user = &d};
    const size_t threads = vib_parallel_workers(&job);
    size_t done = 0;
    double took = 0;
    d.pixels = vib_calloc(threads, sizeof *d.pixels);
    VIB_CHECK_MEM(d.pixels);
    for (size_t i = 0; i < threads; i++) {
        d.pixels[i] = vib_calloc((size_t)how->height * (size_t)how->width, (size_t)how->channels);
        VIB_CHECK_MEM(d.pixels[i]);
    }
    VIB_TRY(vib_parallel(&job)); /* the files come into memory */
    for (const double start = vib_clock(); took < seconds; took = vib_clock() - start) {
        VIB_TRY(vib_parallel(&job));
        done += job.n;
    }
    *per_second = (double)done / took;
fail:
    for (size_t i = 0; d.pixels && i < threads; i++)
        free(d.pixels[i]);
    free(d.pixels);
    return err;
}

/* ---- epochs ---- */

typedef struct epochs {
    double first, last;  /* images per second */
    double began, ended; /* of all */
} epochs;

static void on_event(void *user, const vib_train_event *event)
{
    epochs *e = user;
    if (event->type == VIB_TRAIN_EPOCH_BEGIN && e->began == 0)
        e->began = vib_clock();
    if (event->type != VIB_TRAIN_EPOCH_END)
        return;
    e->last = event->images_per_second;
    if (event->epoch == 1)
        e->first = event->images_per_second;
    e->ended = vib_clock();
}

static int add_seconds(void *closure, const char *user, const char *kernel, uint64_t launches, double seconds)
{
    (void)user, (void)kernel, (void)launches;
    *(double *)closure += seconds;
    return 0;
}

static int measure_epochs(const vib_device_params *device, const vib_bench_params *params,
                          const vib_dataset *train, const char *folder, vib_bench_result *out)
{
    int err = 0;
    epochs seen = {0};
    double kernels = 0;
    vib_device *dev = NULL;
    vib_recipe *recipe = NULL;
    vib_device_params measured = *device;
    char *run = vib_path_join(folder, "run");
    measured.profile = 1;
    VIB_CHECK_MEM(run);
    VIB_TRY(vib_recipe_with_epochs(params->recipe, 2, EPOCHS, &recipe));
    recipe->train.steps = 0;
    recipe->train.rounds = 1;
    recipe->train.batch = out->batch;
    VIB_TRY(vib_device_open(&measured, &dev));
    const vib_train_params how = {
        .run = run, .seed = params->seed, .workers = params->workers, .event = on_event, .user = &seen};
    VIB_TRY(vib_train(dev, recipe, train, NULL, &how, NULL));
    VIB_TRY(vib_device_profile_take(dev, add_seconds, &kernels));
    out->first_epoch_images_per_second = seen.first;
    out->epoch_images_per_second = seen.last;
    out->epoch_busy = seen.ended > seen.began ? kernels / (seen.ended - seen.began) : 0;
fail:
    vib_recipe_free(&recipe);
    vib_device_close(&dev);
    free(run);
    return err;
}

int vib_bench_pictures(const vib_device_params *device, const vib_bench_params *params, vib_bench_result *out)
{
    int err = 0;
    char *folder = NULL, *pictures = NULL;
    vib_dataset *train = NULL, *validation = NULL;
    VIB_TRY(vib_temporary_folder("vibrisa-bench", &folder));
    VIB_CHECK_MEM(pictures = vib_path_join(folder, "pictures"));
    const vib_draw_params draw = {
        .count = count(params, out), .validation = 1, .seed = params->seed, .workers = params->workers};
    VIB_TRY(vib_draw(pictures, &draw, NULL));
    const vib_dataset_params where = {.root = pictures};
    VIB_TRY(vib_dataset_open(&where, &train, &validation));
    VIB_TRY(measure_decoding(train, &params->recipe->preprocess, params->workers, params->seconds / 2,
                             &out->decode_images_per_second));
    VIB_TRY(measure_epochs(device, params, train, folder, out));
fail:
    vib_dataset_free(&train);
    vib_dataset_free(&validation);
    free(pictures);
    vib_remove_folder(&folder);
    return err;
}
