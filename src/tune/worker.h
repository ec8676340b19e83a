/* Measures tiles, in a process of its own: a tile may hang, crash or spoil memory. */
#ifndef VIB_TUNE_WORKER_H
#define VIB_TUNE_WORKER_H

#include <sys/types.h>
#include <vibrisa/tune.h>

#include "network/graph.h"
#include "network/tile.h"

enum { VIB_TUNE_TEXT = 256, VIB_TUNE_PASSES = 8 };

/* One pass of a layer's shape, as the worker tells of it. */
typedef struct vib_site {
    char key[VIB_TUNE_TEXT]; /* vib_tile_key */
    int group;               /* passes of one layer are in one group */
    int kernel;              /* its place in the layer */
    int layers;              /* that share it */
    vib_tile usual;
    size_t n_tiles; /* to try */
} vib_site;

/* What it says first. Then n_sites sites, each followed by its tiles. */
typedef struct vib_tune_hello {
    int status; /* < 0: logged, and nothing follows */
    int batch;
    size_t n_sites;
    char platform[VIB_TUNE_TEXT], device[VIB_TUNE_TEXT], driver[VIB_TUNE_TEXT];
} vib_tune_hello;

/* Measure a tile, or all usual tiles of a group. */
typedef struct vib_tune_request {
    int group, site; /* site < 0: the group */
    vib_tile tile;
} vib_tune_request;

typedef struct vib_tune_reply {
    int status;                      /* < 0: why */
    int spoilt;                      /* 1: the process should not be asked again */
    double seconds[VIB_TUNE_PASSES]; /* by vib_site.kernel */
    char why[VIB_TUNE_TEXT];
} vib_tune_reply;

/* What the worker is about; borrowed. */
typedef struct vib_tune_job {
    const vib_device_params *device;
    const vib_graph *graph;
    int batch;
} vib_tune_job;

/* Answers requests until there are no more. `quiet`: a worker before has shown the messages of opening. */
void vib_tune_work(const vib_tune_job *job, int socket, int quiet);

/* ---- the other side (process.c) ---- */

typedef struct vib_worker {
    pid_t pid; /* 0: none */
    int socket;
} vib_worker;

int vib_worker_start(vib_worker *worker, const vib_tune_job *job, int quiet);

/* Ends it, whatever it does. VIB_FAILED, logged: a driver holds it and it cannot be ended. */
int vib_worker_stop(vib_worker *worker);

int vib_worker_ask(vib_worker *worker, const vib_tune_request *request);

/* Waits for n bytes. VIB_OK, or: VIB_INTERRUPTED, the caller wants to stop; VIB_FAILED, and why (not logged):
 * it hangs or has ended. */
int vib_worker_read(vib_worker *worker, void *to, size_t n, double deadline, const vib_tune_params *params,
                    vib_str *why);

#endif
