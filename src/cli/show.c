#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* What a kind of picture is made from. */
typedef struct job {
    const options *o;
    const struct kind *kind;
    const char *file; /* where to */
    vib_language language;
    const char *const *operands; /* after WHAT */
    size_t n;
    vib_run_params params;
    double began;
    vib_mistakes mistakes; /* errors */
} job;

/* Options that not every kind has. */
enum { LAYER = 1, AT = 2, CLASS = 4, FILTER = 8, COUNT = 16, SEED = 32 };

typedef struct kind {
    const char *name;
    size_t min, max;    /* operands after it */
    const char *wanted; /* said when there are too few */
    unsigned options;
    const char *ending;  /* of the file, when no name is given */
    int (*make)(job *j); /* an exit code */
} kind;

/* ---- of a run's log ---- */

static int make_curves(job *j)
{
    return exit_code(vib_show_curves(j->operands, j->n, j->language, j->file));
}

/* ---- of an evaluation ---- */

static void on_progress(void *user, size_t done, size_t total)
{
    const job *j = user;
    const double seconds = terminal_clock() - j->began;
    terminal_progress("evaluating", done, total, seconds, seconds > 0 ? (double)done / seconds : 0, "");
}

/* The rest of a picture that an evaluation is made for; an exit code. */
typedef int evaluated_fn(job *j, const vib_model *model, const vib_dataset *set, const vib_evaluation *e);

static int evaluate(job *j, evaluated_fn *draw)
{
    vib_model *model = NULL;
    vib_dataset *set = NULL;
    vib_device *dev = NULL;
    vib_evaluation e = {0};
    int code = exit_code(vib_model_open(j->operands[0], &model));
    if (!code)
        code = open_evaluation_set(model, j->operands[1], 0, &set);
    if (!code)
        code = open_device(j->o, &dev);
    if (!code)
        code = exit_code(vib_model_evaluate(model, dev, set, &j->params, &e));
    terminal_clear();
    if (!code)
        code = draw(j, model, set, &e);
    vib_evaluation_free(&e);
    vib_device_close(&dev);
    vib_dataset_free(&set);
    vib_model_free(&model);
    return code;
}

static int draw_confusion(job *j, const vib_model *model, const vib_dataset *set, const vib_evaluation *e)
{
    (void)set;
    return exit_code(vib_show_confusion(model, e, j->language, j->file));
}

static int make_confusion(job *j)
{
    return evaluate(j, draw_confusion);
}

static void on_picture(void *user, const vib_prediction *p)
{
    job *j = user;
    vib_mistakes_add(&j->mistakes, p);
}

static int draw_errors(job *j, const vib_model *model, const vib_dataset *set, const vib_evaluation *e)
{
    (void)e;
    return exit_code(vib_show_errors(model, set, &j->mistakes, j->language, j->file));
}

static int make_errors(job *j)
{
    int count = 24;
    if (option_int(j->o, OPT_COUNT, 1, &count) < 0)
        return EXIT_USAGE;
    int code = exit_code(vib_mistakes_init(&j->mistakes, (size_t)(count < 240 ? count : 240)));
    j->params.picture = on_picture;
    if (!code)
        code = evaluate(j, draw_errors);
    vib_mistakes_free(&j->mistakes);
    return code;
}

/* ---- of what training begins with ---- */

static int draw_batch(job *j, const vib_recipe *recipe, uint64_t seed, size_t count)
{
    vib_dataset *train = NULL, *validation = NULL;
    vib_device *dev = NULL;
    vib_preview preview = {0};
    const vib_dataset_params data = {.root = j->operands[1], .keras = vib_recipe_keras(recipe)};
    int code = exit_code(vib_dataset_open(&data, &train, &validation));
    if (!code)
        code = open_device(j->o, &dev);
    if (!code)
        code = exit_code(vib_train_preview(dev, recipe, train, seed, count, &preview));
    if (!code)
        code = exit_code(vib_show_batch(&preview, train, j->language, j->file));
    vib_preview_free(&preview);
    vib_device_close(&dev);
    vib_dataset_free(&train);
    vib_dataset_free(&validation);
    return code;
}

