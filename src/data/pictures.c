/* The pictures below a folder, whatever their classes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <vibrisa/data.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/folder.h"

typedef struct finding {
    vib_path_fn *found;
    void *user;
    vib_unread unread;
} finding;

static int visit(finding *f, const char *path);

/* One entry of the folder: a picture is named, a folder visited. */
static int take(finding *f, const char *folder, const char *name, int is_folder)
{
    char *path = vib_path_join(folder, name);
    if (!path)
        return vib_fail(VIB_FAILED, "out of memory");
    const int status = is_folder ? visit(f, path) : f->found(f->user, path);
    free(path);
    return status;
}

static int visit(finding *f, const char *path)
{
    const vib_folder_rules rules = {0};
    vib_folder folder;
    const int error = vib_folder_read(AT_FDCWD, path, &rules, &folder, &f->unread);
    if (error)
        return vib_fail(error == ENOMEM ? VIB_FAILED : VIB_BAD_DATA, "%s: cannot read the folder: %s", path,
                        strerror(error));
    int status = 0;
    const vib_entries *folders = &folder.folders, *pictures = &folder.pictures;
    for (size_t i = 0, k = 0; !status && (i < folders->n || k < pictures->n);) {
        const int is_folder =
            k == pictures->n || (i < folders->n && strcmp(folders->of[i].name, pictures->of[k].name) < 0);
        status = take(f, path, is_folder ? folders->of[i++].name : pictures->of[k++].name, is_folder);
    }
    vib_folder_free(&folder);
    return status;
}

int vib_pictures_find(const char *folder, vib_path_fn *found, void *user)
{
    finding f = {.found = found, .user = user};
    const int status = visit(&f, folder);
    if (!status)
        vib_unread_report(&f.unread, folder);
    return status;
}
