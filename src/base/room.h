/* How much a machine has left. */
#ifndef VIB_BASE_ROOM_H
#define VIB_BASE_ROOM_H

#include <stdint.h>

/* Bytes of memory this process can take without pushing others out: what Linux calls available, and no more
 * than its control groups (containers, systemd) leave it. A quarter of all memory where neither is told.
 * `root` stands before /proc and /sys ("" but in tests). */
uint64_t vib_memory_room(const char *root);

/* Bytes free in a folder one can write into. Returns 0, or a positive errno (logs nothing). */
int vib_disk_room(const char *folder, uint64_t *bytes);

#endif