static int make_batch(job *j)
{
    int count = 16, code;
    uint64_t seed;
    vib_model *model = NULL;
    vib_recipe *recipe = NULL;
    if (option_int(j->o, OPT_COUNT, 1, &count) < 0 || take_seed(j->o, &seed) < 0)
        return EXIT_USAGE;
    if (is_model(j->operands[0]))
        code = exit_code(vib_model_open(j->operands[0], &model));
    else
        code = load_recipe(j->o, j->operands[0], &recipe);
    if (!code)
        code = draw_batch(j, model ? vib_model_recipe(model) : recipe, seed, (size_t)count);
    vib_recipe_free(&recipe);
    vib_model_free(&model);
    return code;
}

/* ---- of a layer ---- */

typedef enum usual_layer { EVERY_LAYER, FIRST_CONVOLUTION, LAST_CONVOLUTION } usual_layer;

/* One line that names what there is, or the nearest; `name` was not among them. */
static void complain_unknown(const job *j, const char *what, const char *name, const char *const *names,
                             size_t n)
{
    char all[600] = "";
    const char *near = nearest_name(name, names, n);
    for (size_t k = 0; k < n && strlen(all) < sizeof all - 100; k++)
        snprintf(all + strlen(all), 100, "%s%.60s%s", k ? ", " : "", names[k],
                 strlen(all) > sizeof all - 200 && k + 1 < n ? ", ..." : "");
    if (near)
        complain("show %s: no %s '%s'; did you mean '%s'?", j->kind->name, what, name, near);
    else
        complain("show %s: no %s '%s'; there are %s", j->kind->name, what, name, all);
}

/* Names of the layers, all or the convolutions; owned by the caller (free). NULL after one line. */
static const char **layer_names(const vib_model *model, int convolutions, size_t *n)
{
    const size_t all = vib_model_layers(model);
    const char **names = calloc(all + 1, sizeof *names);
    *n = 0;
    for (size_t k = 0; names && k < all; k++) {
        vib_layer_info info;
        if (vib_model_layer(model, (int)k, &info) == VIB_OK && (!convolutions || info.filters))
            names[(*n)++] = info.name;
    }
    if (!names)
        complain("out of memory");
    return names;
}

static int named_layer(const job *j, const vib_model *model, const char *name, int convolution, int *out)
{
    vib_layer_info info;
    size_t n;
    for (size_t k = 0; k < vib_model_layers(model); k++)
        if (vib_model_layer(model, (int)k, &info) == VIB_OK && !strcmp(info.name, name)) {
            *out = (int)k;
            return 0;
        }
    const char **names = layer_names(model, convolution, &n);
    if (names)
        complain_unknown(j, "layer", name, names, n);
    free(names);
    return names ? EXIT_USAGE : EXIT_FAILURE;
}

/* The layer that --layer names, or the usual one. An exit code. */
static int find_layer(const job *j, const vib_model *model, usual_layer usual, int *out)
{
    vib_layer_info info;
    const char *name = j->o->value[OPT_LAYER];
    int first = -1, last = -1;
    if (name)
        return named_layer(j, model, name, usual == FIRST_CONVOLUTION, out);
    for (int k = 0; k < (int)vib_model_layers(model); k++)
        if (vib_model_layer(model, k, &info) == VIB_OK && info.filters) {
            first = first < 0 ? k : first;
            last = k;
        }
    *out = usual == EVERY_LAYER ? VIB_LAYER_INPUT : usual == FIRST_CONVOLUTION ? first : last;
    if (usual == EVERY_LAYER || *out >= 0)
        return 0;
    complain("show %s: %s has no convolution, so there is nothing to show", j->kind->name, j->operands[0]);
    return exit_code(VIB_BAD_MODEL);
}

static int make_filters(job *j)
{
    int layer;
    vib_model *model = NULL;
    int code = exit_code(vib_model_open(j->operands[0], &model));
    if (!code)
        code = find_layer(j, model, FIRST_CONVOLUTION, &layer);
    if (!code)
        code = exit_code(vib_show_filters(model, layer, j->language, j->file));
    vib_model_free(&model);
    return code;
}

/* ---- of what a network makes of a picture ---- */

