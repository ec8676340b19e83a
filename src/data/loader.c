/*
 * Workers claim places of the order one short run after another; a batch fills a slot, and slots are handed
 * over by batch number whatever was ready first. Everything a caller can observe (warnings, the list of bad
 * pictures) happens in vib_loader_next, in the order of the batches, so it does not depend on the threads
 * either.
 */
#include "data/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/cache.h"

enum {
    SLOTS = 6, /* batches being filled, ready or held by the caller */
    CLAIM = 4, /* places a worker takes at a time */
};

typedef enum slot_state { SLOT_FREE, SLOT_FILLING, SLOT_HELD } slot_state;

/* How a place turned out. */
typedef enum outcome {
    OUTCOME_GOOD,
    OUTCOME_ODD,    /* used; `why` says what is odd */
    OUTCOME_BAD,    /* unreadable; `why` says so unless it was known */
    OUTCOME_FAILED, /* not the picture's fault: out of memory */
} outcome;

typedef struct result {
    outcome outcome;
    char *why; /* owned */
} result;

typedef struct slot {
    slot_state state;
    size_t capacity, asked, undone; /* in places; undone: not yet decoded */
    uint64_t number;                /* of its batch */
    unsigned char *pixels;
    int32_t *labels;
    uint32_t *items, *places;
    result *results;
} slot;

/* What was found out about a picture; written by the caller's thread, read by workers. */
enum { PICTURE_UNKNOWN, PICTURE_ODD, PICTURE_BAD };

struct vib_loader {
    const vib_dataset *set;
    vib_preprocess preprocess;
    vib_bad_images bad_images;
    int nice;
    size_t picture_bytes;
    vib_cache *cache; /* NULL: none */
    atomic_uchar *pictures;

    /* The caller's thread alone. */
    uint32_t *skipped;
    size_t n_skipped, skipped_cap;
    double waited;

    pthread_t *threads;
    size_t n_threads;

    pthread_mutex_t lock; /* guards what follows, but for the contents of a slot that is FILLING or HELD */
    pthread_cond_t work;  /* a place can be claimed, or stop */
    pthread_cond_t done;  /* a batch was completed, or a worker fell idle */
    int stop;
    size_t busy; /* workers that hold claimed places */
    slot slots[SLOTS];
    slot *of_batch[SLOTS]; /* slot of batch b at b % SLOTS, once begun */
    uint32_t *order;
    vib_batches batches;
    size_t claimed, end; /* next place to claim; one past the last */
    uint64_t next;       /* number of the batch handed over next */
};

/* Places in batch `number` of the current order. */
static size_t batch_places(const vib_loader *l, uint64_t number)
{
    return vib_batches_start(&l->batches, (size_t)number + 1) -
           vib_batches_start(&l->batches, (size_t)number);
}

static void slot_free(slot *s)
{
    for (size_t i = 0; s->results && i < s->capacity; i++)
        free(s->results[i].why);
    free(s->pixels);
    free(s->labels);
    free(s->items);
    free(s->places);
    free(s->results);
    *s = (slot){0};
}

static int slot_reserve(slot *s, size_t n, size_t picture_bytes)
{
    if (n <= s->capacity)
        return 0;
    slot_free(s);
    s->pixels = vib_calloc(n, picture_bytes);
    s->labels = vib_calloc(n, sizeof *s->labels);
    s->items = vib_calloc(n, sizeof *s->items);
    s->places = vib_calloc(n, sizeof *s->places);
    s->results = vib_calloc(n, sizeof *s->results);
    s->capacity = n;
    if (s->pixels && s->labels && s->items && s->places && s->results)
        return 0;
    slot_free(s);
    return VIB_FAILED;
}

/* A free slot with room for n places; NULL when all are taken. Memory is mostly reserved by vib_loader_start,
 * so that running out is noticed there. */
static slot *free_slot(vib_loader *l, size_t n)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (l->slots[i].state == SLOT_FREE && slot_reserve(&l->slots[i], n, l->picture_bytes) == 0)
            return &l->slots[i];
    return NULL;
}

/* Claims up to CLAIM places of one batch, beginning its slot with the first. 0: nothing to do yet. */
static size_t claim(vib_loader *l, slot **in, size_t *place)
{
    if (l->claimed >= l->end)
        return 0;
    const size_t number = vib_batches_number(&l->batches, l->claimed);
    const size_t within = l->claimed - vib_batches_start(&l->batches, number),
                 asked = batch_places(l, number);
    slot **s = &l->of_batch[number % SLOTS];
    if (within == 0) {
        if (number >= l->next + SLOTS)
            return 0;
        slot *fresh = free_slot(l, asked);
        if (!fresh)
            return 0;
        fresh->state = SLOT_FILLING;
        fresh->number = number;
        fresh->asked = fresh->undone = asked;
        *s = fresh;
    }
    const size_t n = VIB_MIN((size_t)CLAIM, asked - within);
    *in = *s;
    *place = l->claimed;
    l->claimed += n;
    return n;
}

