/* Which tile to try next, and what becomes of it. All that computes is in worker.c. */
#include <vibrisa/tune.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "device/cache.h"
#include "device/device.h"
#include "device/tiles.h"
#include "recipe/recipe.h"
#include "tune/worker.h"

/* What is less is noise. */
static const double least_gain = 1.03;
/* For opening a device, and for measuring usual tiles: drivers build, plain C computes. */
static const double seconds_to_open = 120;
enum {
    TURNS = 2,         /* a tile that seems faster must be so in each */
    MOST_FAILURES = 8, /* of workers, one after the other, with nothing measured between */
};

typedef struct site {
    vib_site of;
    vib_tile *tiles;      /* of.n_tiles */
    unsigned char *tried; /* of each */
    vib_tile best, kept;  /* kept: what the table had; all 0: nothing */
    double usual_seconds, best_seconds;
    size_t n_tried, n_refused;
    int measured;
} site;

typedef struct group {
    int opened;     /* by the present worker */
    int refused;    /* its usual tiles fail */
    double seconds; /* that opening took */
} group;

typedef struct tuner {
    const vib_tune_params *params;
    vib_tune_job job;
    vib_worker worker;
    vib_tiles *table;
    site *sites;
    size_t n;
    group *groups; /* as many as sites at most */
    vib_tune_refusal *refusals;
    size_t n_refusals, cap_refusals;
    char *device;
    double start, budget;
    int started, failures;
    size_t tried, refused;
} tuner;

/* ---- the worker ---- */

static int read_sites(tuner *t, const vib_tune_hello *hello, double deadline, vib_str *why)
{
    int err = 0;
    const int first = !t->sites;
    if (first) {
        t->sites = vib_calloc(hello->n_sites, sizeof *t->sites);
        t->groups = vib_calloc(hello->n_sites, sizeof *t->groups);
        t->device = vib_strdup(hello->device);
        VIB_CHECK_MEM((t->sites && t->groups && t->device) || !hello->n_sites);
        t->n = hello->n_sites;
    }
    for (size_t i = 0; i < t->n; i++) {
        vib_site again;
        site *const s = &t->sites[i];
        VIB_TRY(vib_worker_read(&t->worker, first ? &s->of : &again, sizeof again, deadline, t->params, why));
        vib_tile *const tiles = vib_calloc(s->of.n_tiles, sizeof *tiles);
        VIB_CHECK_MEM(tiles || !s->of.n_tiles);
        err = vib_worker_read(&t->worker, tiles, s->of.n_tiles * sizeof *tiles, deadline, t->params, why);
        if (first && err >= 0) {
            s->tiles = tiles;
            s->best = s->of.usual;
            s->tried = vib_calloc(s->of.n_tiles, 1);
            VIB_CHECK_MEM(s->tried || !s->of.n_tiles);
        } else {
            free(tiles);
            VIB_TRY(err);
        }
    }
fail:
    return err;
}

/* The folder findings are kept in. */
static int open_table(tuner *t, const vib_tune_hello *hello)
{
    int err = 0;
    char *folder = t->params->device.cache ? vib_strdup(t->params->device.cache) : vib_cache_default_folder();
    const vib_device_info info = {
        .platform = hello->platform, .name = hello->device, .driver = hello->driver};
    if (!folder)
        VIB_FAIL(VIB_USAGE, "there is no folder to keep the findings in: set XDG_CACHE_HOME or HOME");
    t->table = vib_tiles_open(folder, &info);
    VIB_CHECK_MEM(t->table);
fail:
    free(folder);
    return err;
}

static void read_kept(tuner *t)
{
    for (size_t i = 0; i < t->n; i++) {
        site *s = &t->sites[i];
        const char *name;
        int *value;
        s->kept = s->of.usual;
        for (size_t k = 0; (value = vib_tile_number(&s->kept, k, &name)); k++)
            *value = *value ? vib_tiles_get(t->table, s->of.key, name) : 0;
    }
}

