/* A file: magic (8), format (4), key (32), payload length (8), SHA-256 of the payload (32), payload. Numbers
 * are little-endian. Its name is the key. */
#include "device/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "device/quirks.h"

enum { FORMAT = 1, HEADER = 8 + 4 + VIB_CACHE_KEY + 8 + SHA256_DIGEST_LENGTH };

static const char magic[8] = "vibcache";
static const char suffix[] = ".program";
static const uint64_t limit_bytes = (uint64_t)256 << 20;

static void put_number(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(value >> (8 * i));
}

static void hash(const unsigned char *data, size_t size, unsigned char out[SHA256_DIGEST_LENGTH])
{
    SHA2_CTX c;
    SHA256Init(&c);
    SHA256Update(&c, data, size);
    SHA256Final(out, &c);
}

/* The only header a payload can have: a file is good when it begins with exactly this. */
static void make_header(const unsigned char key[VIB_CACHE_KEY], const unsigned char *payload, size_t size,
                        unsigned char out[HEADER])
{
    memcpy(out, magic, 8);
    put_number(out + 8, FORMAT, 4);
    memcpy(out + 12, key, VIB_CACHE_KEY);
    put_number(out + 12 + VIB_CACHE_KEY, size, 8);
    hash(payload, size, out + 20 + VIB_CACHE_KEY);
}

void vib_cache_key(const char *const *texts, size_t n, unsigned char key[VIB_CACHE_KEY])
{
    SHA2_CTX c;
    SHA256Init(&c);
    for (size_t i = 0; i < n; i++) {
        unsigned char length[8];
        const size_t size = strlen(texts[i]);
        put_number(length, size, 8);
        SHA256Update(&c, length, sizeof length);
        SHA256Update(&c, (const unsigned char *)texts[i], size);
    }
    SHA256Final(key, &c);
}

char *vib_cache_path(const char *folder, const unsigned char key[VIB_CACHE_KEY])
{
    char name[2 * VIB_CACHE_KEY + sizeof suffix];
    for (size_t i = 0; i < VIB_CACHE_KEY; i++)
        snprintf(name + 2 * i, 3, "%02x", key[i]);
    memcpy(name + 2 * VIB_CACHE_KEY, suffix, sizeof suffix);
    return vib_path_join(folder, name);
}

char *vib_cache_default_folder(void)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return vib_path_join(xdg, "vibrisa");
    return home && *home == '/' ? vib_path_join(home, ".cache/vibrisa") : NULL;
}

/* Code from someone else's file is not run. */
static int is_ours(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

unsigned char *vib_cache_load(const char *folder, const unsigned char key[VIB_CACHE_KEY], size_t *size)
{
    char *path = vib_cache_path(folder, key), *data = NULL;
    unsigned char *payload = NULL, header[HEADER];
    const char *why = NULL;
    size_t n = 0;

    const int code = path ? vib_file_read(path, limit_bytes, &data, &n) : ENOMEM;
    if (code == ENOENT)
        goto done;
    if (code)
        why = strerror(code);
    else if (!is_ours(path))
        why = "belongs to, or can be written by, someone else";
    else if (n <= HEADER)
        why = "too short";
    else
        make_header(key, (unsigned char *)data + HEADER, n - HEADER, header);
    if (!why && memcmp(header, data, HEADER) != 0)
        why = "damaged, or of another version";
    if (why) {
        vib_debug("%s: %s: building from source", path ? path : folder, why);
        goto done;
    }
    /* The time of last use decides what is deleted first. */
    utimensat(AT_FDCWD, path, NULL, 0);
    memmove(data, data + HEADER, n - HEADER);
    *size = n - HEADER;
    payload = (unsigned char *)data;
    data = NULL;
done:
    free(data);
    free(path);
    return payload;
}

typedef struct entry {
    char *path;
    uint64_t bytes;
    struct timespec used;
} entry;

static int older_first(const void *a, const void *b)
{
    const struct timespec *x = &((const entry *)a)->used, *y = &((const entry *)b)->used;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

void vib_cache_trim(const char *folder, uint64_t limit)
{
    entry *entries = NULL;
    size_t n = 0, cap = 0;
    uint64_t total = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *d; dir && (d = readdir(dir));) {
        struct stat st;
        if (!strstr(d->d_name, suffix)) /* also temporary files a crash left */
            continue;
        char *path = vib_path_join(folder, d->d_name);
        if (!path || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
            vib_grow(&entries, &cap, n + 1, sizeof *entries) < 0) {
            free(path);
            continue;
        }
        entries[n++] = (entry){path, (uint64_t)st.st_size, st.st_mtim};
        total += (uint64_t)st.st_size;
    }
    if (n)
        qsort(entries, n, sizeof *entries, older_first);
    for (size_t i = 0; i < n; i++) {
        if (total > limit && unlink(entries[i].path) == 0) {
            vib_debug("%s: deleted: the cache is over %llu MiB", entries[i].path,
                      (unsigned long long)(limit >> 20));
            total -= entries[i].bytes;
        }
        free(entries[i].path);
    }
    free(entries);
    if (dir)
        closedir(dir);
}

/* Asked before anything is written, since a cache that does not work is no error. */
static int folder_ready(const char *folder, size_t size)
{
    struct stat st;
    if (!vib_folder_has_room(folder, (uint64_t)size + (16u << 20))) {
        vib_debug("%s: cannot be written, or the disk is nearly full: built programs are not kept", folder);
        return 0;
    }
    if (stat(folder, &st) == 0)
        return 1;
    return vib_make_folders(folder) == 0 && chmod(folder, 0700) == 0;
}

void vib_cache_store(const char *folder, const unsigned char key[VIB_CACHE_KEY], const unsigned char *payload,
                     size_t size)
{
    unsigned char header[HEADER];
    if (size == 0 || size > limit_bytes / 4 || !folder_ready(folder, size))
        return;
    char *path = vib_cache_path(folder, key);
    if (!path)
        return;
    make_header(key, payload, size, header);
    const vib_piece pieces[] = {{header, HEADER}, {payload, size}};
    if (vib_file_write(path, pieces, VIB_COUNT(pieces), NULL) == 0)
        chmod(path, 0600);
    free(path);
    vib_cache_trim(folder, limit_bytes);
}
