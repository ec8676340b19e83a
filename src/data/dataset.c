/* Data sets as callers see them: where the two parts are, the split, the accessors. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <sha2.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/index.h"
#include "data/labels.h"
#include "data/scan.h"
#include "data/strings.h"

/* Where the pictures are said to be; NULL: not there. */
typedef struct layout {
    char *labels;             /* a table; the two others are NULL then */
    char *train, *validation; /* folders that hold class folders */
} layout;

/* root/name when it holds class folders; NULL otherwise, or with *err set when out of memory. */
static char *part_of(const char *root, const char *name, int *err)
{
    char *path = vib_path_join(root, name);
    if (!path)
        *err = vib_fail(VIB_FAILED, "out of memory");
    else if (vib_holds_classes(path))
        return path;
    free(path);
    return NULL;
}

static int is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int is_table(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (!strcasecmp(dot, ".csv") || !strcasecmp(dot, ".tsv")) && is_file(path);
}

/* The table of a root: the file itself, or labels.csv in the folder. NULL as part_of. */
static char *labels_of(const char *root, int *err)
{
    char *path = is_table(root) ? vib_strdup(root) : vib_path_join(root, "labels.csv");
    if (!path)
        *err = vib_fail(VIB_FAILED, "out of memory");
    else if (is_file(path))
        return path;
    free(path);
    return NULL;
}

static int copy_given(const char *given, char **out)
{
    if (given && !(*out = vib_strdup(given)))
        return vib_fail(VIB_FAILED, "out of memory");
    return 0;
}

static int find_layout(const vib_dataset_params *params, layout *at)
{
    static const char *const names[] = {"validation", "val", "test"};
    int err = 0;
    if (params->train || params->validation) {
        VIB_TRY(copy_given(params->train, &at->train));
        VIB_TRY(copy_given(params->validation, &at->validation));
        return 0;
    }
    if (!params->root)
        VIB_FAIL(VIB_USAGE, "no folder of pictures given");
    if ((at->labels = labels_of(params->root, &err)) || err < 0)
        return err;
    at->train = part_of(params->root, "train", &err);
    for (size_t i = 0; i < VIB_COUNT(names) && err == 0 && !at->validation; i++)
        at->validation = part_of(params->root, names[i], &err);
    if (err == 0 && !at->train && !at->validation)
        err = copy_given(params->root, &at->train);
fail:
    return err;
}

static int copy_classes(const vib_dataset *from, vib_dataset *to)
{
    if (!(to->classes = vib_calloc(from->n_classes, sizeof *to->classes)))
        return -1;
    for (; to->n_classes < from->n_classes; to->n_classes++)
        if (!(to->classes[to->n_classes] = vib_strdup(from->classes[to->n_classes])))
            return -1;
    return 0;
}

/* An empty set with the same root, classes and strings, and room for n pictures; NULL when out of memory. */
static vib_dataset *sibling(const vib_dataset *of, size_t n)
{
    vib_dataset *set = vib_calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->strings = vib_strings_share(of->strings);
    set->root = vib_strdup(of->root);
    set->items = vib_calloc(n, sizeof *set->items);
    if (!set->root || !set->items || copy_classes(of, set) < 0)
        vib_dataset_free(&set);
    return set;
}

/* A picture's lot: its path decides, so adding pictures moves few others. */
typedef struct lot {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    size_t item;
} lot;

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const lot *)a)->hash, ((const lot *)b)->hash, SHA256_DIGEST_LENGTH);
}

static void draw(const vib_item *item, size_t index, lot *out)
{
    SHA2_CTX ctx;
    SHA256Init(&ctx);
    SHA256Update(&ctx, (const uint8_t *)item->path, strlen(item->path));
    SHA256Final(out->hash, &ctx);
    out->item = index;
}

