#ifndef VIB_BASE_FOLDER_H
#define VIB_BASE_FOLDER_H

/* A new folder in $TMPDIR or else /tmp, whose name starts with `name`; *out is owned by the caller. Returns 0
 * or a negative status (logged). */
int vib_temporary_folder(const char *name, char **out);

/* Removes such a folder with all that is in it, follows no links, and frees the path; NULL is fine. */
void vib_remove_folder(char **path);

#endif
