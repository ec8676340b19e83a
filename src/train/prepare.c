/* What a run begins with, and so does the search for its learning rate. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "train/json.h"
#include "train/setup.h"
#include "train/trainer.h"

/* ---- the recipe ---- */

int vib_trainer_recipe(const vib_recipe *recipe, const vib_dataset *train, int classify, vib_recipe **out)
{
    int err = 0;
    vib_recipe *built_in = NULL, *open_ended = NULL;
    if (!recipe) {
        VIB_TRY(vib_recipe_load("default", NULL, 0, &built_in));
        recipe = built_in;
    }
    if (classify)
        VIB_TRY(vib_recipe_reclassify(recipe, &open_ended));
    VIB_TRY(vib_recipe_resolve(open_ended ? open_ended : recipe, vib_dataset_classes(train), out));
fail:
    vib_recipe_free(&open_ended);
    vib_recipe_free(&built_in);
    return err;
}

/* ---- the first weights ---- */

/* Other people's files do not say. */
static int check_start(const vib_trainer *t, const vib_safetensors *file, const char *path)
{
    const char *text = vib_safetensors_get(file, "classes");
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    const size_t has = json_array_size(list), wants = vib_dataset_classes(t->set[VIB_TRAINING]);
    json_decref(list);
    if (!has || has == wants || t->params->classify)
        return 0;
    return vib_fail(VIB_BAD_MODEL,
                    "%s: knows %zu classes, the data have %zu: add --classify to make its last layer anew",
                    path, has, wants);
}

int vib_trainer_start_weights(vib_trainer *t)
{
    int err = 0;
    vib_safetensors file = {0};
    char *path = NULL;
    const vib_graph *graph = &t->recipe->graph;
    const char *fresh = t->params->classify ? graph->layers[graph->n - 1].name : NULL;
    VIB_TRY(vib_network_init(t->net));
    if (!t->params->weights)
        goto fail;
    VIB_TRY(vib_model_find(t->params->weights, &path));
    VIB_TRY(vib_safetensors_read(path, &file));
    VIB_TRY(check_start(t, &file, path));
    VIB_TRY(vib_model_load_fitting(&file, path, fresh, t->net));
    if (fresh)
        vib_info("starting from %s, but for its last layer: %s is new", path, fresh);
fail:
    vib_safetensors_free(&file);
    free(path);
    return err;
}

/* ---- batches ---- */

static void set_plan(vib_trainer *t, int side, int steps)
{
    static const char *const names[] = {"training", "validation"};
    const size_t batch = (size_t)t->recipe->train.batch, n = t->set[side]->n;
    const size_t all = (n + batch - 1) / batch;
    if ((size_t)steps > all)
        vib_warn("%d %s steps asked for, but the pictures give %zu: taking those", steps, names[side], all);
    t->steps[side] = steps && (size_t)steps < all ? (size_t)steps : all;
}

static int make_loaders(vib_trainer *t, int workers)
{
    int err = 0;
    uint64_t need[2] = {0};
    vib_cache_room room;
    for (int side = 0; side < 2; side++)
        if (t->set[side])
            need[side] = vib_cache_need(t->set[side], t->recipe);
    VIB_TRY(vib_cache_plan(t->params->cache, t->params->cache_bytes, need[0] + need[1], &room));
    for (int side = 0; side < 2; side++) {
        if (!t->set[side])
            continue;
        vib_loader_params params = vib_loader_defaults(t->dev, t->set[side], t->recipe, workers);
        vib_cache_share(&room, need[side], &params);
        params.bad_images = t->params->bad_images;
        VIB_TRY(vib_loader_create(&params, &t->loader[side]));
    }
fail:
    return err;
}

/* ---- how much a picture of each class counts ---- */

/* Every class alike, however many pictures it has; all pictures together count what they did. */
static void balance(const uint64_t *pictures, size_t classes, uint64_t n, float *out)
{
    for (size_t k = 0; k < classes; k++)
        out[k] = pictures[k] ? (float)((double)n / ((double)classes * (double)pictures[k])) : 1;
}

