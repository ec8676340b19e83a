#include <inttypes.h>

#include "command.h"

static void on_progress(void *user, const char *what)
{
    const options *o = user;
    if (!o->value[OPT_QUIET])
        fprintf(stderr, "measuring %s\n", what);
}

/* ---- text ---- */

static void figure(const char *what, double value, const char *unit)
{
    if (value > 0)
        printf("%-28s %10.*f %s\n", what, value < 100 ? 2 : 0, value, unit);
    else
        printf("%-28s %10s\n", what, "-");
}

static void print_launches(const vib_bench_result *r)
{
    printf("\n%8s %9s %7s %7s  %-16s %s\n", "ms", "GFLOP/s", "of peak", "GB/s", "layer", "kernel");
    for (size_t i = 0; i < r->n; i++) {
        const vib_bench_launch *l = &r->launches[i];
        printf("%8.3f ", l->ms);
        if (l->gflops > 0)
            printf("%9.1f %6.0f%% ", l->gflops, 100 * l->peak);
        else
            printf("%9s %7s ", "", "");
        if (l->gbytes > 0)
            printf("%7.1f", l->gbytes);
        else
            printf("%7s", "");
        printf("  %-16s %s\n", l->layer, l->kernel);
    }
    printf(
        "a training step, kernel by kernel; operations counted from shapes, as if no term were left out\n");
}

static void print_text(const vib_bench_result *r)
{
    figure("multiply-adds, peak", r->peak_gflops, "GFLOP/s");
    figure("memory, copying", r->bandwidth_gbytes, "GB/s");
    figure("training", r->train_images_per_second, "images/s");
    figure("  a step", r->train_step_ms, "ms");
    figure("  operations", r->train_gflops, "GFLOP/s");
    if (r->peak_gflops > 0)
        figure("  of peak", 100 * r->train_gflops / r->peak_gflops, "%");
    figure("  kernels run", 100 * r->train_busy, "% of the time");
    figure("inference", r->infer_images_per_second, "images/s");
    figure("  a step", r->infer_step_ms, "ms");
    figure("decoding", r->decode_images_per_second, "images/s");
    figure("first epoch from files", r->first_epoch_images_per_second, "images/s");
    figure("later epochs", r->epoch_images_per_second, "images/s");
    figure("  kernels run", 100 * r->epoch_busy, "% of the time");
    figure("start to first step, cold", r->build_cold, "s");
    figure("start to first step, warm", r->build_warm, "s");
    figure("memory, at most", (double)r->memory_bytes / 1048576, "MiB");
    print_launches(r);
}

/* ---- JSON ---- */

static json_t *launch_json(const vib_bench_launch *l)
{
    return json_pack("{s:o, s:o, s:f, s:f, s:f, s:f, s:f}", "layer", json_text(l->layer), "kernel",
                     json_text(l->kernel), "launches", l->launches, "ms", l->ms, "gflops", l->gflops,
                     "of_peak", l->peak, "gbytes_per_second", l->gbytes);
}

static json_t *result_json(const vib_bench_result *r, const char *device)
{
    json_t *launches = json_array();
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(launches, launch_json(&r->launches[i]));
    return json_pack(
        "{s:o, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:o}",
        "device", json_text(device), "batch", r->batch, "device_peak_gflops", r->peak_gflops,
        "device_gbytes_per_second", r->bandwidth_gbytes, "train_images_per_second",
        r->train_images_per_second, "train_step_ms", r->train_step_ms, "train_gflops", r->train_gflops,
        "train_busy", r->train_busy, "infer_images_per_second", r->infer_images_per_second, "infer_step_ms",
        r->infer_step_ms, "decode_images_per_second", r->decode_images_per_second,
        "first_epoch_images_per_second", r->first_epoch_images_per_second, "epoch_images_per_second",
        r->epoch_images_per_second, "epoch_busy", r->epoch_busy, "build_cold_seconds", r->build_cold,
        "build_warm_seconds", r->build_warm, "memory_bytes", (json_int_t)r->memory_bytes, "layers", launches);
}

int command_bench(const options *o)
{
    vib_device_params device = {0};
    vib_recipe *recipe = NULL;
    vib_bench_result result = {0};
    vib_bench_params params = {.interrupted = stop_signal, .progress = on_progress, .user = (void *)o};
    char name[256];
    if (check_operands(o, 0, 1, "[RECIPE]") < 0 || option_workers(o, &params.workers) < 0 ||
        option_real(o, OPT_SECONDS, 0.01, 3600, &params.seconds) < 0 || take_seed(o, &params.seed) < 0 ||
        device_params(o, &device) < 0)
        return EXIT_USAGE;
    int code = load_recipe(o, o->n_operands ? o->operands[0] : "notebook", &recipe);
    if (code)
        return code;
    params.recipe = recipe;
    const int err = vib_bench(&device, &params, &result);
    if (err == VIB_OK) {
        vib_escape(result.device, name, sizeof name);
        if (o->value[OPT_JSON]) {
            print_json(result_json(&result, result.device), JSON_INDENT(2));
        } else {
            printf("%s, %s kernels, %s, batches of %d\n", name,
                   result.family == VIB_FAMILY_GPU ? "gpu" : "cpu", result.exact ? "exact" : "bits=device",
                   result.batch);
            print_text(&result);
        }
    }
    vib_bench_free(&result);
    vib_recipe_free(&recipe);
    return exit_code(err);
}
