#include <stdlib.h>
#include <sys/stat.h>

#include "command.h"

static int is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder given, or the run's own pictures. A page without pictures is better than none. */
static int open_pictures(const options *o, report_job *j, vib_dataset **train, vib_dataset **set)
{
    double split = 0;
    const char *dir = o->n_operands > 1 ? o->operands[1] : NULL;
    if (option_real(o, OPT_VALIDATION_SPLIT, 0, 1, &split) < 0)
        return EXIT_USAGE;
    if (dir)
        return open_evaluation_set(j->model, dir, split, set);
    if (!j->where) {
        complain(
            "warning: %s: does not say where its pictures are: the page will not say how good it is; give "
            "their folder too: vibrisa report %s DIR",
            j->name, j->name);
        return 0;
    }
    const int keras = vib_recipe_keras(vib_model_recipe(j->model));
    const int code = open_command(j->where, j->name, keras, train, set);
    if (!code)
        return 0;
    complain("warning: the run's pictures are not where they were: the page will not say how good it is; "
             "give their "
             "folder: vibrisa report %s DIR",
             j->name);
    return 0;
}

int command_report(const options *o)
{
    vib_model *model = NULL;
    vib_dataset *train = NULL, *set = NULL;
    json_t *where = NULL;
    char *usual = NULL;
    report_job j = {.dev = NULL};
    if (check_operands(o, 1, 2, "a run's folder") < 0 || take_language(o, &j.language) < 0)
        return EXIT_USAGE;
    j.name = o->operands[0];
    j.run = is_folder(j.name) ? j.name : NULL;
    j.file = o->value[OPT_OUTPUT] ? o->value[OPT_OUTPUT]
             : j.run              ? (usual = in_run(j.run, "report.html"))
                                  : "report.html";
    int code = j.file ? exit_code(vib_model_open(j.name, &model)) : EXIT_FAILURE;
    j.model = model;
    j.where = where = code || !j.run ? NULL : read_command(j.run);
    if (!code)
        code = open_pictures(o, &j, &train, &set);
    j.set = set;
    if (!code)
        code = open_device(o, &j.dev);
    if (!code)
        code = exit_code(make_report(o, &j, NULL));
    if (!code)
        print_wrote(o, j.file);
    vib_device_close(&j.dev);
    vib_dataset_free(&train);
    vib_dataset_free(&set);
    vib_model_free(&model);
    json_decref(where);
    free(usual);
    return code;
}
