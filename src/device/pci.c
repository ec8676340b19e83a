#include "device/pci.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/common.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "device/list.h"
#include "device/quirks.h"

typedef struct maker {
    unsigned id; /* PCI vendor */
    const char *name;
    const char *words[3]; /* how OpenCL platforms, vendors and devices of it are called */
    const char *advice;
} maker;

static const maker makers[] = {
    {0x8086, "Intel", {"intel"}, "install intel-opencl-icd"},
    {0x1002,
     "AMD",
     {"amd", "advanced micro", "radeon"},
     "install ROCm, or Mesa 23.1 or newer (mesa-opencl-icd) and set RUSTICL_ENABLE=radeonsi"},
    {0x10de,
     "NVIDIA",
     {"nvidia"},
     "install NVIDIA's driver with its OpenCL part (on Debian nvidia-driver and nvidia-opencl-icd)"},
};

/* "0x030000" of a small file in /sys; 0 when it cannot be read. */
static unsigned long read_hex(const char *folder, const char *name)
{
    char text[32] = "";
    char *path = vib_path_join(folder, name);
    FILE *f = path ? fopen(path, "re") : NULL;
    if (f) {
        if (!fgets(text, sizeof text, f))
            text[0] = 0;
        fclose(f);
    }
    free(path);
    return strtoul(text, NULL, 16);
}

static const maker *find_maker(unsigned long id)
{
    for (size_t i = 0; i < VIB_COUNT(makers); i++)
        if (makers[i].id == id)
            return &makers[i];
    return NULL;
}

static int is_of(const vib_device_info *d, const maker *m)
{
    for (size_t i = 0; i < VIB_COUNT(m->words) && m->words[i]; i++)
        if (vib_contains(d->vendor, m->words[i]) || vib_contains(d->name, m->words[i]) ||
            vib_contains(d->platform, m->words[i]))
            return 1;
    return 0;
}

/* Only GPUs count: CPU drivers carry the names of CPU makers. */
static int offered(const vib_device_list *list, const maker *m)
{
    for (size_t i = 0; list && i < list->n; i++)
        if (vib_device_is_gpu(&list->devices[i]) && !list->devices[i].unusable && is_of(&list->devices[i], m))
            return 1;
    return 0;
}

/* "renderD128", the node programs talk to; owned by the caller, NULL when the kernel has no driver. */
static char *render_node(const char *folder)
{
    char *found = NULL, *path = vib_path_join(folder, "drm");
    DIR *dir = path ? opendir(path) : NULL;
    for (const struct dirent *d; dir && !found && (d = readdir(dir));)
        if (strncmp(d->d_name, "renderD", 7) == 0)
            found = vib_strdup(d->d_name);
    if (dir)
        closedir(dir);
    free(path);
    return found;
}

/* What is wrong with root/dev/dri/NODE; empty: nothing. */
static void check_node(const char *root, const char *node, vib_str *why)
{
    struct stat st;
    vib_str path = {0};
    vib_str_printf(&path, "%s/dev/dri/%s", root, node);
    if (path.failed) {
        why->failed = 1;
    } else if (stat(path.text, &st) < 0) {
        vib_str_printf(why, "%s is missing: a container needs it handed in (--device /dev/dri)", path.text);
    } else if (faccessat(AT_FDCWD, path.text, R_OK | W_OK, AT_EACCESS) < 0) {
        const struct group *g = getgrgid(st.st_gid);
        vib_str_printf(why, "no right to use %s: run `sudo usermod -aG %s $USER` and log in again", path.text,
                       g && st.st_gid ? g->gr_name : "render");
    }
    vib_str_free(&path);
}

/* The line about one PCI device; empty: nothing to say. */
static void describe(const char *root, const char *folder, const char *address, const vib_device_list *list,
                     vib_str *line)
{
    enum { DISPLAY = 0x03 };
    const maker *m = find_maker(read_hex(folder, "vendor"));
    if (!m || read_hex(folder, "class") >> 16 != DISPLAY || offered(list, m))
        return;
    vib_str why = {0};
    char *node = render_node(folder);
    if (node)
        check_node(root, node, &why);
    vib_str_printf(line, "the %s GPU at PCI %s is not used: ", m->name, address);
    if (why.len)
        vib_str_add(line, why.text);
    else
        vib_str_printf(line, "it has no OpenCL driver: %s", m->advice);
    line->failed |= why.failed;
    free(node);
    vib_str_free(&why);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int vib_pci_hints(const char *root, const vib_device_list *list, vib_hint_fn *report, void *user)
{
    int found = 0;
    vib_str bus = {0};
    struct dirent **entries = NULL;
    vib_str_printf(&bus, "%s/sys/bus/pci/devices", root);
    const int n = bus.failed ? 0 : scandir(bus.text, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        vib_str line = {0};
        char *folder = entries[i]->d_name[0] == '.' ? NULL : vib_path_join(bus.text, entries[i]->d_name);
        if (folder)
            describe(root, folder, entries[i]->d_name, list, &line);
        if (line.len && !line.failed) {
            report(user, line.text);
            found++;
        }
        vib_str_free(&line);
        free(folder);
        free(entries[i]);
    }
    free(entries);
    vib_str_free(&bus);
    return found;
}

int vib_device_hints(const vib_device_list *list, vib_hint_fn *report, void *user)
{
    return vib_pci_hints("", list, report, user);
}
