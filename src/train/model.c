#include "train/model.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static void add_shape(vib_str *s, const uint64_t *dims, int rank)
{
    vib_str_add(s, "(");
    for (int k = 0; k < rank; k++)
        vib_str_printf(s, "%s%llu", k ? ", " : "", (unsigned long long)dims[k]);
    vib_str_add(s, ")");
}

/* The tensor called prefix + layer + "/" + weight, of this shape. */
static int find_tensor(const vib_safetensors *file, const char *path, const char *name, int rank,
                       const int *dims, const vib_tensor_record **out)
{
    int err = 0;
    vib_str found = {0}, wanted = {0};
    uint64_t want[8] = {0};
    const vib_tensor_record *t = vib_safetensors_tensor(file, name);
    if (!t)
        VIB_FAIL(VIB_BAD_MODEL, "%s: no tensor '%s', which the recipe's network needs", path, name);
    int same = t->rank == rank;
    for (int k = 0; k < rank; k++)
        want[k] = (uint64_t)dims[k];
    for (int k = 0; same && k < rank; k++)
        same = t->dims[k] == want[k];
    if (!same) {
        add_shape(&found, t->dims, t->rank);
        add_shape(&wanted, want, rank);
        VIB_FAIL(VIB_BAD_MODEL, "%s: tensor '%s' is %s, but the recipe's network needs %s", path, name,
                 found.text ? found.text : "?", wanted.text ? wanted.text : "?");
    }
    *out = t;
fail:
    vib_str_free(&found);
    vib_str_free(&wanted);
    return err;
}

/* Every weight of the recipe's network is in the file. No device needed. */
static int check_weights(vib_model *model)
{
    int err = 0;
    size_t at = 0;
    vib_str text = {0};
    const vib_graph *graph = &model->recipe->graph;
    vib_shape *shapes = model->shapes = vib_calloc(graph->n, sizeof *shapes);
    vib_layer_need *needs = model->needs = vib_calloc(graph->n, sizeof *needs);
    VIB_CHECK_MEM(shapes && needs);
    if (vib_graph_infer(graph, shapes, needs, &at, &text) < 0)
        VIB_FAIL(VIB_BAD_MODEL, "%s: its recipe does not fit together: %s", model->path,
                 text.text ? text.text : "shapes disagree");
    for (size_t i = 0; i < graph->n; i++)
        for (int k = 0; k < needs[i].n_weights; k++) {
            const vib_weight_need *w = &needs[i].weights[k];
            const vib_tensor_record *unused;
            vib_str_free(&text);
            vib_str_printf(&text, "%s/%s", graph->layers[i].name, w->name);
            VIB_CHECK_MEM(!text.failed);
            VIB_TRY(find_tensor(&model->file, model->path, text.text, w->rank, w->dims, &unused));
        }
fail:
    vib_str_free(&text);
    return err;
}

static int need_key(const vib_model *model, const char *key, const char **out)
{
    *out = vib_safetensors_get(&model->file, key);
    if (*out)
        return 0;
    return vib_fail(VIB_BAD_MODEL, "%s: not a vibrisa model: its metadata has no key '%s'", model->path, key);
}

static int read_classes(vib_model *model)
{
    int err = 0;
    const char *text;
    json_t *list = NULL;
    VIB_TRY(need_key(model, "classes", &text));
    list = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_array(list) || json_array_size(list) < 2)
        VIB_FAIL(VIB_BAD_MODEL, "%s: its key 'classes' is not a list of two or more names", model->path);
    const size_t n = json_array_size(list);
    VIB_CHECK_MEM(model->classes = vib_calloc(n, sizeof *model->classes));
    for (size_t k = 0; k < n; k++) {
        const char *name = json_string_value(json_array_get(list, k));
        if (!name)
            VIB_FAIL(VIB_BAD_MODEL, "%s: its key 'classes' is not a list of names", model->path);
        VIB_CHECK_MEM(model->classes[k] = vib_strdup(name));
        model->n_classes++;
    }
fail:
    json_decref(list);
    return err;
}

static int read_recipe(vib_model *model)
{
    int err = 0;
    const char *text;
    vib_recipe *recipe = NULL;
    VIB_TRY(need_key(model, "recipe", &text));
    if (vib_recipe_parse(text, model->path, NULL, 0, &recipe) < 0)
        VIB_FAIL(VIB_BAD_MODEL, "%s: the recipe in it cannot be used", model->path);
    VIB_TRY(vib_recipe_resolve(recipe, model->n_classes, &model->recipe));
fail:
    vib_recipe_free(&recipe);
    return err;
}

