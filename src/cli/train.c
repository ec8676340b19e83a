#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

enum { MAX_PATH = 4096, MAX_LINE = 256 };

typedef struct training {
    const options *o;
    vib_recipe *recipe;
    vib_dataset *train, *validation;
    vib_device *dev;
    json_t *command;    /* where the pictures are: command.json of the run */
    char run[MAX_PATH]; /* its folder */
    int resume, made;   /* made: the folder is ours and may be empty */
    int blind;          /* curves.png cannot be drawn: said once */
    vib_language language;
    uint64_t seed;
    vib_train_params params;
} training;

/* ---- the run's folder ---- */

static int make_folders(const char *path)
{
    char text[MAX_PATH];
    if (snprintf(text, sizeof text, "%s", path) >= (int)sizeof text)
        return ENAMETOOLONG;
    for (char *p = text + 1; p[-1]; p++) {
        const char c = *p;
        if (c && c != '/')
            continue;
        *p = 0;
        if (mkdir(text, 0777) < 0 && errno != EEXIST)
            return errno;
        if (!(*p = c))
            break;
    }
    return 0;
}

/* The recipe's name without folder and ending. */
static void default_name(const char *recipe, char name[MAX_LINE])
{
    const char *slash = strrchr(recipe, '/');
    snprintf(name, MAX_LINE, "%s", slash ? slash + 1 : recipe);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = 0;
}

/* runs/NAME, or NAME-2, ... when taken: mkdir decides, so that two runs started at once do not meet. */
static int make_run(training *t)
{
    const options *o = t->o;
    const char *output = o->value[OPT_OUTPUT] ? o->value[OPT_OUTPUT] : "runs";
    char name[MAX_LINE];
    if (o->value[OPT_NAME])
        snprintf(name, sizeof name, "%s", o->value[OPT_NAME]);
    else
        default_name(o->value[OPT_RECIPE] ? o->value[OPT_RECIPE] : "default", name);
    if (!*name || strchr(name, '/') || name[0] == '.') {
        complain("--name: '%s' cannot be the name of a folder; --output says where it goes", name);
        return EXIT_USAGE;
    }
    int failed = *output ? make_folders(output) : ENOENT;
    for (int k = 1; !failed && !t->made; k++) {
        char suffix[16] = "";
        if (k > 1)
            snprintf(suffix, sizeof suffix, "-%d", k);
        if (snprintf(t->run, sizeof t->run, "%s/%s%s", output, name, suffix) >= (int)sizeof t->run)
            failed = ENAMETOOLONG;
        else if (mkdir(t->run, 0777) == 0)
            t->made = 1;
        else if (errno != EEXIST)
            failed = errno;
    }
    if (!failed)
        return 0;
    complain("%s: cannot make the folder of the run: %s (--output says where it goes)", output,
             strerror(failed));
    return EXIT_FAILURE;
}

/* ---- which pictures ---- */

static int open_pictures(training *t)
{
    const json_t *bad = json_object_get(t->command, "bad_images");
    t->params.bad_images = (vib_bad_images)json_integer_value(bad);
    return open_command(t->command, t->run, vib_recipe_keras(t->recipe), &t->train, &t->validation);
}

/* ---- resuming ---- */

static int holds_run(const char *folder)
{
    static const char *const names[] = {"last.safetensors", "prev.safetensors"};
    char path[MAX_PATH];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (snprintf(path, sizeof path, "%s/%s", folder, names[i]) < (int)sizeof path &&
            access(path, F_OK) == 0)
            return 1;
    return 0;
}

/* The run whose last checkpoint is the newest. */
static int latest_run(const char *output, char out[MAX_PATH])
{
    struct timespec newest = {0};
    struct dirent *entry;
    DIR *folder = opendir(output);
    *out = 0;
    while (folder && (entry = readdir(folder))) {
        char path[MAX_PATH];
        struct stat st;
        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s/last.safetensors", output, entry->d_name) >=
                (int)sizeof path ||
            stat(path, &st) < 0)
            continue;
        if (*out && (st.st_mtim.tv_sec < newest.tv_sec ||
                     (st.st_mtim.tv_sec == newest.tv_sec && st.st_mtim.tv_nsec <= newest.tv_nsec)))
            continue;
        newest = st.st_mtim;
        snprintf(out, MAX_PATH, "%.*s", (int)(strrchr(path, '/') - path), path);
    }
    if (folder)
        closedir(folder);
    if (*out)
        return 0;
    complain("%s: no run here to resume", output);
    return -1;
}

