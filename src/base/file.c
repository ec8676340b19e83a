#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/common.h"
#include "base/mem.h"
#include "base/str.h"

int vib_file_read(const char *path, size_t limit, char **data, size_t *size)
{
    int result = 0;
    char *buffer = NULL;
    struct stat st;
    /* Not blocking: a pipe of that name must not hold us up. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno;
    if (fstat(fd, &st) < 0) {
        result = errno;
        goto done;
    }
    if (!S_ISREG(st.st_mode)) {
        result = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        goto done;
    }
    if ((unsigned long long)st.st_size > limit) {
        result = EFBIG;
        goto done;
    }
    const size_t want = (size_t)st.st_size;
    if (!(buffer = malloc(want + 1))) {
        result = ENOMEM;
        goto done;
    }
    size_t got = 0;
    while (got < want) {
        const ssize_t n = read(fd, buffer + got, want - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            result = errno;
            goto done;
        }
        if (n == 0)
            break; /* shrunk under us: what there is */
        got += (size_t)n;
    }
    buffer[got] = 0;
    *data = buffer;
    *size = got;
    buffer = NULL;
done:
    free(buffer);
    close(fd);
    return result;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        const ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

/* The rename is on disk only when the folder is. */
static int sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? vib_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : vib_strdup(".");
    int result = -1;
    const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        result = fsync(fd);
        close(fd);
    }
    free(folder);
    return result;
}

int vib_file_write(const char *path, const vib_piece *pieces, size_t n, const char *backup)
{
    int err = 0, fd = -1;
    vib_str temporary = {0};
    vib_str_printf(&temporary, "%s.tmp.%ld", path, (long)getpid());
    if (temporary.failed)
        VIB_FAIL(VIB_FAILED, "out of memory");

    unlink(temporary.text);
    fd = open(temporary.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        VIB_FAIL(VIB_FAILED, "%s: cannot create: %s", temporary.text, strerror(errno));
    for (size_t i = 0; i < n; i++)
        if (write_all(fd, pieces[i].data, pieces[i].size) < 0)
            VIB_FAIL(VIB_FAILED, "%s: cannot write: %s", temporary.text, strerror(errno));
    if (fsync(fd) < 0)
        VIB_FAIL(VIB_FAILED, "%s: cannot write to disk: %s", temporary.text, strerror(errno));
    const int closed = close(fd);
    fd = -1;
    if (closed < 0)
        VIB_FAIL(VIB_FAILED, "%s: cannot write: %s", temporary.text, strerror(errno));
    /* A link, not a rename: at no moment is `path` missing. */
    if (backup) {
        if (unlink(backup) < 0 && errno != ENOENT)
            VIB_FAIL(VIB_FAILED, "%s: cannot replace: %s", backup, strerror(errno));
        if (link(path, backup) < 0 && errno != ENOENT && rename(path, backup) < 0 && errno != ENOENT)
            VIB_FAIL(VIB_FAILED, "%s: cannot keep as %s: %s", path, backup, strerror(errno));
    }
    if (rename(temporary.text, path) < 0)
        VIB_FAIL(VIB_FAILED, "%s: cannot rename from %s: %s", path, temporary.text, strerror(errno));
    if (sync_folder_of(path) < 0)
        vib_debug("%s: the folder could not be synced: %s", path, strerror(errno));
fail:
    if (fd >= 0)
        close(fd);
    if (err < 0 && !temporary.failed)
        unlink(temporary.text);
    vib_str_free(&temporary);
    return err;
}

int vib_make_folders(const char *path)
{
    int err = 0;
    char *copy = vib_strdup(path);
    VIB_CHECK_MEM(copy);
    for (char *p = copy + 1; *copy; p++) {
        if (*p != '/' && *p)
            continue;
        const char end = *p;
        *p = 0;
        struct stat st;
        if (mkdir(copy, 0777) < 0 && (errno != EEXIST || stat(copy, &st) < 0 || !S_ISDIR(st.st_mode)))
            VIB_FAIL(VIB_FAILED, "%s: cannot make the folder: %s", copy, strerror(errno));
        *p = end;
        if (!end)
            break;
    }
fail:
    free(copy);
    return err;
}

char *vib_path_join(const char *folder, const char *name)
{
    vib_str s = {0};
    const size_t n = strlen(folder);
    vib_str_printf(&s, "%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name);
    if (s.failed)
        vib_str_free(&s);
    return s.text;
}
