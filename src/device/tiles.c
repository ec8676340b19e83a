#include "device/tiles.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/mem.h"
#include "device/cache.h"

enum { FORMAT = 1, MOST_BYTES = 16 << 20, HEX = 2 * VIB_CACHE_KEY + 1 };

struct vib_tiles {
    char *folder, *path;
    json_t *root, *tiles; /* tiles: a member of root */
};

static void hex(const unsigned char key[VIB_CACHE_KEY], char out[HEX])
{
    for (size_t i = 0; i < VIB_CACHE_KEY; i++)
        snprintf(out + 2 * i, 3, "%02x", key[i]);
}

/* Of everything that is compiled. */
static int hash_kernels(char out[HEX])
{
    unsigned char key[VIB_CACHE_KEY];
    size_t n = 0;
    while (vib_embedded_kernels[n].name)
        n++;
    const char **texts = vib_calloc(n, sizeof(*texts));
    if (!texts)
        return VIB_FAILED;
    for (size_t i = 0; i < n; i++)
        texts[i] = vib_embedded_kernels[i].text;
    vib_cache_key(texts, n, key);
    free(texts);
    hex(key, out);
    return VIB_OK;
}

/* Drivers' texts need not be UTF-8. */
static json_t *text_of(const char *text)
{
    char plain[256];
    vib_escape(text, plain, sizeof plain);
    return json_string(plain);
}

static json_t *empty_root(const vib_device_info *info)
{
    char kernels[HEX];
    if (hash_kernels(kernels) < 0)
        return NULL;
    return json_pack("{s:i, s:o, s:o, s:o, s:s, s:{}}", "format", FORMAT, "platform", text_of(info->platform),
                     "device", text_of(info->name), "driver", text_of(info->driver), "kernels", kernels,
                     "tiles");
}

/* All but the tiles themselves. */
static int same_identity(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"format", "platform", "device", "driver", "kernels"};
    for (size_t i = 0; i < VIB_COUNT(keys); i++)
        if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
            return 0;
    return 1;
}

/* A name of its own for each identity, so that devices do not share a file. */
static char *path_of(const char *folder, const json_t *root)
{
    unsigned char key[VIB_CACHE_KEY];
    char digest[HEX], name[32];
    char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return NULL;
    vib_cache_key((const char *const[]){text}, 1, key);
    free(text);
    hex(key, digest);
    snprintf(name, sizeof name, "tiles-%.16s.json", digest);
    return vib_path_join(folder, name);
}

static void read_file(vib_tiles *t)
{
    char *data = NULL, shown[512];
    size_t size = 0;
    json_error_t error;
    json_t *root = NULL;
    const char *why = NULL;
    const int code = vib_file_read(t->path, MOST_BYTES, &data, &size);
    if (code == ENOENT || code == ENOTDIR)
        return;
    if (code)
        why = strerror(code);
    else if (!(root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error)))
        why = "damaged";
    else if (!same_identity(root, t->root))
        why = "of another device, driver or version";
    else if (!json_is_object(json_object_get(root, "tiles")))
        why = "damaged";
    if (why) {
        vib_escape(t->path, shown, sizeof shown);
        vib_warn("%s: %s: not used; `vibrisa tune` writes it anew", shown, why);
        json_decref(root);
    } else {
        json_decref(t->root);
        t->root = root;
        t->tiles = json_object_get(root, "tiles");
    }
    free(data);
}

vib_tiles *vib_tiles_open(const char *folder, const vib_device_info *info)
{
    vib_tiles *t = vib_calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->folder = vib_strdup(folder);
    t->root = empty_root(info);
    t->tiles = json_object_get(t->root, "tiles");
    t->path = t->root ? path_of(folder, t->root) : NULL;
    if (!t->folder || !t->path)
        vib_tiles_close(&t);
    else
        read_file(t);
    return t;
}

void vib_tiles_close(vib_tiles **tiles)
{
    vib_tiles *t = *tiles;
    if (!t)
        return;
    json_decref(t->root);
    free(t->folder);
    free(t->path);
    free(t);
    *tiles = NULL;
}

const char *vib_tiles_path(const vib_tiles *tiles)
{
    return tiles->path;
}

int vib_tiles_get(const vib_tiles *tiles, const char *key, const char *name)
{
    const json_t *value = tiles ? json_object_get(json_object_get(tiles->tiles, key), name) : NULL;
    const json_int_t number = json_is_integer(value) ? json_integer_value(value) : 0;
    return number > 0 && number <= INT_MAX ? (int)number : 0;
}

void vib_tiles_clear(vib_tiles *tiles, const char *key)
{
    json_object_del(tiles->tiles, key);
}

int vib_tiles_set(vib_tiles *tiles, const char *key, const char *name, int value)
{
    json_t *entry = json_object_get(tiles->tiles, key);
    if (!json_is_object(entry)) {
        entry = json_object();
        if (json_object_set_new(tiles->tiles, key, entry) < 0)
            return vib_fail(VIB_FAILED, "out of memory");
    }
    if (json_object_set_new(entry, name, json_integer(value)) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    return VIB_OK;
}

int vib_tiles_save(const vib_tiles *tiles)
{
    int err = 0;
    char *text = json_dumps(tiles->root, JSON_INDENT(1) | JSON_SORT_KEYS);
    VIB_CHECK_MEM(text);
    VIB_TRY(vib_make_folders(tiles->folder));
    const vib_piece pieces[] = {{text, strlen(text)}, {"\n", 1}};
    VIB_TRY(vib_file_write(tiles->path, pieces, VIB_COUNT(pieces), NULL));
fail:
    free(text);
    return err;
}
