#include <vibrisa/check.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sha2.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "data/alike.h"
#include "data/index.h"
#include "data/strings.h"

/* What is kept of each picture for comparing. */
typedef struct trace {
    unsigned char sha256[SHA256_DIGEST_LENGTH];
    int known; /* the file could be read, whatever is in it */
} trace;

typedef struct examination {
    vib_check_report report; /* first: what the caller holds */
    vib_arena_strings *strings;
    char **problems; /* owns those of the pictures */
    const vib_check_params *params;
    vib_dataset *sets[2]; /* training, validation or NULL */
    trace *traces;
    vib_sketch *sketches; /* unusable of all but the first of equal files */
} examination;

/* What a name promises. */
static const struct ending {
    const char *ending, *format;
} endings[] = {
    {".jpg", "JPEG"},  {".jpeg", "JPEG"}, {".jpe", "JPEG"}, {".jfif", "JPEG"}, {".png", "PNG"},
    {".webp", "WebP"}, {".bmp", "BMP"},   {".tif", "TIFF"}, {".tiff", "TIFF"}, {".gif", "GIF"},
};

static int is_misnamed(const char *path, const char *format)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && format && i < VIB_COUNT(endings); i++)
        if (!strcasecmp(dot, endings[i].ending))
            return strncmp(format, endings[i].format, strlen(endings[i].format)) != 0;
    return 0;
}

/* ---- one picture ---- */

static int read_failed(vib_check_picture *picture, int error, size_t limit, vib_str *why)
{
    if (error == ENOMEM || error == EMFILE || error == ENFILE)
        return vib_fail(VIB_FAILED, "%s: %s", picture->path, strerror(error));
    if (error == EFBIG)
        vib_str_printf(why, "larger than %zu MiB", limit >> 20);
    else
        vib_str_add(why, error == EINVAL ? "not a regular file" : strerror(error));
    return 0;
}

static int decode(vib_check_picture *picture, const void *data, size_t size, vib_sketch *sketch, vib_str *why)
{
    static const vib_preprocess grey = {.channels = 1, .exif = 1};
    vib_image image = {0};
    int err = vib_image_decode(data, size, &grey, NULL, &image, why);
    if (err == VIB_BAD_DATA)
        return 0;
    if (err == 0) {
        picture->readable = 1;
        picture->width = image.width;
        picture->height = image.height;
        err = vib_sketch_make(&image, sketch);
    }
    vib_image_free(&image);
    return err < 0 ? vib_fail(err, "%s: out of memory", picture->path) : 0;
}

static int examine(void *user, size_t worker, size_t i)
{
    enum { LIMIT = 64 << 20 };
    examination *e = user;
    vib_check_picture *picture = &e->report.pictures[i];
    char *data = NULL;
    size_t size = 0;
    vib_str why = {0};
    int err = 0;
    (void)worker;
    const int error = vib_file_read(picture->path, LIMIT, &data, &size);
    if (error) {
        VIB_TRY(read_failed(picture, error, LIMIT, &why));
    } else {
        SHA2_CTX ctx;
        SHA256Init(&ctx);
        SHA256Update(&ctx, (const uint8_t *)data, size);
        SHA256Final(e->traces[i].sha256, &ctx);
        e->traces[i].known = size > 0;
        picture->bytes = size;
        picture->format = vib_image_format(data, size);
        picture->misnamed = is_misnamed(picture->path, picture->format);
        VIB_TRY(decode(picture, data, size, &e->sketches[i], &why));
    }
    if (why.failed)
        VIB_FAIL(VIB_FAILED, "out of memory");
    picture->problem = e->problems[i] = why.text;
    why = (vib_str){0};
fail:
    vib_str_free(&why);
    free(data);
    return err;
}

static int report_progress(void *user, size_t done)
{
    const examination *e = user;
    if (e->params->progress)
        e->params->progress(e->params->user, done, e->report.n_pictures);
    return e->params->interrupted && e->params->interrupted(e->params->user) ? VIB_INTERRUPTED : 0;
}

