#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vibrisa/train.h>
#include <vibrisa/version.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "train/json.h"
#include "train/schedule.h"
#include "train/setup.h"
#include "train/trainer.h"

/* ---- what the run is ---- */

static int fingerprint(const vib_dataset *const set[2], char **out)
{
    vib_str text = {0};
    for (int side = 0; side < 2; side++) {
        unsigned char sha256[32];
        if (!set[side])
            continue;
        vib_dataset_fingerprint(set[side], sha256);
        if (side)
            vib_str_add(&text, " ");
        for (size_t i = 0; i < sizeof sha256; i++)
            vib_str_printf(&text, "%02x", sha256[i]);
    }
    *out = text.text;
    return text.failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

/* The only key of a model that may differ between two runs of the same thing. */
static int provenance(vib_device *dev, int workers, char **out)
{
    const vib_device_info *info = vib_device_get_info(dev);
    json_t *all = json_pack("{s:s, s:o, s:o, s:o, s:s, s:i}", "version", vib_version(), "device",
                            vib_json_text(info->name), "platform", vib_json_text(info->platform), "driver",
                            vib_json_text(info->driver), "family",
                            vib_device_get_family(dev) == VIB_FAMILY_GPU ? "gpu" : "cpu", "workers", workers);
    *out = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return *out ? 0 : vib_fail(VIB_FAILED, "out of memory");
}

/* Class names go into models as JSON. */
static int check_names(const vib_dataset *set)
{
    for (size_t k = 0; k < vib_dataset_classes(set); k++) {
        json_t *name = json_string(vib_dataset_class_name(set, k));
        if (!name)
            return vib_fail(VIB_BAD_DATA, "%s: the name of the class's folder is not UTF-8: rename it",
                            vib_dataset_class_name(set, k));
        json_decref(name);
    }
    return 0;
}

/* ---- the list of pictures, so that a resumed run can name what changed ---- */

static int list_pictures(const vib_dataset *const set[2], vib_str *out)
{
    static const char *const names[] = {"train", "validation"};
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; set[side] && i < set[side]->n; i++)
            vib_str_printf(out, "%s\t%s\t%" PRIu64 "\n", names[side], set[side]->items[i].path,
                           set[side]->items[i].bytes);
    return out->failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

/* Whether a list has a line that begins as this one, up to its last tab: the same picture, whatever its size.
 */
static int has_picture(const char *list, const char *line)
{
    const size_t end = strcspn(line, "\n");
    size_t key = end;
    while (key && line[key - 1] != '\t')
        key--;
    for (; key && *list; list += strcspn(list, "\n"), list += *list == '\n')
        if (!strncmp(list, line, key))
            return 1;
    return 0;
}

/* Says of the first line in which two lists differ which picture it is, and what happened to it. */
static void first_difference(const char *now, const char *then, vib_str *out)
{
    size_t line = 0;
    for (size_t i = 0; now[i] && now[i] == then[i]; i++)
        if (now[i] == '\n')
            line = i + 1;
    const char *a = now + line, *b = then + line;
    const int is_old = has_picture(then, a), is_kept = has_picture(now, b);
    const char *row = *a && (!is_old || is_kept) ? a : b;
    const char *path = row + strcspn(row, "\t");
    path += *path == '\t';
    vib_str_add_n(out, path, strcspn(path, "\t\n"));
    vib_str_add(out, row == b ? " is gone" : !is_old ? " is new" : " has another size or place");
}

static int report_difference(const vib_trainer *t)
{
    int err = 0;
    char *path = NULL, *then = NULL;
    size_t size;
    vib_str now = {0}, what = {0};
    VIB_CHECK_MEM(path = vib_path_join(t->folder, "pictures.txt"));
    VIB_TRY(list_pictures(t->set, &now));
    if (vib_file_read(path, SIZE_MAX / 2, &then, &size))
        VIB_FAIL(VIB_BAD_DATA, "%s: the pictures are not those it was training on (now %zu and %zu)",
                 t->folder, t->set[0]->n, t->set[1] ? t->set[1]->n : 0);
    first_difference(now.text, then, &what);
    VIB_CHECK_MEM(!what.failed);
    VIB_FAIL(VIB_BAD_DATA, "%s: the pictures are not those it was training on: first of all, %s", t->folder,
             what.text);
fail:
    free(path);
    free(then);
    vib_str_free(&now);
    vib_str_free(&what);
    return err;
}

/* ---- a new run ---- */

static int write_text(const char *folder, const char *name, const char *text)
{
    int err = 0;
    char *path = vib_path_join(folder, name);
    VIB_CHECK_MEM(path);
    VIB_TRY(vib_file_write(path, &(vib_piece){text, strlen(text)}, 1, NULL));
fail:
    free(path);
    return err;
}

/* Made and tried before anything long begins. */
static int make_folder(const vib_trainer *t)
{
    int err = 0;
    VIB_TRY(vib_make_folders(t->folder));
    if (access(t->last, F_OK) == 0)
        VIB_FAIL(VIB_USAGE, "%s: there is a run in this folder already: resume it, or choose another name",
                 t->folder);
    if (access(t->folder, W_OK | X_OK) < 0)
        VIB_FAIL(VIB_FAILED, "%s: cannot write into this folder: %s", t->folder, strerror(errno));
fail:
    return err;
}

/* The files a run begins with. The first checkpoint is before the first step: from then on there is always
 * one to go on from, and the disk has been tried. */
static int write_first(vib_trainer *t)
{
    int err = 0;
    vib_str pictures = {0};
    VIB_TRY(list_pictures(t->set, &pictures));
    VIB_TRY(write_text(t->folder, "recipe.txt", vib_recipe_text(t->recipe)));
    VIB_TRY(write_text(t->folder, "pictures.txt", pictures.text));
    VIB_TRY(vib_checkpoint_save(t->last, &t->identity, t->net, &t->state, NULL));
fail:
    vib_str_free(&pictures);
    return err;
}

/* ---- a run that goes on ---- */

static int check_resumed(vib_trainer *t, const vib_model *model)
{
    int err = 0;
    const char *then = vib_safetensors_get(&model->file, "fingerprint");
    VIB_TRY(vib_checkpoint_state(model, &t->state, &t->identity.seed));
    VIB_TRY(vib_model_check_classes(model, t->set[0]));
    if (!then || strcmp(then, t->identity.fingerprint))
        VIB_TRY(report_difference(t));
fail:
    return err;
}

/* The last checkpoint, or the one before when the last is damaged. */
static int open_checkpoint(vib_trainer *t, vib_model **out)
{
    if (access(t->last, F_OK) < 0 && access(t->prev, F_OK) < 0)
        return vib_fail(VIB_BAD_MODEL, "%s: no checkpoint in this folder: nothing to resume", t->folder);
    int err = vib_model_read(t->last, out);
    if (err != VIB_BAD_MODEL || access(t->prev, F_OK) < 0)
        return err;
    vib_warn("%s is damaged: going on from the checkpoint before it, %s", t->last, t->prev);
    t->last_damaged = 1;
    return vib_model_read(t->prev, out);
}

static int load_checkpoint(vib_trainer *t, const vib_model *model)
{
    int err = 0;
    static const vib_weight_kind kinds[] = {VIB_VALUE, VIB_MOMENT1, VIB_MOMENT2};
    for (size_t k = 0; k < VIB_COUNT(kinds); k++)
        if (vib_network_has(t->net, kinds[k]))
            VIB_TRY(vib_model_load(&model->file, model->path, vib_weight_prefix(t->recipe, kinds[k]),
                                   kinds[k], NULL, t->net));
    for (int side = 0; side < 2; side++)
        if (t->loader[side])
            VIB_TRY(vib_loader_skip(t->loader[side], t->state.skipped[side].items, t->state.skipped[side].n));
fail:
    return err;
}

/* Figures of a validation are looked at where there is one. */
static int check_monitors(const vib_trainer *t)
{
    const vib_recipe *r = t->recipe;
    const int plateau =
        r->schedule.method == VIB_SCHEDULE_PLATEAU && r->schedule.monitor >= VIB_MONITOR_VAL_LOSS;
    const int stop = r->stop.on && r->stop.monitor >= VIB_MONITOR_VAL_LOSS;
    if (t->set[VIB_VALIDATION] || (!plateau && !stop))
        return 0;
    return vib_fail(VIB_USAGE,
                    "%s looks at a figure of the validation, but there are no pictures to validate: "
                    "use monitor=loss",
                    plateau ? "schedule plateau" : "stop");
}

/* Whoever brought a number from Keras should hear it; in the other recipes it is meant. */
static void warn_of_recipe(const vib_recipe *recipe)
{
    const double epochs = (double)recipe->train.epochs * recipe->train.rounds;
    if (recipe->schedule.method != VIB_SCHEDULE_ONECYCLE && recipe->schedule.warmup >= epochs)
        vib_warn("warmup=%g: the rate is still rising when the run of %g epochs ends",
                 recipe->schedule.warmup, epochs);
    const double shear = recipe->has_augment ? recipe->augment.shear : 0;
    if (shear > 0 && shear < 1)
        vib_log(
            recipe->keras ? VIB_LOG_WARNING : VIB_LOG_INFO,
            "shear=%gdeg: Keras's shear_range=%g is %g degrees too, which is hardly anything; for a fifth, "
            "say shear=11deg",
            shear, shear, shear);
}

static void tell_begin(vib_trainer *t)
{
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_BEGIN);
    event.path = t->folder;
    event.batch = t->recipe->train.batch;
    for (size_t i = 0; i < vib_network_weights(t->net); i++)
        if (vib_network_weight(t->net, i)->trained)
            event.parameters += vib_network_weight(t->net, i)->count;
    vib_trainer_tell(t, &event);
}

