#include "train/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vibrisa/version.h>

#include "base/mem.h"

int vib_skips_add(vib_skips *skips, uint32_t item)
{
    size_t at = skips->n;
    while (at && skips->items[at - 1] > item)
        at--;
    if (at && skips->items[at - 1] == item)
        return 0;
    if (vib_grow(&skips->items, &skips->cap, skips->n + 1, sizeof *skips->items) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    memmove(skips->items + at + 1, skips->items + at, (skips->n - at) * sizeof *skips->items);
    skips->items[at] = item;
    skips->n++;
    return 0;
}

void vib_state_free(vib_state *state)
{
    for (size_t i = 0; i < VIB_COUNT(state->skipped); i++)
        free(state->skipped[i].items);
    memset(state, 0, sizeof *state);
}

/* ---- the state as JSON: doubles are hex floats, so that they come back to the bit ---- */

static json_t *hex(double x)
{
    char text[40];
    snprintf(text, sizeof text, "%a", x);
    return json_string(text);
}

static json_t *skips_json(const vib_skips *skips)
{
    json_t *list = json_array();
    for (size_t i = 0; i < skips->n; i++)
        json_array_append_new(list, json_integer(skips->items[i]));
    return list;
}

static char *state_json(const vib_state *s)
{
    json_t *all = json_pack(
        "{s:I, s:I, s:I, s:b, s:{s:o, s:o, s:I}, s:{s:I, s:o, s:o}, s:{s:o, s:o, s:o, s:o}, s:o, s:o}",
        "global_step", (json_int_t)s->global_step, "epochs", (json_int_t)s->epochs, "step",
        (json_int_t)s->step, "complete", s->complete, "sums", "loss", hex(s->sums.loss), "hits",
        hex(s->sums.hits), "pictures", (json_int_t)s->sums.pictures, "best", "epoch",
        (json_int_t)s->best.epoch, "accuracy", hex(s->best.accuracy), "loss", hex(s->best.loss), "last",
        "loss", hex(s->last.loss), "accuracy", hex(s->last.accuracy), "val_loss", hex(s->last.val_loss),
        "val_accuracy", hex(s->last.val_accuracy), "skipped", skips_json(&s->skipped[0]),
        "skipped_validation", skips_json(&s->skipped[1]));
    if (s->time.budget > 0)
        json_object_set_new(all, "time",
                            json_pack("{s:o, s:o, s:o}", "budget", hex(s->time.budget), "spent",
                                      hex(s->time.spent), "epoch", hex(s->time.epoch)));
    if (s->plateau.seen)
        json_object_set_new(all, "plateau",
                            json_pack("{s:i, s:i, s:b, s:o, s:o}", "wait", s->plateau.wait, "cooldown",
                                      s->plateau.cooldown, "reduced", s->plateau.reduced, "best",
                                      hex(s->plateau.best), "lr", hex(s->plateau.lr)));
    if (s->stop.seen)
        json_object_set_new(all, "stop",
                            json_pack("{s:i, s:b, s:o}", "wait", s->stop.wait, "stopped", s->stop.stopped,
                                      "best", hex(s->stop.best)));
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}

static int read_hex(const char *text, double *out)
{
    char *end;
    if (!text)
        return -1;
    *out = strtod(text, &end);
    return *text && !*end ? 0 : -1;
}

static int read_skips(json_t *list, vib_skips *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_int_t item = json_integer_value(json_array_get(list, i));
        if (item < 0 || item > UINT32_MAX || vib_skips_add(out, (uint32_t)item) < 0)
            return -1;
    }
    return 0;
}