/* What a run was begun with holds to its end. */
static int refuse_changes(const options *o)
{
    static const option_id fixed[] = {OPT_RECIPE,     OPT_SET,
                                      OPT_EPOCHS,     OPT_ROUNDS,
                                      OPT_STEPS,      OPT_VALIDATION_STEPS,
                                      OPT_BATCH,      OPT_TIME,
                                      OPT_CLASSIFY,   OPT_IMAGE_SIZE,
                                      OPT_LR,         OPT_NO_SHUFFLE,
                                      OPT_NO_AUGMENT, OPT_VALIDATION_SPLIT,
                                      OPT_BAD_IMAGES, OPT_NAME,
                                      OPT_WEIGHTS,    OPT_SEED,
                                      OPT_FREEZE};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if ((o->value[fixed[i]] && !o->from_environment[fixed[i]]) || (fixed[i] == OPT_SET && o->n_sets)) {
            complain("%s cannot change while a run goes on: leave it out, or begin a new run with --weights",
                     option_name(fixed[i]));
            return -1;
        }
    return 0;
}

/* The folders given now stand for those of the beginning: pictures may have moved. */
static void move_pictures(training *t, const char *dir)
{
    const options *o = t->o;
    if (!dir && !o->value[OPT_TRAIN])
        return;
    json_object_del(t->command, "dir");
    json_object_del(t->command, "train");
    json_object_del(t->command, "validation");
    if (dir)
        json_object_set_new(t->command, "dir", json_text(dir));
    if (o->value[OPT_TRAIN])
        json_object_set_new(t->command, "train", json_text(o->value[OPT_TRAIN]));
    if (o->value[OPT_VALIDATION])
        json_object_set_new(t->command, "validation", json_text(o->value[OPT_VALIDATION]));
}

static int prepare_resume(training *t)
{
    const options *o = t->o;
    const char *run = o->value[OPT_RESUME], *dir = o->n_operands ? o->operands[0] : NULL;
    char path[MAX_PATH + 16];
    struct stat st;
    if (refuse_changes(o) < 0)
        return EXIT_USAGE;
    /* `train --resume photos`: the word after is the pictures, not a run. */
    if (*run && !dir && !holds_run(run) && stat(run, &st) == 0 && S_ISDIR(st.st_mode)) {
        dir = run;
        run = "";
    }
    if (*run)
        snprintf(t->run, sizeof t->run, "%s", run);
    else if (latest_run(o->value[OPT_OUTPUT] ? o->value[OPT_OUTPUT] : "runs", t->run) < 0)
        return exit_code(VIB_BAD_MODEL);
    if (!holds_run(t->run)) {
        complain("%s: no checkpoint here: nothing to resume", t->run);
        return exit_code(VIB_BAD_MODEL);
    }
    snprintf(path, sizeof path, "%s/command.json", t->run);
    t->command = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (!t->command)
        t->command = json_pack("{s:f, s:i}", "validation_split", 0.0, "bad_images", VIB_BAD_SKIP);
    move_pictures(t, dir);
    snprintf(path, sizeof path, "%s/recipe.txt", t->run);
    t->params.resume = t->run;
    return exit_code(vib_recipe_load(path, NULL, 0, &t->recipe));
}

/* ---- what is shown ---- */

static void write_command(const training *t)
{
    char path[MAX_PATH + 16], temporary[MAX_PATH + 20];
    snprintf(path, sizeof path, "%s/command.json", t->run);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (json_dump_file(t->command, temporary, JSON_INDENT(2)) < 0 || rename(temporary, path) < 0)
        complain("warning: %s: cannot write: %s; --resume will need the pictures' folder", path,
                 strerror(errno));
}

