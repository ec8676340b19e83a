#include <stdlib.h>
#include <string.h>

#include "command.h"

typedef struct search {
    const options *o;
    vib_recipe *recipe;
    vib_dataset *train, *validation; /* the second is only set aside, as in training */
    vib_device *dev;
    json_t *command; /* where the pictures are */
    const char *file;
    vib_language language;
    double began;
    vib_lr_find_params params;
    vib_lr_find_result result;
} search;

static void on_step(void *user, size_t done, size_t steps, double rate, double smoothed)
{
    const search *s = user;
    char note[64];
    snprintf(note, sizeof note, "rate %.2g  loss %.4f", rate, smoothed);
    terminal_progress("searching", done, steps, terminal_clock() - s->began, 0, note);
}

/* ---- what was found ---- */

/* Whether train takes it in the same meaning. */
static int is_for_train(option_id id)
{
    const option *opt = option_get(id);
    return (opt->commands & FOR_TRAIN) && id != OPT_STEPS && id != OPT_OUTPUT &&
           (strcmp(opt->group, "General") != 0 || id == OPT_SEED);
}

/* The command that trains with it, and with what this one was given. */
static void print_train(const options *o, const char *rate)
{
    fputs("  ", stdout);
    print_word(stdout, o->program);
    fputs(" train", stdout);
    for (size_t i = 0; i < o->n_operands; i++) {
        putchar(' ');
        print_word(stdout, o->operands[i]);
    }
    for (size_t i = 0; i < o->n_sets; i++) {
        fputs(" --set ", stdout);
        print_word(stdout, o->sets[i]);
    }
    for (option_id id = 0; id < N_OPTIONS; id++) {
        if (!o->value[id] || o->from_environment[id] || !is_for_train(id))
            continue;
        printf(" %s", option_name(id));
        if (option_get(id)->argument) {
            putchar(' ');
            print_word(stdout, o->value[id]);
        }
    }
    printf(" --lr %s\n", rate);
}

static void print_end(const search *s)
{
    const vib_lr_find_result *r = &s->result;
    printf("%zu steps, from a learning rate of %.2g to %.2g", r->n, r->rate[0], r->rate[r->n - 1]);
    if (r->end == VIB_LR_FIND_DIVERGED)
        fputs(", where the loss was four times its best", stdout);
    if (r->end == VIB_LR_FIND_NONFINITE)
        fputs(", behind which the loss is no number", stdout);
    putchar('\n');
    if (r->skipped)
        printf("%zu pictures could not be read and were left out\n", r->skipped);
}

static void print_text(const search *s)
{
    char rate[32];
    const int quiet = s->o->value[OPT_QUIET] != NULL;
    snprintf(rate, sizeof rate, "%.2g", s->result.suggestion);
    if (!quiet)
        print_end(s);
    if (s->result.suggestion > 0) {
        printf("suggested learning rate: %s\n", rate);
    } else {
        printf("no learning rate to suggest: the loss hardly fell; more --steps give it time\n");
        return;
    }
    if (!quiet) {
        printf("write lr=%s into the recipe's line `optimizer`, or:\n", rate);
        print_train(s->o, rate);
    }
}

static json_t *numbers(const double *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_figure(values[i]));
    return list;
}

/* file NULL: no picture. */
static void print_as_json(const search *s, const char *file)
{
    static const char *const ends[] = {"done", "diverged", "nonfinite"};
    const vib_lr_find_result *r = &s->result;
    print_json(json_pack("{s:o, s:s, s:I, s:o, s:o, s:o, s:I, s:o}", "suggestion",
                         r->suggestion > 0 ? json_real(r->suggestion) : json_null(), "end", ends[r->end],
                         "seed", (json_int_t)s->params.seed, "rates", numbers(r->rate, r->n), "losses",
                         numbers(r->loss, r->n), "smoothed", numbers(r->smoothed, r->n), "skipped",
                         (json_int_t)r->skipped, "file", file ? json_text(file) : json_null()),
               JSON_COMPACT);
}

/* An exit code. The picture comes first, so that the JSON can name it; without cairo there is none, unless it
 * was asked for. */
static int tell(const search *s)
{
    const int draws = vib_show_available() || s->o->value[OPT_OUTPUT];
    const int err = draws ? vib_show_lr_find(&s->result, s->language, s->file) : VIB_OK;
    if (s->o->value[OPT_JSON])
        print_as_json(s, draws && err == VIB_OK ? s->file : NULL);
    else
        print_text(s);
    if (draws && err == VIB_OK && !s->o->value[OPT_JSON])
        print_wrote(s->o, s->file);
    if (!draws)
        complain("warning: built without cairo: no %s", s->file);
    return exit_code(err);
}

/* ---- the command ---- */

static int take_params(search *s)
{
    const options *o = s->o;
    vib_lr_find_params *p = &s->params;
    int bad_images;
    if (check_operands(o, 0, 1, "the folder of pictures") < 0 ||
        option_real(o, OPT_FROM, 0, 1000, &p->from) < 0 || option_real(o, OPT_TO, 0, 1000, &p->to) < 0 ||
        option_int(o, OPT_STEPS, 1, &p->steps) < 0 || option_workers(o, &p->workers) < 0 ||
        take_language(o, &s->language) < 0 || take_cache(o, &p->cache, &p->cache_bytes) < 0 ||
        take_seed(o, &p->seed) < 0)
        return EXIT_USAGE;
    s->file = o->value[OPT_OUTPUT] ? o->value[OPT_OUTPUT] : "lr-find.png";
    p->weights = o->value[OPT_WEIGHTS];
    p->classify = o->value[OPT_CLASSIFY] != NULL;
    p->interrupted = stop_signal;
    p->step = on_step;
    p->user = s;
    const int unwritable = o->value[OPT_OUTPUT] ? vib_show_check(s->file) : VIB_OK;
    if (unwritable < 0)
        return exit_code(unwritable);
    const int code = take_pictures(o, &s->command);
    if (!code && json_unpack(s->command, "{s:i}", "bad_images", &bad_images) == 0)
        p->bad_images = (vib_bad_images)bad_images;
    return code;
}

int command_lr_find(const options *o)
{
    search s = {.o = o, .began = terminal_clock()};
    int code = take_params(&s);
    if (!code)
        code = load_recipe(o, o->value[OPT_RECIPE] ? o->value[OPT_RECIPE] : "default", &s.recipe);
    if (!code)
        code = open_command(s.command, ".", vib_recipe_keras(s.recipe), &s.train, &s.validation);
    if (!code)
        code = open_device(o, &s.dev);
    if (!code)
        code = exit_code(vib_lr_find(s.dev, s.recipe, s.train, &s.params, &s.result));
    terminal_clear();
    if (!code)
        code = tell(&s);
    vib_lr_find_result_free(&s.result);
    vib_device_close(&s.dev);
    vib_dataset_free(&s.train);
    vib_dataset_free(&s.validation);
    vib_recipe_free(&s.recipe);
    json_decref(s.command);
    return code;
}
