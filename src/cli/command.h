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

/* curves.png of a run, after each epoch. A picture that cannot be made costs a line, never the run: 0, or -1.
 */
int draw_curves(const char *run);
/* What a finished run is shown as, from its best weights over the validation pictures: confusion.png. An exit
 * code. */
int finish_run(const options *o, const char *run, vib_device *dev, const vib_dataset *validation);

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
/* The same as a word of a shell's command: in quotes when it needs them. */
void print_word(const char *name);
/* The same as a cell of a table, cut to |width| columns: to the left of it when width < 0, else to the right.
 */
void print_cell(const char *name, int width);

/* "94,433" */
const char *with_commas(uint64_t n, char text[32]);

#endif