static void begin_json(const training *t, const vib_train_event *e)
{
    const size_t n = t->validation ? vib_dataset_size(t->validation) : 0;
    json_t *line = json_pack("{s:s, s:o, s:I, s:I, s:I, s:i, s:i, s:I, s:i, s:I, s:o, s:b}", "event", "begin",
                             "run", json_text(e->path), "pictures", (json_int_t)vib_dataset_size(t->train),
                             "validation_pictures", (json_int_t)n, "seed", (json_int_t)t->seed, "rounds",
                             e->rounds, "epochs", e->epochs, "steps", (json_int_t)e->steps, "batch", e->batch,
                             "parameters", (json_int_t)e->parameters, "device",
                             json_text(vib_device_get_info(t->dev)->name), "resumed", t->resume);
    if (!e->epochs)
        json_object_set_new(line, "epochs", json_null());
    print_json(line, JSON_COMPACT);
}

/* "25 epochs of 251 steps of 32 pictures" */
static void print_plan(const training *t, const vib_train_event *e)
{
    const char *many = e->epochs == 1 ? "" : "s";
    if (e->rounds > 1)
        printf("%d rounds of ", e->rounds);
    if (e->epochs)
        printf("%d epoch%s of ", e->epochs, many);
    else
        printf("as many epochs as fit into %s of ", t->resume ? "its time" : t->o->value[OPT_TIME]);
    printf("%" PRIu64 " step%s of %d pictures", e->steps, e->steps == 1 ? "" : "s", e->batch);
}

/* What the run will do, before it does it. */
static void show_begin(const training *t, const vib_train_event *e)
{
    char a[32], b[32];
    const size_t n = t->validation ? vib_dataset_size(t->validation) : 0;
    const size_t classes = vib_dataset_classes(t->train);
    if (t->o->value[OPT_JSON]) {
        begin_json(t, e);
        return;
    }
    if (t->o->value[OPT_QUIET])
        return;
    printf("%s pictures to train on, %s %sto validate; %zu classes: ",
           with_commas(vib_dataset_size(t->train), a), with_commas(n, b),
           n && vib_dataset_set_aside(t->validation) ? "set aside " : "", classes);
    for (size_t k = 0; k < classes && k < NAMES_SHOWN; k++) {
        fputs(k ? ", " : "", stdout);
        print_name(vib_dataset_class_name(t->train, k));
    }
    printf("%s\nrun %s%s: %s parameters, ", classes > NAMES_SHOWN ? ", ..." : "", e->path,
           t->resume ? ", going on" : "", with_commas(e->parameters, a));
    print_plan(t, e);
    printf(", on %s\n", vib_device_get_info(t->dev)->name);
    fflush(stdout);
}

static void show_step(const vib_train_event *e)
{
    char what[64], note[64];
    if (e->epochs)
        snprintf(what, sizeof what, "epoch %d/%d", e->epoch, e->epochs);
    else
        snprintf(what, sizeof what, "epoch %d", e->epoch);
    snprintf(note, sizeof note, "loss %.4f  accuracy %.3f", e->epoch_loss, e->epoch_accuracy);
    terminal_progress(what, (size_t)e->step, (size_t)e->steps, e->seconds, e->images_per_second, note);
}

static void show_epoch(const training *t, const vib_train_event *e)
{
    if (t->o->value[OPT_JSON]) {
        json_t *line =
            json_pack("{s:s, s:i, s:i, s:I, s:f, s:f, s:f, s:f}", "event", "epoch", "round", e->round,
                      "epoch", e->epoch, "steps", (json_int_t)e->step, "loss", e->loss, "accuracy",
                      e->accuracy, "seconds", e->seconds, "images_per_second", e->images_per_second);
        if (e->lr > 0)
            json_object_set_new(line, "lr", json_real(e->lr));
        if (e->has_validation) {
            json_object_set_new(line, "val_loss", json_real(e->val_loss));
            json_object_set_new(line, "val_accuracy", json_real(e->val_accuracy));
        }
        print_json(line, JSON_COMPACT);
        return;
    }
    if (t->o->value[OPT_QUIET])
        return;
    if (e->rounds > 1)
        printf("round %d/%d  ", e->round, e->rounds);
    printf("epoch %d/%d  %" PRIu64 "/%" PRIu64 " steps  %.1f s  %.0f images/s  loss %.4f  accuracy %.4f",
           e->epoch, e->epochs, e->step, e->steps, e->seconds, e->images_per_second, e->loss, e->accuracy);
    if (e->has_validation)
        printf("  val_loss %.4f  val_accuracy %.4f", e->val_loss, e->val_accuracy);
    if (e->lr > 0)
        printf("  lr %.4g", e->lr);
    putchar('\n');
    fflush(stdout);
}

