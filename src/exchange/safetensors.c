#include "exchange/safetensors.h"

#include <errno.h>
#include <jansson.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum { PREFIX = 8, MAX_RANK = 8, HEX = 64 };
#define MAX_HEADER ((uint64_t)100000000) /* the format's own limit */
#define MAX_FILE ((uint64_t)16 << 30)

/* Marks our files: with it, a missing sum is damage, not somebody else's file. */
static const char marker[] = "vibrisa";
static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char hash_key[] = "\"sha256\":\"";

typedef struct owner {
    json_t *root;
    float *values; /* of every tensor, in order */
    vib_tensor_record *tensors;
    vib_metadata *metadata;
} owner;

/* Where a tensor's bytes are, while reading. */
typedef struct extent {
    uint64_t begin, end;
    size_t entry; /* its place in the header */
    vib_tensor_record record;
} extent;

/* ---- little-endian bytes ---- */

static uint64_t get_u64(const unsigned char *p)
{
    uint64_t x = 0;
    for (int i = 7; i >= 0; i--)
        x = x << 8 | p[i];
    return x;
}

static void put_u64(unsigned char *p, uint64_t x)
{
    for (int i = 0; i < 8; i++)
        p[i] = (unsigned char)(x >> 8 * i);
}

static void get_floats(float *out, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++, p += 4) {
        const uint32_t bits =
            (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        memcpy(&out[i], &bits, 4);
    }
}

static void put_floats(unsigned char *p, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++, p += 4) {
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        for (int k = 0; k < 4; k++)
            p[k] = (unsigned char)(bits >> 8 * k);
    }
}

/* ---- the file as bytes ---- */

/* A JSON string in its one canonical spelling: Jansson's, UTF-8 left as it is. */
static int add_json_string(vib_str *out, const char *s)
{
    json_t *value = json_string(s);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    if (text)
        vib_str_add(out, text);
    free(text);
    json_decref(value);
    return text ? 0 : -1;
}

/* The header without its padding; `skip` is a metadata key left out, or NULL. */
static int build_header(const vib_tensor_record *tensors, size_t n_tensors, const vib_metadata *metadata,
                        size_t n_metadata, const char *skip, vib_str *out)
{
    int err = 0;
    uint64_t offset = 0;
    vib_str_printf(out, "{\"__metadata__\":{\"%s\":\"1\",%s%s\"", marker, hash_key, zeros);
    for (size_t i = 0; i < n_metadata; i++) {
        const char *key = metadata[i].key;
        if (strcmp(key, marker) == 0 || strcmp(key, "sha256") == 0 || (skip && strcmp(key, skip) == 0))
            continue;
        vib_str_add(out, ",");
        err |= add_json_string(out, key);
        vib_str_add(out, ":");
        err |= add_json_string(out, metadata[i].value);
    }
    vib_str_add(out, "}");
    for (size_t i = 0; i < n_tensors; i++) {
        const uint64_t end = offset + (uint64_t)tensors[i].count * 4;
        vib_str_add(out, ",");
        err |= add_json_string(out, tensors[i].name);
        vib_str_add(out, ":{\"dtype\":\"F32\",\"shape\":[");
        for (int k = 0; k < tensors[i].rank; k++)
            vib_str_printf(out, "%s%llu", k ? "," : "", (unsigned long long)tensors[i].dims[k]);
        vib_str_printf(out, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)offset,
                       (unsigned long long)end);
        offset = end;
    }
    vib_str_add(out, "}");
    while (!out->failed && out->len % 8)
        vib_str_add(out, " ");
    return err < 0 ? vib_fail(VIB_FAILED, "safetensors: a name or value is not UTF-8") : 0;
}

