/* What a run is shown as: its curves, its confusion matrix, its report. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

int draw_curves(const char *run, vib_language language)
{
    if (!vib_show_available()) {
        complain("warning: built without cairo: no curves.png, confusion.png, report.html");
        return -1;
    }
    char *path = in_run(run, "curves.png");
    const int err = path ? vib_show_curves(&run, 1, language, path) : VIB_FAILED;
    free(path);
    return err < 0 ? -1 : 0;
}

int take_language(const options *o, vib_language *out)
{
    static const char *const languages[] = {"en", "es", NULL};
    int language = *out;
    if (option_choice(o, OPT_LANG, languages, &language) < 0)
        return -1;
    *out = (vib_language)language;
    return 0;
}

static void on_progress(void *user, size_t done, size_t total)
{
    const double *began = user, seconds = terminal_clock() - *began;
    terminal_progress("evaluating the best", done, total, seconds, seconds > 0 ? (double)done / seconds : 0,
                      "");
}

/* A command as text, owned by the caller; NULL: out of memory. */
static char *next_text(const report_job *j, const options *o, const char *what)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    if (!strcmp(what, "evaluate"))
        print_next_evaluate(to, o, j->name, j->where, j->set && vib_dataset_set_aside(j->set));
    else
        print_next(to, o, what, j->name);
    if (!strcmp(what, "predict"))
        fputs(" PICTURE.jpg", to);
    if (!strcmp(what, "report"))
        fprintf(to, " --lang %s", j->language == VIB_SPANISH ? "en" : "es");
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

int make_report(const options *o, const report_job *j, vib_evaluation *out)
{
    double began = terminal_clock();
    char *evaluate = next_text(j, o, "evaluate"), *predict = next_text(j, o, "predict");
    char *report = j->run ? next_text(j, o, "report") : NULL;
    vib_report_params params = {
        .language = j->language,
        .run = j->run,
        .evaluate = evaluate,
        .predict = predict,
        .report = report,
        .work = {.interrupted = stop_signal, .progress = on_progress, .user = &began},
    };
    int err = VIB_USAGE;
    if (option_workers(o, &params.work.workers) == 0)
        err = vib_report(j->model, j->dev, j->set, &params, out, j->file);
    terminal_clear();
    free(evaluate);
    free(predict);
    free(report);
    return err;
}

/* The report's evaluation serves for both. */
static int draw_both(const options *o, report_job *j)
{
    vib_evaluation e = {0};
    char *report = in_run(j->run, "report.html"), *confusion = in_run(j->run, "confusion.png");
    int err = VIB_FAILED;
    if (report && confusion) {
        j->file = report;
        err = make_report(o, j, &e);
        /* What is known of it by then is drawn; the run is complete without either. */
        if (err < 0 && err != VIB_INTERRUPTED && (e.classes || !j->set)) {
            complain("warning: no report.html; the run is complete without it");
            err = VIB_OK;
        }
        if (err == VIB_OK && e.classes)
            err = vib_show_confusion(j->model, &e, j->language, confusion);
    }
    if (err == VIB_INTERRUPTED)
        complain("interrupted; the run is complete, but has no report.html");
    free(report);
    free(confusion);
    vib_evaluation_free(&e);
    return exit_code(err);
}

int finish_run(const options *o, const char *run, vib_device *dev, const json_t *where,
               const vib_dataset *validation)
{
    vib_model *model = NULL;
    report_job j = {.run = run, .name = run, .dev = dev, .set = validation, .where = where};
    if (!vib_show_available())
        return 0;
    int code = take_language(o, &j.language) < 0 ? EXIT_USAGE : exit_code(vib_model_open(run, &model));
    j.model = model;
    if (!code)
        code = draw_both(o, &j);
    vib_model_free(&model);
    return code;
}
