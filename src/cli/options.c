#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum {
    ALL = FOR_TRAIN | FOR_EVALUATE | FOR_PREDICT | FOR_SUMMARY | FOR_DEVICES | FOR_SELFTEST | FOR_DRAW |
          FOR_CHECK | FOR_BENCH | FOR_SHOW | FOR_TUNE | FOR_REPORT | FOR_SERVE | FOR_LR_FIND
};
enum { LEARN = FOR_TRAIN | FOR_LR_FIND };
enum {
    WITH_DEVICE = LEARN | FOR_REPORT | FOR_SERVE | FOR_EVALUATE | FOR_PREDICT | FOR_SHOW | FOR_DEVICES |
                  FOR_SELFTEST | FOR_BENCH | FOR_TUNE
};
enum { WITH_PICTURES = LEARN | FOR_EVALUATE | FOR_PREDICT | FOR_SHOW };
enum { WITH_FOLDERS = LEARN | FOR_CHECK };

static const option table[N_OPTIONS] = {
    [OPT_RECIPE] = {"recipe", 'r', "NAME|FILE", LEARN, 0, "Recipe",
                    "what to do: default, notebook, resnet18 ... or a file (default: default)"},
    [OPT_SET] = {"set", 0, "'WORD ...'", LEARN | FOR_BENCH, 0, "Recipe",
                 "replace a word's line, as 'optimizer adam lr=3e-4'; with + before the word change only "
                 "what is said; may be repeated"},
    [OPT_EPOCHS] = {"epochs", 'e', "N", FOR_TRAIN, 0, "Recipe", "epochs of each round"},
    [OPT_TIME] = {"time", 0, "10m", FOR_TRAIN, 0, "Recipe",
                  "as many epochs as fit into this time, as the first one tells: 90s, 10m, 1h30m"},
    [OPT_ROUNDS] = {"rounds", 0, "N", FOR_TRAIN, 0, "Recipe", "times the epochs are run"},
    [OPT_STEPS] =
        {"steps", 0, "N|all", LEARN, 0, "Recipe",
         "train: steps of each epoch; lr-find: of the search, each at a higher rate (default: 400)"},
    [OPT_VALIDATION_STEPS] = {"validation-steps", 0, "N|all", FOR_TRAIN, 0, "Recipe",
                              "batches of each validation"},
    [OPT_BATCH] = {"batch", 'b', "N", WITH_PICTURES | FOR_BENCH | FOR_TUNE, 0, "Recipe",
                   "pictures at a time"},
    [OPT_IMAGE_SIZE] = {"image-size", 0, "N|HxW", LEARN | FOR_BENCH, 0, "Recipe",
                        "size pictures are brought to"},
    [OPT_LR] = {"lr", 0, "X", FOR_TRAIN, 0, "Recipe", "learning rate"},
    [OPT_NO_SHUFFLE] = {"no-shuffle", 0, NULL, LEARN, 0, "Recipe", "train in the order of the folders"},
    [OPT_NO_AUGMENT] = {"no-augment", 0, NULL, LEARN | FOR_BENCH, 0, "Recipe", "show pictures as they are"},
    [OPT_TRAIN] = {"train", 0, "DIR", WITH_FOLDERS, 0, "Pictures",
                   "class folders to train on, instead of DIR"},
    [OPT_VALIDATION] = {"validation", 0, "DIR", FOR_TRAIN | FOR_CHECK, 0, "Pictures",
                        "class folders to validate on"},
    [OPT_VALIDATION_SPLIT] = {"validation-split", 0, "X", LEARN | FOR_EVALUATE | FOR_REPORT, 0, "Pictures",
                              "part set aside when there is no validation folder (default: 0.2)"},
    [OPT_BAD_IMAGES] = {"bad-images", 0, "skip|stop|use", LEARN, 0, "Pictures",
                        "what an unreadable picture does (default: skip)"},
    [OPT_CACHE] = {"cache", 0, "auto|ram|disk|none", LEARN, ENVIRONMENT, "Pictures",
                   "keep decoded pictures: in memory and then in a temporary file, in one of them, nowhere "
                   "(default: auto)"},
    [OPT_CACHE_LIMIT] = {"cache-limit", 0, "SIZE", LEARN, ENVIRONMENT, "Pictures",
                         "memory for them, with --cache disk the file: 512M, 2G (default: half of what is "
                         "free)"},
    [OPT_OUTPUT] = {"output", 'o', "DIR|FILE", LEARN | FOR_SHOW | FOR_REPORT, 0, "Run",
                    "train: folder of runs (default: runs); show, lr-find: the picture, .png or .svg, of "
                    "convolution .gif (default: WHAT.png, convolution.gif, lr-find.png); report: the page "
                    "(default: RUN/report.html)"},
    [OPT_NAME] = {"name", 0, "NAME", FOR_TRAIN, 0, "Run", "of the run (default: the recipe's name)"},
    [OPT_RESUME] = {"resume", 0, "RUN", FOR_TRAIN, OPTIONAL, "Run",
                    "go on with a run, by default the latest, exactly where it stopped"},
    [OPT_WEIGHTS] = {"weights", 0, "MODEL", LEARN, 0, "Run",
                     "start from those of its weights that fit by name"},
    [OPT_FREEZE] = {"freeze", 0, "all|LAYER,...", LEARN, 0, "Run",
                    "leave the weights of these layers as they are; all: of all but the last"},
    [OPT_CLASSIFY] = {"classify", 0, NULL, LEARN, 0, "Run",
                      "make the last layer anew for these classes, whatever --weights or the recipe have"},
    [OPT_LOG_STEPS] = {"log-steps", 0, "N", FOR_TRAIN, 0, "Run", "a line in log.jsonl every N steps"},
    [OPT_TENSORBOARD] = {"tensorboard", 0, NULL, FOR_TRAIN, 0, "Run",
                         "event files for TensorBoard in the run's folder, named as Keras's"},
    [OPT_NO_REPORT] = {"no-report", 0, NULL, FOR_TRAIN, 0, "Run",
                       "at the end leave out what shows how good it is: confusion.png, report.html"},
    [OPT_PREDICTIONS] = {"predictions", 0, "FILE.csv", FOR_EVALUATE, 0, "Results",
                         "each picture's truth, answer, probabilities and loss, in the order of the folders"},
    [OPT_TOPK] = {"topk", 'k', "N", FOR_PREDICT, 0, "Results", "the N most probable classes"},
    [OPT_CSV] = {"csv", 0, NULL, FOR_PREDICT, 0, "Results", "a table with the probability of every class"},
    [OPT_STRICT] = {"strict", 0, NULL, FOR_CHECK, 0, "Findings", "exit code 3 when there are any"},
    [OPT_HASH] = {"hash", 0, NULL, FOR_SUMMARY, 0, "Summary",
                  "print only the model's hash: equal for equal models"},
    [OPT_ALL] = {"all", 0, NULL, FOR_SELFTEST, 0, "Self-test", "the large shapes too"},
    [OPT_TINY] = {"tiny", 0, NULL, FOR_SELFTEST, 0, "Self-test", "only the smallest shapes, for simulators"},
    [OPT_ONLY] = {"only", 0, "NAME", FOR_SELFTEST, 0, "Self-test", "cases whose name has this in it"},
    [OPT_COUNT] =
        {"count", 'n', "N", FOR_DRAW | FOR_SHOW, 0, "Drawing",
         "draw: pictures of each class to train on, and a fifth of that to validate on (default: 1000); "
         "show batch, errors: pictures (default: 16, 24)"},
    [OPT_SECONDS] = {"seconds", 0, "X", FOR_BENCH, 0, "Measuring", "time for each part (default: 2)"},
    [OPT_LAYER] = {"layer", 0, "NAME", FOR_SHOW, 0, "Picture",
                   "filters, features, cam, field, convolution: the layer to look at (see: vibrisa summary)"},
    [OPT_AT] = {"at", 0, "Y,X", FOR_SHOW, 0, "Picture",
                "field: row and column, from 0, of the output that looks (default: the middle)"},
    [OPT_CLASS] = {"class", 0, "NAME", FOR_SHOW, 0, "Picture",
                   "cam: the class to look for (default: the network's answer)"},
    [OPT_FILTER] = {"filter", 0, "N", FOR_SHOW, 0, "Picture",
                    "convolution: the filter, from 0 (default: the one that answers most differently)"},
    [OPT_LANG] = {"lang", 0, "en|es", FOR_SHOW | FOR_REPORT | FOR_SERVE | LEARN, ENVIRONMENT, "Picture",
                  "language of its words (default: en)"},
    [OPT_PORT] = {"port", 0, "N", FOR_SERVE, ENVIRONMENT, "Server",
                  "where the browser finds it; 0: any that is free (default: 8080)"},
    [OPT_BUDGET] = {"budget", 0, "10s", FOR_TUNE, 0, "Tuning",
                    "time after which nothing new is tried: 30s, 5m (default: 10s)"},
    [OPT_FROM] = {"from", 0, "X", FOR_LR_FIND, 0, "Search", "the first learning rate (default: 1e-6)"},
    [OPT_TO] = {"to", 0, "X", FOR_LR_FIND, 0, "Search", "the last (default: 1)"},
    [OPT_PLATFORM] = {"platform", 0, "P", WITH_DEVICE, ENVIRONMENT, "Device", "index, or part of the name"},
    [OPT_DEVICE] = {"device", 'd', "D", WITH_DEVICE, ENVIRONMENT, "Device",
                    "index, P:D, or part of the name (see: vibrisa devices)"},
    [OPT_DEVICE_TYPE] = {"device-type", 0, "cpu|gpu|accelerator", WITH_DEVICE, ENVIRONMENT, "Device",
                         "the best device of this type"},
    [OPT_FAMILY] = {"family", 0, "auto|cpu|gpu", WITH_DEVICE, ENVIRONMENT, "Device",
                    "kernels to use (default: auto)"},
    [OPT_MATH] = {"math", 0, "auto|exact|fast", WITH_DEVICE, ENVIRONMENT, "Device",
                  "exact: refuse a device with other bits; fast: other orders of sums allowed "
                  "(default: auto)"},
    [OPT_SEED] = {"seed", 's', "N|random", LEARN | FOR_SELFTEST | FOR_DRAW | FOR_BENCH | FOR_SHOW,
                  ENVIRONMENT, "General", "of all that is random (default: 1)"},
    [OPT_WORKERS] = {"workers", 'j', "N", WITH_PICTURES | FOR_REPORT | FOR_CHECK | FOR_DRAW | FOR_BENCH,
                     ENVIRONMENT, "General", "threads that decode or draw pictures (default: cores)"},
    [OPT_JSON] = {"json", 0, NULL, ALL, 0, "General", "results as JSON (train, predict: a line each)"},
    [OPT_QUIET] = {"quiet", 'q', NULL, ALL, 0, "General", "no progress; results, warnings and errors only"},
    [OPT_VERBOSE] = {"verbose", 'v', NULL, ALL, 0, "General", "say what is being done; twice: more"},
    [OPT_COLOR] = {"color", 0, "auto|always|never", ALL, ENVIRONMENT, "General", "(default: auto)"},
    [OPT_HELP] = {"help", 'h', NULL, ALL, 0, "General", "this text"},
    [OPT_VERSION] = {"version", 0, NULL, ALL, 0, "General", "the version"},
};