static void hex_digest(SHA2_CTX *sum, char out[HEX + 1])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, sum);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* Length, header and data as one block; its sum is of the block as it stands, with zeros for the sum. */
static int build_file(const vib_tensor_record *tensors, size_t n_tensors, const vib_metadata *metadata,
                      size_t n_metadata, const char *skip, unsigned char **out, size_t *size,
                      char hash[HEX + 1])
{
    int err = 0;
    unsigned char *file = NULL;
    vib_str header = {0};
    uint64_t total = 0;
    for (size_t i = 0; i < n_tensors; i++)
        total += (uint64_t)tensors[i].count * 4;
    VIB_TRY(build_header(tensors, n_tensors, metadata, n_metadata, skip, &header));
    VIB_CHECK_MEM(!header.failed);
    if (header.len > MAX_HEADER || total > MAX_FILE - MAX_HEADER - PREFIX || total > SIZE_MAX / 2)
        VIB_FAIL(VIB_FAILED, "safetensors: too large to write");
    *size = PREFIX + header.len + (size_t)total;
    VIB_CHECK_MEM(file = malloc(*size));
    put_u64(file, header.len);
    memcpy(file + PREFIX, header.text, header.len);
    unsigned char *data = file + PREFIX + header.len;
    for (size_t i = 0; i < n_tensors; i++) {
        put_floats(data, tensors[i].data, tensors[i].count);
        data += tensors[i].count * 4;
    }
    SHA2_CTX sum;
    SHA256Init(&sum);
    SHA256Update(&sum, file, *size);
    hex_digest(&sum, hash);
    *out = file;
    file = NULL;
fail:
    free(file);
    vib_str_free(&header);
    return err;
}

/* Where the 64 digits of the sum stand, or NULL. Ours come before any key or value of the caller's that
 * could look like them; the sum decides about other files. */
static const char *find_hash(const char *header, size_t n)
{
    const size_t key = sizeof hash_key - 1;
    for (const char *p = header; n - (size_t)(p - header) >= key + HEX; p++) {
        if (!(p = memchr(p, '"', n - (size_t)(p - header) - key - HEX + 1)))
            return NULL;
        if (memcmp(p, hash_key, key) == 0)
            return p + key;
    }
    return NULL;
}

/* ---- reading ---- */

static int read_metadata(const char *path, json_t *object, vib_safetensors *out, owner *own)
{
    int err = 0;
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        VIB_FAIL(VIB_BAD_MODEL, "%s: __metadata__ is not an object", path);
    VIB_CHECK_MEM(own->metadata = vib_calloc(json_object_size(object), sizeof *own->metadata));
    out->metadata = own->metadata;
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value))
            VIB_FAIL(VIB_BAD_MODEL, "%s: metadata \"%s\" is not a string", path, key);
        out->metadata[out->n_metadata++] = (vib_metadata){key, json_string_value(value)};
    }
fail:
    return err;
}

/* A whole number that is not negative. */
static int read_count(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return -1;
    *out = (uint64_t)json_integer_value(value);
    return 0;
}

static int read_shape(const char *path, const char *name, const json_t *shape, vib_tensor_record *out)
{
    const uint64_t limit = VIB_MIN(MAX_FILE, (uint64_t)SIZE_MAX) / 4;
    uint64_t count = 1;
    if (!json_is_array(shape) || json_array_size(shape) > MAX_RANK)
        return vib_fail(VIB_BAD_MODEL, "%s: tensor \"%s\": the shape is not a list of at most %d sizes", path,
                        name, MAX_RANK);
    out->rank = (int)json_array_size(shape);
    for (int k = 0; k < out->rank; k++) {
        uint64_t d;
        if (read_count(json_array_get(shape, (size_t)k), &d) < 0 || (d && count > limit / d))
            return vib_fail(VIB_BAD_MODEL, "%s: tensor \"%s\": impossible shape", path, name);
        out->dims[k] = d;
        count *= d;
    }
    out->count = (size_t)count;
    return 0;
}

