#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"

typedef struct evaluation {
    double began;
} evaluation;

static void on_progress(void *user, size_t done, size_t total)
{
    const evaluation *e = user;
    const double seconds = terminal_clock() - e->began;
    terminal_progress("evaluating", done, total, seconds, seconds > 0 ? (double)done / seconds : 0, "");
}

/* A data root means its validation part; other folders are class folders. Owned by the caller. */
static char *pictures_folder(const char *dir)
{
    static const char *const parts[] = {"", "/validation", "/val", "/test"};
    size_t take = 0;
    char *path = malloc(strlen(dir) + sizeof "/validation");
    for (size_t i = 1; path && !take && i < sizeof parts / sizeof *parts; i++) {
        struct stat st;
        sprintf(path, "%s%s", dir, parts[i]);
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            take = i;
    }
    if (path)
        sprintf(path, "%s%s", dir, parts[take]);
    return path;
}

static void print_text(const vib_model *model, const vib_evaluation *e)
{
    printf("pictures  %zu\n", e->pictures);
    if (e->skipped)
        printf("unread    %zu\n", e->skipped);
    printf("loss      %.4f\naccuracy  %.4f\n\n", e->loss, e->accuracy);
    printf("confusion: a row for each true class, a column for each answer\n%-20s", "");
    for (size_t k = 0; k < e->classes; k++)
        printf(" %12.12s", vib_model_class_name(model, k));
    putchar('\n');
    for (size_t i = 0; i < e->classes; i++) {
        printf("%-20.20s", vib_model_class_name(model, i));
        for (size_t k = 0; k < e->classes; k++)
            printf(" %12" PRIu64, e->confusion[i * e->classes + k]);
        putchar('\n');
    }
}

static void print_as_json(const vib_model *model, const vib_evaluation *e)
{
    json_t *classes = json_array(), *rows = json_array();
    for (size_t i = 0; i < e->classes; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < e->classes; k++)
            json_array_append_new(row, json_integer((json_int_t)e->confusion[i * e->classes + k]));
        json_array_append_new(rows, row);
        json_array_append_new(classes, json_text(vib_model_class_name(model, i)));
    }
    print_json(json_pack("{s:f, s:f, s:I, s:I, s:o, s:o}", "loss", e->loss, "accuracy", e->accuracy,
                         "pictures", (json_int_t)e->pictures, "skipped", (json_int_t)e->skipped, "classes",
                         classes, "confusion", rows),
               JSON_COMPACT);
}

int command_evaluate(const options *o)
{
    evaluation state = {.began = terminal_clock()};
    vib_run_params params = {.interrupted = stop_signal, .progress = on_progress, .user = &state};
    vib_model *model = NULL;
    vib_dataset *set = NULL;
    vib_device *dev = NULL;
    vib_evaluation result = {0};
    char *folder = NULL;
    int code = EXIT_USAGE, err;
    if (check_operands(o, 2, 2, "the model and the folder of pictures") < 0 ||
        option_int(o, OPT_WORKERS, 1, &params.workers) < 0 || option_int(o, OPT_BATCH, 1, &params.batch) < 0)
        return EXIT_USAGE;
    if ((code = exit_code(vib_model_open(o->operands[0], &model))))
        goto done;
    folder = pictures_folder(o->operands[1]);
    const vib_dataset_params data = {.root = folder, .keras = vib_recipe_keras(vib_model_recipe(model))};
    if ((code = folder ? exit_code(vib_dataset_open(&data, &set, NULL)) : EXIT_FAILURE))
        goto done;
    if ((code = open_device(o, &dev)))
        goto done;
    err = vib_model_evaluate(model, dev, set, &params, &result);
    terminal_clear();
    if (!(code = exit_code(err)))
        (o->value[OPT_JSON] ? print_as_json : print_text)(model, &result);
done:
    vib_evaluation_free(&result);
    vib_device_close(&dev);
    vib_dataset_free(&set);
    vib_model_free(&model);
    free(folder);
    return code;
}