/* Spellings of other tools. */
static const struct {
    const char *name;
    option_id id;
} aliases[] = {
    {"batch-size", OPT_BATCH},    {"steps-per-epoch", OPT_STEPS},
    {"img-size", OPT_IMAGE_SIZE}, {"learning-rate", OPT_LR},
    {"top-k", OPT_TOPK},          {"start-lr", OPT_FROM},
    {"end-lr", OPT_TO},           {"num-it", OPT_STEPS},
    {"min-lr", OPT_FROM},         {"max-lr", OPT_TO},
    {"num-training", OPT_STEPS},
};

enum { N_ALIASES = sizeof aliases / sizeof *aliases };

const option *option_get(option_id id)
{
    return &table[id];
}

const char *option_name(option_id id)
{
    static char text[N_OPTIONS][24];
    snprintf(text[id], sizeof text[id], "--%s", table[id].name);
    return text[id];
}

/* ---- nearest names ---- */

static size_t min3(size_t a, size_t b, size_t c)
{
    const size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance; words longer than the rows are far from everything. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1];
    const size_t n = strlen(b);
    if (n > LONGEST || strlen(a) > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            const size_t above = row[j + 1];
            row[j + 1] = min3(above + 1, row[j] + 1, corner + (a[i] != b[j]));
            corner = above;
        }
    }
    return row[n];
}