static int read_tensor(const char *path, const char *name, const json_t *entry, uint64_t data_size,
                       extent *out)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    if (!dtype || !json_is_array(offsets) || json_array_size(offsets) != 2 || json_object_size(entry) != 3)
        return vib_fail(VIB_BAD_MODEL, "%s: tensor \"%s\" needs dtype, shape and data_offsets, nothing else",
                        path, name);
    if (strcmp(dtype, "F32") != 0)
        return vib_fail(VIB_BAD_MODEL, "%s: tensor \"%s\" is of type %s; only F32 can be used: convert it",
                        path, name, dtype);
    out->record = (vib_tensor_record){.name = name};
    const int err = read_shape(path, name, json_object_get(entry, "shape"), &out->record);
    if (err < 0)
        return err;
    if (read_count(json_array_get(offsets, 0), &out->begin) < 0 ||
        read_count(json_array_get(offsets, 1), &out->end) < 0 || out->begin > out->end ||
        out->end > data_size)
        return vib_fail(VIB_BAD_MODEL, "%s: tensor \"%s\" lies outside the file", path, name);
    if ((out->end - out->begin) / 4 != out->record.count || (out->end - out->begin) % 4)
        return vib_fail(VIB_BAD_MODEL, "%s: tensor \"%s\": %llu bytes do not hold its shape", path, name,
                        (unsigned long long)(out->end - out->begin));
    return 0;
}

static int compare_extents(const void *a, const void *b)
{
    const extent *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return x->entry < y->entry ? -1 : 1;
}

/* Tensors must cover the data from end to end, once. */
static int place_tensors(const char *path, extent *extents, size_t n, const unsigned char *data,
                         uint64_t data_size, vib_safetensors *out, owner *own)
{
    int err = 0;
    uint64_t at = 0;
    qsort(extents, n, sizeof *extents, compare_extents);
    VIB_CHECK_MEM(own->tensors = vib_calloc(n, sizeof *own->tensors));
    VIB_CHECK_MEM(own->values = vib_calloc((size_t)data_size / 4, sizeof *own->values));
    out->tensors = own->tensors;
    for (size_t i = 0; i < n; i++) {
        if (extents[i].begin != at)
            VIB_FAIL(VIB_BAD_MODEL, "%s: tensor \"%s\" %s", path, extents[i].record.name,
                     extents[i].begin < at ? "overlaps another" : "comes after a hole");
        at = extents[i].end;
        extents[i].record.data = own->values + extents[i].begin / 4;
        out->tensors[i] = extents[i].record;
    }
    if (at != data_size)
        VIB_FAIL(VIB_BAD_MODEL, "%s: %llu bytes after the last tensor", path,
                 (unsigned long long)(data_size - at));
    out->n_tensors = n;
    get_floats(own->values, data, (size_t)data_size / 4);
fail:
    return err;
}

static int read_entries(const char *path, owner *own, const unsigned char *data, uint64_t data_size,
                        vib_safetensors *out)
{
    int err = 0;
    size_t n = 0;
    const char *name;
    json_t *entry;
    extent *extents = vib_calloc(json_object_size(own->root), sizeof *extents);
    VIB_CHECK_MEM(extents);
    json_object_foreach(own->root, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) {
            VIB_TRY(read_metadata(path, entry, out, own));
            continue;
        }
        extents[n].entry = n;
        VIB_TRY(read_tensor(path, name, entry, data_size, &extents[n]));
        n++;
    }
    VIB_TRY(place_tensors(path, extents, n, data, data_size, out, own));
fail:
    free(extents);
    return err;
}

/* The sum of the file with 64 zeros in its own place. */
static int check_hash(const char *path, const unsigned char *file, size_t size, size_t header_size,
                      vib_safetensors *out)
{
    const char *stated = vib_safetensors_get(out, "sha256");
    if (!stated && vib_safetensors_get(out, marker))
        return vib_fail(VIB_BAD_MODEL, "%s: damaged: its SHA-256 is missing", path);
    if (!stated)
        return 0;
    const char *header = (const char *)file + PREFIX, *place = find_hash(header, header_size);
    if (!place || strlen(stated) != HEX || memcmp(place, stated, HEX) != 0)
        return vib_fail(VIB_BAD_MODEL, "%s: its SHA-256 is not written as it should be: the file was altered",
                        path);
    const size_t before = (size_t)((const unsigned char *)place - file);
    char actual[HEX + 1];
    SHA2_CTX sum;
    SHA256Init(&sum);
    SHA256Update(&sum, file, before);
    SHA256Update(&sum, (const unsigned char *)zeros, HEX);
    SHA256Update(&sum, file + before + HEX, size - before - HEX);
    hex_digest(&sum, actual);
    if (strcmp(actual, stated) != 0)
        return vib_fail(VIB_BAD_MODEL, "%s: damaged or altered: its SHA-256 does not match", path);
    out->has_hash = 1;
    return 0;
}

