#include "command.h"

static const char *type_name(unsigned type)
{
    return type & VIB_DEVICE_GPU           ? "gpu"
           : type & VIB_DEVICE_ACCELERATOR ? "accelerator"
           : type & VIB_DEVICE_CPU         ? "cpu"
                                           : "other";
}

static const char *remark(const vib_device_info *d)
{
    return d->unusable ? d->unusable : d->on_request ? "only when named" : "";
}

/* ---- the table ---- */

static int is_chosen(const vib_device_info *d, const vib_device *dev)
{
    const vib_device_info *c = dev ? vib_device_get_info(dev) : NULL;
    return c && c->platform_index == d->platform_index && c->device_index == d->device_index;
}

static void print_text(const vib_device_list *list, const vib_device *dev)
{
    printf("  %-6s %-11s %5s %6s %9s  %s\n", "id", "type", "units", "MHz", "memory", "device");
    for (size_t i = 0; i < list->n; i++) {
        const vib_device_info *d = &list->devices[i];
        char id[32];
        const int chosen = is_chosen(d, dev), bold = chosen && terminal_color_stdout();
        snprintf(id, sizeof id, "%d:%d", d->platform_index, d->device_index);
        printf("%s%c %-6s %-11s %5u %6u %5.1f GiB  %s (%s)", bold ? "\033[1m" : "", chosen ? '*' : ' ', id,
               type_name(d->type), d->compute_units, d->clock_mhz, (double)d->global_bytes / 1073741824,
               d->name, d->platform);
        if (*remark(d))
            printf(": %s", remark(d));
        printf("%s\n", bold ? "\033[0m" : "");
    }
    if (dev)
        printf("* is what these options choose: %s kernels, %s\n",
               vib_device_get_family(dev) == VIB_FAMILY_GPU ? "gpu" : "cpu",
               vib_device_is_exact(dev) ? "exact arithmetic" : "its own arithmetic (bits=device)");
}

static json_t *device_json(const vib_device_info *d, const vib_device *dev)
{
    json_t *all = json_pack(
        "{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:s, s:i, s:i, s:I, s:I, s:I, s:b, s:f, s:b, s:b}",
        "platform_index", d->platform_index, "device_index", d->device_index, "platform",
        json_text(d->platform), "name", json_text(d->name), "vendor", json_text(d->vendor), "version",
        json_text(d->version), "driver", json_text(d->driver), "type", type_name(d->type), "compute_units",
        (int)d->compute_units, "clock_mhz", (int)d->clock_mhz, "global_bytes", (json_int_t)d->global_bytes,
        "max_alloc_bytes", (json_int_t)d->max_alloc_bytes, "local_bytes", (json_int_t)d->local_bytes,
        "unified_memory", d->unified_memory, "score", d->score, "on_request", d->on_request, "chosen",
        is_chosen(d, dev));
    if (all && d->unusable)
        json_object_set_new(all, "unusable", json_text(d->unusable));
    return all;
}

static void print_as_json(const vib_device_list *list, const vib_device *dev)
{
    json_t *all = json_array();
    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(all, device_json(&list->devices[i], dev));
    print_json(all, JSON_INDENT(2));
}

static void on_hint(void *user, const char *text)
{
    (void)user;
    complain("warning: %s", text);
}

int command_devices(const options *o)
{
    vib_device_list list = {0};
    vib_device_params params;
    vib_device *dev = NULL;
    if (check_operands(o, 0, 0, "") < 0 || device_params(o, &params) < 0)
        return EXIT_USAGE;
    int err = vib_device_list_get(&list);
    if (err >= 0) {
        err = vib_device_open(&params, &dev);
        (o->value[OPT_JSON] ? print_as_json : print_text)(&list, dev);
    }
    fflush(stdout);
    /* Where the choice was free, opening has said it already. */
    if (!list.n || params.platform || params.device || params.type)
        vib_device_hints(&list, on_hint, NULL);
    vib_device_close(&dev);
    vib_device_list_free(&list);
    return exit_code(err);
}
