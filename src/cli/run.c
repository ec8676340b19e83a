/* Which pictures a run is of, what its folder remembers of them, and the commands to go on with. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

char *in_run(const char *run, const char *name)
{
    const size_t size = strlen(run) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", run, name);
    else
        complain("out of memory");
    return path;
}

json_t *read_command(const char *run)
{
    char *path = in_run(run, "command.json");
    json_t *where = path ? json_load_file(path, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(path);
    return where;
}

int take_pictures(const options *o, json_t **out)
{
    double split = 0;
    static const char *const bad[] = {"skip", "stop", "use", NULL};
    int bad_images = VIB_BAD_SKIP;
    const char *dir = o->n_operands ? o->operands[0] : NULL;
    if (option_real(o, OPT_VALIDATION_SPLIT, 0, 1, &split) < 0 ||
        option_choice(o, OPT_BAD_IMAGES, bad, &bad_images) < 0)
        return EXIT_USAGE;
    if (dir && (o->value[OPT_TRAIN] || o->value[OPT_VALIDATION])) {
        complain("%s, or --train and --validation: not both", dir);
        return EXIT_USAGE;
    }
    if (!dir && !o->value[OPT_TRAIN]) {
        complain("missing: the folder of pictures (vibrisa %s DIR, or --train DIR%s)", o->command->name,
                 o->command->bit == FOR_TRAIN ? " --validation DIR" : "");
        return EXIT_USAGE;
    }
    if (o->value[OPT_VALIDATION] && split > 0) {
        complain("--validation and --validation-split: not both");
        return EXIT_USAGE;
    }
    *out = json_pack("{s:o*, s:o*, s:o*, s:f, s:i}", "dir", dir ? json_text(dir) : NULL, "train",
                     json_text(o->value[OPT_TRAIN]), "validation", json_text(o->value[OPT_VALIDATION]),
                     "validation_split", split, "bad_images", bad_images);
    return *out ? 0 : out_of_memory();
}

int take_cache(const options *o, vib_cache_place *place, uint64_t *bytes)
{
    static const char *const places[] = {"auto", "ram", "disk", "none", NULL};
    int which = VIB_CACHE_AUTO;
    if (option_choice(o, OPT_CACHE, places, &which) < 0 || option_bytes(o, OPT_CACHE_LIMIT, bytes) < 0)
        return -1;
    *place = (vib_cache_place)which;
    if (*place != VIB_CACHE_NONE || !o->value[OPT_CACHE_LIMIT])
        return 0;
    complain("--cache none and --cache-limit: not both");
    return -1;
}

int open_command(const json_t *where, const char *run, int keras, vib_dataset **train,
                 vib_dataset **validation)
{
    vib_dataset_params params = {.keras = keras};
    /* Reading leaves it as it is, but Jansson's reader wants it without const. */
    if (json_unpack((json_t *)(uintptr_t)where, "{s?s, s?s, s?s, s:F}", "dir", &params.root, "train",
                    &params.train, "validation", &params.validation, "validation_split",
                    &params.validation_split) < 0) {
        complain("%s/command.json: not what vibrisa wrote; give the pictures' folder again", run);
        return EXIT_FAILURE;
    }
    return exit_code(vib_dataset_open(&params, train, validation));
}

/* The pictures as the user named them. */
static const char *pictures_of(const json_t *where)
{
    static const char *const keys[] = {"validation", "dir", "train"};
    const char *folder = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !folder; i++)
        folder = json_string_value(json_object_get(where, keys[i]));
    return folder ? folder : "PICTURES";
}

void print_next(FILE *to, const options *o, const char *what, const char *run)
{
    print_word(to, o->program);
    fprintf(to, " %s ", what);
    print_word(to, run);
}

void print_next_evaluate(FILE *to, const options *o, const char *run, const json_t *where, int set_aside)
{
    print_next(to, o, "evaluate", run);
    putc(' ', to);
    print_word(to, pictures_of(where));
    if (set_aside) {
        const double split = json_real_value(json_object_get(where, "validation_split"));
        fprintf(to, " --validation-split %g", split > 0 ? split : 0.2);
    }
}
