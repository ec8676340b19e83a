#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "csv.h"

typedef struct prediction {
    const options *o;
    const vib_model *model;
    double began;
    int top;        /* --topk */
    size_t *ranked; /* the classes, most probable first */
    csv table;      /* --csv */
    char **paths;
    size_t n, cap;
    size_t unread;
} prediction;

/* ---- which pictures ---- */

/* One path more; an exit code. */
static int add_path(prediction *p, const char *path)
{
    if (p->n == p->cap) {
        const size_t cap = p->cap ? 2 * p->cap : 64;
        char **grown = realloc(p->paths, cap * sizeof *grown);
        if (!grown)
            return out_of_memory();
        p->paths = grown;
        p->cap = cap;
    }
    if (!(p->paths[p->n] = strdup(path)))
        return out_of_memory();
    p->n++;
    return 0;
}

static int on_found(void *user, const char *path)
{
    return add_path(user, path);
}

/* The pictures of a folder and of those in it; a file is taken as it is. */
static int add_any(prediction *p, const char *path)
{
    struct stat st;
    if (!*path || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return add_path(p, path);
    const int status = vib_pictures_find(path, on_found, p);
    return status > 0 ? status : exit_code(status);
}

/* Everything there is to read, and a zero byte. NULL when it cannot be had. */
static char *read_all(FILE *file, size_t *size)
{
    size_t cap = 1 << 16;
    char *text = malloc(cap + 1);
    *size = 0;
    while (text) {
        *size += fread(text + *size, 1, cap - *size, file);
        if (*size < cap)
            break;
        char *grown = realloc(text, 2 * cap + 1);
        if (!grown)
            free(text);
        text = grown;
        cap *= 2;
    }
    if (text && ferror(file)) {
        free(text);
        return NULL;
    }
    if (text)
        text[*size] = 0;
    return text;
}

/* Paths a line; or, where there is a zero byte, between zero bytes (find -print0). */
static int add_standard_input(prediction *p)
{
    size_t size;
    int code = 0;
    char *text = read_all(stdin, &size);
    if (!text) {
        complain("standard input: cannot read: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    const int zeros = memchr(text, 0, size) != NULL;
    for (char *path = text, *next; !code && path < text + size; path = next) {
        const size_t n = zeros ? strlen(path) : strcspn(path, "\n");
        next = path + n + 1;
        path[n] = 0;
        if (!zeros)
            path[strcspn(path, "\r")] = 0;
        if (*path)
            code = add_path(p, path);
    }
    free(text);
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

/* The most probable classes to the front; of equals the first. */
static void rank_classes(prediction *p, const float *probabilities)
{
    const size_t n = vib_model_classes(p->model);
    for (size_t k = 0; k < n; k++)
        p->ranked[k] = k;
    for (size_t place = 0; place < (size_t)p->top; place++) {
        size_t best = place;
        for (size_t k = place + 1; k < n; k++) {
            const float a = probabilities[p->ranked[k]], b = probabilities[p->ranked[best]];
            if (a > b || (a == b && p->ranked[k] < p->ranked[best]))
                best = k;
        }
        const size_t taken = p->ranked[best];
        p->ranked[best] = p->ranked[place];
        p->ranked[place] = taken;
    }
}

static json_t *top_json(const prediction *p, const float *probabilities)
{
    json_t *list = json_array();
    for (int i = 0; i < p->top; i++)
        json_array_append_new(
            list, json_pack("{s:o, s:o}", "class", json_text(vib_model_class_name(p->model, p->ranked[i])),
                            "probability", json_figure((double)probabilities[p->ranked[i]])));
    return list;
}

static void show_json(const prediction *p, const vib_prediction *a)
{
    if (a->error) {
        print_json(json_pack("{s:o, s:o}", "file", json_text(a->path), "error", json_text(a->error)),
                   JSON_COMPACT);
        return;
    }
    json_t *all = json_object();
    for (size_t k = 0; k < vib_model_classes(p->model); k++)
        json_object_set_new(all, vib_model_class_name(p->model, k), json_figure((double)a->probabilities[k]));
    json_t *line = json_pack("{s:o, s:o, s:o, s:o}", "file", json_text(a->path), "class",
                             json_text(vib_model_class_name(p->model, a->label)), "probability",
                             json_figure((double)a->probabilities[a->label]), "probabilities", all);
    if (p->top)
        json_object_set_new(line, "top", top_json(p, a->probabilities));
    print_json(line, JSON_COMPACT);
}

static void begin_table(prediction *p)
{
    char name[32];
    csv *c = &p->table;
    csv_text(c, "file");
    csv_text(c, "class");
    csv_text(c, "probability");
    for (int i = 2; i <= p->top; i++) {
        snprintf(name, sizeof name, "class_%d", i);
        csv_text(c, name);
        snprintf(name, sizeof name, "probability_of_%d", i);
        csv_text(c, name);
    }
    csv_classes(c, p->model);
    csv_text(c, "error");
    csv_end_row(c);
}

static void show_row(prediction *p, const vib_prediction *a)
{
    csv *c = &p->table;
    csv_text(c, a->path);
    csv_text(c, a->error ? "" : vib_model_class_name(p->model, a->label));
    csv_number(c, a->error ? NAN : (double)a->probabilities[a->label]);
    for (int i = 1; i < p->top; i++) {
        csv_text(c, a->error ? "" : vib_model_class_name(p->model, p->ranked[i]));
        csv_number(c, a->error ? NAN : (double)a->probabilities[p->ranked[i]]);
    }
    for (size_t k = 0; k < vib_model_classes(p->model); k++)
        csv_number(c, a->error ? NAN : (double)a->probabilities[k]);
    csv_text(c, a->error ? a->error : "");
    csv_end_row(c);
}

static void show_class(const prediction *p, const vib_prediction *a, size_t k)
{
    putchar('\t');
    print_name(vib_model_class_name(p->model, k));
    printf("\t%.4f", (double)a->probabilities[k]);
}

static void show_text(const prediction *p, const vib_prediction *a)
{
    if (a->error)
        return; /* why: already said on standard error */
    print_name(a->path);
    show_class(p, a, a->label);
    for (int i = 1; i < p->top; i++)
        show_class(p, a, p->ranked[i]);
    putchar('\n');
}

static void on_prediction(void *user, const vib_prediction *a)
{
    prediction *p = user;
    terminal_clear();
    p->unread += a->error != NULL;
    if (p->top && !a->error)
        rank_classes(p, a->probabilities);
    if (p->o->value[OPT_JSON])
        show_json(p, a);
    else if (p->table.file)
        show_row(p, a);
    else
        show_text(p, a);
}

static void on_progress(void *user, size_t done, size_t total)
{
    const prediction *p = user;
    const double seconds = terminal_clock() - p->began;
    terminal_progress("predicting", done, total, seconds, seconds > 0 ? (double)done / seconds : 0, "");
}

static int begin_answers(prediction *p, const vib_model *model)
{
    const size_t n = vib_model_classes(model);
    p->model = model;
    if (p->top > (int)n)
        p->top = (int)n;
    if (p->o->value[OPT_CSV])
        p->table = csv_stdout();
    p->ranked = calloc(n, sizeof *p->ranked);
    return p->ranked ? 0 : out_of_memory();
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
        option_workers(o, &params.workers) < 0 || option_int(o, OPT_BATCH, 1, &params.batch) < 0 ||
        option_int(o, OPT_TOPK, 1, &p.top) < 0)
        return EXIT_USAGE;
    if (o->value[OPT_CSV] && o->value[OPT_JSON]) {
        complain("--csv and --json: not both");
        return EXIT_USAGE;
    }
    if ((code = exit_code(vib_model_open(o->operands[0], &model))) || (code = find_pictures(&p)) ||
        (code = begin_answers(&p, model)) || (code = open_device(o, &dev)))
        goto done;
    if (o->value[OPT_CSV])
        begin_table(&p);
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
    free(p.ranked);
    vib_device_close(&dev);
    vib_model_free(&model);
    return code;
}
