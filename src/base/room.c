#include "base/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/common.h"
#include "base/mem.h"
#include "base/str.h"

/* A file of /proc or /sys, which have no size; owned by the caller, NULL when there is none. */
static char *read_small(const char *root, const char *folder, const char *name)
{
    enum { MOST = 16384 };
    vib_str path = {0};
    char *text = NULL;
    vib_str_printf(&path, "%s%s/%s", root, folder, name);
    const int fd = path.failed ? -1 : open(path.text, O_RDONLY | O_CLOEXEC);
    vib_str_free(&path);
    if (fd < 0)
        return NULL;
    if ((text = vib_calloc(MOST, 1)) && read(fd, text, MOST - 1) < 0) {
        free(text);
        text = NULL;
    }
    close(fd);
    return text;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : NULL;
}

/* The number after `key` at the beginning of a line; UINT64_MAX when there is none ("max"). */
static uint64_t number_after(const char *text, const char *key)
{
    const size_t n = strlen(key);
    for (const char *line = text; line; line = next_line(line)) {
        char *end;
        if (strncmp(line, key, n))
            continue;
        const uint64_t value = strtoull(line + n, &end, 10);
        return end == line + n ? UINT64_MAX : value;
    }
    return UINT64_MAX;
}

static uint64_t number_in(const char *root, const char *folder, const char *name, const char *key)
{
    char *text = read_small(root, folder, name);
    const uint64_t value = text ? number_after(text, key) : UINT64_MAX;
    free(text);
    return value;
}

/* What the two versions of control groups call a group's limit, and what it holds that cannot be dropped. */
static const struct version {
    const char *mount, *controller, *limit, *taken;
} versions[] = {
    {"/sys/fs/cgroup", "", "memory.max", "anon "},
    {"/sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes", "total_rss "},
};

static bool lists(const char *list, const char *controller)
{
    for (;;) {
        const size_t n = strcspn(list, ",:\n");
        if (n == strlen(controller) && !memcmp(list, controller, n))
            return true;
        if (list[n] != ',')
            return false;
        list += n + 1;
    }
}

/* The path in this process's line for a controller, as "4:cpu,memory:/a/b"; "" when there is none. */
static const char *path_for(const char *text, const char *controller)
{
    for (const char *line = text; line; line = next_line(line)) {
        const char *list = strchr(line, ':');
        const char *path = list ? strchr(list + 1, ':') : NULL;
        if (path && lists(list + 1, controller))
            return path + 1;
    }
    return "";
}

/* What a group leaves. */
static uint64_t group_room(const char *root, const char *folder, const struct version *v)
{
    const uint64_t most = number_in(root, folder, v->limit, "");
    const uint64_t taken = number_in(root, folder, "memory.stat", v->taken);
    if (most == UINT64_MAX || taken == UINT64_MAX)
        return most;
    return most - VIB_MIN(taken, most);
}

/* The least of what this process's group and those above it leave. A container may see its own at the top. */
static uint64_t groups_room(const char *root)
{
    uint64_t room = UINT64_MAX;
    char *text = read_small(root, "/proc/self", "cgroup");
    for (size_t i = 0; i < VIB_COUNT(versions); i++) {
        const struct version *v = &versions[i];
        const char *mine = path_for(text, v->controller);
        vib_str folder = {0};
        vib_str_printf(&folder, "%s%.*s", v->mount, (int)strcspn(mine, "\n"), mine);
        while (!folder.failed && strlen(folder.text) >= strlen(v->mount)) {
            const uint64_t here = group_room(root, folder.text, v);
            room = VIB_MIN(room, here);
            *strrchr(folder.text, '/') = 0;
        }
        vib_str_free(&folder);
    }
    free(text);
    return room;
}

uint64_t vib_memory_room(const char *root)
{
    uint64_t room = number_in(root, "/proc", "meminfo", "MemAvailable:");
    if (room == UINT64_MAX) {
        const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
        room = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 4 : (uint64_t)1 << 30;
    } else {
        room *= 1024;
    }
    const uint64_t groups = groups_room(root);
    return VIB_MIN(room, groups);
}

int vib_disk_room(const char *folder, uint64_t *bytes)
{
    struct stat st;
    struct statvfs fs;
    if (stat(folder, &st) < 0 || statvfs(folder, &fs) < 0 || access(folder, W_OK | X_OK) < 0)
        return errno;
    if (!S_ISDIR(st.st_mode))
        return ENOTDIR;
    *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return 0;
}
