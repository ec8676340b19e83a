/* Shared by the files of this folder, and only by them: the OpenCL handles and how their calls fail. */
#ifndef VIB_DEVICE_CL_H
#define VIB_DEVICE_CL_H

#include <CL/cl.h>

#include "device/device.h"
#include "device/tiles.h"

/* A call that returns its error. Needs a local `int err` and a label `fail`. */
#define CL_TRY(call)                                                  \
    do {                                                              \
        const cl_int cl_err = (call);                                 \
        if (cl_err != CL_SUCCESS) {                                   \
            err = vib_cl_fail(__FILE__, __LINE__, #call, cl_err, ""); \
            goto fail;                                                \
        }                                                             \
    } while (0)

/* A call that returns an object, with &cl_err as its last argument. */
#define CL_NEW(dst, call)                                             \
    do {                                                              \
        cl_int cl_err = CL_SUCCESS;                                   \
        (dst) = (call);                                               \
        if (cl_err != CL_SUCCESS) {                                   \
            err = vib_cl_fail(__FILE__, __LINE__, #call, cl_err, ""); \
            goto fail;                                                \
        }                                                             \
    } while (0)

/* Logs "clFinish: CL_OUT_OF_RESOURCES (-5) at buffer.c:12" with a hint where there is one, and returns
 * VIB_FAILED. `about` is put in front: "kernel adam: ". */
int vib_cl_fail(const char *file, int line, const char *call, cl_int code, const char *about);

/* "CL_OUT_OF_RESOURCES", or "unknown error". */
const char *vib_cl_name(cl_int code);

/* Release, set NULL; NULL is fine. A failure is only logged. */
void vib_cl_release_context(cl_context *context);
void vib_cl_release_queue(cl_command_queue *queue);
void vib_cl_release_mem(cl_mem *mem);
void vib_cl_release_program(cl_program *program);
void vib_cl_release_kernel(cl_kernel *kernel);
void vib_cl_release_event(cl_event *event);

/* Time of one kernel for one user, summed over its launches. */
typedef struct vib_profile_row {
    char *user, *kernel;
    uint64_t launches;
    double seconds, least; /* of all; of the shortest */
} vib_profile_row;

/* A measured launch whose times have not been read yet. */
typedef struct vib_profile_event {
    cl_event event;
    size_t row;
} vib_profile_event;

enum { VIB_PROFILE_PENDING = 512 };

typedef struct vib_profile {
    int on;
    const char *user; /* of the launches that follow */
    vib_profile_row *rows;
    size_t n_rows, cap_rows;
    vib_profile_event pending[VIB_PROFILE_PENDING];
    size_t n_pending;
} vib_profile;

/* A kernel that was built lately. */
typedef struct vib_built {
    char *what;
    cl_program program;
} vib_built;

enum { VIB_BUILT_KEPT = 64 };

typedef struct vib_ahead vib_ahead;

struct vib_device {
    vib_device_list list; /* owns what info points at */
    const vib_device_info *info;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue, side; /* side NULL: one launch at a time */
    cl_event last[2];             /* of each, its last launch; NULL: something else came last */
    int aside;                    /* commands go to side */
    int waits[2];                 /* of each, what comes next waits for the other */
    int unjoined;                 /* side may have what queue has not waited for */
    vib_family family;
    vib_math math;
    int exact;        /* passed the probe */
    unsigned quirks;  /* VIB_QUIRK_* */
    int lost;         /* a wait failed: the driver may hang on whatever is asked next, so nothing is */
    char *cache;      /* folder of built programs; NULL: none */
    vib_tiles *tiles; /* NULL: none */
    vib_ahead *ahead; /* NULL: nobody helps */
    uint64_t used;    /* bytes of all buffers */
    uint64_t budget;  /* what they may come to */
    vib_profile profile;
    vib_built built[VIB_BUILT_KEPT]; /* a ring */
    size_t n_built;                  /* ever */
};

struct vib_buffer {
    vib_device *dev;
    cl_mem mem;
    size_t bytes;
};

struct vib_kernel {
    vib_device *dev;
    char *name, *file;
    char *macros; /* the #define lines it is compiled with */
    cl_kernel kernel;
    size_t local[3];
    int recalled; /* from a program that was built before */
    int noted;    /* for a helper */
};

/* queue.c. Both queues are in order. */
int vib_queue_open(vib_device *dev);
void vib_queue_close(vib_device *dev);
/* The queue of the next launch and the event it has to wait for, which is borrowed; NULL: none. */
int vib_queue_enter(vib_device *dev, cl_command_queue *queue, cl_event *after);
/* The same for what cannot wait for an event: a barrier does. */
int vib_queue_enter_behind(vib_device *dev, cl_command_queue *queue);
/* Takes the launch's event. */
void vib_queue_leave(vib_device *dev, cl_event event);
/* Before any command that is no launch: it goes to `queue`, and waits for whatever was aside. */
int vib_queue_copy(vib_device *dev);

/* VIB_FAILED, logged, when the device is lost. */
int vib_device_check(const vib_device *dev);

/* Whether objects may be handed back: a lost GPU's driver can hang even on that. */
int vib_device_may_release(const vib_device *dev);

/* Waits for an event or, with NULL, for both queues; a failure marks the device as lost. */
int vib_device_wait(vib_device *dev, cl_event event);

/* An argument of a kernel. */
cl_int vib_cl_set_arg(cl_kernel kernel, cl_uint i, const vib_arg *arg);

/* Lets go of what was built lately. */
void vib_built_free(vib_device *dev);

/* The OpenCL device behind entry i of a list. */
cl_device_id vib_device_list_id(const vib_device_list *list, size_t i);

/* Takes the event of a launch, to be measured when it is done. */
int vib_profile_add(vib_device *dev, const char *kernel, cl_event event);
void vib_profile_free(vib_device *dev);

#endif
