#include "device/quirks.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

/* All given parts must occur; NULL or 0: any. */
static const struct {
    const char *platform, *device, *driver; /* driver: the beginning of its version */
    unsigned type;
    unsigned quirks;
} table[] = {
    /* Simulates every work-item: some 1,500 times slower than a CPU driver. Its hunt for uninitialised values
     * (21.10) knows as much of a buffer as the host last wrote, not filled; the rest never has a value. */
    {"Oclgrind", NULL, NULL, 0, VIB_QUIRK_EMULATOR | VIB_QUIRK_WHOLE_WRITES},
    /* Registered by oneAPI everywhere, also where there is no FPGA. */
    {"FPGA Emulation", NULL, NULL, 0, VIB_QUIRK_EMULATOR},
    {NULL, "FPGA Emulation", NULL, 0, VIB_QUIRK_EMULATOR},
    /* Mesa's software rasterisers: no native fma, a fifth of PoCL's speed. */
    {NULL, "llvmpipe", NULL, 0, VIB_QUIRK_EMULATOR},
    {NULL, "softpipe", NULL, 0, VIB_QUIRK_EMULATOR},
    {NULL, "swrast", NULL, 0, VIB_QUIRK_EMULATOR},
    /* Reports work-groups of 1,024 and runs barriers only in groups of 1. */
    {"Apple", NULL, NULL, VIB_DEVICE_CPU, VIB_QUIRK_EMULATOR},
    /* Mesa 22.3: 800 bytes for 400; 32 for kernels that run with 64. */
    {"rusticl", NULL, "22.", 0, VIB_QUIRK_LOCAL_TWICE | VIB_QUIRK_GROUP_LOW},
    /* Handing out a binary makes PoCL compile every kernel a second time: 16 kernels took 3.1 s to their
     * first launch, not 1.1; and its own cache leaves us 60 ms to win. */
    {"Portable Computing Language", NULL, NULL, 0, VIB_QUIRK_OWN_CACHE},
    /* Intel NEO of early 2020 hangs in clBuildProgram. */
    {"Intel", NULL, "20.09", VIB_DEVICE_GPU, VIB_QUIRK_NO_STD},
};

int vib_contains(const char *text, const char *part)
{
    const size_t n = strlen(part);
    for (; strlen(text) >= n; text++) {
        size_t i = 0;
        while (i < n && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == n)
            return 1;
    }
    return 0;
}

unsigned vib_quirks_of(const vib_device_info *info)
{
    unsigned quirks = 0;
    for (size_t i = 0; i < VIB_COUNT(table); i++)
        if ((!table[i].platform || vib_contains(info->platform, table[i].platform)) &&
            (!table[i].device || vib_contains(info->name, table[i].device)) &&
            (!table[i].driver || strncmp(info->driver, table[i].driver, strlen(table[i].driver)) == 0) &&
            (!table[i].type || (info->type & table[i].type)))
            quirks |= table[i].quirks;
    return quirks;
}

int vib_folder_has_room(const char *folder, uint64_t bytes)
{
    struct stat st;
    struct statvfs fs;
    char *path = *folder ? vib_strdup(folder) : NULL;
    if (!path)
        return 0;
    while (stat(path, &st) < 0 && errno == ENOENT) {
        char *slash = strrchr(path, '/');
        if (!slash)
            strcpy(path, "."); /* fits: no letter would be no path */
        else if (slash == path)
            path[1] = 0;
        else
            *slash = 0;
    }
    const int ok = stat(path, &st) == 0 && S_ISDIR(st.st_mode) && access(path, W_OK | X_OK) == 0 &&
                   statvfs(path, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize >= bytes;
    free(path);
    return ok;
}

enum { POCL_ROOM = 16 << 20 };

static void pocl_folder(vib_str *path)
{
    const char *folder = getenv("POCL_CACHE_DIR"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (folder && *folder)
        vib_str_add(path, folder);
    else if (xdg && *xdg)
        vib_str_printf(path, "%s/pocl/kcache", xdg);
    else if (home && *home)
        vib_str_printf(path, "%s/.cache/pocl/kcache", home);
    else
        vib_str_add(path, "/tmp/pocl/kcache");
}

/* The folder of a program is two levels down, as AB/CDEF; making it is what makes AB newer. */
int vib_pocl_built_new(double date)
{
    const double coarse = 0.02; /* files have the date of the last tick */
    int new = 0;
    vib_str path = {0};
    struct dirent *entry;
    struct stat st;
    pocl_folder(&path);
    DIR *folder = path.failed ? NULL : opendir(path.text);
    while (folder && !new && (entry = readdir(folder)))
        new = strlen(entry->d_name) == 2 && strcmp(entry->d_name, "..") != 0 &&
              fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
              (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec * 1e-9 > date - coarse;
    if (folder)
        closedir(folder);
    vib_str_free(&path);
    return new;
}

/* A folder of ours below a public one. PoCL runs what it finds in it, so it must be nobody else's. */
static int private_folder(const char *parent, vib_str *path)
{
    struct stat st;
    vib_str_free(path);
    vib_str_printf(path, "%s/vibrisa-pocl-%lu", parent, (unsigned long)geteuid());
    if (path->failed || !vib_folder_has_room(parent, POCL_ROOM))
        return 0;
    return mkdir(path->text, 0700) == 0 ||
           (errno == EEXIST && lstat(path->text, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
            !(st.st_mode & (S_IRWXG | S_IRWXO)));
}

/* PoCL hides its devices when its cache cannot be made, fails every build with an empty log when it cannot
 * be written, and ends the process when the disk is full: it is given another place before it loads. */
static void prepare_pocl(void)
{
    const char *const elsewhere[] = {getenv("TMPDIR"), getenv("XDG_RUNTIME_DIR"), "/tmp", "/dev/shm"};
    vib_str wanted = {0}, other = {0};
    pocl_folder(&wanted);
    if (wanted.failed || vib_folder_has_room(wanted.text, POCL_ROOM))
        goto done;
    for (size_t i = 0; i < VIB_COUNT(elsewhere); i++) {
        if (!elsewhere[i] || !private_folder(elsewhere[i], &other))
            continue;
        vib_info("%s: not writable or full: PoCL keeps its kernels in %s", wanted.text, other.text);
        setenv("POCL_CACHE_DIR", other.text, 1);
        goto done;
    }
    vib_warn("%s: not writable or full: PoCL may fail; set POCL_CACHE_DIR to a folder with room",
             wanted.text);
    setenv("POCL_KERNEL_CACHE", "0", 0);
done:
    vib_str_free(&wanted);
    vib_str_free(&other);
}

void vib_quirks_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare_pocl);
}
