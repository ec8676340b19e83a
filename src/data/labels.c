#include "data/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "data/csv.h"
#include "data/strings.h"

enum { LIMIT = 1 << 30 }; /* bytes of the file */

typedef enum part { PART_NONE, PART_TRAIN, PART_VALIDATION, PART_TEST } part;

enum { COLUMN_PATH, COLUMN_LABEL, COLUMN_SPLIT, COLUMNS };

/* Names of columns in other people's files. */
static const struct {
    const char *name;
    int column;
} column_names[] = {
    {"path", COLUMN_PATH},     {"file", COLUMN_PATH},   {"filename", COLUMN_PATH},
    {"filepath", COLUMN_PATH}, {"image", COLUMN_PATH},  {"label", COLUMN_LABEL},
    {"class", COLUMN_LABEL},   {"split", COLUMN_SPLIT}, {"subset", COLUMN_SPLIT},
};

static const char *const split_words[] = {"train", "training", "validation", "val", "valid", "test"};
static const part split_parts[] = {PART_TRAIN,      PART_TRAIN,      PART_VALIDATION,
                                   PART_VALIDATION, PART_VALIDATION, PART_TEST};

typedef struct row {
    const char *path, *label; /* in the arena */
    uint64_t bytes;
    uint32_t class_index;
    int line;
    part part;
} row;

typedef struct table {
    vib_csv csv;
    char *root;          /* the file's folder */
    int fd;              /* of it */
    int column[COLUMNS]; /* number of the field, or -1 */
    row *rows;
    size_t n, cap, of_part[PART_TEST + 1];
    size_t missing; /* rows whose file is not there */
    int first_missing;
    const char **classes; /* in the arena */
    size_t n_classes;
    vib_arena_strings *strings;
} table;

static const char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = 0;
    return text;
}

/* Finds the columns: 1 when the first row is names, 0 when it is a picture. */
static int read_header(table *t)
{
    int column[COLUMNS] = {-1, -1, -1};
    for (size_t i = 0; i < t->csv.n; i++)
        for (size_t k = 0; k < VIB_COUNT(column_names); k++)
            if (!strcasecmp(trim(t->csv.field[i]), column_names[k].name) &&
                column[column_names[k].column] < 0)
                column[column_names[k].column] = (int)i;
    const int named = column[COLUMN_PATH] >= 0 && column[COLUMN_LABEL] >= 0;
    for (int k = 0; k < COLUMNS; k++)
        t->column[k] = named ? column[k] : k;
    return named;
}

static int read_split(const table *t, const char *text, part *out)
{
    *out = PART_NONE;
    if (!*text)
        return 0;
    for (size_t i = 0; i < VIB_COUNT(split_words); i++)
        if (!strcasecmp(text, split_words[i])) {
            *out = split_parts[i];
            return 0;
        }
    return vib_fail(VIB_BAD_DATA, "%s:%d: '%s' is not a split: train, validation or test", t->csv.name,
                    t->csv.row_line, text);
}

static char *field(const table *t, int column)
{
    static char none[1];
    const int at = t->column[column];
    return at >= 0 && (size_t)at < t->csv.n ? t->csv.field[at] : none;
}

static int add_row(table *t)
{
    int err = 0;
    const char *name = t->csv.name;
    const int line = t->csv.row_line;
    struct stat st;
    row r = {.line = line, .path = field(t, COLUMN_PATH), .label = trim(field(t, COLUMN_LABEL))};
    if (!*r.path)
        VIB_FAIL(VIB_BAD_DATA, "%s:%d: no path", name, line);
    if (!*r.label)
        VIB_FAIL(VIB_BAD_DATA, "%s:%d: no label for '%s': a line is path,label or path,label,split", name,
                 line, r.path);
    VIB_TRY(read_split(t, trim(field(t, COLUMN_SPLIT)), &r.part));
    if (fstatat(t->fd, r.path, &st, 0) < 0) {
        if (!t->missing++)
            t->first_missing = line;
        return 0;
    }
    r.bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    VIB_CHECK_MEM(r.path = vib_strings_path(t->strings, "", r.path));
    VIB_CHECK_MEM(r.label = vib_strings_path(t->strings, "", r.label));
    if (vib_grow(&t->rows, &t->cap, t->n + 1, sizeof *t->rows) < 0)
        VIB_FAIL(VIB_FAILED, "out of memory");
    t->of_part[r.part]++;
    t->rows[t->n++] = r;
fail:
    return err;
}

static int read_rows(table *t)
{
    int got = vib_csv_next(&t->csv);
    if (got > 0 && read_header(t))
        got = vib_csv_next(&t->csv);
    while (got > 0) {
        const int err = add_row(t);
        if (err < 0)
            return err;
        got = vib_csv_next(&t->csv);
    }
    return got;
}

static int by_path(const void *a, const void *b)
{
    const row *p = a, *q = b;
    const int order = strcmp(p->path, q->path);
    return order ? order : p->line - q->line;
}

static int by_label(const void *a, const void *b)
{
    const row *p = a, *q = b;
    const int order = strcmp(p->label, q->label);
    return order ? order : strcmp(p->path, q->path);
}