/* Decodes one picture to `pixels`, or copies it from the cache. */
static result load(const vib_loader *l, uint32_t item, unsigned char *pixels)
{
    result r = {.outcome = OUTCOME_FAILED};
    if (atomic_load(&l->pictures[item]) == PICTURE_BAD)
        return (result){.outcome = OUTCOME_BAD};
    if (l->cache && vib_cache_get(l->cache, item, pixels))
        return (result){.outcome = OUTCOME_GOOD};
    vib_str why = {0};
    char *path = vib_dataset_full_path(l->set, item);
    const int err = path ? vib_image_load(path, &l->preprocess, pixels, &why) : VIB_FAILED;
    if (err == 0)
        r.outcome = why.len ? OUTCOME_ODD : OUTCOME_GOOD;
    else if (err == VIB_BAD_DATA)
        r.outcome = OUTCOME_BAD;
    r.why = why.text;
    free(path);
    if (err == 0 && l->cache)
        vib_cache_put(l->cache, item, pixels);
    return r;
}

/* The slot's own arrays are this worker's for the places it claimed; the lock is not held. */
static void fill(const vib_loader *l, slot *s, const uint32_t *items, size_t place, size_t n)
{
    const size_t within = place - vib_batches_start(&l->batches, (size_t)s->number);
    for (size_t i = 0; i < n; i++) {
        const size_t k = within + i;
        s->items[k] = items[i];
        s->places[k] = (uint32_t)(place + i);
        s->labels[k] = (int32_t)l->set->items[items[i]].label;
        free(s->results[k].why);
        s->results[k] = load(l, items[i], s->pixels + k * l->picture_bytes);
    }
}

static void yield_to_device(int nice)
{
#ifdef __linux__
    /* On Linux the niceness is the calling thread's own. */
    if (nice)
        setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + nice);
#else
    (void)nice;
#endif
}

static void *worker(void *arg)
{
    vib_loader *l = arg;
    yield_to_device(l->nice);
    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        slot *s;
        size_t place;
        const size_t n = claim(l, &s, &place);
        if (!n) {
            pthread_cond_wait(&l->work, &l->lock);
            continue;
        }
        l->busy++;
        uint32_t items[CLAIM];
        memcpy(items, l->order + place, n * sizeof *items);
        pthread_mutex_unlock(&l->lock);
        fill(l, s, items, place, n);
        pthread_mutex_lock(&l->lock);
        l->busy--;
        s->undone -= n;
        if (!s->undone || !l->busy)
            pthread_cond_broadcast(&l->done);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Threads leave signals to the program's own. */
static int start_threads(vib_loader *l, size_t n)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (l->n_threads < n && pthread_create(&l->threads[l->n_threads], NULL, worker, l) == 0)
        l->n_threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!l->n_threads)
        return vib_fail(VIB_FAILED, "cannot start a thread to read pictures");
    if (l->n_threads < n)
        vib_warn("only %zu of %zu threads to read pictures could be started", l->n_threads, n);
    return 0;
}

int vib_loader_create(const vib_loader_params *params, vib_loader **out)
{
    int err = 0;
    const vib_preprocess *how = &params->preprocess;
    const size_t workers = (size_t)VIB_MAX(params->workers, 1);
    vib_loader *l = vib_calloc(1, sizeof *l);
    VIB_CHECK_MEM(l);
    l->batches.batch = 1;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->done, NULL);
    l->set = params->set;
    l->preprocess = *how;
    l->preprocess.partial = params->bad_images == VIB_BAD_USE;
    l->bad_images = params->bad_images;
    l->nice = params->nice;
    l->picture_bytes = (size_t)how->height * (size_t)how->width * (size_t)how->channels;
    VIB_CHECK_MEM(l->pictures = vib_calloc(params->set->n, sizeof *l->pictures));
    if (params->cache_memory || params->cache_file)
        VIB_TRY(vib_cache_create(&(vib_cache_params){.n = params->set->n,
                                                     .size = l->picture_bytes,
                                                     .memory = params->cache_memory,
                                                     .file = params->cache_file},
                                 &l->cache));
    VIB_CHECK_MEM(l->threads = vib_calloc(workers, sizeof *l->threads));
    VIB_TRY(start_threads(l, workers));
    *out = l;
    l = NULL;
fail:
    vib_loader_destroy(&l);
    return err;
}