static int poll_interrupted(void *user, size_t done)
{
    const examination *e = user;
    (void)done;
    return e->params->interrupted && e->params->interrupted(e->params->user) ? VIB_INTERRUPTED : 0;
}

/* ---- the list of pictures ---- */

static int add_pictures(examination *e, const vib_dataset *set, int validation)
{
    for (size_t i = 0; i < set->n; i++) {
        char *path = vib_dataset_full_path(set, i);
        const char *kept = path ? vib_strings_path(e->strings, "", path) : NULL;
        free(path);
        if (!kept)
            return vib_fail(VIB_FAILED, "out of memory");
        const uint32_t label = set->items[i].label;
        e->report.pictures[e->report.n_pictures++] =
            (vib_check_picture){.path = kept, .label = label, .validation = validation};
        size_t *count = validation ? &e->report.classes[label].validation : &e->report.classes[label].train;
        ++*count;
    }
    return 0;
}

static int list_pictures(examination *e)
{
    int err = 0;
    vib_check_report *r = &e->report;
    const vib_dataset *train = e->sets[0], *validation = e->sets[1];
    const size_t n = train->n + (validation ? validation->n : 0);
    if (n > UINT32_MAX - 1)
        VIB_FAIL(VIB_BAD_DATA, "%s: more than %u pictures", train->root, UINT32_MAX - 1);
    VIB_CHECK_MEM(e->strings = vib_strings_create());
    VIB_CHECK_MEM(r->pictures = vib_calloc(n, sizeof *r->pictures));
    VIB_CHECK_MEM(e->problems = vib_calloc(n, sizeof *e->problems));
    VIB_CHECK_MEM(e->traces = vib_calloc(n, sizeof *e->traces));
    VIB_CHECK_MEM(e->sketches = vib_calloc(n, sizeof *e->sketches));
    VIB_CHECK_MEM(r->classes = vib_calloc(train->n_classes, sizeof *r->classes));
    for (; r->n_classes < train->n_classes; r->n_classes++)
        VIB_CHECK_MEM(r->classes[r->n_classes].name =
                          vib_strings_path(e->strings, "", train->classes[r->n_classes]));
    VIB_TRY(add_pictures(e, train, 0));
    if (validation)
        VIB_TRY(add_pictures(e, validation, 1));
fail:
    return err;
}

/* ---- pairs ---- */

/* For each picture, the earlier one it is paired with, and how. */
typedef struct partner {
    vib_check_pair pair;
    int known;
} partner;

static vib_check_pair make_pair(const examination *e, size_t first, size_t second)
{
    const vib_check_picture *a = &e->report.pictures[first], *b = &e->report.pictures[second];
    return (vib_check_pair){.first = first,
                            .second = second,
                            .correlation = 1,
                            .leak = a->validation != b->validation,
                            .conflict = a->label != b->label};
}

typedef struct named_trace {
    const trace *trace;
    size_t picture;
} named_trace;

static int by_bytes(const void *a, const void *b)
{
    const named_trace *p = a, *q = b;
    const int order = memcmp(p->trace->sha256, q->trace->sha256, sizeof p->trace->sha256);
    return order ? order : (p->picture > q->picture) - (p->picture < q->picture);
}

/* Pairs each of equal files with the first of them, and leaves only that one to be compared as a picture. */
static int pair_same(examination *e, partner *partners)
{
    const size_t n = e->report.n_pictures;
    size_t known = 0;
    named_trace *list = vib_calloc(n, sizeof *list);
    if (!list)
        return vib_fail(VIB_FAILED, "out of memory");
    for (size_t i = 0; i < n; i++)
        if (e->traces[i].known)
            list[known++] = (named_trace){.trace = &e->traces[i], .picture = i};
    qsort(list, known, sizeof *list, by_bytes);
    for (size_t i = 1, first = 0; i < known; i++) {
        if (memcmp(list[first].trace->sha256, list[i].trace->sha256, sizeof list->trace->sha256) != 0) {
            first = i;
            continue;
        }
        const size_t second = list[i].picture;
        partners[second] = (partner){.pair = make_pair(e, list[first].picture, second), .known = 1};
        e->sketches[second].usable = 0;
    }
    free(list);
    return 0;
}

