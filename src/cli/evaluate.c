#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "command.h"
#include "csv.h"

/* Classes in a confusion matrix, and mistakes named where there are more. */
enum { TABLE_AT_MOST = 20 };

typedef struct evaluation {
    double began;
    const vib_model *model;
    csv predictions; /* file NULL: not wanted */
} evaluation;

static void on_progress(void *user, size_t done, size_t total)
{
    const evaluation *e = user;
    const double seconds = terminal_clock() - e->began;
    terminal_progress("evaluating", done, total, seconds, seconds > 0 ? (double)done / seconds : 0, "");
}

/* ---- each picture ---- */

static void begin_predictions(evaluation *e)
{
    static const char *const columns[] = {"file", "truth", "answer", "probability", "loss"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_text(&e->predictions, columns[i]);
    csv_classes(&e->predictions, e->model);
    csv_text(&e->predictions, "error");
    csv_end_row(&e->predictions);
}

static void on_picture(void *user, const vib_prediction *p)
{
    evaluation *e = user;
    csv *c = &e->predictions;
    csv_text(c, p->path);
    csv_text(c, vib_model_class_name(e->model, p->truth));
    csv_text(c, p->error ? "" : vib_model_class_name(e->model, p->label));
    csv_number(c, p->error ? NAN : (double)p->probabilities[p->label]);
    csv_number(c, p->error ? NAN : p->loss);
    for (size_t k = 0; k < vib_model_classes(e->model); k++)
        csv_number(c, p->error ? NAN : (double)p->probabilities[k]);
    csv_text(c, p->error ? p->error : "");
    csv_end_row(c);
}

/* ---- the whole ---- */

static void print_figure(double x)
{
    if (isnan(x))
        printf(" %9s", "-");
    else
        printf(" %9.4f", x);
}

static void print_classes(const vib_model *model, const vib_evaluation *e)
{
    printf("%-20s %9s %9s %9s %9s\n", "class", "precision", "recall", "F1", "pictures");
    for (size_t k = 0; k < e->classes; k++) {
        const vib_class_figures *f = &e->per_class[k];
        print_cell(vib_model_class_name(model, k), -20);
        print_figure(f->precision);
        print_figure(f->recall);
        print_figure(f->f1);
        printf(" %9" PRIu64 "\n", f->pictures);
    }
}

/* Where a table of all would be too wide to look at. */
typedef struct mistake {
    size_t truth, answer;
    uint64_t n;
} mistake;

static int by_frequency(const void *a, const void *b)
{
    const mistake *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    if (x->truth != y->truth)
        return x->truth < y->truth ? -1 : 1;
    return x->answer < y->answer ? -1 : x->answer > y->answer;
}

static void print_mistakes(const vib_model *model, const vib_evaluation *e)
{
    size_t n = 0;
    mistake *all = malloc(e->pictures * sizeof *all); /* no more kinds than pictures */
    for (size_t i = 0; all && i < e->classes; i++)
        for (size_t k = 0; k < e->classes; k++)
            if (i != k && e->confusion[i * e->classes + k])
                all[n++] = (mistake){i, k, e->confusion[i * e->classes + k]};
    printf("confusion: of %zu pairs of classes the most often mistaken; --json has all\n", n);
    printf("%-20s %-20s %9s\n", "true class", "answer", "pictures");
    if (n)
        qsort(all, n, sizeof *all, by_frequency);
    for (size_t i = 0; i < n && i < TABLE_AT_MOST; i++) {
        print_cell(vib_model_class_name(model, all[i].truth), -20);
        putchar(' ');
        print_cell(vib_model_class_name(model, all[i].answer), -20);
        printf(" %9" PRIu64 "\n", all[i].n);
    }
    free(all);
}

static void print_confusion(const vib_model *model, const vib_evaluation *e)
{
    printf("confusion: a row for each true class, a column for each answer\n%-20s", "");
    for (size_t k = 0; k < e->classes; k++) {
        putchar(' ');
        print_cell(vib_model_class_name(model, k), 12);
    }
    putchar('\n');
    for (size_t i = 0; i < e->classes; i++) {
        print_cell(vib_model_class_name(model, i), -20);
        for (size_t k = 0; k < e->classes; k++)
            printf(" %12" PRIu64, e->confusion[i * e->classes + k]);
        putchar('\n');
    }
}

static void print_text(const vib_model *model, const vib_evaluation *e)
{
    printf("pictures  %zu\n", e->pictures);
    if (e->skipped)
        printf("unread    %zu\n", e->skipped);
    printf("loss      %.4f\naccuracy  %.4f\n", e->loss, e->accuracy);
    if (!isnan(e->auc))
        printf("AUC       %.4f\n", e->auc);
    putchar('\n');
    print_classes(model, e);
    putchar('\n');
    (e->classes > TABLE_AT_MOST ? print_mistakes : print_confusion)(model, e);
}

static json_t *class_json(const vib_model *model, const vib_evaluation *e, size_t k)
{
    const vib_class_figures *f = &e->per_class[k];
    return json_pack("{s:o, s:I, s:o, s:o, s:o}", "class", json_text(vib_model_class_name(model, k)),
                     "pictures", (json_int_t)f->pictures, "precision", json_figure(f->precision), "recall",
                     json_figure(f->recall), "f1", json_figure(f->f1));
}

static void print_as_json(const vib_model *model, const vib_evaluation *e)
{
    json_t *classes = json_array(), *rows = json_array(), *figures = json_array();
    for (size_t i = 0; i < e->classes; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < e->classes; k++)
            json_array_append_new(row, json_integer((json_int_t)e->confusion[i * e->classes + k]));
        json_array_append_new(rows, row);
        json_array_append_new(classes, json_text(vib_model_class_name(model, i)));
        json_array_append_new(figures, class_json(model, e, i));
    }
    print_json(json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "loss", json_figure(e->loss), "accuracy",
                         json_figure(e->accuracy), "auc", json_figure(e->auc), "pictures",
                         (json_int_t)e->pictures, "skipped", (json_int_t)e->skipped, "classes", classes,
                         "per_class", figures, "confusion", rows),
               JSON_COMPACT);
}

