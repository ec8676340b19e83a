#include "tune/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tune/measure.h"

/* What is found in the network: sites, the tiles of each, and groups. */
typedef struct survey {
    vib_site *sites;
    vib_tile **tiles; /* of each site; owned */
    size_t n, cap, cap_tiles;
    vib_group *groups;
    char (*names)[VIB_TUNE_TEXT]; /* of each group */
    size_t n_groups, cap_groups, cap_names;
    int batch, failed;
} survey;

/* The last error, as the reason why a tile was refused. */
static char last_error[VIB_TUNE_TEXT];

static void keep_error(void *user, vib_log_level level, const char *text)
{
    (void)user;
    if (level == VIB_LOG_ERROR)
        snprintf(last_error, sizeof last_error, "%.*s", (int)strcspn(text, "\n"), text);
}

/* ---- looking at the network ---- */

/* The layer, with what is fused to it, as a network of its own; the options stay the whole network's. */
static int add_group(survey *s, const vib_layer *l, const char *name)
{
    if (vib_grow(&s->groups, &s->cap_groups, s->n_groups + 1, sizeof *s->groups) < 0 ||
        vib_grow(&s->names, &s->cap_names, s->n_groups + 1, sizeof *s->names) < 0)
        return VIB_FAILED;
    const vib_layer *const layers[] = {l, l->fused};
    vib_group *g = &s->groups[s->n_groups];
    *g = (vib_group){.batch = s->batch, .input_gradient = l->dx[0] != NULL};
    g->graph = (vib_graph){.input = l->in[0], .n = l->fused ? 2 : 1};
    g->graph.layers = vib_calloc(g->graph.n, sizeof *g->graph.layers);
    if (!g->graph.layers)
        return VIB_FAILED;
    for (size_t i = 0; i < g->graph.n; i++) {
        g->graph.layers[i] = l->net->params.graph->layers[layers[i]->index];
        g->graph.layers[i].inputs[0] = (int)i - 1; /* the first: VIB_INPUT */
    }
    snprintf(s->names[s->n_groups++], VIB_TUNE_TEXT, "%s", name);
    return VIB_OK;
}

/* The group of a layer, or -1. */
static int find_group(survey *s, const vib_layer *l)
{
    vib_str name = {0};
    size_t i = 0;
    vib_tile_key(l, l->dx[0] ? "dx" : "no dx", &name);
    if (name.failed || name.len >= VIB_TUNE_TEXT)
        i = SIZE_MAX;
    while (i < s->n_groups && strcmp(s->names[i], name.text) != 0)
        i++;
    if (i == s->n_groups && add_group(s, l, name.text) < 0)
        i = SIZE_MAX;
    vib_str_free(&name);
    return i == SIZE_MAX ? -1 : (int)i;
}

/* Appends every tile that fits, but for the usual one: each number that is not 0 takes all steps. */
static int list_tiles(survey *s, size_t site, const vib_layer *l, vib_tile_fits *fits)
{
    vib_site *const at = &s->sites[site];
    size_t step[16] = {0}, cap = 0, k;
    int *value;
    vib_tile t = at->usual;
    for (k = 0; (value = vib_tile_number(&t, k, NULL)); k++)
        if (*value)
            *value = vib_tile_steps[0];
    for (;;) {
        if (fits(l, at->kernel, &t) && memcmp(&t, &at->usual, sizeof t) != 0) {
            if (vib_grow(&s->tiles[site], &cap, at->n_tiles + 1, sizeof t) < 0)
                return VIB_FAILED;
            s->tiles[site][at->n_tiles++] = t;
        }
        for (k = 0; (value = vib_tile_number(&t, k, NULL)); k++) {
            if (!*value)
                continue;
            *value = vib_tile_steps[++step[k]];
            if (*value)
                break;
            *value = vib_tile_steps[step[k] = 0];
        }
        if (!value)
            return VIB_OK;
    }
}

static int add_site(survey *s, const vib_layer *l, int kernel, const char *pass, const vib_tile *usual,
                    vib_tile_fits *fits)
{
    int err = 0;
    vib_str key = {0};
    vib_tile_key(l, pass, &key);
    if (key.failed || key.len >= VIB_TUNE_TEXT || kernel >= VIB_TUNE_PASSES)
        goto fail; /* a layer with very many options is left as it is */
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->sites[i].key, key.text)) {
            s->sites[i].layers++;
            goto fail;
        }
    const int group = find_group(s, l);
    if (group < 0 || vib_grow(&s->sites, &s->cap, s->n + 1, sizeof *s->sites) < 0 ||
        vib_grow(&s->tiles, &s->cap_tiles, s->n + 1, sizeof *s->tiles) < 0) {
        err = VIB_FAILED;
        goto fail;
    }
    s->sites[s->n] = (vib_site){.group = group, .kernel = kernel, .layers = 1, .usual = *usual};
    snprintf(s->sites[s->n].key, VIB_TUNE_TEXT, "%s", key.text);
    s->tiles[s->n] = NULL;
    s->n++;
    err = list_tiles(s, s->n - 1, l, fits);