void vib_loader_destroy(vib_loader **loader)
{
    vib_loader *l = *loader;
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->stop = 1;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    for (size_t i = 0; i < l->n_threads; i++)
        pthread_join(l->threads[i], NULL);
    for (size_t i = 0; i < SLOTS; i++)
        slot_free(&l->slots[i]);
    pthread_cond_destroy(&l->done);
    pthread_cond_destroy(&l->work);
    pthread_mutex_destroy(&l->lock);
    vib_cache_destroy(l->cache);
    free(l->pictures);
    free(l->skipped);
    free(l->threads);
    free(l->order);
    free(l);
    *loader = NULL;
}

/* Waits for the workers and frees the slots that the caller does not hold. The lock is held. */
static void drain(vib_loader *l)
{
    l->claimed = l->end;
    while (l->busy)
        pthread_cond_wait(&l->done, &l->lock);
    for (size_t i = 0; i < SLOTS; i++)
        if (l->slots[i].state == SLOT_FILLING)
            l->slots[i].state = SLOT_FREE;
    l->claimed = l->end = 0;
    l->batches = (vib_batches){.batch = 1};
    l->next = 0;
}

int vib_loader_start(vib_loader *loader, const uint32_t *order, const vib_batches *batches, size_t first,
                     size_t last)
{
    vib_loader *l = loader;
    int err = 0;
    pthread_mutex_lock(&l->lock);
    drain(l);
    const size_t n = batches->n, count = batches->batch ? vib_batches_count(batches) : 0;
    if (!batches->batch || first > last || last > count || n > UINT32_MAX ||
        (n && batches->short_at >= count))
        VIB_FAIL(VIB_USAGE, "cannot deliver batches %zu to %zu of %zu, %zu pictures each", first, last, count,
                 batches->batch);
    const size_t begin = vib_batches_start(batches, first), end = vib_batches_start(batches, last);
    for (size_t i = begin; i < end; i++)
        if (order[i] >= l->set->n)
            VIB_FAIL(VIB_USAGE, "picture %u of %zu asked for", order[i], l->set->n);
    free(l->order);
    VIB_CHECK_MEM(l->order = vib_calloc(n, sizeof *l->order));
    if (n)
        memcpy(l->order, order, n * sizeof *order);
    for (size_t i = 0; i < SLOTS; i++)
        if (l->slots[i].state == SLOT_FREE)
            if (slot_reserve(&l->slots[i], VIB_MIN(batches->batch, end - begin), l->picture_bytes) < 0)
                VIB_FAIL(VIB_FAILED, "out of memory: a smaller batch needs less");
    l->batches = *batches;
    l->claimed = begin;
    l->end = end;
    l->next = first;
    pthread_cond_broadcast(&l->work);
fail:
    pthread_mutex_unlock(&l->lock);
    return err;
}

static size_t count_state(const vib_loader *l, slot_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < SLOTS; i++)
        n += l->slots[i].state == state;
    return n;
}

/* The next batch's slot once it is complete; NULL at the end (0) or when nothing can fill it (an error). */
static int wait_for_slot(vib_loader *l, slot **out)
{
    int err = 0;
    *out = NULL;
    pthread_mutex_lock(&l->lock);
    const uint64_t number = l->next;
    const size_t at = vib_batches_start(&l->batches, (size_t)number);
    if (at >= l->end)
        goto fail;
    const double start = vib_clock();
    slot **s = &l->of_batch[number % SLOTS];
    for (;;) {
        const int begun = l->claimed > at;
        if (begun && !(*s)->undone)
            break;
        if (!begun && !free_slot(l, batch_places(l, number)))
            VIB_FAIL(VIB_FAILED, "%zu batches are held: release some before asking for more",
                     count_state(l, SLOT_HELD));
        pthread_cond_wait(&l->done, &l->lock);
    }
    l->waited += vib_clock() - start;
    (*s)->state = SLOT_HELD;
    l->next++;
    *out = *s;
    pthread_cond_broadcast(&l->work);
fail:
    pthread_mutex_unlock(&l->lock);
    return err;
}

