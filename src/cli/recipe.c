#include <stdlib.h>
#include <string.h>

#include "command.h"

enum { MAX_LINE = 256, MAX_FLAG_LINES = 16 };

/* Recipe lines from flags. */
typedef struct lines {
    const char *all[MAX_FLAG_LINES];
    char text[MAX_FLAG_LINES][MAX_LINE];
    size_t n;
} lines;

/* "+train epochs=" and a value; a line that does not end in = is whole. */
static int add_line(lines *l, const char *start, const char *value)
{
    const int whole = start[strlen(start) - 1] != '=';
    if (strpbrk(value, " \t\r\n#=")) {
        complain("'%s' is not one value", value);
        return -1;
    }
    const int n = snprintf(l->text[l->n], MAX_LINE, "%s%s", start, whole ? "" : value);
    if (n >= MAX_LINE) {
        complain("'%s' is too long for a value", value);
        return -1;
    }
    l->all[l->n] = l->text[l->n];
    l->n++;
    return 0;
}

static int check_count(const options *o, option_id id)
{
    int unused;
    const char *text = o->value[id];
    const int counts_all = id == OPT_STEPS || id == OPT_VALIDATION_STEPS;
    return counts_all && text && !strcmp(text, "all") ? 0 : option_int(o, id, 1, &unused);
}

static int check_size(const char *text)
{
    char *end;
    const long height = strtol(text, &end, 10);
    const long width = *end == 'x' ? strtol(end + 1, &end, 10) : height;
    if (height > 0 && width > 0 && !*end)
        return 0;
    complain("--image-size: '%s' is not a size such as 64 or 96x128 (height x width)", text);
    return -1;
}

static int flag_lines(const options *o, lines *l)
{
    static const struct {
        option_id id;
        const char *line;
    } flags[] = {
        {OPT_EPOCHS, "+train epochs="}, {OPT_ROUNDS, "+train rounds="},
        {OPT_STEPS, "+train steps="},   {OPT_VALIDATION_STEPS, "+validate steps="},
        {OPT_BATCH, "+train batch="},   {OPT_IMAGE_SIZE, "+image size="},
        {OPT_LR, "+optimizer lr="},     {OPT_NO_SHUFFLE, "+train shuffle=no"},
        {OPT_NO_AUGMENT, "augment"},
    };
    static const option_id counts[] = {OPT_EPOCHS, OPT_ROUNDS, OPT_STEPS, OPT_VALIDATION_STEPS, OPT_BATCH};
    double unused;
    const option_id own = o->command->bit == FOR_LR_FIND ? OPT_STEPS : N_OPTIONS; /* not the recipe's there */
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i] != own && check_count(o, counts[i]) < 0)
            return -1;
    if (option_real(o, OPT_LR, 0, 1000, &unused) < 0 ||
        (o->value[OPT_IMAGE_SIZE] && check_size(o->value[OPT_IMAGE_SIZE]) < 0))
        return -1;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].id != own && o->value[flags[i].id] &&
            add_line(l, flags[i].line, o->value[flags[i].id]) < 0)
            return -1;
    return 0;
}

static int freeze(const char *layers, vib_recipe **recipe)
{
    vib_recipe *frozen = NULL;
    const int err = vib_recipe_freeze(*recipe, layers, &frozen);
    vib_recipe_free(recipe);
    *recipe = frozen;
    return exit_code(err);
}

int load_recipe(const options *o, const char *name, vib_recipe **out)
{
    lines l = {.n = 0};
    if (flag_lines(o, &l) < 0)
        return EXIT_USAGE;
    const char **all = calloc(o->n_sets + l.n + 1, sizeof *all);
    if (!all)
        return out_of_memory();
    /* Flags come after --set: the more special wins. */
    for (size_t i = 0; i < o->n_sets; i++)
        all[i] = o->sets[i];
    memcpy(all + o->n_sets, l.all, l.n * sizeof *all);
    const int err = vib_recipe_load(name, all, o->n_sets + l.n, out);
    free(all);
    return err < 0 || !o->value[OPT_FREEZE] ? exit_code(err) : freeze(o->value[OPT_FREEZE], out);
}