static void tell_weights(const vib_dataset *set, const float *weights)
{
    enum { SHOWN = 8 };
    vib_str text = {0};
    const size_t classes = vib_dataset_classes(set);
    for (size_t k = 0; k < classes && k < SHOWN; k++)
        vib_str_printf(&text, "%s%s %.3g", k ? ", " : "", vib_dataset_class_name(set, k), (double)weights[k]);
    if (!text.failed)
        vib_info("class_weight: a picture counts %s%s", text.text, classes > SHOWN ? ", ..." : "");
    vib_str_free(&text);
}

/* Whoever has ten cats for each dog gets a network that answers cat. */
static void warn_of_imbalance(const vib_dataset *set, const uint64_t *pictures)
{
    enum { MANY = 3 };
    size_t most = 0, least = 0;
    for (size_t k = 1; k < vib_dataset_classes(set); k++) {
        most = pictures[k] > pictures[most] ? k : most;
        least = pictures[k] < pictures[least] ? k : least;
    }
    if (pictures[most] >= MANY * pictures[least])
        vib_warn("%" PRIu64 " pictures of %s, %" PRIu64
                 " of %s: --set '+train class_weight=balanced' makes each class count alike",
                 pictures[most], vib_dataset_class_name(set, most), pictures[least],
                 vib_dataset_class_name(set, least));
}

static int set_class_weights(vib_trainer *t)
{
    int err = 0;
    const vib_dataset *set = t->set[VIB_TRAINING];
    const vib_list_value *asked = &t->recipe->train.class_weight;
    const size_t classes = vib_dataset_classes(set);
    float *weights = vib_calloc(classes, sizeof *weights);
    uint64_t *pictures = vib_calloc(classes, sizeof *pictures);
    VIB_CHECK_MEM(weights && pictures);
    for (size_t i = 0; i < set->n; i++)
        pictures[vib_dataset_label(set, i)]++;
    for (int k = 0; k < asked->n; k++)
        weights[k] = (float)asked->numbers[k];
    if (!asked->n && asked->word == VIB_CLASS_WEIGHT_NONE) {
        warn_of_imbalance(set, pictures);
        goto fail;
    }
    if (!asked->n)
        balance(pictures, classes, set->n, weights);
    VIB_TRY(vib_network_set_class_weights(t->net, weights, classes));
    tell_weights(set, weights);
fail:
    free(weights);
    free(pictures);
    return err;
}

int vib_trainer_prepare(vib_trainer *t, int workers)
{
    int err = 0;
    const size_t batch = (size_t)t->recipe->train.batch;
    const size_t n = VIB_MAX(t->set[0]->n, t->set[1] ? t->set[1]->n : 0);
    if (n > UINT32_MAX)
        VIB_FAIL(VIB_BAD_DATA, "%zu pictures are more than a run can have", n);
    set_plan(t, VIB_TRAINING, t->recipe->train.steps);
    if (t->set[VIB_VALIDATION])
        set_plan(t, VIB_VALIDATION, t->recipe->validate.steps);
    VIB_CHECK_MEM(t->order = vib_calloc(n, sizeof *t->order));
    VIB_CHECK_MEM(t->presentations = vib_calloc(batch, sizeof *t->presentations));
    VIB_TRY(make_loaders(t, workers));
    VIB_TRY(vib_model_network(t->dev, t->recipe, t->identity.seed, (int)batch, 1, &t->net));
    if (!vib_network_has_trained(t->net))
        VIB_FAIL(VIB_USAGE, "every layer that has weights is frozen: there is nothing to train");
    VIB_TRY(set_class_weights(t));
fail:
    return err;
}

void vib_trainer_close(vib_trainer *t)
{
    for (int side = 0; side < 2; side++)
        vib_loader_destroy(&t->loader[side]);
    vib_network_destroy(&t->net);
    vib_history_close(&t->history);
    vib_state_free(&t->state);
    free(t->last);
    free(t->prev);
    free(t->best);
    free(t->order);
    free(t->presentations);
    vib_recipe_free(&t->planned);
}