/* The rest, with the model, the device and the layer at hand; a library status. */
typedef int inside_fn(const job *j, const vib_model *model, vib_device *dev, int layer, const int *numbers);

/* numbers: of the options that were read before, borrowed. */
static int look_inside(const job *j, const vib_model *model, usual_layer usual, const int *numbers,
                       inside_fn *draw)
{
    int layer;
    vib_device *dev = NULL;
    int code = find_layer(j, model, usual, &layer);
    if (!code)
        code = open_device(j->o, &dev);
    if (!code)
        code = exit_code(draw(j, model, dev, layer, numbers));
    vib_device_close(&dev);
    return code;
}

static int draw_features(const job *j, const vib_model *model, vib_device *dev, int layer, const int *numbers)
{
    (void)numbers;
    return vib_show_features(model, dev, j->operands[1], layer, j->language, j->file);
}

static int make_features(job *j)
{
    vib_model *model = NULL;
    int code = exit_code(vib_model_open(j->operands[0], &model));
    if (!code)
        code = look_inside(j, model, EVERY_LAYER, NULL, draw_features);
    vib_model_free(&model);
    return code;
}

/* The class that --class names, or -1. An exit code. */
static int find_class(const job *j, const vib_model *model, int *out)
{
    const size_t n = vib_model_classes(model);
    const char *name = j->o->value[OPT_CLASS];
    *out = -1;
    for (size_t k = 0; name && k < n && *out < 0; k++)
        if (!strcmp(vib_model_class_name(model, k), name))
            *out = (int)k;
    if (!name || *out >= 0)
        return 0;
    const char **names = calloc(n, sizeof *names);
    for (size_t k = 0; names && k < n; k++)
        names[k] = vib_model_class_name(model, k);
    if (names)
        complain_unknown(j, "class", name, names, n);
    free(names);
    return EXIT_USAGE;
}

static int draw_cam(const job *j, const vib_model *model, vib_device *dev, int layer, const int *class_index)
{
    return vib_show_cam(model, dev, j->operands[1], layer, *class_index, j->language, j->file);
}

static int make_cam(job *j)
{
    int class_index;
    vib_model *model = NULL;
    int code = exit_code(vib_model_open(j->operands[0], &model));
    if (!code)
        code = find_class(j, model, &class_index);
    if (!code)
        code = look_inside(j, model, LAST_CONVOLUTION, &class_index, draw_cam);
    vib_model_free(&model);
    return code;
}

/* --at Y,X; -1,-1 when it is not given. 0, or -1 after one line. */
static int read_place(const options *o, int place[2])
{
    const char *text = o->value[OPT_AT];
    char *end = NULL;
    place[0] = place[1] = -1;
    for (int i = 0; text && i < 2; i++) {
        const char *start = i ? end + 1 : text;
        const long v = isdigit((unsigned char)*start) ? strtol(start, &end, 10) : -1;
        if (v < 0 || v > 1000000 || *end != (i ? 0 : ',')) {
            complain("--at %s: not a row and a column, from 0, as 3,12", text);
            return -1;
        }
        place[i] = (int)v;
    }
    return 0;
}

static int draw_field(const job *j, const vib_model *model, vib_device *dev, int layer, const int *place)
{
    return vib_show_field(model, dev, j->operands[1], layer, place[0], place[1], j->language, j->file);
}

static int make_field(job *j)
{
    int place[2];
    vib_model *model = NULL;
    if (read_place(j->o, place) < 0)
        return EXIT_USAGE;
    int code = exit_code(vib_model_open(j->operands[0], &model));
    if (!code)
        code = look_inside(j, model, LAST_CONVOLUTION, place, draw_field);
    vib_model_free(&model);
    return code;
}

static int draw_convolution(const job *j, const vib_model *model, vib_device *dev, int layer,
                            const int *filter)
{
    return vib_show_convolution(model, dev, j->operands[1], layer, *filter, j->language, j->file);
}

static int make_convolution(job *j)
{
    int filter = -1;
    vib_model *model = NULL;
    if (option_int(j->o, OPT_FILTER, 0, &filter) < 0)
        return EXIT_USAGE;
    int code = exit_code(vib_model_open(j->operands[0], &model));
    if (!code)
        code = look_inside(j, model, FIRST_CONVOLUTION, &filter, draw_convolution);
    vib_model_free(&model);
    return code;
}