static void fill_result(const vib_trainer *t, vib_train_result *out)
{
    const vib_state *s = &t->state;
    *out = (vib_train_result){
        .loss = s->last.loss,
        .accuracy = s->last.accuracy,
        .val_loss = s->last.val_loss,
        .val_accuracy = s->last.val_accuracy,
        .best_val_accuracy = s->best.accuracy,
        .best_epoch = (int)s->best.epoch,
        .skipped = s->skipped[0].n + s->skipped[1].n,
    };
}

static int run(vib_trainer *t, const vib_model *checkpoint, int workers)
{
    int err = 0;
    VIB_TRY(check_monitors(t));
    VIB_TRY(vib_trainer_prepare(t, workers));
    if (checkpoint) {
        VIB_TRY(load_checkpoint(t, checkpoint));
    } else {
        VIB_TRY(vib_trainer_start_weights(t));
        VIB_TRY(write_first(t));
    }
    t->history.has_lr = vib_schedule_is_on(t->recipe);
    VIB_TRY(vib_history_open(&t->history, t->folder, checkpoint ? &t->state : NULL, t->params->tensorboard));
    vib_history_begin(&t->history, vib_device_get_info(t->dev), &t->identity, checkpoint ? &t->state : NULL);
    if (!checkpoint)
        warn_of_recipe(t->recipe);
    tell_begin(t);
    VIB_TRY(vib_trainer_run(t));
    if (t->save_failed)
        VIB_FAIL(VIB_FAILED, "%s: trained to the end, but not every checkpoint could be saved", t->folder);
    const vib_train_event event = vib_trainer_event(t, VIB_TRAIN_END);
    vib_trainer_tell(t, &event);
fail:
    return err;
}

