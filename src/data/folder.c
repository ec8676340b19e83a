#include "data/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

/* Keras's list has no dots, so "foojpg" counts (K4). We cannot decode its last four: they are reported when
 * they are met. */
static const char *const keras_endings[] = {"png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff", NULL};
static const char *const our_endings[] = {".png",  ".jpg", ".jpeg", ".jpe", ".jfif",
#if VIB_WITH_WEBP
                                          ".webp",
#endif
                                          NULL};
static const char *const unread_endings[] = {
    ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".ppm",
    ".pgm",  ".pbm", ".pnm", ".psd", ".svg",  ".ico",  ".dng",  ".cr2",  ".nef", ".arw", NULL};

/* ASCII only, whatever the locale. */
static int ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), e = strlen(ending);
    if (n < e)
        return 0;
    for (size_t i = 0; i < e; i++) {
        const char c = name[n - e + i];
        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != ending[i])
            return 0;
    }
    return 1;
}

static const char *ending_of(const char *name, const char *const *endings)
{
    for (; *endings; endings++)
        if (ends_with(name, *endings))
            return *endings;
    return NULL;
}

static void count_unread(vib_unread *unread, const char *extension)
{
    for (size_t i = 0; i < unread->n; i++)
        if (unread->of[i].extension == extension) {
            unread->of[i].n++;
            return;
        }
    if (unread->n < VIB_COUNT(unread->of)) {
        unread->of[unread->n].extension = extension;
        unread->of[unread->n++].n = 1;
    }
}

void vib_unread_report(const vib_unread *unread, const char *root)
{
    for (size_t i = 0; i < unread->n; i++)
        vib_warn("%s: %zu %s: %s", root, unread->of[i].n, unread->of[i].extension,
                 strcmp(unread->of[i].extension, ".webp") ? "not supported" : "built without WebP");
}

/* What other programs leave in folders of pictures. */
static int is_junk(const char *name)
{
    return *name == '.' || !strcmp(name, "__MACOSX") || !strcmp(name, "@eaDir");
}

static int add(vib_entries *entries, const char *name, uint64_t bytes)
{
    if (vib_grow(&entries->of, &entries->cap, entries->n + 1, sizeof *entries->of) < 0)
        return ENOMEM;
    char *copy = vib_strdup(name);
    if (!copy)
        return ENOMEM;
    entries->of[entries->n++] = (vib_entry){.name = copy, .bytes = bytes};
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const vib_entry *)a)->name, ((const vib_entry *)b)->name);
}

static void sort(vib_entries *entries)
{
    if (entries->n)
        qsort(entries->of, entries->n, sizeof *entries->of, by_name);
}

static int add_file(int fd, const char *name, const vib_folder_rules *rules, vib_folder *out,
                    vib_unread *unread)
{
    if (!rules->keras && is_junk(name))
        return 0;
    if (ending_of(name, rules->keras ? keras_endings : our_endings)) {
        /* A link to nothing is listed all the same: it is reported like any other bad picture. */
        struct stat st;
        const int known = fstatat(fd, name, &st, 0) == 0 && S_ISREG(st.st_mode);
        return add(&out->pictures, name, known ? (uint64_t)st.st_size : 0);
    }
    const char *extension = ending_of(name, unread_endings);
    if (extension && unread)
        count_unread(unread, extension);
    return 0;
}

static int add_entry(int fd, const struct dirent *e, const vib_folder_rules *rules, vib_folder *out,
                     vib_unread *unread)
{
    int link = e->d_type == DT_LNK, folder = e->d_type == DT_DIR;
    struct stat st;
    if (e->d_type == DT_UNKNOWN && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        link = S_ISLNK(st.st_mode);
        folder = S_ISDIR(st.st_mode);
    }
    if (link)
        folder = fstatat(fd, e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
    if (!folder)
        return add_file(fd, e->d_name, rules, out, unread);
    if (link && !rules->follow_links)
        return 0;
    return add(!rules->keras && is_junk(e->d_name) ? &out->junk : &out->folders, e->d_name, 0);
}

int vib_folder_read(int at, const char *path, const vib_folder_rules *rules, vib_folder *out,
                    vib_unread *unread)
{
    *out = (vib_folder){0};
    int error = 0;
    const int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        error = errno;
        if (fd >= 0)
            close(fd);
        return error;
    }
    while (!error) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e) {
            error = errno;
            break;
        }
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            error = add_entry(fd, e, rules, out, unread);
    }
    closedir(dir);
    if (error) {
        vib_folder_free(out);
        return error;
    }
    sort(&out->folders);
    sort(&out->pictures);
    sort(&out->junk);
    return 0;
}

static void free_entries(vib_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++)
        free(entries->of[i].name);
    free(entries->of);
}

void vib_folder_free(vib_folder *folder)
{
    free_entries(&folder->folders);
    free_entries(&folder->pictures);
    free_entries(&folder->junk);
    *folder = (vib_folder){0};
}