/* What only some recipes have. */
static int read_monitors(json_t *all, vib_state *s)
{
    const char *best = "0", *lr = "0", *stop = "0";
    if (json_unpack(all, "{s?{s:i, s:i, s:b, s:s, s:s}, s?{s:i, s:b, s:s}}", "plateau", "wait",
                    &s->plateau.wait, "cooldown", &s->plateau.cooldown, "reduced", &s->plateau.reduced,
                    "best", &best, "lr", &lr, "stop", "wait", &s->stop.wait, "stopped", &s->stop.stopped,
                    "best", &stop) < 0)
        return -1;
    s->plateau.seen = json_object_get(all, "plateau") != NULL;
    s->stop.seen = json_object_get(all, "stop") != NULL;
    return read_hex(best, &s->plateau.best) < 0 || read_hex(lr, &s->plateau.lr) < 0 ||
                   read_hex(stop, &s->stop.best) < 0
               ? -1
               : 0;
}

static int read_state(json_t *all, vib_state *s)
{
    json_int_t global_step, epochs, step, pictures, best_epoch;
    const char *loss, *hits, *best_accuracy, *best_loss, *last[4], *time[3] = {"0", "0", "0"};
    json_t *skipped[2];
    if (json_unpack(
            all,
            "{s:I, s:I, s:I, s:b, s:{s:s, s:s, s:I}, s:{s:I, s:s, s:s}, s:{s:s, s:s, s:s, s:s}, s:o, s:o, "
            "s?{s:s, s:s, s:s}}",
            "global_step", &global_step, "epochs", &epochs, "step", &step, "complete", &s->complete, "sums",
            "loss", &loss, "hits", &hits, "pictures", &pictures, "best", "epoch", &best_epoch, "accuracy",
            &best_accuracy, "loss", &best_loss, "last", "loss", &last[0], "accuracy", &last[1], "val_loss",
            &last[2], "val_accuracy", &last[3], "skipped", &skipped[0], "skipped_validation", &skipped[1],
            "time", "budget", &time[0], "spent", &time[1], "epoch", &time[2]) < 0)
        return -1;
    if (global_step < 0 || epochs < 0 || step < 0 || pictures < 0 || best_epoch < 0)
        return -1;
    s->global_step = (uint64_t)global_step;
    s->epochs = (uint64_t)epochs;
    s->step = (uint64_t)step;
    s->sums.pictures = (uint64_t)pictures;
    s->best.epoch = (uint64_t)best_epoch;
    double *const figures[] = {&s->sums.loss,   &s->sums.hits,     &s->best.accuracy, &s->best.loss,
                               &s->last.loss,   &s->last.accuracy, &s->last.val_loss, &s->last.val_accuracy,
                               &s->time.budget, &s->time.spent,    &s->time.epoch};
    const char *const texts[] = {loss,    hits,    best_accuracy, best_loss, last[0], last[1],
                                 last[2], last[3], time[0],       time[1],   time[2]};
    for (size_t i = 0; i < VIB_COUNT(figures); i++)
        if (read_hex(texts[i], figures[i]) < 0)
            return -1;
    if (read_monitors(all, s) < 0)
        return -1;
    return read_skips(skipped[0], &s->skipped[0]) < 0 || read_skips(skipped[1], &s->skipped[1]) < 0 ? -1 : 0;
}

/* ---- writing ---- */

static char *classes_json(const vib_dataset *set)
{
    json_t *list = json_array();
    for (size_t k = 0; k < vib_dataset_classes(set); k++)
        json_array_append_new(list, json_string(vib_dataset_class_name(set, k)));
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

/* The tensors of a file being written; owns their names and values. */
typedef struct tensors {
    vib_tensor_record *records;
    size_t n;
} tensors;

static void free_tensors(tensors *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free((void *)t->records[i].name);
        free((void *)t->records[i].data);
    }
    free(t->records);
}

static int add_tensor(tensors *t, vib_network *net, const char *prefix, vib_weight_kind kind, size_t i)
{
    int err = 0;
    const vib_weight_info *w = vib_network_weight(net, i);
    vib_tensor_record *r = &t->records[t->n];
    vib_str name = {0};
    float *data = vib_calloc(w->count, sizeof *data);
    vib_str_printf(&name, "%s%s", prefix, w->name);
    VIB_CHECK_MEM(data && !name.failed);
    VIB_TRY(vib_network_get(net, kind, i, data));
    *r = (vib_tensor_record){.name = name.text, .rank = w->rank, .data = data, .count = w->count};
    for (int k = 0; k < w->rank; k++)
        r->dims[k] = (uint64_t)w->dims[k];
    t->n++;
    return 0;
fail:
    vib_str_free(&name);
    free(data);
    return err;
}