int vib_model_read(const char *path, vib_model **out)
{
    int err = 0;
    const char *format;
    vib_model *model = vib_calloc(1, sizeof *model);
    VIB_CHECK_MEM(model);
    VIB_CHECK_MEM(model->path = vib_strdup(path));
    VIB_TRY(vib_safetensors_read(path, &model->file));
    VIB_TRY(need_key(model, "format", &format));
    if (strcmp(format, VIB_MODEL_FORMAT))
        VIB_FAIL(VIB_BAD_MODEL, "%s: format '%s' is not '%s': a newer vibrisa is needed", path, format,
                 VIB_MODEL_FORMAT);
    VIB_TRY(read_classes(model));
    VIB_TRY(read_recipe(model));
    VIB_TRY(check_weights(model));
    *out = model;
    model = NULL;
fail:
    vib_model_free(&model);
    return err;
}

int vib_model_find(const char *path, char **out)
{
    struct stat st;
    *out = NULL;
    if (stat(path, &st) < 0)
        return vib_fail(VIB_BAD_MODEL, "%s: cannot open the model: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) {
        *out = vib_strdup(path);
    } else {
        static const char *const names[] = {"best.safetensors", "last.safetensors"};
        for (size_t i = 0; i < VIB_COUNT(names); i++) {
            free(*out);
            if (!(*out = vib_path_join(path, names[i])))
                break;
            if (access(*out, F_OK) == 0) {
                if (i)
                    vib_warn("%s: no %s yet: taking %s", path, names[0], names[i]);
                return 0;
            }
        }
        if (*out) {
            free(*out);
            *out = NULL;
            return vib_fail(VIB_BAD_MODEL, "%s: a folder without %s: not a run", path, names[0]);
        }
    }
    return *out ? 0 : vib_fail(VIB_FAILED, "out of memory");
}

int vib_model_open(const char *path, vib_model **out)
{
    int err = 0;
    char *file = NULL;
    VIB_TRY(vib_model_find(path, &file));
    VIB_TRY(vib_model_read(file, out));
fail:
    free(file);
    return err;
}

void vib_model_free(vib_model **model)
{
    vib_model *m = *model;
    if (!m)
        return;
    for (size_t k = 0; k < m->n_classes; k++)
        free(m->classes[k]);
    free(m->classes);
    free(m->shapes);
    free(m->needs);
    vib_recipe_free(&m->recipe);
    vib_safetensors_free(&m->file);
    free(m->path);
    free(m);
    *model = NULL;
}

const vib_recipe *vib_model_recipe(const vib_model *model)
{
    return model->recipe;
}

size_t vib_model_classes(const vib_model *model)
{
    return model->n_classes;
}

const char *vib_model_class_name(const vib_model *model, size_t k)
{
    return k < model->n_classes ? model->classes[k] : NULL;
}

const char *vib_model_hash(const vib_model *model)
{
    return model->file.hash;
}

static vib_network_params network_params(const vib_recipe *recipe, uint64_t seed, int batch, int training)
{
    const vib_network_params params = {
        .graph = &recipe->graph,
        .loss = recipe->loss,
        .optimizer = recipe->optimizer,
        .smoothing = recipe->label_smoothing,
        .rescale = recipe->rescale,
        .augment = recipe->augment,
        .seed = seed,
        .batch = batch,
        .training = training,
    };
    return params;
}

int vib_model_network(vib_device *dev, const vib_recipe *recipe, uint64_t seed, int batch, int training,
                      vib_network **out)
{
    const vib_network_params params = network_params(recipe, seed, batch, training);
    return vib_network_create(dev, &params, out);
}

const char *vib_weight_prefix(const vib_recipe *recipe, vib_weight_kind kind)
{
    if (kind == VIB_VALUE)
        return "";
    if (recipe->optimizer.method == VIB_METHOD_SGD)
        return "sgd/m/";
    return kind == VIB_MOMENT1 ? "adam/m/" : "adam/v/";
}

int vib_model_network_inside(const vib_model *model, vib_device *dev, int batch, int gradients,
                             vib_network **out)
{
    vib_network_params params = network_params(model->recipe, 0, batch, gradients);
    params.unfused = 1;
    params.input_gradient = gradients;
    const int err = vib_network_create(dev, &params, out);
    return err < 0 ? err : vib_model_load(&model->file, model->path, "", VIB_VALUE, NULL, *out);
}

int vib_model_load(const vib_safetensors *file, const char *path, const char *prefix, vib_weight_kind kind,
                   const char *but, vib_network *net)
{
    int err = 0;
    vib_str name = {0};
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *w = vib_network_weight(net, i);
        const vib_tensor_record *t;
        if (kind != VIB_VALUE && !w->trained)
            continue;
        if (but && !strncmp(w->name, but, strlen(but)) && w->name[strlen(but)] == '/')
            continue;
        vib_str_free(&name);
        vib_str_printf(&name, "%s%s", prefix, w->name);
        VIB_CHECK_MEM(!name.failed);
        VIB_TRY(find_tensor(file, path, name.text, w->rank, w->dims, &t));
        VIB_TRY(vib_network_set(net, kind, i, t->data));
    }
