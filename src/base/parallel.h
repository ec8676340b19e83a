/* The same work for many items, on a few threads. */
#ifndef VIB_BASE_PARALLEL_H
#define VIB_BASE_PARALLEL_H

#include <stddef.h>

typedef struct vib_parallel_job {
    size_t n;    /* items */
    int workers; /* threads, the caller's among them; 0: cores */
    /* One item: 0, or a negative status, after which no further item is begun. */
    int (*work)(void *user, size_t worker, size_t item);
    /* On the caller's thread between items, `done` of them finished: as `work`. May be NULL. */
    int (*tick)(void *user, size_t done);
    void *user;
} vib_parallel_job;

/* Threads that will be used: `worker` is below it. */
size_t vib_parallel_workers(const vib_parallel_job *job);

/* Runs the job: 0, or the first negative status. A thread that cannot be started is done without. */
int vib_parallel(const vib_parallel_job *job);

#endif
