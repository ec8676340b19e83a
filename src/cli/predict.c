#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "command.h"

typedef struct prediction {
    const options *o;
    const vib_model *model;
    double began;
    char **paths;
    size_t n, cap;
    size_t unread;
} prediction;

/* ---- which pictures ---- */

static int add_path(prediction *p, const char *path)
{
    if (p->n == p->cap) {
        const size_t cap = p->cap ? 2 * p->cap : 64;
        char **grown = realloc(p->paths, cap * sizeof *grown);
        if (!grown)
            return EXIT_FAILURE;
        p->paths = grown;
        p->cap = cap;
    }
    if (!(p->paths[p->n] = strdup(path)))
        return EXIT_FAILURE;
    p->n++;
    return 0;
}

static int is_picture(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; name[0] != '.' && dot && i < sizeof endings / sizeof *endings; i++)
        if (!strcasecmp(dot, endings[i]))
            return 1;
    return 0;
}

static int add_any(prediction *p, const char *path);

/* By name, byte by byte, so that the order is the same everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_entry(prediction *p, const char *folder, const char *name)
{
    struct stat st;
    int code = 0;
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        return EXIT_FAILURE;
    snprintf(path, size, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name);
    if (name[0] != '.' && lstat(path, &st) == 0)
        code = S_ISDIR(st.st_mode) ? add_any(p, path) : is_picture(name) ? add_path(p, path) : 0;
    free(path);
    return code;
}

/* The pictures of a folder and of those in it; a file is taken as it is. */
static int add_any(prediction *p, const char *path)
{
    struct stat st;
    struct dirent **entries;
    int code = 0;
    if (!*path || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return add_path(p, path);
    const int n = scandir(path, &entries, NULL, by_name);
    if (n < 0) {
        complain("%s: cannot read the folder: %s", path, strerror(errno));
        return exit_code(VIB_BAD_DATA);
    }
    for (int i = 0; i < n; i++) {
        if (!code)
            code = add_entry(p, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return code;
}

static int add_standard_input(prediction *p)
{
    char *line = NULL;
    size_t size = 0;
    int code = 0;
    while (!code && getline(&line, &size, stdin) >= 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line)
            code = add_path(p, line);
    }
    free(line);
    return code;
}

static int find_pictures(prediction *p)
{
    int code = 0;
    for (size_t i = 1; !code && i < p->o->n_operands; i++) {
        const char *operand = p->o->operands[i];
        code = strcmp(operand, "-") ? add_any(p, operand) : add_standard_input(p);
    }
    if (!code && !p->n) {
        complain("%s: no pictures here", p->o->operands[1]);
        code = exit_code(VIB_BAD_DATA);
    }
    return code;
}

/* ---- answers ---- */

static void print_answer(const prediction *p, const vib_prediction *a)
{
    json_t *all = json_object();
    for (size_t k = 0; k < vib_model_classes(p->model); k++)
        json_object_set_new(all, vib_model_class_name(p->model, k), json_real((double)a->probabilities[k]));
    print_json(json_pack("{s:o, s:s, s:f, s:o}", "file", json_text(a->path), "class",
                         vib_model_class_name(p->model, a->label), "probability",
                         (double)a->probabilities[a->label], "probabilities", all),
               JSON_COMPACT);
}

static void on_prediction(void *user, const vib_prediction *a)
{
    prediction *p = user;
    terminal_clear();
    p->unread += a->error != NULL;
    if (p->o->value[OPT_JSON] && a->error)
        print_json(json_pack("{s:o, s:o}", "file", json_text(a->path), "error", json_text(a->error)),
                   JSON_COMPACT);
    else if (p->o->value[OPT_JSON])
        print_answer(p, a);
    else if (!a->error) /* why not: already said on standard error */
        printf("%s\t%s\t%.4f\n", a->path, vib_model_class_name(p->model, a->label),
               (double)a->probabilities[a->label]);
}

static void on_progress(void *user, size_t done, size_t total)
{
    const prediction *p = user;
    const double seconds = terminal_clock() - p->began;
    terminal_progress("predicting", done, total, seconds, seconds > 0 ? (double)done / seconds : 0, "");
}

int command_predict(const options *o)
{
    prediction p = {.o = o, .began = terminal_clock()};
    vib_run_params params = {.interrupted = stop_signal, .progress = on_progress, .user = &p};
    vib_model *model = NULL;
    vib_device *dev = NULL;
    int code;
    if (check_operands(o, 2, (size_t)-1,
                       "the model and a picture, a folder, or - for paths on standard input") < 0 ||
        option_int(o, OPT_WORKERS, 1, &params.workers) < 0 || option_int(o, OPT_BATCH, 1, &params.batch) < 0)
        return EXIT_USAGE;
    if ((code = exit_code(vib_model_open(o->operands[0], &model))) || (code = find_pictures(&p)) ||
        (code = open_device(o, &dev)))
        goto done;
    p.model = model;
    code = exit_code(
        vib_model_predict(model, dev, (const char *const *)p.paths, p.n, &params, on_prediction, &p));
    terminal_clear();
    if (!code && p.unread) {
        complain("%zu of %zu pictures could not be read", p.unread, p.n);
        code = exit_code(VIB_BAD_DATA);
    }
done:
    for (size_t i = 0; i < p.n; i++)
        free(p.paths[i]);
    free(p.paths);
    vib_device_close(&dev);
    vib_model_free(&model);
    return code;
}