static int start_worker(tuner *t)
{
    int err = 0;
    vib_tune_hello hello;
    vib_str why = {0};
    const double deadline = vib_clock() + seconds_to_open;
    VIB_TRY(vib_worker_start(&t->worker, &t->job, t->started));
    err = vib_worker_read(&t->worker, &hello, sizeof hello, deadline, t->params, &why);
    if (err >= 0 && hello.status < 0)
        err = hello.status; /* logged there */
    else if (err >= 0 && t->sites && hello.n_sites != t->n)
        VIB_FAIL(VIB_FAILED, "the device has changed while it was tuned");
    else if (err >= 0)
        err = read_sites(t, &hello, deadline, &why);
    if (err == VIB_FAILED && why.len)
        vib_fail(err, "the process to tune in %s", why.text);
    VIB_TRY(err);
    if (!t->started) {
        VIB_TRY(open_table(t, &hello));
        read_kept(t);
    }
    t->started = 1;
    for (size_t i = 0; i < t->n; i++)
        t->groups[i].opened = 0;
fail:
    vib_str_free(&why);
    return err;
}

/* VIB_OK with the answer, VIB_FAILED in reply->status with the reason in reply->why; or it is over. */
static int ask(tuner *t, const vib_tune_request *request, double seconds, vib_tune_reply *reply)
{
    int err = 0;
    vib_str why = {0};
    if (!t->worker.pid)
        VIB_TRY(start_worker(t));
    VIB_TRY(vib_worker_ask(&t->worker, request));
    err = vib_worker_read(&t->worker, reply, sizeof *reply, vib_clock() + seconds, t->params, &why);
    if (err == VIB_FAILED) {
        *reply = (vib_tune_reply){.status = VIB_FAILED, .spoilt = 1};
        snprintf(reply->why, sizeof reply->why, "%s", why.text ? why.text : "");
        err = VIB_OK;
    }
    VIB_TRY(err);
    t->failures = reply->spoilt ? t->failures + 1 : 0;
    if (reply->spoilt)
        VIB_TRY(vib_worker_stop(&t->worker));
    if (t->failures > MOST_FAILURES)
        VIB_FAIL(VIB_FAILED, "%d tiles failed one after the other, the last: %s", t->failures, reply->why);
fail:
    vib_str_free(&why);
    return err;
}

/* ---- what is found ---- */

static char *print_tile(const vib_tile *tile)
{
    vib_str s = {0};
    vib_tile_print(tile, &s);
    return s.failed ? NULL : s.text;
}

static int refuse(tuner *t, const site *s, const vib_tile *tile, const char *why)
{
    int err = 0;
    VIB_CHECK_MEM(vib_grow(&t->refusals, &t->cap_refusals, t->n_refusals + 1, sizeof *t->refusals) >= 0);
    vib_tune_refusal *r = &t->refusals[t->n_refusals++];
    *r = (vib_tune_refusal){vib_strdup(s->of.key), tile ? print_tile(tile) : vib_strdup(""), vib_strdup(why)};
    t->refused++;
    VIB_CHECK_MEM(r->name && r->tile && r->reason);
fail:
    return err;
}

static int is_usual(const site *s, const vib_tile *tile)
{
    return memcmp(tile, &s->of.usual, sizeof *tile) == 0;
}

/* Into the table and the file. */
static int keep(tuner *t, const site *s)
{
    int err = 0;
    vib_tile tile = s->best;
    const char *name;
    const int *value;
    vib_tiles_clear(t->table, s->of.key);
    if (!is_usual(s, &s->best))
        for (size_t k = 0; (value = vib_tile_number(&tile, k, &name)); k++)
            if (*value)
                VIB_TRY(vib_tiles_set(t->table, s->of.key, name, *value));
    VIB_TRY(vib_tiles_save(t->table));
fail:
    return err;
}

/* ---- what is done ---- */

static int out_of_time(const tuner *t)
{
    return vib_clock() - t->start > t->budget;
}

static void report(const tuner *t)
{
    if (t->params->progress)
        t->params->progress(t->params->user, vib_clock() - t->start, t->tried, t->refused);
}

/* The usual tiles of a group's passes. */
static int open_group(tuner *t, int number)
{
    int err = 0;
    vib_tune_reply reply;
    group *g = &t->groups[number];
    const double start = vib_clock();
    VIB_TRY(ask(t, &(vib_tune_request){.group = number, .site = -1}, seconds_to_open, &reply));
    g->seconds = vib_clock() - start;
    g->opened = reply.status >= 0;
    g->refused = reply.status < 0;
    for (size_t i = 0; i < t->n; i++) {
        site *s = &t->sites[i];
        if (s->of.group != number)
            continue;
        if (g->refused) {
            VIB_TRY(refuse(t, s, NULL, reply.why));
            break;
        }
        const double seconds = reply.seconds[s->of.kernel];
        /* By another worker: the shortest of both. */
        s->usual_seconds = s->measured ? VIB_MIN(s->usual_seconds, seconds) : seconds;
        s->best_seconds = s->measured ? VIB_MIN(s->best_seconds, s->usual_seconds) : seconds;
        if (s->best_seconds == s->usual_seconds)
            s->best = s->of.usual;
        s->measured = 1;
    }
    report(t);
fail:
    return err;
}

