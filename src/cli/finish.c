#include <stdlib.h>
#include <string.h>

#include "command.h"

/* "run/name": owned by the caller (free); NULL after one line. */
static char *in_run(const char *run, const char *name)
{
    const size_t size = strlen(run) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", run, name);
    else
        complain("out of memory");
    return path;
}

int draw_curves(const char *run)
{
    if (!vib_show_available()) {
        complain("warning: built without cairo: no curves.png");
        return -1;
    }
    char *path = in_run(run, "curves.png");
    const int err = path ? vib_show_curves(&run, 1, VIB_ENGLISH, path) : VIB_FAILED;
    free(path);
    return err < 0 ? -1 : 0;
}

static void on_progress(void *user, size_t done, size_t total)
{
    const double *began = user, seconds = terminal_clock() - *began;
    terminal_progress("evaluating the best", done, total, seconds, seconds > 0 ? (double)done / seconds : 0,
                      "");
}

int finish_run(const options *o, const char *run, vib_device *dev, const vib_dataset *validation)
{
    double began = terminal_clock();
    vib_run_params params = {.interrupted = stop_signal, .progress = on_progress, .user = &began};
    vib_model *model = NULL;
    vib_evaluation e = {0};
    char *path = NULL;
    if (!vib_show_available() || !validation)
        return 0;
    if (option_int(o, OPT_WORKERS, 1, &params.workers) < 0)
        return EXIT_USAGE;
    int err = vib_model_open(run, &model);
    if (err == VIB_OK)
        err = vib_model_evaluate(model, dev, validation, &params, &e);
    terminal_clear();
    if (err == VIB_OK)
        err = (path = in_run(run, "confusion.png")) ? vib_show_confusion(model, &e, VIB_ENGLISH, path)
                                                    : VIB_FAILED;
    if (err == VIB_INTERRUPTED)
        complain("interrupted; the run is complete, but has no confusion.png");
    free(path);
    vib_evaluation_free(&e);
    vib_model_free(&model);
    return exit_code(err);
}
