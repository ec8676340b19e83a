#include "base/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/common.h"

enum { MOST_WORKERS = 256 };

typedef struct shared {
    const vib_parallel_job *job;
    atomic_size_t next, done;
    atomic_int status;
} shared;

typedef struct hand {
    shared *all;
    size_t worker;
    pthread_t thread;
} hand;

static void note(shared *all, int status)
{
    int none = 0;
    if (status < 0)
        atomic_compare_exchange_strong(&all->status, &none, status);
}

static void run(shared *all, size_t worker, int (*tick)(void *user, size_t done))
{
    const vib_parallel_job *job = all->job;
    while (atomic_load(&all->status) == 0) {
        const size_t item = atomic_fetch_add(&all->next, 1);
        if (item >= job->n)
            break;
        note(all, job->work(job->user, worker, item));
        const size_t done = atomic_fetch_add(&all->done, 1) + 1;
        if (tick)
            note(all, tick(job->user, done));
    }
}

static void *start(void *arg)
{
    const hand *h = arg;
    run(h->all, h->worker, NULL);
    return NULL;
}

size_t vib_parallel_workers(const vib_parallel_job *job)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t workers = job->workers > 0 ? (size_t)job->workers : cores > 0 ? (size_t)cores : 1;
    workers = VIB_MIN(workers, MOST_WORKERS);
    return VIB_MAX(VIB_MIN(workers, job->n), 1);
}

int vib_parallel(const vib_parallel_job *job)
{
    shared all = {.job = job};
    hand hands[MOST_WORKERS];
    const size_t workers = vib_parallel_workers(job);
    size_t started = 1;
    sigset_t every, before;
    /* Signals are the program's own thread's. */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    for (; started < workers; started++) {
        hands[started] = (hand){.all = &all, .worker = started};
        if (pthread_create(&hands[started].thread, NULL, start, &hands[started]) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    run(&all, 0, job->tick);
    for (size_t i = 1; i < started; i++)
        pthread_join(hands[i].thread, NULL);
    return atomic_load(&all.status);
}
