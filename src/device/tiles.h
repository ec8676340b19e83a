/* What `vibrisa tune` found, as a file: named numbers under keys of text, for one device, driver and set of
 * kernels. Numbers are hints: who reads them checks that they can be. No OpenCL here. */
#ifndef VIB_DEVICE_TILES_H
#define VIB_DEVICE_TILES_H

#include "base/common.h"
#include <vibrisa/device.h>

typedef struct vib_tiles vib_tiles;

/* Reads the table of this device and driver and of the kernels built in, from a folder. A file that is not
 * there is an empty table; one that is damaged or not of this device is named in one warning, and empty.
 * NULL: out of memory. */
vib_tiles *vib_tiles_open(const char *folder, const vib_device_info *info);
void vib_tiles_close(vib_tiles **tiles);

/* The file, also when there is none yet; owned by the table. */
const char *vib_tiles_path(const vib_tiles *tiles);

/* The number called `name` under a key; 0: nothing is known. NULL is an empty table. */
int vib_tiles_get(const vib_tiles *tiles, const char *key, const char *name);

/* Forgets what is under a key, then sets one number after the other; in memory only. */
void vib_tiles_clear(vib_tiles *tiles, const char *key);
int vib_tiles_set(vib_tiles *tiles, const char *key, const char *name, int value);

/* Writes the file: after a crash at any moment the old or the new one is there. */
int vib_tiles_save(const vib_tiles *tiles);

#endif