int vib_train(vib_device *dev, const vib_recipe *recipe, const vib_dataset *train,
              const vib_dataset *validation, const vib_train_params *params, vib_train_result *out)
{
    int err = 0;
    char *print = NULL, *origin = NULL;
    vib_recipe *resolved = NULL;
    vib_model *checkpoint = NULL;
    const int workers = vib_workers(params->workers);
    vib_trainer t = {
        .dev = dev,
        .params = params,
        .started = vib_clock(),
        .folder = params->resume ? params->resume : params->run,
        .set = {train, validation},
        .identity = {.set = train, .exact = vib_device_is_exact(dev), .seed = params->seed},
    };
    VIB_CHECK_MEM(t.last = vib_path_join(t.folder, "last.safetensors"));
    VIB_CHECK_MEM(t.prev = vib_path_join(t.folder, "prev.safetensors"));
    VIB_CHECK_MEM(t.best = vib_path_join(t.folder, "best.safetensors"));
    VIB_TRY(check_names(train));
    VIB_TRY(fingerprint(t.set, &print));
    VIB_TRY(provenance(dev, workers, &origin));
    t.identity.fingerprint = print;
    t.identity.provenance = origin;
    if (params->resume) {
        VIB_TRY(open_checkpoint(&t, &checkpoint));
        VIB_TRY(check_resumed(&t, checkpoint));
        t.recipe = checkpoint->recipe;
        t.earlier.spent = t.state.time.spent;
        t.earlier.epoch = t.state.time.epoch;
    } else {
        VIB_TRY(vib_trainer_recipe(recipe, train, params->classify, &resolved));
        t.state.time.budget = params->seconds;
        t.recipe = resolved;
        VIB_TRY(make_folder(&t));
    }
    t.identity.recipe = t.recipe;
    VIB_TRY(run(&t, checkpoint, workers));
fail:
    if (out)
        fill_result(&t, out);
    vib_trainer_close(&t);
    vib_model_free(&checkpoint);
    vib_recipe_free(&resolved);
    free(print);
    free(origin);
    return err;
}
