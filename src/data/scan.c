#include "data/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "data/folder.h"
#include "data/strings.h"

/* One folder of a class, and where its pictures stand among those found. */
typedef struct place {
    const char *path; /* relative to the root */
    size_t first, n;
} place;

typedef struct scan {
    int fd; /* of the root */
    int keras;
    vib_dataset *set;
    size_t items_cap;
    place *places; /* folders of the class being walked */
    size_t n_places, places_cap;
    vib_item *found; /* its pictures, folder by folder as met */
    size_t n_found, found_cap;
    vib_unread unread;
    vib_str passed; /* folders passed over, with the reason */
    size_t n_passed;
} scan;

#if VIB_WITH_WEBP
#define WITH_WEBP ", .webp"
#else
#define WITH_WEBP ""
#endif

enum { NAMED_AT_MOST = 20 };

static void pass_over(scan *s, const char *folder, const char *name, const char *reason)
{
    if (s->n_passed++ < NAMED_AT_MOST)
        vib_str_printf(&s->passed, "%s%s%s%s (%s)", s->passed.len ? ", " : "", folder, *folder ? "/" : "",
                       name, reason);
}

static void pass_over_junk(scan *s, const char *folder, const vib_entries *junk)
{
    for (size_t i = 0; i < junk->n; i++)
        pass_over(s, folder, junk->of[i].name,
                  *junk->of[i].name == '.' ? "hidden" : "left by another program");
}

static int add_place(scan *s, const char *folder, const char *name)
{
    const char *path = vib_strings_path(s->set->strings, folder, name);
    if (!path || vib_grow(&s->places, &s->places_cap, s->n_places + 1, sizeof *s->places) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    s->places[s->n_places++] = (place){.path = path};
    return 0;
}

/* Lists places[k]: its pictures go to the end of `found`, its folders to the end of `places`. */
static int read_place(scan *s, size_t k)
{
    int err = 0;
    const char *path = s->places[k].path;
    const vib_folder_rules rules = {.keras = s->keras};
    vib_folder folder = {0};
    const int error = vib_folder_read(s->fd, path, &rules, &folder, &s->unread);
    if (error)
        VIB_FAIL(error == ENOMEM ? VIB_FAILED : VIB_BAD_DATA, "%s/%s: cannot read the folder: %s",
                 s->set->root, path, strerror(error));
    const size_t n = folder.pictures.n;
    if (vib_grow(&s->found, &s->found_cap, s->n_found + n, sizeof *s->found) < 0)
        VIB_FAIL(VIB_FAILED, "out of memory");
    s->places[k].first = s->n_found;
    s->places[k].n = n;
    for (size_t i = 0; i < n; i++) {
        const vib_entry *e = &folder.pictures.of[i];
        const char *name = vib_strings_path(s->set->strings, path, e->name);
        VIB_CHECK_MEM(name);
        s->found[s->n_found++] = (vib_item){.path = name, .bytes = e->bytes};
    }
    for (size_t i = 0; i < folder.folders.n; i++)
        VIB_TRY(add_place(s, path, folder.folders.of[i].name));
    pass_over_junk(s, path, &folder.junk);
fail:
    vib_folder_free(&folder);
    return err;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const place *)a)->path, ((const place *)b)->path);
}

/* All pictures of a class, folders in the order of their whole paths: what sorting Python's os.walk gives. */
static int walk_class(scan *s, const char *name)
{
    int err = 0;
    s->n_places = s->n_found = 0;
    VIB_TRY(add_place(s, "", name));
    for (size_t k = 0; k < s->n_places; k++)
        VIB_TRY(read_place(s, k));
    qsort(s->places, s->n_places, sizeof *s->places, by_path);

    vib_dataset *set = s->set;
    if (s->n_found > UINT32_MAX - set->n)
        VIB_FAIL(VIB_BAD_DATA, "%s: more than %u pictures", set->root, UINT32_MAX);
    if (vib_grow(&set->items, &s->items_cap, set->n + s->n_found, sizeof *set->items) < 0)
        VIB_FAIL(VIB_FAILED, "out of memory");
    for (size_t k = 0; k < s->n_places; k++)
        for (size_t i = 0; i < s->places[k].n; i++) {
            vib_item *item = &set->items[set->n++];
            *item = s->found[s->places[k].first + i];
            item->label = (uint32_t)set->n_classes;
        }
fail:
    return err;
}