/* Keras's words (K52). */
static void show_rate(const training *t, const vib_train_event *e)
{
    if (t->o->value[OPT_JSON])
        print_json(
            json_pack("{s:s, s:I, s:f}", "event", "rate", "epoch", (json_int_t)e->total_epochs, "lr", e->lr),
            JSON_COMPACT);
    else if (!t->o->value[OPT_QUIET])
        printf("Epoch %05" PRIu64 ": ReduceLROnPlateau reducing learning rate to %.15g.\n", e->total_epochs,
               e->lr);
}

static void show_stop(const training *t, const vib_train_event *e)
{
    if (t->o->value[OPT_JSON])
        print_json(json_pack("{s:s, s:I, s:I}", "event", "stop", "epoch", (json_int_t)e->total_epochs,
                             "best_epoch", (json_int_t)e->best_epoch),
                   JSON_COMPACT);
    else if (!t->o->value[OPT_QUIET])
        printf("Epoch %05" PRIu64 ": early stopping\n"
               "Restoring model weights from the end of the best epoch: %" PRIu64 ".\n",
               e->total_epochs, e->best_epoch);
}

static void show_evaluated(const training *t, const vib_train_event *e)
{
    char n[32];
    if (t->o->value[OPT_JSON])
        print_json(json_pack("{s:s, s:I, s:f, s:f}", "event", "evaluated", "pictures",
                             (json_int_t)e->pictures, "loss", e->val_loss, "accuracy", e->val_accuracy),
                   JSON_COMPACT);
    else if (!t->o->value[OPT_QUIET])
        printf("evaluated %s validation pictures: loss %.4f  accuracy %.4f\n", with_commas(e->pictures, n),
               e->val_loss, e->val_accuracy);
}

static void on_event(void *user, const vib_train_event *e)
{
    training *t = user;
    if (e->type != VIB_TRAIN_STEP && e->type != VIB_TRAIN_VALIDATING)
        terminal_clear();
    switch (e->type) {
    case VIB_TRAIN_BEGIN:
        if (!t->resume)
            write_command(t);
        show_begin(t, e);
        break;
    case VIB_TRAIN_STEP:
        show_step(e);
        break;
    case VIB_TRAIN_VALIDATING:
        terminal_progress("validation", (size_t)e->pictures, (size_t)e->total, e->seconds, 0, "");
        break;
    case VIB_TRAIN_EPOCH_END:
        show_epoch(t, e);
        if (!t->blind)
            t->blind = draw_curves(t->run, t->language) < 0;
        break;
    case VIB_TRAIN_RATE:
        show_rate(t, e);
        break;
    case VIB_TRAIN_STOPPED:
        show_stop(t, e);
        break;
    case VIB_TRAIN_EVALUATED:
        show_evaluated(t, e);
        break;
    case VIB_TRAIN_EPOCH_BEGIN:
    case VIB_TRAIN_SAVED:
    case VIB_TRAIN_END:
        break;
    }
}