static int read_network(tensors *t, const vib_recipe *recipe, vib_network *net, int with_moments)
{
    static const vib_weight_kind kinds[] = {VIB_VALUE, VIB_MOMENT1, VIB_MOMENT2};
    int err = 0;
    const size_t n = vib_network_weights(net), n_kinds = with_moments ? VIB_COUNT(kinds) : 1;
    VIB_CHECK_MEM(t->records = vib_calloc(n * n_kinds, sizeof *t->records));
    for (size_t k = 0; k < n_kinds; k++)
        for (size_t i = 0; i < n && vib_network_has(net, kinds[k]); i++)
            if (!k || vib_network_weight(net, i)->trained)
                VIB_TRY(add_tensor(t, net, vib_weight_prefix(recipe, kinds[k]), kinds[k], i));
fail:
    return err;
}

int vib_checkpoint_save(const char *path, const vib_identity *identity, vib_network *net,
                        const vib_state *state, const char *backup)
{
    int err = 0;
    tensors t = {0};
    char arithmetic[16], seed[24];
    char *classes = classes_json(identity->set), *where = state ? state_json(state) : NULL;
    VIB_CHECK_MEM(classes && (where || !state));
    snprintf(arithmetic, sizeof arithmetic, "%d", VIB_ARITHMETIC);
    snprintf(seed, sizeof seed, "%" PRIu64, identity->seed);
    const vib_metadata metadata[] = {
        {"format", VIB_MODEL_FORMAT},
        {"recipe", vib_recipe_text(identity->recipe)},
        {"classes", classes},
        {"arithmetic", arithmetic},
        {"bits", identity->exact ? "exact" : "device"},
        {"math", "exact"}, /* the order of sums: the defined one */
        {"fingerprint", identity->fingerprint},
        {"seed", seed},
        {"provenance", identity->provenance},
        {"state", where},
    };
    VIB_TRY(read_network(&t, identity->recipe, net, state != NULL));
    VIB_TRY(vib_safetensors_write(path, t.records, t.n, metadata, VIB_COUNT(metadata) - !state, backup));
fail:
    free_tensors(&t);
    free(classes);
    free(where);
    return err;
}

/* ---- reading ---- */

int vib_checkpoint_state(const vib_model *model, vib_state *state, uint64_t *seed)
{
    int err = 0;
    json_t *all = NULL;
    const char *text = vib_safetensors_get(&model->file, "state");
    const char *arithmetic = vib_safetensors_get(&model->file, "arithmetic");
    const char *number = vib_safetensors_get(&model->file, "seed");
    char *end = NULL;
    if (!text || !arithmetic || !number)
        VIB_FAIL(VIB_BAD_MODEL, "%s: a model, not a checkpoint: training cannot go on from it", model->path);
    if (strtol(arithmetic, &end, 10) != VIB_ARITHMETIC || *end)
        VIB_FAIL(VIB_BAD_MODEL,
                 "%s: made with arithmetic %s, this vibrisa has %d: its run cannot be continued "
                 "exactly; start a new one with --weights",
                 model->path, arithmetic, VIB_ARITHMETIC);
    errno = 0;
    *seed = strtoull(number, &end, 10);
    if (errno || !*number || *end)
        VIB_FAIL(VIB_BAD_MODEL, "%s: its seed '%s' is not a number", model->path, number);
    all = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    vib_state_free(state);
    if (!all || read_state(all, state) < 0)
        VIB_FAIL(VIB_BAD_MODEL, "%s: the position of the run in it cannot be read", model->path);
fail:
    json_decref(all);
    return err;
}