fail:
    vib_str_free(&name);
    return err;
}

/* Names of tensors with reasons, as many as a line has room for. */
typedef struct name_list {
    vib_str text;
    size_t n;
} name_list;

static void add_name(name_list *list, const char *name, const char *reason)
{
    enum { SHOWN = 6 };
    if (list->n++ < SHOWN)
        vib_str_printf(&list->text, "%s%s%s", list->n > 1 ? ", " : "", name, reason);
    else if (list->n == SHOWN + 1)
        vib_str_add(&list->text, ", ...");
}

static int is_of_layer(const char *weight, const char *layer)
{
    return layer && !strncmp(weight, layer, strlen(layer)) && weight[strlen(layer)] == '/';
}

static int has_shape(const vib_tensor_record *t, const vib_weight_info *w)
{
    int same = t->rank == w->rank;
    for (int k = 0; same && k < w->rank; k++)
        same = t->dims[k] == (uint64_t)w->dims[k];
    return same;
}

/* A kernel that fits is of no use beside a bias that does not: layers are taken whole, as Keras takes them.
 */
static int layer_fits(const vib_safetensors *file, const vib_network *net, const char *weight)
{
    const size_t n = (size_t)(strchr(weight, '/') - weight) + 1;
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *w = vib_network_weight(net, i);
        const vib_tensor_record *t = vib_safetensors_tensor(file, w->name);
        if (!strncmp(w->name, weight, n) && (!t || !has_shape(t, w)))
            return 0;
    }
    return 1;
}

static int wants(const vib_network *net, const char *name)
{
    for (size_t i = 0; i < vib_network_weights(net); i++)
        if (!strcmp(vib_network_weight(net, i)->name, name))
            return 1;
    return 0;
}

/* " (there 3x3x3x32, here 3x3x1x32)" */
static int why_not(const vib_tensor_record *t, const vib_weight_info *w, vib_str *out)
{
    vib_str_free(out);
    const int fits = t && has_shape(t, w);
    vib_str_add(out, fits ? " (as its layer)" : t ? " (there " : " (not there)");
    for (int k = 0; t && !fits && k < t->rank; k++)
        vib_str_printf(out, "%s%llu", k ? "x" : "", (unsigned long long)t->dims[k]);
    for (int k = 0; t && !fits && k < w->rank; k++)
        vib_str_printf(out, "%s%d%s", k ? "x" : ", here ", w->dims[k], k + 1 == w->rank ? ")" : "");
    return out->failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

int vib_model_load_fitting(const vib_safetensors *file, const char *path, const char *but, vib_network *net)
{
    int err = 0;
    size_t loaded = 0, wanted = 0;
    name_list fresh = {0}, left = {0};
    vib_str reason = {0};
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const vib_weight_info *w = vib_network_weight(net, i);
        const vib_tensor_record *t = vib_safetensors_tensor(file, w->name);
        if (is_of_layer(w->name, but))
            continue;
        wanted++;
        if (layer_fits(file, net, w->name)) {
            VIB_TRY(vib_network_set(net, VIB_VALUE, i, t->data));
            loaded++;
        } else {
            VIB_TRY(why_not(t, w, &reason));
            add_name(&fresh, w->name, reason.text);
        }
    }
    /* Moments have a prefix before the layer's name. */
    for (size_t i = 0; i < file->n_tensors; i++) {
        const char *name = file->tensors[i].name, *slash = strchr(name, '/');
        if (!(slash && strchr(slash + 1, '/')) && !wants(net, name))
            add_name(&left, name, "");
    }
    VIB_CHECK_MEM(!fresh.text.failed && !left.text.failed);
    if (!loaded)
        VIB_FAIL(VIB_BAD_MODEL, "%s: no layer that fits the recipe's network: %s", path,
                 fresh.n ? fresh.text.text : "it has no weights");
    if (fresh.n)
        vib_warn("%s: %zu of %zu tensors loaded; made anew: %s", path, loaded, wanted, fresh.text.text);
    if (left.n)
        vib_warn("%s: not used, the network has none of that name: %s", path, left.text.text);
fail:
    vib_str_free(&fresh.text);
    vib_str_free(&left.text);
    vib_str_free(&reason);
    return err;
}

int vib_model_check_classes(const vib_model *model, const vib_dataset *set)
{
    const size_t n = vib_dataset_classes(set);
    if (n != model->n_classes)
        return vib_fail(VIB_BAD_MODEL, "%s: knows %zu classes, but the data has %zu", model->path,
                        model->n_classes, n);
    for (size_t k = 0; k < n; k++)
        if (strcmp(vib_dataset_class_name(set, k), model->classes[k]))
            return vib_fail(VIB_BAD_MODEL, "%s: its class %zu is '%s', but the data's is '%s'", model->path,
                            k, model->classes[k], vib_dataset_class_name(set, k));
    return 0;
}