/* What was kept first, then the nearest to the best so far: a walk downhill that in the end sees everything.
 */
static size_t next_tile(const site *s)
{
    size_t next = s->of.n_tiles;
    int least = 0;
    for (size_t i = 0; i < s->of.n_tiles; i++) {
        if (s->tried[i])
            continue;
        if (!memcmp(&s->tiles[i], &s->kept, sizeof s->kept))
            return i;
        const int distance = vib_tile_distance(&s->tiles[i], &s->best);
        if (next == s->of.n_tiles || distance < least) {
            next = i;
            least = distance;
        }
    }
    return next;
}

/* *seconds = the less of it and what a tile takes now; 1: it was measured, 0: it failed. */
static int measure(tuner *t, site *s, const vib_tile *tile, double *seconds)
{
    int err = 0;
    vib_tune_reply reply;
    const vib_tune_request request = {.group = s->of.group, .site = (int)(s - t->sites), .tile = *tile};
    const double patience = t->params->patience > 0 ? t->params->patience : 5;
    VIB_TRY(ask(t, &request, patience + 5 * t->groups[s->of.group].seconds, &reply));
    if (reply.status >= 0) {
        *seconds = VIB_MIN(*seconds, reply.seconds[s->of.kernel]);
        return 1;
    }
    VIB_TRY(refuse(t, s, tile, reply.why));
fail:
    return err;
}

/* Tried once, then in turn with the best so far: another program may have been busy while one was measured.
 */
static int try_tile(tuner *t, site *s, size_t i)
{
    int err = 0;
    double seconds = HUGE_VAL;
    s->tried[i] = 1;
    VIB_TRY(measure(t, s, &s->tiles[i], &seconds));
    for (int turn = 0; err == 1 && turn < TURNS && seconds * least_gain < s->best_seconds; turn++) {
        err = measure(t, s, &s->best, &s->best_seconds);
        if (err == 1 && is_usual(s, &s->best))
            s->usual_seconds = s->best_seconds;
        if (err == 1)
            err = measure(t, s, &s->tiles[i], &seconds);
    }
    *(err == 1 ? &s->n_tried : &s->n_refused) += 1;
    t->tried += err == 1;
    if (err == 1 && seconds * least_gain < s->best_seconds) {
        s->best = s->tiles[i];
        s->best_seconds = seconds;
        err = keep(t, s);
    }
    report(t);
fail:
    return VIB_MIN(err, 0);
}

/* Where most time is spent and least was tried. */
static site *next_site(tuner *t)
{
    site *next = NULL;
    double most = 0;
    for (size_t i = 0; i < t->n; i++) {
        site *s = &t->sites[i];
        const size_t done = s->n_tried + s->n_refused;
        const double share = s->best_seconds * s->of.layers / (double)(1 + done);
        if (s->measured && !t->groups[s->of.group].refused && done < s->of.n_tiles && share > most) {
            most = share;
            next = s;
        }
    }
    return next;
}

static int search(tuner *t)
{
    int err = 0;
    VIB_TRY(start_worker(t));
    for (size_t i = 0; i < t->n && !out_of_time(t); i++) {
        const group *g = &t->groups[t->sites[i].of.group];
        if (!g->opened && !g->refused)
            VIB_TRY(open_group(t, t->sites[i].of.group));
    }
    for (site *s; !out_of_time(t) && (s = next_site(t));) {
        if (!t->worker.pid)
            VIB_TRY(start_worker(t));
        if (!t->groups[s->of.group].opened)
            VIB_TRY(open_group(t, s->of.group));
        else
            VIB_TRY(try_tile(t, s, next_tile(s)));
    }
    /* What was kept before and is not faster than the usual any more. */
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->sites[i].of.n_tiles; k++)
            if (t->sites[i].tried[k] && is_usual(&t->sites[i], &t->sites[i].best) &&
                !memcmp(&t->sites[i].tiles[k], &t->sites[i].kept, sizeof(vib_tile)))
                VIB_TRY(keep(t, &t->sites[i]));
