/* Matrix products by CLBlast, for --math fast. */
#ifndef VIB_DEVICE_BLAS_H
#define VIB_DEVICE_BLAS_H

#include "device/device.h"

/* Floats in a buffer, row after row. */
typedef struct vib_matrix {
    vib_buffer *buffer;
    uint64_t base;  /* element of its first value */
    size_t row;     /* elements between rows */
    int transposed; /* what is multiplied is its transpose */
} vib_matrix;

/* Whether there is a library to ask, and the device may use it. */
int vib_blas_usable(const vib_device *dev);

/* c (m × n) = a (m × k) b (k × n). Asynchronous, in order with launches; but the first product of a kind
 * waits while the library builds its kernels: seconds on some devices. */
int vib_blas_product(vib_device *dev, const vib_matrix *c, const vib_matrix *a, const vib_matrix *b, size_t m,
                     size_t n, size_t k);

/* Gives back what the library keeps for all devices of the process. */
void vib_blas_forget(void);

#endif
