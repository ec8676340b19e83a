#include "data/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/common.h"
#include "base/mem.h"
#include "base/str.h"

/* What is known of a picture: nothing, that a thread is keeping it, or its place + FIRST, with a bit for the
 * file. */
enum { ABSENT, ARRIVING, FIRST };

static const uint32_t in_file = (uint32_t)1 << 31;

/* Memory is taken in pieces, as pictures come. */
enum { BLOCK_BYTES = 4 << 20 };

struct vib_cache {
    size_t n, size, per_block;
    unsigned char **blocks;
    int fd; /* of the file; -1: none */
    atomic_int unreadable;

    pthread_mutex_t lock; /* guards what follows */
    size_t in_memory, memory_most, in_file, file_most;
    int failed, told;

    _Atomic(uint32_t) where[];
};

const char *vib_cache_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/var/tmp";
}

/* A file nobody else can open, gone when it is closed, however the process ends. */
static int open_unnamed(const char *folder)
{
    vib_str path = {0};
    vib_str_printf(&path, "%s/vibrisa-XXXXXX", folder);
    const int fd = path.failed ? -1 : mkstemp(path.text);
    if (fd >= 0) {
        unlink(path.text);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    vib_str_free(&path);
    return fd;
}

int vib_cache_create(const vib_cache_params *p, vib_cache **out)
{
    int err = 0;
    const size_t most = in_file - FIRST - 1; /* places that `where` can say */
    vib_cache *cache = malloc(sizeof *cache + p->n * sizeof *cache->where);
    VIB_CHECK_MEM(cache);
    *cache = (vib_cache){
        .n = p->n,
        .size = p->size,
        .per_block = VIB_MAX(BLOCK_BYTES / p->size, 1),
        .fd = -1,
        .memory_most = (size_t)VIB_MIN(p->memory / p->size, (uint64_t)VIB_MIN(p->n, most)),
        .file_most = (size_t)VIB_MIN(p->file / p->size, (uint64_t)VIB_MIN(p->n, most)),
    };
    pthread_mutex_init(&cache->lock, NULL);
    for (size_t i = 0; i < p->n; i++)
        atomic_init(&cache->where[i], ABSENT);
    VIB_CHECK_MEM(cache->blocks =
                      vib_calloc(cache->memory_most / cache->per_block + 1, sizeof *cache->blocks));
    if (cache->file_most && (cache->fd = open_unnamed(vib_cache_folder())) < 0)
        VIB_FAIL(VIB_FAILED, "%s: cannot make a temporary file for decoded pictures: %s", vib_cache_folder(),
                 strerror(errno));
    *out = cache;
    cache = NULL;
fail:
    vib_cache_destroy(cache);
    return err;
}

void vib_cache_destroy(vib_cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; cache->blocks && i * cache->per_block < cache->in_memory; i++)
        free(cache->blocks[i]);
    free(cache->blocks);
    if (cache->fd >= 0)
        close(cache->fd);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* 0, or an errno. */
static int read_all(int fd, unsigned char *to, size_t n, off_t at)
{
    while (n) {
        const ssize_t got = pread(fd, to, n, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : EIO;
        to += got;
        n -= (size_t)got;
        at += got;
    }
    return 0;
}

static int write_all(int fd, const unsigned char *from, size_t n, off_t at)
{
    while (n) {
        const ssize_t put = pwrite(fd, from, n, at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? errno : ENOSPC;
        from += put;
        n -= (size_t)put;
        at += put;
    }
    return 0;
}

/* On a full disk there is something more important to write: a checkpoint. */
static void fail(vib_cache *cache, int error)
{
    pthread_mutex_lock(&cache->lock);
    if (error == ENOSPC || error == EDQUOT) {
        atomic_store(&cache->unreadable, 1);
        if (ftruncate(cache->fd, 0) < 0)
            vib_debug("the temporary file cannot be cut: %s", strerror(errno));
    }
    if (!cache->failed)
        cache->failed = error;
    pthread_mutex_unlock(&cache->lock);
}

static unsigned char *place_in_memory(const vib_cache *cache, size_t k)
{
    return cache->blocks[k / cache->per_block] + k % cache->per_block * cache->size;
}

static off_t place_in_file(const vib_cache *cache, size_t k)
{
    return (off_t)k * (off_t)cache->size;
}

int vib_cache_get(vib_cache *cache, size_t i, unsigned char *pixels)
{
    const uint32_t where = atomic_load_explicit(&cache->where[i], memory_order_acquire);
    if (where < FIRST)
        return 0;
    const size_t k = (where & ~in_file) - FIRST;
    if (!(where & in_file)) {
        memcpy(pixels, place_in_memory(cache, k), cache->size);
        return 1;
    }
    if (atomic_load(&cache->unreadable))
        return 0;
    const int error = read_all(cache->fd, pixels, cache->size, place_in_file(cache, k));
    if (!error)
        return 1;
    atomic_store(&cache->unreadable, 1);
    fail(cache, error);
    return 0;
}

/* A place for one more: what `where` will say, or ABSENT. The lock is held. */
static uint32_t take_place(vib_cache *cache)
{
    if (cache->in_memory < cache->memory_most) {
        unsigned char **block = &cache->blocks[cache->in_memory / cache->per_block];
        if (*block || (*block = malloc(cache->per_block * cache->size)))
            return (uint32_t)cache->in_memory++ + FIRST;
        cache->memory_most = cache->in_memory; /* less memory than was thought */
    }
    if (cache->in_file < cache->file_most && !cache->failed)
        return ((uint32_t)cache->in_file++ + FIRST) | in_file;
    return ABSENT;
}

void vib_cache_put(vib_cache *cache, size_t i, const unsigned char *pixels)
{
    pthread_mutex_lock(&cache->lock);
    const uint32_t where = atomic_load(&cache->where[i]) == ABSENT ? take_place(cache) : ABSENT;
    if (where != ABSENT)
        atomic_store(&cache->where[i], ARRIVING);
    pthread_mutex_unlock(&cache->lock);
    if (where == ABSENT)
        return;
    const size_t k = (where & ~in_file) - FIRST;
    int error = 0;
    if (where & in_file)
        error = write_all(cache->fd, pixels, cache->size, place_in_file(cache, k));
    else
        memcpy(place_in_memory(cache, k), pixels, cache->size);
    if (error)
        fail(cache, error);
    atomic_store_explicit(&cache->where[i], error ? ABSENT : where, memory_order_release);
}

size_t vib_cache_count(vib_cache *cache)
{
    size_t n = 0;
    for (size_t i = 0; i < cache->n; i++)
        n += atomic_load_explicit(&cache->where[i], memory_order_relaxed) >= FIRST;
    return n;
}

int vib_cache_failed(vib_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    const int error = cache->told ? 0 : cache->failed;
    cache->told = cache->failed != 0;
    pthread_mutex_unlock(&cache->lock);
    return error;
}