const char *nearest_name(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 2;
    for (size_t i = 0; i < n; i++) {
        const size_t d = distance(word, names[i]);
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

/* ---- parsing ---- */

static int complain_unknown(const command *cmd, const char *bad)
{
    const char *names[N_OPTIONS];
    size_t n = 0;
    for (int i = 0; i < N_OPTIONS; i++)
        if (table[i].commands & cmd->bit)
            names[n++] = table[i].name;
    const char *near = strncmp(bad, "--", 2) == 0 ? nearest_name(bad + 2, names, n) : NULL;
    if (near)
        complain("unknown option %s; did you mean --%s?", bad, near);
    else
        complain("unknown option %s; see: vibrisa %s --help", bad, cmd->name);
    return -1;
}

/* popt's name of the option that went wrong, cut before "=value". */
static int complain_popt(poptContext context, const command *cmd, int code)
{
    char bad[80];
    snprintf(bad, sizeof bad, "%s", poptBadOption(context, POPT_BADOPTION_NOALIAS));
    bad[strcspn(bad, "=")] = 0;
    if (code == POPT_ERROR_BADOPT)
        return complain_unknown(cmd, bad);
    complain("%s: %s", bad, code == POPT_ERROR_NOARG ? "needs a value" : poptStrerror(code));
    return -1;
}

/* Takes `text` over. */
static int append(char ***list, size_t *n, char *text)
{
    char **grown = text ? realloc(*list, (*n + 1) * sizeof **list) : NULL;
    if (!grown) {
        free(text);
        complain("out of memory");
        return -1;
    }
    *list = grown;
    grown[(*n)++] = text;
    return 0;
}

static int accept(options *o, const command *cmd, option_id id, char *text)
{
    if (!(table[id].commands & cmd->bit)) {
        free(text);
        complain("%s is not an option of `vibrisa %s`", option_name(id), cmd->name);
        return -1;
    }
    if (id == OPT_VERBOSE)
        o->verbose++;
    if (id == OPT_SET)
        return append(&o->sets, &o->n_sets, text);
    free(o->value[id]);
    o->value[id] = text ? text : strdup("");
    return o->value[id] ? 0 : -1;
}

static int read_environment(options *o, const command *cmd)
{
    for (int id = 0; id < N_OPTIONS; id++) {
        char name[40] = "VIBRISA_";
        size_t n = strlen(name);
        if (!(table[id].flags & ENVIRONMENT) || !(table[id].commands & cmd->bit) || o->value[id])
            continue;
        for (const char *p = table[id].name; *p && n + 1 < sizeof name; p++)
            name[n++] = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
        name[n] = 0;
        const char *text = getenv(name);
        if (!text || !*text)
            continue;
        if (!(o->value[id] = strdup(text)))
            return -1;
        o->from_environment[id] = 1;
    }
    return 0;
}

static void fill_popt(struct poptOption *to, const char *name, int id)
{
    const option *from = &table[id];
    *to = (struct poptOption){
        .longName = name,
        .shortName = name == from->name ? from->letter : 0,
        .argInfo = from->argument ? POPT_ARG_STRING : POPT_ARG_NONE,
        .val = id + 1,
    };
    if (from->flags & OPTIONAL)
        to->argInfo |= POPT_ARGFLAG_OPTIONAL;
}

int options_parse(options *o, const command *cmd, int argc, const char **argv)
{
    struct poptOption list[N_OPTIONS + N_ALIASES + 1] = {{0}};
    int code, err = 0;
    o->command = cmd;
    for (int id = 0; id < N_OPTIONS; id++)
        fill_popt(&list[id], table[id].name, id);
    for (int i = 0; i < N_ALIASES; i++)
        fill_popt(&list[N_OPTIONS + i], aliases[i].name, (int)aliases[i].id);
    poptContext context = poptGetContext("vibrisa", argc, argv, list, 0);
    while (err == 0 && (code = poptGetNextOpt(context)) > 0)
        err = accept(o, cmd, (option_id)(code - 1), poptGetOptArg(context));
    if (err == 0 && code < -1)
        err = complain_popt(context, cmd, code);
    const char **rest = err == 0 ? poptGetArgs(context) : NULL;
    for (; err == 0 && rest && *rest; rest++)
        err = append(&o->operands, &o->n_operands, strdup(*rest));
    poptFreeContext(context);
    return err == 0 ? read_environment(o, cmd) : -1;
}

static void free_list(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

void options_free(options *o)
{
    for (int i = 0; i < N_OPTIONS; i++)
        free(o->value[i]);
    free_list(o->sets, o->n_sets);
    free_list(o->operands, o->n_operands);
    memset(o, 0, sizeof *o);
}

/* ---- values ---- */

enum { NO_LIMIT = 1000000000 };

static int take_int(const options *o, option_id id, int min, int max, int *out)
{
    char *end;
    const char *text = o->value[id];
    if (!text)
        return 0;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max) {
        if (max == NO_LIMIT)
            complain("%s: '%s' is not a whole number from %d on", option_name(id), text, min);
        else
            complain("%s: '%s' is not a whole number from %d to %d", option_name(id), text, min, max);
        return -1;
    }
    *out = (int)value;
    return 0;
}

int option_int(const options *o, option_id id, int min, int *out)
{
    return take_int(o, id, min, NO_LIMIT, out);
}

int option_workers(const options *o, int *out)
{
    return take_int(o, OPT_WORKERS, 1, 256, out);
}

int option_real(const options *o, option_id id, double min, double max, double *out)
{
    char *end;
    const char *text = o->value[id];
    if (!text)
        return 0;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value > min && value < max)) {
        complain("%s: '%s' is not a number between %g and %g", option_name(id), text, min, max);
        return -1;
    }
    *out = value;
    return 0;
}