fail:
    vib_str_free(&key);
    return err;
}

static void see_choice(void *user, const vib_layer *layer, int kernel, const char *pass, vib_tile *tile,
                       vib_tile_fits *fits)
{
    static const vib_tile none;
    survey *s = user;
    if (memcmp(tile, &none, sizeof none) && add_site(s, layer, kernel, pass, tile, fits) < 0)
        s->failed = 1;
}

/* Plans the whole network, which builds nothing. */
static int look(vib_device *dev, const vib_tune_job *job, survey *s)
{
    int err = 0;
    vib_network *net = NULL;
    vib_program *program = NULL;
    s->batch = job->batch;
    const vib_tile_chooser chooser = {see_choice, s};
    VIB_TRY(vib_program_create(dev, &program));
    const vib_network_params params = {.graph = job->graph,
                                       .batch = job->batch,
                                       .training = 1,
                                       .rescale = 1,
                                       .program = program,
                                       .tiles = &chooser};
    VIB_TRY(vib_network_create(dev, &params, &net));
    if (s->failed)
        VIB_FAIL(VIB_FAILED, "out of memory");
fail:
    vib_network_destroy(&net);
    vib_program_destroy(&program);
    return err;
}

/* ---- talking ---- */

static void say(int socket, const void *what, size_t n)
{
    for (const char *p = what; n;) {
        const ssize_t sent = send(socket, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            _exit(1); /* nobody listens */
        p += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
}

static void say_hello(int socket, int status, vib_device *dev, const survey *s)
{
    vib_tune_hello hello = {.status = status, .batch = s->batch, .n_sites = s->n};
    if (status >= 0) {
        const vib_device_info *info = vib_device_get_info(dev);
        snprintf(hello.platform, sizeof hello.platform, "%s", info->platform);
        snprintf(hello.device, sizeof hello.device, "%s", info->name);
        snprintf(hello.driver, sizeof hello.driver, "%s", info->driver);
    }
    say(socket, &hello, sizeof hello);
    for (size_t i = 0; status >= 0 && i < s->n; i++) {
        say(socket, &s->sites[i], sizeof s->sites[i]);
        say(socket, s->tiles[i], s->sites[i].n_tiles * sizeof(vib_tile));
    }
}

static void answer(int socket, vib_device *dev, survey *s, const vib_tune_request *request)
{
    vib_tune_reply reply = {0};
    vib_str why = {0};
    const int kernel = request->site < 0 ? -1 : s->sites[request->site].kernel;
    last_error[0] = 0;
    reply.status = vib_group_measure(dev, &s->groups[request->group], kernel, &request->tile, reply.seconds,
                                     &reply.spoilt, &why);
    if (reply.status < 0)
        snprintf(reply.why, sizeof reply.why, "%s", why.len ? why.text : *last_error ? last_error : "failed");
    vib_str_free(&why);
    say(socket, &reply, sizeof reply);
}

void vib_tune_work(const vib_tune_job *job, int socket, int quiet)
{
    vib_device *dev = NULL;
    vib_tune_request request;
    survey s = {0};
    /* Programs that are measured once are not worth keeping, and drivers have to build all of one to do so.
     */
    vib_device_params params = *job->device;
    params.cache = "";
    params.profile = 1;
    if (quiet)
        vib_log_set(keep_error, NULL, VIB_LOG_ERROR);
    int err = vib_device_open(&params, &dev);
    if (err >= 0)
        err = look(dev, job, &s);
    say_hello(socket, err, dev, &s);
    vib_log_set(keep_error, NULL, VIB_LOG_ERROR);
    while (err >= 0 && recv(socket, &request, sizeof request, MSG_WAITALL) == (ssize_t)sizeof request)
        answer(socket, dev, &s, &request);
    for (size_t i = 0; i < s.n; i++)
        free(s.tiles[i]);
    for (size_t i = 0; i < s.n_groups; i++)
        vib_group_free(&s.groups[i]);
    free(s.sites);
    free(s.tiles);
    free(s.groups);
    free(s.names);
    vib_device_close(&dev);
}