fail:
    return err;
}

/* ---- results ---- */

static int slower_first(const void *a, const void *b)
{
    const vib_tune_pass *x = a, *y = b;
    const double p = x->usual_seconds * x->layers, q = y->usual_seconds * y->layers;
    return (p < q) - (p > q);
}

static int make_result(tuner *t, vib_tune_result *out)
{
    int err = 0;
    vib_tune_result r = {.seconds = vib_clock() - t->start, .batch = t->job.batch};
    r.device = vib_strdup(t->device);
    r.path = vib_strdup(vib_tiles_path(t->table));
    r.passes = vib_calloc(t->n, sizeof *r.passes);
    VIB_CHECK_MEM(r.device && r.path && (r.passes || !t->n));
    for (size_t i = 0; i < t->n; i++) {
        const site *s = &t->sites[i];
        vib_tune_pass *p = &r.passes[r.n_passes++];
        *p = (vib_tune_pass){.name = vib_strdup(s->of.key),
                             .layers = s->of.layers,
                             .usual = print_tile(&s->of.usual),
                             .best = print_tile(&s->best),
                             .usual_seconds = s->usual_seconds,
                             .best_seconds = s->best_seconds,
                             .tried = s->n_tried,
                             .refused = s->n_refused,
                             .left = s->of.n_tiles - s->n_tried - s->n_refused};
        VIB_CHECK_MEM(p->name && p->usual && p->best);
    }
    if (r.n_passes)
        qsort(r.passes, r.n_passes, sizeof *r.passes, slower_first);
    r.refusals = t->refusals;
    r.n_refusals = t->n_refusals;
    t->refusals = NULL;
    t->n_refusals = 0;
    *out = r;
    r = (vib_tune_result){0};
fail:
    vib_tune_result_free(&r);
    return err;
}

static void free_refusals(vib_tune_refusal *refusals, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free((char *)refusals[i].name);
        free((char *)refusals[i].tile);
        free((char *)refusals[i].reason);
    }
    free(refusals);
}

void vib_tune_result_free(vib_tune_result *result)
{
    for (size_t i = 0; i < result->n_passes; i++) {
        free((char *)result->passes[i].name);
        free((char *)result->passes[i].usual);
        free((char *)result->passes[i].best);
    }
    free(result->passes);
    free_refusals(result->refusals, result->n_refusals);
    free(result->device);
    free(result->path);
    *result = (vib_tune_result){0};
}

static void free_tuner(tuner *t)
{
    for (size_t i = 0; i < t->n && t->sites; i++) {
        free(t->sites[i].tiles);
        free(t->sites[i].tried);
    }
    free(t->sites);
    free(t->groups);
    free(t->device);
    free_refusals(t->refusals, t->n_refusals);
    vib_tiles_close(&t->table);
}

int vib_tune(const vib_recipe *recipe, const vib_tune_params *params, vib_tune_result *out)
{
    static const vib_tune_params defaults;
    int err = 0;
    vib_recipe *resolved = NULL;
    tuner t = {.params = params ? params : &defaults, .start = vib_clock()};
    params = t.params;
    if (vib_device_opencl_used())
        VIB_FAIL(VIB_USAGE, "tuning is done in a process that has not used OpenCL before");
    if (params->device.cache && !*params->device.cache)
        VIB_FAIL(VIB_USAGE, "tuning needs a folder to keep its findings in");
    if (recipe->classify) {
        VIB_TRY(vib_recipe_resolve(recipe, params->classes > 0 ? (size_t)params->classes : 2, &resolved));
        recipe = resolved;
    }
    t.job = (vib_tune_job){&params->device, &recipe->graph,
                           params->batch > 0 ? params->batch : recipe->train.batch};
    t.budget = params->seconds > 0 ? params->seconds : 10;
    err = search(&t);
    const int stopped = vib_worker_stop(&t.worker);
    if (err >= 0)
        err = stopped;
    if (t.started && t.table) {
        const int made = make_result(&t, out);
        err = err < 0 ? err : made;
    }
fail:
    free_tuner(&t);
    vib_recipe_free(&resolved);
    return err;
}