static int evaluate(const options *o, evaluation *e, const vib_dataset *set, vib_device *dev,
                    vib_run_params *params)
{
    vib_evaluation result = {0};
    if (o->value[OPT_PREDICTIONS]) {
        if (csv_open(&e->predictions, o->value[OPT_PREDICTIONS]) < 0)
            return EXIT_FAILURE;
        begin_predictions(e);
        params->picture = on_picture;
    }
    int code = exit_code(vib_model_evaluate(e->model, dev, set, params, &result));
    terminal_clear();
    if (csv_close(&e->predictions, !code) < 0)
        code = EXIT_FAILURE;
    if (!code)
        (o->value[OPT_JSON] ? print_as_json : print_text)(e->model, &result);
    vib_evaluation_free(&result);
    return code;
}

int command_evaluate(const options *o)
{
    evaluation state = {.began = terminal_clock()};
    vib_run_params params = {.interrupted = stop_signal, .progress = on_progress, .user = &state};
    vib_model *model = NULL;
    vib_dataset *set = NULL;
    vib_device *dev = NULL;
    double split = 0;
    int code;
    if (check_operands(o, 2, 2, "the model and the folder of pictures") < 0 ||
        option_workers(o, &params.workers) < 0 || option_int(o, OPT_BATCH, 1, &params.batch) < 0 ||
        option_real(o, OPT_VALIDATION_SPLIT, 0, 1, &split) < 0)
        return EXIT_USAGE;
    if ((code = exit_code(vib_model_open(o->operands[0], &model))))
        goto done;
    if ((code = open_evaluation_set(model, o->operands[1], split, &set)) || (code = open_device(o, &dev)))
        goto done;
    state.model = model;
    code = evaluate(o, &state, set, dev, &params);
done:
    vib_device_close(&dev);
    vib_dataset_free(&set);
    vib_model_free(&model);
    return code;
}