static void show_end(const training *t, const vib_train_result *r)
{
    if (t->o->value[OPT_JSON]) {
        print_json(json_pack("{s:s, s:o, s:i, s:f, s:f, s:f, s:f, s:f, s:I}", "event", "end", "run",
                             json_text(t->run), "best_epoch", r->best_epoch, "best_val_accuracy",
                             r->best_val_accuracy, "loss", r->loss, "accuracy", r->accuracy, "val_loss",
                             r->val_loss, "val_accuracy", r->val_accuracy, "skipped", (json_int_t)r->skipped),
                   JSON_COMPACT);
        return;
    }
    if (t->o->value[OPT_QUIET])
        return;
    printf("best epoch %d, %s %.4f\n", r->best_epoch, t->validation ? "val_accuracy" : "accuracy",
           r->best_val_accuracy);
    if (r->skipped)
        printf("%zu pictures could not be read and were left out\n", r->skipped);
    fputs("written to ", stdout);
    print_name(t->run);
    fputs(": best.safetensors last.safetensors prev.safetensors log.csv log.jsonl recipe.txt", stdout);
    if (vib_show_available())
        fputs(t->o->value[OPT_NO_REPORT] ? " curves.png"
              : t->validation            ? " curves.png confusion.png report.html"
                                         : " curves.png report.html",
              stdout);
    fputs("\nnext:\n  ", stdout);
    print_next_evaluate(stdout, t->o, t->run, t->command,
                        t->validation && vib_dataset_set_aside(t->validation));
    fputs("\n  ", stdout);
    print_next(stdout, t->o, "predict", t->run);
    fputs(" PICTURE\n  ", stdout);
    print_next(stdout, t->o, "summary", t->run);
    putchar('\n');
}

/* ---- the command ---- */

static int take_params(training *t)
{
    const options *o = t->o;
    vib_train_params *p = &t->params;
    if (option_workers(o, &p->workers) < 0 || option_int(o, OPT_LOG_STEPS, 1, &p->log_steps) < 0 ||
        option_seconds(o, OPT_TIME, &p->seconds) < 0 || take_language(o, &t->language) < 0 ||
        take_cache(o, &p->cache, &p->cache_bytes) < 0 || take_seed(o, &t->seed) < 0)
        return EXIT_USAGE;
    if (o->value[OPT_TIME] && o->value[OPT_EPOCHS]) {
        complain("--time and --epochs: not both");
        return EXIT_USAGE;
    }
    p->seed = t->seed;
    p->weights = o->value[OPT_WEIGHTS];
    p->classify = o->value[OPT_CLASSIFY] != NULL;
    p->tensorboard = o->value[OPT_TENSORBOARD] != NULL;
    p->interrupted = stop_signal;
    p->event = on_event;
    p->user = t;
    return 0;
}

static int prepare(training *t)
{
    int code = check_operands(t->o, 0, 1, "the folder of pictures") < 0 ? EXIT_USAGE : take_params(t);
    if (code)
        return code;
    t->resume = t->o->value[OPT_RESUME] != NULL;
    if (t->resume)
        return (code = prepare_resume(t)) ? code : open_pictures(t);
    if ((code = take_pictures(t->o, &t->command)) ||
        (code =
             load_recipe(t->o, t->o->value[OPT_RECIPE] ? t->o->value[OPT_RECIPE] : "default", &t->recipe)) ||
        (code = open_pictures(t)))
        return code;
    code = make_run(t);
    t->params.run = t->run;
    return code;
}

int command_train(const options *o)
{
    training t = {.o = o};
    vib_train_result result = {0};
    int code = prepare(&t);
    if (!code)
        code = open_device(o, &t.dev);
    if (!code) {
        const int err = vib_train(t.dev, t.recipe, t.train, t.validation, &t.params, &result);
        terminal_clear();
        code = exit_code(err);
        if (err == VIB_INTERRUPTED)
            complain("interrupted; saved: go on with: vibrisa train --resume %s", t.run);
    }
    if (!code && !o->value[OPT_NO_REPORT])
        code = finish_run(o, t.run, t.dev, t.command, t.validation);
    if (!code)
        show_end(&t, &result);
    else if (t.made)
        rmdir(t.run); /* only if nothing was written */
    vib_device_close(&t.dev);
    vib_dataset_free(&t.train);
    vib_dataset_free(&t.validation);
    vib_recipe_free(&t.recipe);
    json_decref(t.command);
    return code;
}
