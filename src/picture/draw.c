/* A drawn data set: which pictures there are, the threads that draw them, and their files. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vibrisa/draw.h>

#include "base/common.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "picture/picture.h"

enum { CLASSES = 2, PARTS = 2, MAX_WORKERS = 256, MAX_COUNT = 1000000, DEFAULT_COUNT = 1000 };

static const char *const part_names[PARTS] = {"train", "validation"};
static const char *const class_names[CLASSES] = {"cats", "dogs"};

typedef struct job {
    const char *folder;
    uint64_t seed;
    size_t count[PARTS], total; /* of each class; of all pictures */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    size_t next, done, running;
    size_t written[PARTS];
    uint64_t bytes;
    int status; /* of the first failure; also stops the others */
} job;

/* ---- one picture ---- */

typedef struct place {
    int part, species;
    size_t number; /* in its folder, from 0 */
} place;

/* The training pictures first; cats and dogs in turn. */
static place find_place(const job *j, size_t k)
{
    const size_t train = CLASSES * j->count[0];
    const int part = k >= train;
    const size_t in_part = part ? k - train : k;
    return (place){part, (int)(in_part % CLASSES), in_part / CLASSES};
}

static int write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wbe");
    if (!f)
        return vib_fail(VIB_FAILED, "%s: cannot be written: %s", path, strerror(errno));
    const int whole = fwrite(data, 1, size, f) == size;
    if (fclose(f) == 0 && whole)
        return 0;
    const int why = errno;
    unlink(path);
    return vib_fail(VIB_FAILED, "%s: cannot be written: %s", path, strerror(why));
}

static int draw_one(const job *j, place at, size_t *bytes)
{
    int err;
    unsigned char *data = NULL;
    vib_str path = {0};
    /* Apart for each part and class, so that pictures stay what they are when there are more. */
    const uint64_t picture = (uint64_t)at.part << 33 | (uint64_t)at.species << 32 | at.number;
    const char *name = class_names[at.species];
    vib_str_printf(&path, "%s/%s/%s/%.3s-%05zu.jpg", j->folder, part_names[at.part], name, name,
                   at.number + 1);
    VIB_TRY(vib_picture_draw(j->seed, picture, at.species ? VIB_DOG : VIB_CAT, &data, bytes));
    if (path.failed)
        VIB_FAIL(VIB_FAILED, "out of memory");
    VIB_TRY(write_file(path.text, data, *bytes));
fail:
    vib_str_free(&path);
    free(data);
    return err;
}

/* ---- threads ---- */

static void *worker(void *user)
{
    job *j = user;
    pthread_mutex_lock(&j->lock);
    while (j->next < j->total && j->status == VIB_OK) {
        const place at = find_place(j, j->next++);
        size_t bytes = 0;
        pthread_mutex_unlock(&j->lock);
        const int err = draw_one(j, at, &bytes);
        pthread_mutex_lock(&j->lock);
        if (err == 0) {
            j->done++;
            j->written[at.part]++;
            j->bytes += bytes;
        } else if (j->status == VIB_OK) {
            j->status = err;
        }
        pthread_cond_signal(&j->changed);
    }
    j->running--;
    pthread_cond_signal(&j->changed);
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

/* The caller's callbacks run on its own thread, and without the lock. */
static void watch(job *j, const vib_draw_params *p)
{
    pthread_mutex_lock(&j->lock);
    while (j->running) {
        pthread_cond_wait(&j->changed, &j->lock);
        const size_t done = j->done;
        pthread_mutex_unlock(&j->lock);
        if (p->progress)
            p->progress(p->user, done, j->total);
        const int stop = p->interrupted && p->interrupted(p->user);
        pthread_mutex_lock(&j->lock);
        if (stop && j->status == VIB_OK)
            j->status = VIB_INTERRUPTED;
    }
    pthread_mutex_unlock(&j->lock);
}

/* Signals are for the caller's thread. */
static size_t start_threads(job *j, pthread_t *threads, size_t n)
{
    sigset_t all, before;
    size_t started = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_mutex_lock(&j->lock);
    while (started < n && pthread_create(&threads[started], NULL, worker, j) == 0)
        started++;
    j->running = started;
    pthread_mutex_unlock(&j->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static int draw_all(job *j, const vib_draw_params *p)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t wanted = p->workers ? (size_t)p->workers : (size_t)VIB_MAX(1, VIB_MIN(cores, MAX_WORKERS));
    pthread_t threads[MAX_WORKERS];
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->changed, NULL);
    const size_t started = start_threads(j, threads, VIB_MIN(wanted, j->total));
    if (started)
        watch(j, p);
    else
        j->status = vib_fail(VIB_FAILED, "cannot start a thread to draw pictures");
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_cond_destroy(&j->changed);
    pthread_mutex_destroy(&j->lock);
    return j->status;
}

/* ---- folders ---- */

/* Pictures of two drawings in one folder would be nobody's data set. */
static int make_folders(const char *folder)
{
    int err = 0;
    char *part = NULL, *class_folder = NULL;
    for (int i = 0; i < PARTS * CLASSES; i++) {
        struct stat st;
        free(part);
        free(class_folder);
        class_folder = NULL;
        VIB_CHECK_MEM(part = vib_path_join(folder, part_names[i / CLASSES]));
        VIB_CHECK_MEM(class_folder = vib_path_join(part, class_names[i % CLASSES]));
        if (i % CLASSES == 0 && lstat(part, &st) == 0)
            VIB_FAIL(VIB_BAD_DATA, "%s: is there already: draw into a new folder", part);
        VIB_TRY(vib_make_folders(class_folder));
    }
fail:
    free(part);
    free(class_folder);
    return err;
}

int vib_draw(const char *folder, const vib_draw_params *params, vib_draw_result *out)
{
    static const vib_draw_params defaults;
    const vib_draw_params *p = params ? params : &defaults;
    job j = {.folder = folder, .seed = p->seed};
    int err;
    j.count[0] = p->count ? p->count : DEFAULT_COUNT;
    j.count[1] = p->validation ? p->validation : VIB_MAX(1, j.count[0] / 5);
    j.total = CLASSES * (j.count[0] + j.count[1]);
    if (out)
        *out = (vib_draw_result){0};
    if (j.count[0] > MAX_COUNT || j.count[1] > MAX_COUNT)
        return vib_fail(VIB_USAGE, "at most %d pictures of each class can be drawn", MAX_COUNT);
    if (p->workers < 0 || p->workers > MAX_WORKERS)
        return vib_fail(VIB_USAGE, "%d threads: draw with 1 to %d", p->workers, MAX_WORKERS);
    VIB_TRY(make_folders(folder));
    err = draw_all(&j, p);
    if (out)
        *out = (vib_draw_result){.train = j.written[0], .validation = j.written[1], .bytes = j.bytes};
fail:
    return err;
}
