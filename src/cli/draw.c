#include <inttypes.h>

#include "command.h"

static void on_progress(void *user, size_t done, size_t total)
{
    const double *began = user, seconds = terminal_clock() - *began;
    terminal_progress("drawing", done, total, seconds, seconds > 0 ? (double)done / seconds : 0, "");
}

static void print_result(const options *o, const char *folder, const vib_draw_result *r)
{
    if (o->value[OPT_JSON])
        print_json(json_pack("{s:o, s:I, s:I, s:I}", "folder", json_text(folder), "train",
                             (json_int_t)r->train, "validation", (json_int_t)r->validation, "bytes",
                             (json_int_t)r->bytes),
                   JSON_INDENT(2));
    else
        printf("drew %zu pictures to train on and %zu to validate on, half cats, half dogs, %.1f MB: %s\n",
               r->train, r->validation, (double)r->bytes / 1e6, folder);
}

int command_draw(const options *o)
{
    vib_draw_result result;
    double began = terminal_clock();
    int count = 0, workers = 0;
    vib_draw_params params = {.interrupted = stop_signal, .progress = on_progress, .user = &began};
    if (check_operands(o, 1, 1, "DIR") < 0 || option_int(o, OPT_COUNT, 1, &count) < 0 ||
        option_workers(o, &workers) < 0 || take_seed(o, &params.seed) < 0)
        return EXIT_USAGE;
    params.count = (size_t)count;
    params.workers = workers;
    const int err = vib_draw(o->operands[0], &params, &result);
    terminal_clear();
    if (err == VIB_OK)
        print_result(o, o->operands[0], &result);
    return exit_code(err);
}
