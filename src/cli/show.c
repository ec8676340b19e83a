#include <stdlib.h>
#include <string.h>

#include "command.h"

/* What a kind of picture is made from. */
typedef struct job {
    const options *o;
    const char *file; /* where to */
    vib_language language;
    const char *const *operands; /* after WHAT */
    size_t n;
    vib_run_params params;
    double began;
} job;

typedef struct kind {
    const char *name;
    size_t min, max;     /* operands after it */
    const char *wanted;  /* said when there are too few */
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

static int make_confusion(job *j)
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
        code = exit_code(vib_show_confusion(model, &e, j->language, j->file));
    vib_evaluation_free(&e);
    vib_device_close(&dev);
    vib_dataset_free(&set);
    vib_model_free(&model);
    return code;
}

/* ---- the command ---- */

static const kind kinds[] = {
    {"curves", 1, 1, "a run's folder", make_curves},
    {"compare", 2, VIB_SHOW_RUNS, "the folders of two or more runs", make_curves},
    {"confusion", 2, 2, "the model and the folder of pictures", make_confusion},
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

static void print_result(const options *o, const char *file)
{
    if (o->value[OPT_JSON])
        print_json(json_pack("{s:o}", "file", json_text(file)), JSON_COMPACT);
    else if (!o->value[OPT_QUIET])
        printf("wrote %s\n", file);
}

int command_show(const options *o)
{
    static const char *const languages[] = {"en", "es", NULL};
    char usual[32], wanted[100];
    int language = VIB_ENGLISH;
    job j = {.o = o, .began = terminal_clock()};
    if (check_operands(o, 1, (size_t)-1, "what to show, and a model or a run") < 0)
        return EXIT_USAGE;
    const kind *k = find_kind(o->operands[0]);
    if (!k)
        return EXIT_USAGE;
    snprintf(wanted, sizeof wanted, "show %s needs %s", k->name, k->wanted);
    if (check_operands(o, k->min + 1, k->max + 1, wanted) < 0 ||
        option_choice(o, OPT_LANG, languages, &language) < 0 ||
        option_int(o, OPT_WORKERS, 1, &j.params.workers) < 0 ||
        option_int(o, OPT_BATCH, 1, &j.params.batch) < 0)
        return EXIT_USAGE;
    snprintf(usual, sizeof usual, "%s.png", k->name);
    j.file = o->value[OPT_OUTPUT] ? o->value[OPT_OUTPUT] : usual;
    j.language = (vib_language)language;
    j.operands = (const char *const *)o->operands + 1;
    j.n = o->n_operands - 1;
    j.params.interrupted = stop_signal;
    j.params.progress = on_progress;
    j.params.user = &j;
    const int code = k->make(&j);
    if (!code)
        print_result(o, j.file);
    return code;
}