/* Marks the lowest hashes of each class. Returns how many, or -1 when out of memory. */
static long long choose(const vib_dataset *set, double part, unsigned char *chosen)
{
    long long total = 0;
    lot *lots = vib_calloc(set->n, sizeof *lots);
    if (!lots)
        return -1;
    for (size_t first = 0, end; first < set->n; first = end) {
        for (end = first; end < set->n && set->items[end].label == set->items[first].label; end++)
            draw(&set->items[end], end, &lots[end - first]);
        const size_t n = end - first;
        /* The small term: 0.2 × 35 must be 7. At least one of two, never all. */
        size_t take = (size_t)(part * (double)n + 1e-9);
        take = VIB_MIN(VIB_MAX(take, 1), n - 1);
        qsort(lots, n, sizeof *lots, by_hash);
        for (size_t i = 0; i < take; i++)
            chosen[lots[i].item] = 1;
        total += (long long)take;
    }
    free(lots);
    return total;
}

/* Moves the chosen pictures of *train to a new set; both keep their order. */
static int split(vib_dataset *train, double part, vib_dataset **out)
{
    int err = 0;
    unsigned char *chosen = vib_calloc(train->n, 1);
    VIB_CHECK_MEM(chosen);
    const long long n = choose(train, part, chosen);
    if (n == 0)
        VIB_FAIL(VIB_BAD_DATA,
                 "%s: too few pictures to set some aside for validation: add pictures, or a "
                 "validation folder",
                 train->root);
    vib_dataset *set = n < 0 ? NULL : sibling(train, (size_t)n);
    VIB_CHECK_MEM(set);
    size_t kept = 0;
    for (size_t i = 0; i < train->n; i++) {
        if (chosen[i])
            set->items[set->n++] = train->items[i];
        else
            train->items[kept++] = train->items[i];
    }
    vib_info("%s: no validation folder: %zu of %zu pictures set aside (%g %% of each class, chosen by their "
             "paths: the same ones each time)",
             train->root, set->n, train->n, part * 100);
    set->set_aside = 1;
    train->n = kept;
    *out = set;
fail:
    free(chosen);
    return err;
}

/* Class names of both parts are sorted, so the first difference is a name that one side lacks. */
static int check_classes(const vib_dataset *a, const vib_dataset *b)
{
    size_t k = 0;
    while (k < a->n_classes && k < b->n_classes && !strcmp(a->classes[k], b->classes[k]))
        k++;
    if (k == a->n_classes && k == b->n_classes)
        return 0;
    const int missing_in_b =
        k == b->n_classes || (k < a->n_classes && strcmp(a->classes[k], b->classes[k]) < 0);
    const vib_dataset *with = missing_in_b ? a : b, *without = missing_in_b ? b : a;
    return vib_fail(VIB_BAD_DATA,
                    "%s: no pictures of class \"%s\", which %s has: both need the same class folders",
                    without->root, with->classes[k], with->root);
}

/* `part` of the pictures is set aside when there is no validation folder; 0: none. */
static int open_both(const vib_dataset_params *params, const layout *at, double part, vib_dataset **train,
                     vib_dataset **validation)
{
    int err = 0;
    vib_dataset *a = NULL, *b = NULL;
    if (at->labels) {
        VIB_TRY(vib_labels_open(at->labels, &a, &b));
    } else {
        if (!at->train)
            VIB_FAIL(params->root ? VIB_BAD_DATA : VIB_USAGE,
                     "%s: nothing to train on: a folder train/ must stand beside it", at->validation);
        VIB_TRY(vib_dataset_scan(at->train, params->keras, &a));
        if (at->validation) {
            VIB_TRY(vib_dataset_scan(at->validation, params->keras, &b));
            VIB_TRY(check_classes(a, b));
        }
    }
    if (!b && part > 0)
        VIB_TRY(split(a, part, &b));
    *train = a;
    *validation = b;
    a = b = NULL;
fail:
    vib_dataset_free(&a);
    vib_dataset_free(&b);
    return err;
}

static int open_one(const vib_dataset_params *params, const layout *at, vib_dataset **out)
{
    const char *path = at->validation ? at->validation : at->train;
    vib_dataset *other = NULL;
    if (at->labels) {
        const int err = vib_labels_open(at->labels, out, &other);
        if (err < 0 || !other)
            return err;
        vib_info("%s: taking the pictures to validate on", at->labels);
        vib_dataset_free(out);
        *out = other;
        return 0;
    }
    if (!params->root || strcmp(path, params->root) != 0)
        vib_info("taking the pictures of %s", path);
    return vib_dataset_scan(path, params->keras, out);
}

