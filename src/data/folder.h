/* What one folder holds, in order, by Keras's rules or by ours. */
#ifndef VIB_DATA_FOLDER_H
#define VIB_DATA_FOLDER_H

#include "base/common.h"

typedef struct vib_entry {
    char *name;     /* owned by the listing */
    uint64_t bytes; /* of a file; 0 when it cannot be asked */
} vib_entry;

typedef struct vib_entries {
    vib_entry *of;
    size_t n, cap;
} vib_entries;

/* Files seen that are pictures of a kind we cannot read, by extension. */
typedef struct vib_unread {
    struct {
        const char *extension; /* ".webp", static */
        size_t n;
    } of[32];
    size_t n;
} vib_unread;

typedef struct vib_folder {
    vib_entries folders, pictures; /* by name in byte order, which is code-point order in UTF-8 */
    vib_entries junk;              /* folders that our rules pass over; empty with `keras` */
} vib_folder;

/* One warning for each kind. */
void vib_unread_report(const vib_unread *unread, const char *root);

/* How folders are read. */
typedef struct vib_folder_rules {
    int keras;        /* K1, K4: hidden names count, extensions need no dot */
    int follow_links; /* 1: a link to a folder is a folder; 0: it is passed over (K3) */
} vib_folder_rules;

/*
 * Lists `path` under the open folder `at` (AT_FDCWD: anywhere). Adds to *unread, which may be NULL.
 * Returns 0, or an errno with nothing listed. Logs nothing.
 */
int vib_folder_read(int at, const char *path, const vib_folder_rules *rules, vib_folder *out,
                    vib_unread *unread);
void vib_folder_free(vib_folder *folder);

#endif
