/* Decoder threads → batches in the order asked for, whatever thread was first. No OpenCL. */
#ifndef VIB_DATA_LOADER_H
#define VIB_DATA_LOADER_H

#include "data/batches.h"
#include "data/index.h"
#include "image/image.h"

typedef struct vib_loader_params {
    const vib_dataset *set; /* borrowed for the loader's life */
    vib_preprocess preprocess;
    int workers;           /* threads, at least 1 */
    int nice;              /* added to the workers' niceness: 10 when they share cores with the device */
    uint64_t cache_memory; /* bytes of decoded pictures kept in memory, */
    uint64_t cache_file;   /* and, when that is full, in an unnamed file (data/cache.h); 0 and 0: none */
    vib_bad_images bad_images;
} vib_loader_params;

typedef struct vib_loader vib_loader;

/* A batch, valid until released. Pictures that could not be read are left out: n may be short. */
typedef struct vib_batch {
    uint64_t number;             /* of the batch among `batches` */
    size_t n;                    /* pictures present */
    size_t asked;                /* places in the order it covers */
    const unsigned char *pixels; /* n × height × width × channels */
    const int32_t *labels;       /* n */
    const uint32_t *items;       /* n: index of each picture in the data set */
    const uint32_t *places;      /* n: its place in the order given to vib_loader_start */
    int slot;                    /* internal */
} vib_batch;

int vib_loader_create(const vib_loader_params *params, vib_loader **out);
/* Stops and joins the threads; NULL is fine. */
void vib_loader_destroy(vib_loader **loader);

/* Begins delivering batches first to last - 1 of order[0..batches->n). Drops what an earlier start had left.
 * The order is copied. */
int vib_loader_start(vib_loader *loader, const uint32_t *order, const vib_batches *batches, size_t first,
                     size_t last);

/* The next batch: 1 and *out, 0 at the end, < 0 failed. Blocks. A batch may have n == 0. */
int vib_loader_next(vib_loader *loader, vib_batch *out);
void vib_loader_release(vib_loader *loader, vib_batch *batch);

/* Marks pictures known to be bad (from a checkpoint), so that a resumed run does not warn again. */
int vib_loader_skip(vib_loader *loader, const uint32_t *items, size_t n);
/* Pictures found unreadable so far, ascending; each was logged once with its reason. Owned by the loader. */
size_t vib_loader_skipped(const vib_loader *loader, const uint32_t **items);

/* Seconds vib_loader_next has spent waiting, since creation. */
double vib_loader_waited(const vib_loader *loader);

#endif
