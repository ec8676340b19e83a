#ifndef VIB_BASE_FILE_H
#define VIB_BASE_FILE_H

#include <stddef.h>

/* Reads a whole regular file, at most `limit` bytes. *data is owned by the caller (free) and followed by a
 * zero byte that is not counted. Logs nothing: returns 0, or a positive errno (EFBIG over the limit). */
int vib_file_read(const char *path, size_t limit, char **data, size_t *size);

/* One piece of a file to write. */
typedef struct vib_piece {
    const void *data;
    size_t size;
} vib_piece;

/* Writes a file so that after a crash at any moment either the old or the new one is there: temporary name
 * in the same folder, write, fsync, rename, fsync the folder. `backup`, if not NULL, is the path the old file
 * is kept under. Returns 0 or a negative status (logged with the path). */
int vib_file_write(const char *path, const vib_piece *pieces, size_t n, const char *backup);

/* Makes a folder and its parents; an existing folder is fine. Returns 0 or a negative status (logged). */
int vib_make_folders(const char *path);

/* "a/b" from parts; *out is owned by the caller (free), NULL when out of memory. */
char *vib_path_join(const char *folder, const char *name);

#endif