int option_seconds(const options *o, option_id id, double *out)
{
    static const struct {
        char letter;
        double seconds;
    } units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    const char *text = o->value[id], *rest = text;
    double total = 0;
    if (!text)
        return 0;
    for (size_t i = 0; i < 3; i++) {
        char *end;
        const double value = strtod(rest, &end);
        const int alone = !*end && rest == text; /* a number without its unit: seconds */
        if (end == rest || !(value >= 0 && value < 1e9) || !(*end == units[i].letter || (i == 2 && alone)))
            continue;
        total += value * units[i].seconds;
        rest = end + (*end != 0);
    }
    if (*rest || !(total > 0)) {
        complain("%s: '%s' is not a time such as 90s, 10m or 1h30m", option_name(id), text);
        return -1;
    }
    *out = total;
    return 0;
}

int option_bytes(const options *o, option_id id, uint64_t *out)
{
    static const char units[] = "kmgt";
    const char *text = o->value[id];
    char *end;
    if (!text)
        return 0;
    double value = strtod(text, &end);
    const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
    if (end != text && unit) {
        value *= (double)(1ull << (10 * (unit - units + 1)));
        end++;
    }
    if (end == text || *end || !(value >= 1 && value < 1e18)) {
        complain("%s: '%s' is not a size such as 512M or 2G", option_name(id), text);
        return -1;
    }
    *out = (uint64_t)value;
    return 0;
}

