#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum { SHOWN = 20 }; /* findings of a kind, unless -v */

typedef struct checking {
    const options *o;
    const vib_check_report *report;
    double began;
} checking;

static void on_progress(void *user, size_t done, size_t total)
{
    const checking *c = user;
    const double seconds = terminal_clock() - c->began;
    terminal_progress("reading", done, total, seconds, seconds > 0 ? (double)done / seconds : 0, "");
}

/* ---- sizes ---- */

typedef struct spread {
    uint64_t least, middle, most;
} spread;

static int by_value(const void *a, const void *b)
{
    const uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return (p > q) - (p < q);
}

static uint64_t width_of(const vib_check_picture *p)
{
    return (uint64_t)p->width;
}

static uint64_t height_of(const vib_check_picture *p)
{
    return (uint64_t)p->height;
}

static uint64_t bytes_of(const vib_check_picture *p)
{
    return p->bytes;
}

/* Of the pictures that can be read; all 0 when there are none, or no memory. */
static spread measure(const vib_check_report *r, uint64_t (*of)(const vib_check_picture *p))
{
    spread s = {0};
    size_t n = 0;
    uint64_t *values = calloc(r->n_pictures + 1, sizeof *values);
    for (size_t i = 0; values && i < r->n_pictures; i++)
        if (r->pictures[i].readable)
            values[n++] = of(&r->pictures[i]);
    if (n) {
        qsort(values, n, sizeof *values, by_value);
        s = (spread){values[0], values[n / 2], values[n - 1]};
    }
    free(values);
    return s;
}

/* ---- text ---- */

static void print_size(const char *what, spread s, double unit)
{
    printf("%-14s %g to %g, median %g\n", what, (double)s.least / unit, (double)s.most / unit,
           (double)s.middle / unit);
}

static void print_classes(const vib_check_report *r)
{
    size_t least = SIZE_MAX, most = 0, validation = 0;
    for (size_t k = 0; k < r->n_classes; k++) {
        const vib_check_class *c = &r->classes[k];
        least = c->train < least ? c->train : least;
        most = c->train > most ? c->train : most;
        validation += c->validation;
    }
    printf("pictures       %zu of %zu classes", r->n_pictures, r->n_classes);
    if (validation)
        printf(", %zu of them to validate", validation);
    printf("\n\n%-24s %10s %10s\n", "class", "train", "validation");
    for (size_t k = 0; k < r->n_classes; k++) {
        print_cell(r->classes[k].name, -24);
        printf(" %10zu %10zu\n", r->classes[k].train, r->classes[k].validation);
    }
    if (least && most >= 2 * least)
        printf("unbalanced: the largest class has %.3g times the pictures of the smallest\n",
               (double)most / (double)least);
    putchar('\n');
}

/* Heading of a list, and whether there is one. */
static int begin_list(const char *title, size_t n)
{
    if (n)
        printf("\n%s: %zu\n", title, n);
    return n > 0;
}

static void end_list(const checking *c, size_t n)
{
    if (n > SHOWN && !c->o->verbose)
        printf("  and %zu more (-v names all)\n", n - SHOWN);
}

static int is_shown(const checking *c, size_t place)
{
    return place < SHOWN || c->o->verbose;
}

static int is_unreadable(const vib_check_picture *p)
{
    return !p->readable;
}

static int is_odd(const vib_check_picture *p)
{
    return p->readable && p->problem;
}

static int is_misnamed(const vib_check_picture *p)
{
    return p->misnamed;
}

static const char *format_of(const vib_check_picture *p)
{
    return p->format;
}

static const char *problem_of(const vib_check_picture *p)
{
    return p->problem;
}

static void print_pictures(const checking *c, const char *title, size_t n,
                           int (*wanted)(const vib_check_picture *p),
                           const char *(*remark)(const vib_check_picture *p))
{
    size_t place = 0;
    if (!begin_list(title, n))
        return;
    for (size_t i = 0; i < c->report->n_pictures; i++) {
        const vib_check_picture *p = &c->report->pictures[i];
        if (!wanted(p) || !is_shown(c, place++))
            continue;
        printf("  ");
        print_name(p->path);
        printf(": %s\n", remark(p));
    }
    end_list(c, n);
}

static void print_pair(const vib_check_report *r, const vib_check_pair *p)
{
    printf("  ");
    print_name(r->pictures[p->second].path);
    printf(" %s ", p->kind == VIB_LIKE_SAME_FILE ? "=" : "~");
    print_name(r->pictures[p->first].path);
    if (p->kind == VIB_LIKE_NEAR)
        printf("  %.3f%s", p->correlation, p->mirrored ? " mirrored" : "");
    printf("%s%s\n", p->leak ? "  LEAK" : "", p->conflict ? "  TWO CLASSES" : "");
}

/* The grave ones first. */
static void print_pairs(const checking *c, const char *title, vib_likeness kind, size_t n)
{
    const vib_check_report *r = c->report;
    size_t place = 0;
    if (!begin_list(title, n))
        return;
    for (int grave = 1; grave >= 0; grave--)
        for (size_t i = 0; i < r->n_pairs; i++) {
            const vib_check_pair *p = &r->pairs[i];
            if (p->kind == kind && (p->leak || p->conflict) == grave && is_shown(c, place++))
                print_pair(r, p);
        }
    end_list(c, n);
}

