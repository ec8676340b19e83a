#include "device/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/common.h"
#include "base/str.h"
#include "device/list.h"
#include "device/quirks.h"

/* How a text names a platform or a device. */
typedef struct wish {
    enum { ANY, INDEX, PAIR, NAME } kind;
    long first, second; /* index; platform and device of a pair */
    const char *name;
} wish;

/* Reads digits and moves on; -1 where there are none or too many. */
static long number(const char **text)
{
    const size_t digits = strspn(*text, "0123456789");
    const long value = digits && digits < 6 ? strtol(*text, NULL, 10) : -1;
    *text += digits;
    return value;
}

static int read_wish(const char *option, const char *text, int pairs, wish *out)
{
    *out = (wish){.kind = ANY, .name = text};
    if (!text)
        return 0;
    if (!*text)
        return vib_fail(VIB_USAGE, "%s: empty: give an index or a part of the name", option);
    out->kind = NAME;
    if (text[strspn(text, pairs ? "0123456789:" : "0123456789")])
        return 0;
    const char *p = text;
    out->kind = INDEX;
    out->first = number(&p);
    if (*p == ':') {
        p++;
        out->kind = PAIR;
        out->second = number(&p);
    }
    if (*p || out->first < 0 || out->second < 0)
        return vib_fail(VIB_USAGE, "%s %s: neither an index%s nor a part of a name", option, text,
                        pairs ? ", PLATFORM:DEVICE" : "");
    return 0;
}

static int platform_fits(const wish *w, const vib_device_info *d)
{
    return w->kind == ANY ||
           (w->kind == INDEX ? w->first == d->platform_index : vib_contains(d->platform, w->name));
}

/* A lone index counts inside the platform asked for, else over the whole list. */
static int device_fits(const wish *w, const wish *platform, const vib_device_info *d, size_t i)
{
    switch (w->kind) {
    case INDEX:
        return platform->kind == ANY ? (size_t)w->first == i : w->first == d->device_index;
    case PAIR:
        return w->first == d->platform_index && w->second == d->device_index;
    case NAME:
        return vib_contains(d->name, w->name);
    default:
        return 1;
    }
}

/* A name in full is meant even where it is part of another one. */
static int is_full_name(const wish *w, const vib_device_info *d)
{
    return w->kind == NAME && strlen(w->name) == strlen(d->name) && vib_contains(d->name, w->name);
}

/* Lower is taken first; among equals the higher score. */
static int rank(const vib_device_info *d)
{
    if (d->on_request)
        return d->on_request == 1 ? 2 : 3;
    return vib_device_is_gpu(d) ? 0 : 1;
}

static void describe(vib_str *s, const vib_device_info *d)
{
    vib_str_printf(s, "%s%d:%d %s / %s", s->len ? "; " : "", d->platform_index, d->device_index, d->platform,
                   d->name);
    if (d->unusable)
        vib_str_printf(s, " (unusable: %s)", d->unusable);
    else if (d->on_request)
        vib_str_add(s, " (only when named)");
}

static int fail_with(const char *problem, const char *list, const vib_str *names)
{
    return vib_fail(VIB_NO_DEVICE, "%s: %s %s", problem, list, names->len ? names->text : "none");
}

static void describe_wish(vib_str *s, const vib_device_params *params)
{
    vib_str_add(s, "no usable device");
    if (params->platform)
        vib_str_printf(s, ", platform %s", params->platform);
    if (params->device)
        vib_str_printf(s, ", device %s", params->device);
    if (params->type)
        vib_str_printf(s, ", type%s%s%s", params->type & VIB_DEVICE_CPU ? " cpu" : "",
                       params->type & VIB_DEVICE_GPU ? " gpu" : "",
                       params->type & VIB_DEVICE_ACCELERATOR ? " accelerator" : "");
}

int vib_device_choose(const vib_device_list *list, const vib_device_params *params, size_t *index)
{
    int err = 0;
    wish platform, device;
    vib_str problem = {0}, matching = {0}, all = {0};
    size_t n = 0, n_full = 0, best = 0, full = 0;

    VIB_TRY(read_wish("--platform", params->platform, 0, &platform));
    VIB_TRY(read_wish("--device", params->device, 1, &device));
    const int named = platform.kind != ANY || device.kind != ANY;

    for (size_t i = 0; i < list->n; i++) {
        const vib_device_info *d = &list->devices[i];
        describe(&all, d);
        if (d->unusable || !platform_fits(&platform, d) || !device_fits(&device, &platform, d, i) ||
            (params->type && !(d->type & params->type)) || (d->on_request == 2 && !named))
            continue;
        describe(&matching, d);
        if (is_full_name(&device, d)) {
            n_full++;
            full = i;
        }
        const vib_device_info *b = &list->devices[best];
        if (n++ == 0 || rank(d) < rank(b) || (rank(d) == rank(b) && d->score > b->score))
            best = i;
    }
    describe_wish(&problem, params);
    if (all.failed || matching.failed || problem.failed)
        VIB_FAIL(VIB_FAILED, "out of memory");
    if (n == 0)
        VIB_TRY(fail_with(problem.text, "there is", &all));
    if (device.kind != ANY && n > 1 && n_full != 1)
        VIB_FAIL(VIB_NO_DEVICE, "--device %s: several match, choose with PLATFORM:DEVICE: %s", params->device,
                 matching.text);
    *index = device.kind != ANY && n > 1 ? full : best;
fail:
    vib_str_free(&problem);
    vib_str_free(&matching);
    vib_str_free(&all);
    return err;
}