int option_choice(const options *o, option_id id, const char *const *choices, int *out)
{
    const char *text = o->value[id];
    size_t n = 0;
    if (!text)
        return 0;
    for (; choices[n]; n++)
        if (!strcmp(text, choices[n])) {
            *out = (int)n;
            return 0;
        }
    complain("%s: '%s' is not one of %s", option_name(id), text, table[id].argument);
    return -1;
}

/* ---- help ---- */

/* Text in a column, broken at spaces. */
static void print_wrapped(const char *text, int indent, int width)
{
    int column = indent;
    while (*text) {
        const int n = (int)strcspn(text, " ");
        if (column + n > width && column > indent) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        printf("%.*s", n, text);
        column += n + 1;
        text += n;
        if (*text && text++)
            putchar(' ');
    }
    putchar('\n');
}

static void print_option(const option *opt)
{
    enum { COLUMN = 32, WIDTH = 100 };
    char left[64] = "      ";
    if (opt->letter)
        snprintf(left, sizeof left, "  -%c, ", opt->letter);
    const size_t n = strlen(left);
    snprintf(left + n, sizeof left - n,
             opt->flags & OPTIONAL ? "--%s [%s]"
             : opt->argument       ? "--%s %s"
                                   : "--%s",
             opt->name, opt->argument);
    printf("%-*s", COLUMN, left);
    if (strlen(left) >= COLUMN)
        printf("\n%*s", COLUMN, "");
    print_wrapped(opt->help, COLUMN, WIDTH);
}

void options_print(unsigned commands)
{
    const char *group = "";
    for (int i = 0; i < N_OPTIONS; i++) {
        if (!(table[i].commands & commands))
            continue;
        if (strcmp(group, table[i].group))
            printf("\n%s:\n", group = table[i].group);
        print_option(&table[i]);
    }
}