static void free_layout(layout *at)
{
    free(at->labels);
    free(at->train);
    free(at->validation);
}

int vib_dataset_open_parts(const vib_dataset_params *params, vib_dataset **train, vib_dataset **validation)
{
    int err = 0;
    layout at = {0};
    VIB_TRY(find_layout(params, &at));
    VIB_TRY(open_both(params, &at, 0, train, validation));
fail:
    free_layout(&at);
    return err;
}

int vib_dataset_open(const vib_dataset_params *params, vib_dataset **train, vib_dataset **validation)
{
    int err = 0;
    layout at = {0};
    const double part = params->validation_split == 0 ? 0.2 : params->validation_split;
    if (!(part > 0 && part < 1))
        VIB_FAIL(VIB_USAGE, "validation split %g: give a part between 0 and 1", part);
    VIB_TRY(find_layout(params, &at));
    VIB_TRY(validation ? open_both(params, &at, part, train, validation) : open_one(params, &at, train));
fail:
    free_layout(&at);
    return err;
}

int vib_dataset_from_paths(const char *const *paths, size_t n, vib_dataset **out)
{
    int err = 0;
    vib_dataset *set = vib_calloc(1, sizeof *set);
    VIB_CHECK_MEM(set);
    VIB_CHECK_MEM(set->root = vib_strdup("."));
    VIB_CHECK_MEM(set->strings = vib_strings_create());
    VIB_CHECK_MEM(set->items = vib_calloc(n, sizeof *set->items));
    VIB_CHECK_MEM(set->classes = vib_calloc(1, sizeof *set->classes));
    VIB_CHECK_MEM(set->classes[0] = vib_strdup(""));
    set->n_classes = 1;
    for (; set->n < n; set->n++)
        VIB_CHECK_MEM(set->items[set->n].path = vib_strings_path(set->strings, "", paths[set->n]));
    *out = set;
    set = NULL;
fail:
    vib_dataset_free(&set);
    return err;
}

void vib_dataset_free(vib_dataset **set)
{
    vib_dataset *s = *set;
    if (!s)
        return;
    for (size_t k = 0; k < s->n_classes; k++)
        free(s->classes[k]);
    free(s->classes);
    free(s->items);
    free(s->root);
    vib_strings_release(s->strings);
    free(s);
    *set = NULL;
}

void vib_dataset_fingerprint(const vib_dataset *set, unsigned char sha256[32])
{
    SHA2_CTX ctx;
    SHA256Init(&ctx);
    for (size_t i = 0; i < set->n; i++) {
        const vib_item *item = &set->items[i];
        const char *name = set->classes[item->label];
        char size[24];
        const int n = snprintf(size, sizeof size, "%" PRIu64 "\n", item->bytes);
        SHA256Update(&ctx, (const uint8_t *)name, strlen(name) + 1);
        SHA256Update(&ctx, (const uint8_t *)item->path, strlen(item->path) + 1);
        SHA256Update(&ctx, (const uint8_t *)size, (size_t)n);
    }
    SHA256Final(sha256, &ctx);
}

char *vib_dataset_full_path(const vib_dataset *set, size_t i)
{
    const char *path = set->items[i].path;
    const int whole = *path == '/' || !strcmp(set->root, ".");
    return whole ? vib_strdup(path) : vib_path_join(set->root, path);
}

size_t vib_dataset_size(const vib_dataset *set)
{
    return set->n;
}

int vib_dataset_set_aside(const vib_dataset *set)
{
    return set->set_aside;
}

size_t vib_dataset_classes(const vib_dataset *set)
{
    return set->n_classes;
}

const char *vib_dataset_class_name(const vib_dataset *set, size_t k)
{
    return set->classes[k];
}

const char *vib_dataset_path(const vib_dataset *set, size_t i)
{
    return set->items[i].path;
}

uint32_t vib_dataset_label(const vib_dataset *set, size_t i)
{
    return set->items[i].label;
}