/* Where `item` stands, or would stand, among the skipped. */
static size_t skipped_position(const vib_loader *l, uint32_t item)
{
    size_t low = 0, high = l->n_skipped;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (l->skipped[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds to the bad pictures: 1 when it is a new one, 0, or < 0. */
static int add_skipped(vib_loader *l, uint32_t item)
{
    const size_t at = skipped_position(l, item);
    if (at < l->n_skipped && l->skipped[at] == item)
        return 0;
    if (vib_grow(&l->skipped, &l->skipped_cap, l->n_skipped + 1, sizeof *l->skipped) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    memmove(l->skipped + at + 1, l->skipped + at, (l->n_skipped - at) * sizeof *l->skipped);
    l->skipped[at] = item;
    l->n_skipped++;
    atomic_store(&l->pictures[item], PICTURE_BAD);
    return 1;
}

static int judge_bad(vib_loader *l, uint32_t item, const char *path, const char *why)
{
    if (l->bad_images == VIB_BAD_STOP)
        return vib_fail(VIB_BAD_DATA, "%s: %s: remove or mend it, or let bad pictures be skipped", path, why);
    const int added = add_skipped(l, item);
    if (added > 0)
        vib_warn("%s: %s, skipped", path, why);
    return VIB_MIN(added, 0);
}

static void note_odd(vib_loader *l, uint32_t item, const char *path, const char *why)
{
    if (atomic_load(&l->pictures[item]) != PICTURE_UNKNOWN)
        return;
    atomic_store(&l->pictures[item], PICTURE_ODD);
    vib_log(l->bad_images == VIB_BAD_USE ? VIB_LOG_WARNING : VIB_LOG_DEBUG, "%s: %s, used", path, why);
}

/* Says what is to be said about a picture and decides whether it stays: 1, 0 or < 0. */
static int judge(vib_loader *l, uint32_t item, const result *r)
{
    if (r->outcome == OUTCOME_GOOD)
        return 1;
    if (r->outcome == OUTCOME_BAD && atomic_load(&l->pictures[item]) == PICTURE_BAD)
        return 0;
    char *path = vib_dataset_full_path(l->set, item);
    const char *why = r->why ? r->why : "out of memory";
    int err = VIB_FAILED;
    if (!path || r->outcome == OUTCOME_FAILED)
        vib_fail(VIB_FAILED, "%s: %s", l->set->items[item].path, why);
    else if (r->outcome == OUTCOME_BAD)
        err = judge_bad(l, item, path, why);
    else
        note_odd(l, item, path, why);
    const int stays = path && r->outcome == OUTCOME_ODD;
    free(path);
    return stays ? 1 : err;
}

/* Closes the gaps that bad pictures leave. Returns how many stay, or < 0. */
static long long settle(vib_loader *l, slot *s)
{
    size_t n = 0;
    for (size_t k = 0; k < s->asked; k++) {
        const int stays = judge(l, s->items[k], &s->results[k]);
        if (stays < 0)
            return stays;
        if (!stays)
            continue;
        if (n != k) {
            memcpy(s->pixels + n * l->picture_bytes, s->pixels + k * l->picture_bytes, l->picture_bytes);
            s->labels[n] = s->labels[k];
            s->items[n] = s->items[k];
            s->places[n] = s->places[k];
        }
        n++;
    }
    return (long long)n;
}

static void release_slot(vib_loader *l, slot *s)
{
    pthread_mutex_lock(&l->lock);
    s->state = SLOT_FREE;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
}

/* Training goes on without what the file was to keep. */
static void report_cache(vib_loader *l)
{
    const int error = l->cache ? vib_cache_failed(l->cache) : 0;
    if (error)
        vib_warn("%s: the temporary file for decoded pictures: %s: those that are not in memory are decoded "
                 "in every epoch (--cache-limit sets how many are, TMPDIR another folder)",
                 vib_cache_folder(), strerror(error));
}

int vib_loader_next(vib_loader *loader, vib_batch *out)
{
    slot *s;
    *out = (vib_batch){.slot = -1};
    const int err = wait_for_slot(loader, &s);
    report_cache(loader);
    if (!s)
        return err;
    const long long n = settle(loader, s);
    if (n < 0) {
        release_slot(loader, s);
        return (int)n;
    }
    *out = (vib_batch){.number = s->number,
                       .n = (size_t)n,
                       .asked = s->asked,
                       .pixels = s->pixels,
                       .labels = s->labels,
                       .items = s->items,
                       .places = s->places,
                       .slot = (int)(s - loader->slots)};
    return 1;
}

void vib_loader_release(vib_loader *loader, vib_batch *batch)
{
    if (batch->slot >= 0)
        release_slot(loader, &loader->slots[batch->slot]);
    *batch = (vib_batch){.slot = -1};
}

int vib_loader_skip(vib_loader *loader, const uint32_t *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i] >= loader->set->n)
            return vib_fail(VIB_USAGE, "picture %u of %zu cannot be skipped", items[i], loader->set->n);
        const int added = add_skipped(loader, items[i]);
        if (added < 0)
            return added;
    }
    return 0;
}

size_t vib_loader_skipped(const vib_loader *loader, const uint32_t **items)
{
    *items = loader->skipped;
    return loader->n_skipped;
}

double vib_loader_waited(const vib_loader *loader)
{
    return loader->waited;
}
