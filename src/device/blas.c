#include "device/blas.h"

#include "device/cl.h"

#if VIB_WITH_CLBLAST

#include <clblast_c.h>

int vib_blas_usable(const vib_device *dev)
{
    return dev->math == VIB_MATH_FAST;
}

static CLBlastTranspose as_stored(const vib_matrix *m)
{
    return m->transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
}

int vib_blas_product(vib_device *dev, const vib_matrix *c, const vib_matrix *a, const vib_matrix *b, size_t m,
                     size_t n, size_t k)
{
    cl_event event = NULL;
    cl_command_queue queue;
    const int err = vib_queue_enter_behind(dev, &queue);
    if (err < 0)
        return err;
    const CLBlastStatusCode code =
        CLBlastSgemm(CLBlastLayoutRowMajor, as_stored(a), as_stored(b), m, n, k, 1.0f, a->buffer->mem,
                     (size_t)a->base, a->row, b->buffer->mem, (size_t)b->base, b->row, 0.0f, c->buffer->mem,
                     (size_t)c->base, c->row, &queue, dev->profile.on || dev->side ? &event : NULL);
    if (code != CLBlastSuccess)
        return vib_fail(VIB_FAILED, "CLBlastSgemm of %zu x %zu x %zu: status %d", m, n, k, (int)code);
    if (dev->profile.on)
        return vib_profile_add(dev, "CLBlastSgemm", event);
    vib_queue_leave(dev, event);
    return VIB_OK;
}

void vib_blas_forget(void)
{
    CLBlastClearCache();
}

#else

int vib_blas_usable(const vib_device *dev)
{
    (void)dev;
    return 0;
}

int vib_blas_product(vib_device *dev, const vib_matrix *c, const vib_matrix *a, const vib_matrix *b, size_t m,
                     size_t n, size_t k)
{
    (void)dev, (void)c, (void)a, (void)b, (void)m, (void)n, (void)k;
    return vib_fail(VIB_FAILED, "built without CLBlast");
}

void vib_blas_forget(void) {}

#endif