static int walk_classes(scan *s, const vib_entries *names)
{
    int err = 0;
    VIB_CHECK_MEM(s->set->classes = vib_calloc(names->n, sizeof *s->set->classes));
    for (size_t i = 0; i < names->n; i++) {
        VIB_TRY(walk_class(s, names->of[i].name));
        if (!s->n_found && !s->keras) {
            pass_over(s, "", names->of[i].name, "no pictures");
            continue;
        }
        char *name = vib_strdup(names->of[i].name);
        VIB_CHECK_MEM(name);
        s->set->classes[s->set->n_classes++] = name;
    }
fail:
    return err;
}

static void report(const scan *s)
{
    const char *root = s->set->root;
    if (s->n_passed > NAMED_AT_MOST)
        vib_warn("%s: folders passed over: %s and %zu more", root, s->passed.text,
                 s->n_passed - NAMED_AT_MOST);
    else if (s->n_passed)
        vib_warn("%s: folders passed over: %s", root, s->passed.text);
    vib_unread_report(&s->unread, root);
}

static int cannot_open(const char *root, int error)
{
    if (error == ENOENT)
        return vib_fail(VIB_BAD_DATA,
                        "%s: no such folder: give one that holds a folder of pictures per class", root);
    if (error == ENOTDIR)
        return vib_fail(VIB_BAD_DATA, "%s: not a folder: give one that holds a folder of pictures per class",
                        root);
    return vib_fail(error == ENOMEM ? VIB_FAILED : VIB_BAD_DATA, "%s: cannot read the folder: %s", root,
                    strerror(error));
}

static int check(const vib_dataset *set, const vib_folder *top)
{
    const char *root = set->root;
    if (!top->folders.n && top->pictures.n)
        return vib_fail(VIB_BAD_DATA, "%s: %zu pictures but no class folders: make a folder for each class",
                        root, top->pictures.n);
    if (!top->folders.n)
        return vib_fail(VIB_BAD_DATA, "%s: empty: put a folder of pictures per class into it", root);
    if (!set->n)
        return vib_fail(VIB_BAD_DATA, "%s: no pictures (.jpg, .jpeg, .png" WITH_WEBP ") in its folders",
                        root);
    if (set->n_classes < 2)
        return vib_fail(VIB_BAD_DATA,
                        "%s: one class only (%s): put each class into a folder of its own, at least two",
                        root, set->classes[0]);
    return 0;
}

int vib_dataset_scan(const char *root, int keras, vib_dataset **out)
{
    int err = 0;
    scan s = {.fd = -1, .keras = keras};
    vib_folder top = {0};
    const vib_folder_rules rules = {.keras = keras, .follow_links = 1};
    VIB_CHECK_MEM(s.set = vib_calloc(1, sizeof *s.set));
    VIB_CHECK_MEM(s.set->root = vib_strdup(root));
    VIB_CHECK_MEM(s.set->strings = vib_strings_create());

    s.fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int error = s.fd < 0 ? errno : vib_folder_read(s.fd, ".", &rules, &top, NULL);
    if (error) {
        err = cannot_open(root, error);
        goto fail;
    }
    pass_over_junk(&s, "", &top.junk);
    VIB_TRY(walk_classes(&s, &top.folders));
    if (s.passed.failed)
        VIB_FAIL(VIB_FAILED, "out of memory");
    report(&s);
    VIB_TRY(check(s.set, &top));
    vib_info("%s: %zu pictures of %zu classes", root, s.set->n, s.set->n_classes);
    *out = s.set;
    s.set = NULL;
fail:
    if (s.fd >= 0)
        close(s.fd);
    vib_folder_free(&top);
    vib_dataset_free(&s.set);
    vib_str_free(&s.passed);
    free(s.places);
    free(s.found);
    return err;
}

int vib_holds_classes(const char *path)
{
    const vib_folder_rules rules = {.follow_links = 1};
    vib_folder folder;
    if (vib_folder_read(AT_FDCWD, path, &rules, &folder, NULL))
        return 0;
    const int yes = folder.folders.n > 0;
    vib_folder_free(&folder);
    return yes;
}