/* ---- the command ---- */

#define A_PICTURE "the model and a picture"

static const kind kinds[] = {
    {"curves", 1, 1, "a run's folder", 0, "png", make_curves},
    {"compare", 2, VIB_SHOW_RUNS, "the folders of two or more runs", 0, "png", make_curves},
    {"confusion", 2, 2, "the model and the folder of pictures", 0, "png", make_confusion},
    {"errors", 2, 2, "the model and the folder of pictures", COUNT, "png", make_errors},
    {"batch", 2, 2, "the model or recipe and the folder of pictures", COUNT | SEED, "png", make_batch},
    {"filters", 1, 1, "the model", LAYER, "png", make_filters},
    {"features", 2, 2, A_PICTURE, LAYER, "png", make_features},
    {"cam", 2, 2, A_PICTURE, LAYER | CLASS, "png", make_cam},
    {"field", 2, 2, A_PICTURE, LAYER | AT, "png", make_field},
    {"convolution", 2, 2, A_PICTURE, LAYER | FILTER, "gif", make_convolution},
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

const char *show_kind(size_t k)
{
    return k < N_KINDS ? kinds[k].name : NULL;
}

static const kind *find_kind(const char *name)
{
    const char *names[N_KINDS];
    char all[200] = "";
    for (size_t k = 0; k < N_KINDS; k++) {
        if (!strcmp(name, kinds[k].name))
            return &kinds[k];
        names[k] = kinds[k].name;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", k ? ", " : "", names[k]);
    }
    const char *near = nearest_name(name, names, N_KINDS);
    if (near)
        complain("show: unknown picture '%s'; did you mean '%s'?", name, near);
    else
        complain("show: unknown picture '%s'; there are %s", name, all);
    return NULL;
}

/* 0, or -1 after one line: an option that this kind would ignore. */
static int check_options(const options *o, const kind *k)
{
    static const struct {
        option_id id;
        unsigned bit;
    } own[] = {
        {OPT_LAYER, LAYER},   {OPT_AT, AT},       {OPT_CLASS, CLASS},
        {OPT_FILTER, FILTER}, {OPT_COUNT, COUNT}, {OPT_SEED, SEED},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (o->value[own[i].id] && !o->from_environment[own[i].id] && !(k->options & own[i].bit)) {
            complain("%s is not an option of `vibrisa show %s`", option_name(own[i].id), k->name);
            return -1;
        }
    return 0;
}

void print_wrote(const options *o, const char *file)
{
    if (o->value[OPT_JSON])
        print_json(json_pack("{s:o}", "file", json_text(file)), JSON_COMPACT);
    else if (!o->value[OPT_QUIET])
        printf("wrote %s\n", file);
}

int command_show(const options *o)
{
    char usual[32], wanted[100];
    job j = {.o = o, .began = terminal_clock()};
    if (check_operands(o, 1, (size_t)-1, "what to show, and a model or a run") < 0)
        return EXIT_USAGE;
    const kind *k = j.kind = find_kind(o->operands[0]);
    if (!k)
        return EXIT_USAGE;
    snprintf(wanted, sizeof wanted, "show %s needs %s", k->name, k->wanted);
    if (check_operands(o, k->min + 1, k->max + 1, wanted) < 0 || check_options(o, k) < 0 ||
        take_language(o, &j.language) < 0 || option_int(o, OPT_WORKERS, 1, &j.params.workers) < 0 ||
        option_int(o, OPT_BATCH, 1, &j.params.batch) < 0)
        return EXIT_USAGE;
    snprintf(usual, sizeof usual, "%s.%s", k->name, k->ending);
    j.file = o->value[OPT_OUTPUT] ? o->value[OPT_OUTPUT] : usual;
    j.operands = (const char *const *)o->operands + 1;
    j.n = o->n_operands - 1;
    j.params.interrupted = stop_signal;
    j.params.progress = on_progress;
    j.params.user = &j;
    const int code = k->make(&j);
    if (!code)
        print_wrote(o, j.file);
    return code;
}