/* Each picture once, and either every line says its part or none does. */
static int check_rows(table *t)
{
    const char *name = t->csv.name;
    if (!t->n && t->missing)
        return vib_fail(VIB_BAD_DATA, "%s:%d: no such file, nor any other named here: paths start from %s",
                        name, t->first_missing, t->root);
    if (!t->n)
        return vib_fail(VIB_BAD_DATA, "%s: empty: give each picture a line path,label", name);
    if (t->missing)
        vib_warn("%s: %zu files are not there, the first on line %d: left out", name, t->missing,
                 t->first_missing);
    qsort(t->rows, t->n, sizeof *t->rows, by_path);
    for (size_t i = 0; i < t->n; i++) {
        if (i && !strcmp(t->rows[i - 1].path, t->rows[i].path))
            return vib_fail(VIB_BAD_DATA, "%s:%d: '%s' was on line %d already", name, t->rows[i].line,
                            t->rows[i].path, t->rows[i - 1].line);
        if (t->rows[i].part == PART_NONE && t->of_part[PART_NONE] < t->n)
            return vib_fail(VIB_BAD_DATA, "%s:%d: no split, though other lines have one", name,
                            t->rows[i].line);
    }
    return 0;
}

/* Puts the rows in order and numbers the classes. */
static int number_classes(table *t)
{
    qsort(t->rows, t->n, sizeof *t->rows, by_label);
    if (!(t->classes = vib_calloc(t->n, sizeof *t->classes)))
        return vib_fail(VIB_FAILED, "out of memory");
    for (size_t i = 0; i < t->n; i++) {
        if (!i || strcmp(t->rows[i].label, t->rows[i - 1].label) != 0)
            t->classes[t->n_classes++] = t->rows[i].label;
        t->rows[i].class_index = (uint32_t)t->n_classes - 1;
    }
    if (t->n_classes < 2)
        return vib_fail(VIB_BAD_DATA, "%s: one label only (%s): at least two are needed", t->csv.name,
                        t->classes[0]);
    return 0;
}

static int make_set(const table *t, part which, vib_dataset **out)
{
    int err = 0;
    vib_dataset *set = vib_calloc(1, sizeof *set);
    VIB_CHECK_MEM(set);
    set->strings = vib_strings_share(t->strings);
    VIB_CHECK_MEM(set->root = vib_strdup(t->root));
    VIB_CHECK_MEM(set->items = vib_calloc(t->of_part[which], sizeof *set->items));
    VIB_CHECK_MEM(set->classes = vib_calloc(t->n_classes, sizeof *set->classes));
    for (; set->n_classes < t->n_classes; set->n_classes++)
        VIB_CHECK_MEM(set->classes[set->n_classes] = vib_strdup(t->classes[set->n_classes]));
    for (size_t i = 0; i < t->n; i++) {
        const row *r = &t->rows[i];
        if (r->part == which)
            set->items[set->n++] = (vib_item){.path = r->path, .bytes = r->bytes, .label = r->class_index};
    }
    *out = set;
    set = NULL;
fail:
    vib_dataset_free(&set);
    return err;
}

static int check_training(const table *t, const vib_dataset *train)
{
    uint32_t expected = 0;
    for (size_t i = 0; i < train->n; i++) {
        if (train->items[i].label > expected)
            break;
        expected = train->items[i].label + 1;
    }
    return expected == t->n_classes ? 0
                                    : vib_fail(VIB_BAD_DATA, "%s: no picture of label '%s' to train on",
                                               t->csv.name, t->classes[expected]);
}

static int make_sets(const table *t, vib_dataset **train, vib_dataset **validation)
{
    int err = 0;
    vib_dataset *a = NULL, *b = NULL;
    const int split = t->of_part[PART_NONE] == 0;
    const part held = t->of_part[PART_VALIDATION] ? PART_VALIDATION : PART_TEST;
    VIB_TRY(make_set(t, split ? PART_TRAIN : PART_NONE, &a));
    VIB_TRY(check_training(t, a));
    if (split && t->of_part[held])
        VIB_TRY(make_set(t, held, &b));
    vib_info("%s: %zu pictures of %zu labels", t->csv.name, a->n + (b ? b->n : 0), t->n_classes);
    if (held == PART_VALIDATION && t->of_part[PART_TEST])
        vib_info("%s: %zu pictures of the split test are left out", t->csv.name, t->of_part[PART_TEST]);
    *train = a;
    *validation = b;
    a = NULL;
fail:
    vib_dataset_free(&a);
    return err;
}

static int open_folder(table *t, const char *file)
{
    const char *slash = strrchr(file, '/');
    t->root = slash ? vib_strndup(file, slash == file ? 1 : (size_t)(slash - file)) : vib_strdup(".");
    t->strings = vib_strings_create();
    if (!t->root || !t->strings)
        return vib_fail(VIB_FAILED, "out of memory");
    t->fd = open(t->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return t->fd < 0 ? vib_fail(VIB_BAD_DATA, "%s: cannot read the folder: %s", t->root, strerror(errno)) : 0;
}

int vib_labels_open(const char *file, vib_dataset **train, vib_dataset **validation)
{
    int err = 0;
    table t = {.fd = -1};
    char *text = NULL;
    size_t size = 0;
    const int error = vib_file_read(file, LIMIT, &text, &size);
    if (error)
        VIB_FAIL(error == ENOMEM ? VIB_FAILED : VIB_BAD_DATA, "%s: cannot read: %s", file, strerror(error));
    VIB_TRY(vib_csv_start(&t.csv, file, text, size));
    VIB_TRY(open_folder(&t, file));
    VIB_TRY(read_rows(&t));
    VIB_TRY(check_rows(&t));
    VIB_TRY(number_classes(&t));
    VIB_TRY(make_sets(&t, train, validation));
fail:
    if (t.fd >= 0)
        close(t.fd);
    vib_strings_release(t.strings);
    free(t.classes);
    free(t.rows);
    free(t.root);
    free(text);
    return err;
}
