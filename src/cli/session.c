#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "command.h"

int device_params(const options *o, vib_device_params *out)
{
    static const char *const types[] = {"cpu", "gpu", "accelerator", NULL};
    static const unsigned bits[] = {VIB_DEVICE_CPU, VIB_DEVICE_GPU, VIB_DEVICE_ACCELERATOR};
    static const char *const families[] = {"auto", "cpu", "gpu", NULL};
    static const char *const maths[] = {"auto", "exact", "fast", NULL};
    int type = -1, family = VIB_FAMILY_AUTO, math = VIB_MATH_AUTO;
    if (option_choice(o, OPT_DEVICE_TYPE, types, &type) < 0 ||
        option_choice(o, OPT_FAMILY, families, &family) < 0 || option_choice(o, OPT_MATH, maths, &math) < 0)
        return -1;
    *out = (vib_device_params){
        .platform = o->value[OPT_PLATFORM],
        .device = o->value[OPT_DEVICE],
        .type = type < 0 ? 0 : bits[type],
        .family = (vib_family)family,
        .math = (vib_math)math,
        .helper = "/proc/self/exe",
    };
    return 0;
}

int open_device(const options *o, vib_device **out)
{
    vib_device_params params;
    if (device_params(o, &params) < 0)
        return EXIT_USAGE;
    const int err = vib_device_open(&params, out);
    if (err < 0)
        return exit_code(err);
    const vib_device_info *info = vib_device_get_info(*out);
    if (!o->value[OPT_QUIET] && !o->verbose) /* -v has the library's own line */
        fprintf(stderr, "device %d:%d %s (%s kernels, %s)\n", info->platform_index, info->device_index,
                info->name, vib_device_get_family(*out) == VIB_FAMILY_GPU ? "gpu" : "cpu",
                vib_device_is_exact(*out) ? "exact" : "its own bits");
    return 0;
}

/* A data root means its validation part; other folders are class folders. Owned by the caller. */
static char *pictures_folder(const char *dir)
{
    static const char *const parts[] = {"", "/validation", "/val", "/test"};
    size_t take = 0;
    char *path = malloc(strlen(dir) + sizeof "/validation");
    for (size_t i = 1; path && !take && i < sizeof parts / sizeof *parts; i++) {
        struct stat st;
        sprintf(path, "%s%s", dir, parts[i]);
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            take = i;
    }
    if (path)
        sprintf(path, "%s%s", dir, parts[take]);
    return path;
}

int open_evaluation_set(const vib_model *model, const char *dir, double split, vib_dataset **out)
{
    vib_dataset *train = NULL;
    char *folder = split > 0 ? NULL : pictures_folder(dir);
    const vib_dataset_params data = {.root = split > 0 ? dir : folder,
                                     .validation_split = split,
                                     .keras = vib_recipe_keras(vib_model_recipe(model))};
    const int code = !data.root  ? out_of_memory()
                     : split > 0 ? exit_code(vib_dataset_open(&data, &train, out))
                                 : exit_code(vib_dataset_open(&data, out, NULL));
    vib_dataset_free(&train);
    free(folder);
    return code;
}

int check_operands(const options *o, size_t min, size_t max, const char *wanted)
{
    if (o->n_operands >= min && o->n_operands <= max)
        return 0;
    if (o->n_operands < min)
        complain("missing: %s", wanted);
    else
        complain("one too many: '%s'; wanted: %s", o->operands[max], *wanted ? wanted : "options only");
    return -1;
}

void print_json(json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags | JSON_REAL_PRECISION(9));
    json_decref(value);
    puts(text ? text : "null");
    fflush(stdout);
    free(text);
}

int take_seed(const options *o, uint64_t *out)
{
    const char *text = o->value[OPT_SEED];
    int seed = 1;
    if (text && !strcmp(text, "random")) {
        uint32_t drawn;
        if (getentropy(&drawn, sizeof drawn) < 0) {
            complain("--seed random: %s", strerror(errno));
            return -1;
        }
        seed = (int)(drawn % 1000000000);
        fprintf(stderr, "seed %d\n", seed);
    } else if (option_int(o, OPT_SEED, 0, &seed) < 0) {
        return -1;
    }
    *out = (uint64_t)seed;
    return 0;
}

json_t *json_text(const char *text)
{
    json_t *s = json_string(text);
    if (s || !text)
        return s;
    char *plain = strdup(text);
    for (char *p = plain; p && *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    s = json_string(plain);
    free(plain);
    return s;
}

json_t *json_figure(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

const char *with_commas(uint64_t n, char text[32])
{
    char digits[24];
    const int count = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t k = 0;
    for (int i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0)
            text[k++] = ',';
        text[k++] = digits[i];
    }
    text[k] = 0;
    return text;
}
