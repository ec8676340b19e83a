/* TensorBoard's event files, as tf.summary writes them: records of a length, a checksum, an event, a
 * checksum. */
#ifndef VIB_EXCHANGE_TFEVENTS_H
#define VIB_EXCHANGE_TFEVENTS_H

#include <stddef.h>
#include <stdint.h>

/* Whether this build can write them. */
int vib_tfevents_available(void);

typedef struct vib_tfevents vib_tfevents;

/* A new file in `folder`, which is made. Its name has the time, the host and the process in it, as
 * TensorBoard expects. Returns 0 or a negative status (logged). */
int vib_tfevents_open(const char *folder, vib_tfevents **out);
void vib_tfevents_close(vib_tfevents **file);

/* Adds one number; on the disk's way at once. 0, or a negative status (logged). */
int vib_tfevents_scalar(vib_tfevents *file, const char *tag, uint64_t step, double value);

/* CRC-32C (Castagnoli) of n bytes. */
uint32_t vib_crc32c(const void *data, size_t n);

#endif