static size_t count_findings(const vib_check_report *r)
{
    return r->unreadable + r->odd + r->misnamed + r->same + r->near;
}

static void print_text(const checking *c)
{
    const vib_check_report *r = c->report;
    print_classes(r);
    print_size("width", measure(r, width_of), 1);
    print_size("height", measure(r, height_of), 1);
    print_size("file, KB", measure(r, bytes_of), 1000);
    print_pictures(c, "cannot be read", r->unreadable, is_unreadable, problem_of);
    print_pictures(c, "damaged, but used", r->odd, is_odd, problem_of);
    print_pictures(c, "named as another format; this is", r->misnamed, is_misnamed, format_of);
    print_pairs(c, "the same file twice", VIB_LIKE_SAME_FILE, r->same);
    print_pairs(c, "look the same (1 is equal)", VIB_LIKE_NEAR, r->near);
    if (r->leaks)
        printf("\nLEAK: pictures to validate on that are trained on too: %zu. The accuracy will look better "
               "than "
               "it is.\n",
               r->leaks);
    if (r->conflicts)
        printf("\nTWO CLASSES: pictures that stand in two classes: %zu\n", r->conflicts);
    if (!count_findings(r))
        puts("\nnothing found");
}

/* ---- JSON ---- */

static json_t *json_spread(spread s)
{
    return json_pack("{s:I, s:I, s:I}", "min", (json_int_t)s.least, "median", (json_int_t)s.middle, "max",
                     (json_int_t)s.most);
}

static json_t *json_pictures(const vib_check_report *r, int (*wanted)(const vib_check_picture *p),
                             const char *key, const char *(*remark)(const vib_check_picture *p))
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_pictures; i++)
        if (wanted(&r->pictures[i]))
            json_array_append_new(list, json_pack("{s:o, s:o}", "file", json_text(r->pictures[i].path), key,
                                                  json_text(remark(&r->pictures[i]))));
    return list;
}

static json_t *json_pairs(const vib_check_report *r, vib_likeness kind)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n_pairs; i++) {
        const vib_check_pair *p = &r->pairs[i];
        if (p->kind != kind)
            continue;
        json_t *pair =
            json_pack("{s:o, s:o, s:b, s:b}", "file", json_text(r->pictures[p->second].path), "of",
                      json_text(r->pictures[p->first].path), "leak", p->leak, "two_classes", p->conflict);
        if (kind == VIB_LIKE_NEAR) {
            json_object_set_new(pair, "correlation", json_real(p->correlation));
            json_object_set_new(pair, "mirrored", json_boolean(p->mirrored));
        }
        json_array_append_new(list, pair);
    }
    return list;
}

static void print_as_json(const checking *c)
{
    const vib_check_report *r = c->report;
    json_t *classes = json_array(), *all = json_object();
    for (size_t k = 0; k < r->n_classes; k++)
        json_array_append_new(classes, json_pack("{s:o, s:I, s:I}", "name", json_text(r->classes[k].name),
                                                 "train", (json_int_t)r->classes[k].train, "validation",
                                                 (json_int_t)r->classes[k].validation));
    json_object_set_new(all, "pictures", json_integer((json_int_t)r->n_pictures));
    json_object_set_new(all, "classes", classes);
    json_object_set_new(all, "width", json_spread(measure(r, width_of)));
    json_object_set_new(all, "height", json_spread(measure(r, height_of)));
    json_object_set_new(all, "bytes", json_spread(measure(r, bytes_of)));
    json_object_set_new(all, "unreadable", json_pictures(r, is_unreadable, "reason", problem_of));
    json_object_set_new(all, "damaged", json_pictures(r, is_odd, "reason", problem_of));
    json_object_set_new(all, "misnamed", json_pictures(r, is_misnamed, "format", format_of));
    json_object_set_new(all, "duplicates", json_pairs(r, VIB_LIKE_SAME_FILE));
    json_object_set_new(all, "near_duplicates", json_pairs(r, VIB_LIKE_NEAR));
    json_object_set_new(all, "leaks", json_integer((json_int_t)r->leaks));
    json_object_set_new(all, "two_classes", json_integer((json_int_t)r->conflicts));
    print_json(all, JSON_COMPACT);
}

int command_check(const options *o)
{
    checking c = {.o = o, .began = terminal_clock()};
    vib_check_report *report = NULL;
    vib_check_params params = {.interrupted = stop_signal, .progress = on_progress, .user = &c};
    params.data.train = o->value[OPT_TRAIN];
    params.data.validation = o->value[OPT_VALIDATION];
    const size_t operands = params.data.train ? 0 : 1;
    if (check_operands(o, operands, operands, "the folder of pictures") < 0 ||
        option_workers(o, &params.workers) < 0)
        return EXIT_USAGE;
    params.data.root = operands ? o->operands[0] : NULL;
    int code = exit_code(vib_check(&params, &report));
    terminal_clear();
    if (!code) {
        c.report = report;
        (o->value[OPT_JSON] ? print_as_json : print_text)(&c);
        if (o->value[OPT_STRICT] && count_findings(report))
            code = exit_code(VIB_BAD_DATA);
    }
    vib_check_report_free(&report);
    return code;
}
