/* What the commands share. The program is a user of the library like any other: it includes vibrisa/ only. */
#ifndef VIBRISA_CLI_COMMAND_H
#define VIBRISA_CLI_COMMAND_H

#include <jansson.h>
#include <stdio.h>
#include <vibrisa/vibrisa.h>

#include "options.h"
#include "terminal.h"

/* One command: run returns an exit code. */
struct command {
    const char *name;
    unsigned bit; /* FOR_* */
    const char *operands, *about, *examples;
    int (*run)(const options *o);
    const char *group; /* in the help; NULL: that of the command above */
};

/* The k-th command, or NULL past the last. */
const command *command_get(size_t k);

/* Prints the completion script of a shell; an exit code. */
int print_completion(const char *shell);

int command_train(const options *o);
int command_lr_find(const options *o);
int command_evaluate(const options *o);
int command_predict(const options *o);
int command_check(const options *o);
int command_summary(const options *o);
int command_devices(const options *o);
int command_selftest(const options *o);
int command_draw(const options *o);
int command_tune(const options *o);
int command_bench(const options *o);
int command_show(const options *o);
int command_report(const options *o);
int command_serve(const options *o);

/* curves.png of a run, after each epoch. A picture that cannot be made costs a line, never the run: 0, or -1.
 */
int draw_curves(const char *run, vib_language language);
/* What a finished run is shown as, from its best weights over the validation pictures: confusion.png and
 * report.html, which costs a line when it cannot be made. An exit code. */
int finish_run(const options *o, const char *run, vib_device *dev, const json_t *where,
               const vib_dataset *validation);

/* A report to be made: of a run, or of a model without one. */
typedef struct report_job {
    const char *run;  /* its folder; NULL: none */
    const char *name; /* run or model, as it was given */
    const char *file; /* where to */
    vib_language language;
    const vib_model *model;
    vib_device *dev;
    const vib_dataset *set; /* NULL: no pictures to say how good it is */
    const json_t *where;    /* of the run; NULL: not known */
} report_job;

/* A status. out, if not NULL, is to be released with vib_evaluation_free. */
int make_report(const options *o, const report_job *j, vib_evaluation *out);

/* --lang: 0, or -1 after one line. */
int take_language(const options *o, vib_language *out);

/* "run/name": owned by the caller (free); NULL after one line. */
char *in_run(const char *run, const char *name);
/* The pictures to learn from, of the operand and the options, as a run's command.json has them. An exit code.
 */
int take_pictures(const options *o, json_t **out);
/* Where decoded pictures are kept, and how many: 0, or -1 after one line. */
int take_cache(const options *o, vib_cache_place *place, uint64_t *bytes);
/* A run's command.json: where its pictures are. Owned by the caller; NULL when there is none. */
json_t *read_command(const char *run);
/* The pictures it names. An exit code. */
int open_command(const json_t *where, const char *run, int keras, vib_dataset **train,
                 vib_dataset **validation);

/* The file a command has written, as text or JSON. */
void print_wrote(const options *o, const char *file);

/* Commands to give next, as words of a shell: PROGRAM WHAT RUN; evaluate with the pictures as the user named
 * them, set_aside: those that were. */
void print_next(FILE *to, const options *o, const char *what, const char *run);
void print_next_evaluate(FILE *to, const options *o, const char *run, const json_t *where, int set_aside);

/* Name of the k-th kind of picture that `show` makes, or NULL past the last. */
const char *show_kind(size_t k);

enum { EXIT_USAGE = 2 };

/* Exit code of a library status; of an interruption, 128 and the signal. */
int exit_code(int status);

/* Says so; the exit code. */
int out_of_memory(void);

/* The signal that asked to stop, or 0. Fits vib_run_params.interrupted. */
int stop_signal(void *unused);

/* Opens the device the options ask for, and names it on standard error. Returns an exit code. */
int open_device(const options *o, vib_device **out);
int device_params(const options *o, vib_device_params *out);

/* The recipe of a name or file, changed by --set and then by the flags that stand for a word. Returns an exit
 * code. */
int load_recipe(const options *o, const char *name, vib_recipe **out);

/* The pictures a model is evaluated on: the validation part of a data root, or
 * class folders; split > 0: the part set aside. An exit code. */
int open_evaluation_set(const vib_model *model, const char *dir, double split, vib_dataset **out);

/* --seed, 1 when not given; a random one is printed on standard error. 0, or -1 after one line. */
int take_seed(const options *o, uint64_t *out);

/* Number of operands, checked: 0, or -1 after one line that names what is wanted. */
int check_operands(const options *o, size_t min, size_t max, const char *wanted);

/* Whether an operand names a built-in recipe; a model, and not a recipe. */
int is_builtin(const char *name);
int is_model(const char *path);

/* Prints one JSON value and a newline, and releases it. */
void print_json(json_t *value, size_t flags);
/* A JSON string of text that may not be UTF-8. */
json_t *json_text(const char *text);
/* A JSON number; null for what is not finite. */
json_t *json_figure(double x);

/* Classes named where all of a thousand would be too much. */
enum { NAMES_SHOWN = 10 };

/* A class's or file's name on standard output, control characters escaped. */
void print_name(const char *name);
/* A name as a word of a shell's command: in quotes when it needs them. */
void print_word(FILE *to, const char *name);
/* The same as a cell of a table, cut to |width| columns: to the left of it when width < 0, else to the right.
 */
void print_cell(const char *name, int width);

/* "94,433" */
const char *with_commas(uint64_t n, char text[32]);

#endif