/* A copy on the other side is worse than one on this side; then the more alike. */
static int is_better(const vib_check_pair *a, const vib_check_pair *b)
{
    return a->leak != b->leak ? a->leak : a->correlation > b->correlation;
}

static int pair_near(examination *e, partner *partners)
{
    int err = 0;
    vib_alike *alike = NULL;
    size_t n = 0;
    VIB_TRY(vib_find_alike(e->sketches, e->report.n_pictures, e->params->workers, poll_interrupted, e, &alike,
                           &n));
    for (size_t i = 0; i < n; i++) {
        vib_check_pair pair = make_pair(e, alike[i].first, alike[i].second);
        partner *p = &partners[pair.second];
        pair.kind = VIB_LIKE_NEAR;
        pair.correlation = alike[i].correlation;
        pair.mirrored = alike[i].mirrored;
        if (!p->known || is_better(&pair, &p->pair))
            *p = (partner){.pair = pair, .known = 1};
    }
fail:
    free(alike);
    return err;
}

static int find_pairs(examination *e)
{
    int err = 0;
    vib_check_report *r = &e->report;
    partner *partners = vib_calloc(r->n_pictures, sizeof *partners);
    VIB_CHECK_MEM(partners);
    VIB_TRY(pair_same(e, partners));
    VIB_TRY(pair_near(e, partners));
    for (size_t i = 0; i < r->n_pictures; i++)
        r->n_pairs += (size_t)partners[i].known;
    VIB_CHECK_MEM(r->pairs = vib_calloc(r->n_pairs, sizeof *r->pairs));
    for (size_t i = 0, k = 0; i < r->n_pictures; i++)
        if (partners[i].known)
            r->pairs[k++] = partners[i].pair;
fail:
    free(partners);
    return err;
}

static void count(vib_check_report *r)
{
    for (size_t i = 0; i < r->n_pictures; i++) {
        const vib_check_picture *p = &r->pictures[i];
        r->unreadable += !p->readable;
        r->odd += p->readable && p->problem;
        r->misnamed += (size_t)p->misnamed;
    }
    for (size_t i = 0; i < r->n_pairs; i++) {
        const vib_check_pair *p = &r->pairs[i];
        *(p->kind == VIB_LIKE_NEAR ? &r->near : &r->same) += 1;
        r->leaks += (size_t)p->leak;
        r->conflicts += (size_t)p->conflict;
    }
}

void vib_check_report_free(vib_check_report **report)
{
    examination *e = (examination *)*report;
    if (!e)
        return;
    for (size_t i = 0; e->problems && i < e->report.n_pictures; i++)
        free(e->problems[i]);
    free(e->problems);
    free(e->report.pictures);
    free(e->report.classes);
    free(e->report.pairs);
    free(e->traces);
    free(e->sketches);
    vib_strings_release(e->strings);
    vib_dataset_free(&e->sets[0]);
    vib_dataset_free(&e->sets[1]);
    free(e);
    *report = NULL;
}

int vib_check(const vib_check_params *params, vib_check_report **out)
{
    int err = 0;
    vib_check_report *report = NULL;
    examination *e = vib_calloc(1, sizeof *e);
    VIB_CHECK_MEM(e);
    report = &e->report;
    e->params = params;
    VIB_TRY(vib_dataset_open_parts(&params->data, &e->sets[0], &e->sets[1]));
    VIB_TRY(list_pictures(e));
    VIB_TRY(vib_parallel(&(vib_parallel_job){.n = report->n_pictures,
                                             .workers = params->workers,
                                             .work = examine,
                                             .tick = report_progress,
                                             .user = e}));
    VIB_TRY(find_pairs(e));
    count(report);
    *out = report;
    report = NULL;
fail:
    vib_check_report_free(&report);
    return err;
}
