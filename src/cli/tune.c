#include <string.h>

#include "command.h"

typedef struct view {
    double budget;
} view;

static void on_tile(void *user, double seconds, size_t tried, size_t refused)
{
    const view *v = user;
    char note[64];
    const double done = seconds < v->budget ? seconds : v->budget;
    snprintf(note, sizeof note, "%zu tiles tried, %zu failed", tried, refused);
    terminal_progress("tuning", (size_t)(done * 10), (size_t)(v->budget * 10), seconds, 0, note);
}

/* "v=16 kb=2 p=8", or that it is the usual one. */
static const char *shown_tile(const vib_tune_pass *p)
{
    return strcmp(p->best, p->usual) ? p->best : "as it was";
}

static void print_pass(const vib_tune_pass *p)
{
    printf("%9.3f  %9.3f  %5.2fx  %5zu  %5zu  %s\n           %s\n", p->usual_seconds * 1e3,
           p->best_seconds * 1e3, p->usual_seconds / p->best_seconds, p->tried, p->left, p->name,
           shown_tile(p));
}

static void print_text(const vib_tune_result *r)
{
    double before = 0, after = 0;
    size_t missing = 0;
    printf("device: ");
    print_name(r->device);
    printf(
        "\n  default       best    gain  tried   left  pass; the tile that is best\n       ms         ms\n");
    for (size_t i = 0; i < r->n_passes; i++) {
        const vib_tune_pass *p = &r->passes[i];
        if (!(p->usual_seconds > 0)) {
            missing++;
            continue;
        }
        print_pass(p);
        before += p->usual_seconds * p->layers;
        after += p->best_seconds * p->layers;
    }
    if (after > 0)
        printf("together: %.3f ms, now %.3f ms (%.2fx) for a batch of %d\n", before * 1e3, after * 1e3,
               before / after, r->batch);
    if (missing)
        printf("not measured: %zu of %zu passes\n", missing, r->n_passes);
    for (size_t i = 0; i < r->n_refusals; i++) {
        const vib_tune_refusal *f = &r->refusals[i];
        printf("failed: %s%s%s: %s\n", f->name, *f->tile ? ", " : "", f->tile, f->reason);
    }
    printf("kept in ");
    print_name(r->path);
    printf("\n");
}

static json_t *pass_json(const vib_tune_pass *p)
{
    const int measured = p->usual_seconds > 0;
    return json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I}", "pass", p->name, "layers",
                     p->layers, "default_tile", p->usual, "best_tile", p->best, "default_ms",
                     measured ? json_figure(p->usual_seconds * 1e3) : json_null(), "best_ms",
                     measured ? json_figure(p->best_seconds * 1e3) : json_null(), "gain",
                     measured ? json_figure(p->usual_seconds / p->best_seconds) : json_null(), "tried",
                     (json_int_t)p->tried, "failed", (json_int_t)p->refused, "left", (json_int_t)p->left);
}

static void print_as_json(const vib_tune_result *r)
{
    json_t *passes = json_array(), *failed = json_array();
    for (size_t i = 0; i < r->n_passes; i++)
        json_array_append_new(passes, pass_json(&r->passes[i]));
    for (size_t i = 0; i < r->n_refusals; i++)
        json_array_append_new(failed,
                              json_pack("{s:s, s:s, s:o}", "pass", r->refusals[i].name, "tile",
                                        r->refusals[i].tile, "reason", json_text(r->refusals[i].reason)));
    print_json(json_pack("{s:o, s:o, s:i, s:o, s:o, s:o}", "device", json_text(r->device), "file",
                         json_text(r->path), "batch", r->batch, "seconds", json_figure(r->seconds), "passes",
                         passes, "failed", failed),
               JSON_INDENT(2));
}

int command_tune(const options *o)
{
    vib_model *model = NULL;
    vib_recipe *recipe = NULL;
    vib_tune_result result = {0};
    view v = {.budget = 10};
    vib_tune_params params = {.interrupted = stop_signal, .progress = on_tile, .user = &v};
    if (check_operands(o, 0, 1, "a model or a recipe") < 0 || device_params(o, &params.device) < 0 ||
        option_int(o, OPT_BATCH, 1, &params.batch) < 0 || option_seconds(o, OPT_BUDGET, &v.budget) < 0)
        return EXIT_USAGE;
    const char *what = o->n_operands ? o->operands[0] : "default";
    int err = is_model(what) ? vib_model_open(what, &model) : vib_recipe_load(what, NULL, 0, &recipe);
    if (err >= 0) {
        params.seconds = v.budget;
        params.classes = model ? (int)vib_model_classes(model) : 0;
        err = vib_tune(model ? vib_model_recipe(model) : recipe, &params, &result);
        terminal_clear();
    }
    if (result.passes)
        (o->value[OPT_JSON] ? print_as_json : print_text)(&result);
    vib_tune_result_free(&result);
    vib_recipe_free(&recipe);
    vib_model_free(&model);
    return exit_code(err);
}
