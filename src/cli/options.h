/* The program's options: one table gives parsing, help, environment variables, shell completion and "did you
 * mean". */
#ifndef VIBRISA_CLI_OPTIONS_H
#define VIBRISA_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

typedef enum option_id {
    OPT_RECIPE,
    OPT_SET,
    OPT_EPOCHS,
    OPT_TIME,
    OPT_ROUNDS,
    OPT_STEPS,
    OPT_VALIDATION_STEPS,
    OPT_BATCH,
    OPT_IMAGE_SIZE,
    OPT_LR,
    OPT_NO_SHUFFLE,
    OPT_NO_AUGMENT,
    OPT_TRAIN,
    OPT_VALIDATION,
    OPT_VALIDATION_SPLIT,
    OPT_BAD_IMAGES,
    OPT_CACHE,
    OPT_CACHE_LIMIT,
    OPT_OUTPUT,
    OPT_NAME,
    OPT_RESUME,
    OPT_WEIGHTS,
    OPT_FREEZE,
    OPT_CLASSIFY,
    OPT_LOG_STEPS,
    OPT_TENSORBOARD,
    OPT_NO_REPORT,
    OPT_PREDICTIONS,
    OPT_TOPK,
    OPT_CSV,
    OPT_STRICT,
    OPT_HASH,
    OPT_ALL,
    OPT_TINY,
    OPT_ONLY,
    OPT_COUNT,
    OPT_SECONDS,
    OPT_LAYER,
    OPT_AT,
    OPT_CLASS,
    OPT_FILTER,
    OPT_LANG,
    OPT_PORT,
    OPT_BUDGET,
    OPT_FROM,
    OPT_TO,
    OPT_PLATFORM,
    OPT_DEVICE,
    OPT_DEVICE_TYPE,
    OPT_FAMILY,
    OPT_MATH,
    OPT_SEED,
    OPT_WORKERS,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_COLOR,
    OPT_HELP,
    OPT_VERSION,
    N_OPTIONS,
} option_id;

/* Which commands use an option. */
enum {
    FOR_TRAIN = 1u << 0,
    FOR_EVALUATE = 1u << 1,
    FOR_PREDICT = 1u << 2,
    FOR_SUMMARY = 1u << 3,
    FOR_DEVICES = 1u << 4,
    FOR_SELFTEST = 1u << 5,
    FOR_DRAW = 1u << 6,
    FOR_CHECK = 1u << 7,
    FOR_BENCH = 1u << 8,
    FOR_SHOW = 1u << 9,
    FOR_TUNE = 1u << 10,
    FOR_REPORT = 1u << 11,
    FOR_SERVE = 1u << 12,
    FOR_LR_FIND = 1u << 13,
};

enum {
    ENVIRONMENT = 1, /* VIBRISA_NAME stands for the option */
    OPTIONAL = 2,    /* its argument may be left out */
};

/* One row of the table. */
typedef struct option {
    const char *name;
    char letter;
    const char *argument; /* NULL: a flag. What is in capitals stands for a value, the rest is itself */
    unsigned commands, flags;
    const char *group, *help;
} option;

const option *option_get(option_id id);

typedef struct command command;

/* A parsed command line. Zero-initialise; release with options_free. */
typedef struct options {
    const char *program;    /* as it was called: what to call again */
    const command *command; /* whose options these are */
    char *value[N_OPTIONS]; /* NULL: not given; flags and an option without its value: "" */
    int from_environment[N_OPTIONS];
    int verbose; /* how often -v */
    char **sets; /* --set, in order */
    size_t n_sets;
    char **operands;
    size_t n_operands;
} options;

/* Reads argv[1...] for a command. Returns 0, or -1 after one line on standard error: exit 2. */
int options_parse(options *o, const command *cmd, int argc, const char **argv);
void options_free(options *o);

/* What was given, checked; each returns 0, or -1 after one line on standard error. Untouched when not given.
 */
int option_int(const options *o, option_id id, int min, int *out);
/* --workers, at most 256. */
int option_workers(const options *o, int *out);
int option_real(const options *o, option_id id, double min, double max, double *out);
/* "90", "90s", "10m", "1h30m": seconds, more than 0. */
int option_seconds(const options *o, option_id id, double *out);
/* "512M", "2G", "1.5G": bytes, at least 1; K, M, G, T are powers of 1024. */
int option_bytes(const options *o, option_id id, uint64_t *out);
/* Index into choices, which end with NULL. */
int option_choice(const options *o, option_id id, const char *const *choices, int *out);

/* "--epochs" */
const char *option_name(option_id id);

/* The options of a command, by group, as help. */
void options_print(unsigned commands);

/* The nearest of n names, or NULL. */
const char *nearest_name(const char *word, const char *const *names, size_t n);

#endif
