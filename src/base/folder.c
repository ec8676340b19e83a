#define _XOPEN_SOURCE 700 /* nftw */
#include "base/folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "base/str.h"

int vib_temporary_folder(const char *name, char **out)
{
    const char *in = getenv("TMPDIR");
    vib_str path = {0};
    vib_str_printf(&path, "%s/%s-XXXXXX", in && *in ? in : "/tmp", name);
    if (path.failed)
        return vib_fail(VIB_FAILED, "out of memory");
    if (!mkdtemp(path.text)) {
        const int err = vib_fail(VIB_FAILED, "%s: %s; set TMPDIR to a folder that can be written", path.text,
                                 strerror(errno));
        vib_str_free(&path);
        return err;
    }
    *out = path.text;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

void vib_remove_folder(char **path)
{
    if (*path && nftw(*path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        vib_warn("%s: not all of it could be removed", *path);
    free(*path);
    *path = NULL;
}