static int identify(vib_safetensors *out)
{
    unsigned char *file = NULL;
    size_t size;
    const int err = build_file(out->tensors, out->n_tensors, out->metadata, out->n_metadata, "provenance",
                               &file, &size, out->hash);
    free(file);
    return err;
}

static int read_header(const char *path, const unsigned char *file, size_t size, size_t *header_size,
                       json_t **root)
{
    const uint64_t n = size < PREFIX ? 0 : get_u64(file);
    json_error_t error;
    if (size < PREFIX)
        return vib_fail(VIB_BAD_MODEL, "%s: not a .safetensors file: only %zu bytes", path, size);
    if (n > MAX_HEADER)
        return vib_fail(VIB_BAD_MODEL, "%s: not a .safetensors file: its header would be over 100 MB", path);
    if (n > size - PREFIX)
        return vib_fail(VIB_BAD_MODEL, "%s: truncated: the header alone should be %llu bytes", path,
                        (unsigned long long)n);
    if (n == 0 || file[PREFIX] != '{')
        return vib_fail(VIB_BAD_MODEL, "%s: not a .safetensors file: no header", path);
    *header_size = (size_t)n;
    *root = json_loadb((const char *)file + PREFIX, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    if (!*root)
        return vib_fail(VIB_BAD_MODEL, "%s: damaged header: %s, byte %d", path, error.text, error.position);
    return 0;
}

int vib_safetensors_parse(const char *path, const void *data, size_t size, vib_safetensors *out)
{
    int err = 0;
    size_t header_size = 0;
    const unsigned char *file = data;
    *out = (vib_safetensors){0};
    owner *own = vib_calloc(1, sizeof *own);
    VIB_CHECK_MEM(own);
    out->owner = own;
    VIB_TRY(read_header(path, file, size, &header_size, &own->root));
    const size_t skip = PREFIX + header_size;
    VIB_TRY(read_entries(path, own, file + skip, size - skip, out));
    VIB_TRY(check_hash(path, file, size, header_size, out));
    VIB_TRY(identify(out));
fail:
    if (err < 0)
        vib_safetensors_free(out);
    return err;
}

int vib_safetensors_read(const char *path, vib_safetensors *out)
{
    char *data = NULL;
    size_t size = 0;
    *out = (vib_safetensors){0};
    const int error = vib_file_read(path, (size_t)VIB_MIN(MAX_FILE, (uint64_t)SIZE_MAX / 2), &data, &size);
    if (error)
        return vib_fail(error == ENOMEM ? VIB_FAILED : VIB_BAD_MODEL, "%s: cannot read the model: %s", path,
                        strerror(error));
    const int err = vib_safetensors_parse(path, data, size, out);
    free(data);
    return err;
}

void vib_safetensors_free(vib_safetensors *file)
{
    owner *own = file->owner;
    if (own) {
        json_decref(own->root);
        free(own->values);
        free(own->tensors);
        free(own->metadata);
        free(own);
    }
    *file = (vib_safetensors){0};
}

const char *vib_safetensors_get(const vib_safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->n_metadata; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}

const vib_tensor_record *vib_safetensors_tensor(const vib_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

int vib_safetensors_write(const char *path, const vib_tensor_record *tensors, size_t n_tensors,
                          const vib_metadata *metadata, size_t n_metadata, const char *backup)
{
    unsigned char *file = NULL;
    size_t size = 0;
    char hash[HEX + 1];
    int err = build_file(tensors, n_tensors, metadata, n_metadata, NULL, &file, &size, hash);
    if (err >= 0) {
        const char *header = (const char *)file + PREFIX;
        const char *place = find_hash(header, (size_t)get_u64(file));
        memcpy(file + PREFIX + (place - header), hash, HEX);
        err = vib_file_write(path, &(vib_piece){file, size}, 1, backup);
    }
    free(file);
    return err;
}
