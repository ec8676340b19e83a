#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

static const command commands[] = {
    {"train", FOR_TRAIN, "[DIR]", "learn classes from a folder of pictures",
     "  vibrisa train photos                       photos/ holds train/ and validation/, or class folders\n"
     "  vibrisa train photos --recipe notebook     the Keras notebook, exactly\n"
     "  vibrisa train photos --time 10m            as many epochs as fit into ten minutes\n"
     "  vibrisa train photos --epochs 30 --lr 3e-4 --image-size 96\n"
     "  vibrisa train --train a --validation b     two folders of class folders\n"
     "  vibrisa train birds --weights runs/default --classify\n"
     "                                             what the network knows, with a new last layer\n"
     "  vibrisa train --resume                     go on with the latest run\n",
     command_train, "Use"},
    {"lr-find", FOR_LR_FIND, "[DIR]", "a good learning rate, with its plot",
     "  vibrisa lr-find photos                     from the recipe's first weights, 400 steps\n"
     "  vibrisa lr-find photos --recipe resnet18 --image-size 128 --steps 200\n"
     "  vibrisa lr-find birds --weights runs/default --classify --freeze all\n"
     "                                             for a new last layer alone\n"
     "  vibrisa lr-find photos --from 1e-5 --to 10 -o rates.svg --json\n",
     command_lr_find, "Use"},
    {"evaluate", FOR_EVALUATE, "MODEL DIR", "loss, accuracy, each class's figures, confusion matrix",
     "  vibrisa evaluate runs/default photos/validation\n"
     "  vibrisa evaluate runs/default photos --predictions answers.csv\n"
     "  vibrisa evaluate model.safetensors photos --json\n",
     command_evaluate, "Use"},
    {"predict", FOR_PREDICT, "MODEL IMAGE|DIR|-...", "class and probability of each picture",
     "  vibrisa predict runs/default cat.jpg\n"
     "  vibrisa predict runs/default photos/new --topk 3\n"
     "  vibrisa predict runs/default photos/new --csv > answers.csv\n"
     "  find . -name '*.jpg' -print0 | vibrisa predict runs/default - --json\n",
     command_predict, "Use"},
    {"check", FOR_CHECK, "[DIR]", "unreadable, misnamed, duplicate and leaked pictures; class balance",
     "  vibrisa check photos\n"
     "  vibrisa check --train a --validation b     is a picture of b in a too?\n"
     "  vibrisa check photos --json --strict       exit code 3 when there is anything to mend\n",
     command_check, "Use"},
    {"summary", FOR_SUMMARY, "MODEL|RECIPE", "layers, shapes, parameters and cost of a network",
     "  vibrisa summary notebook\n"
     "  vibrisa summary runs/default --json\n"
     "  vibrisa summary runs/default --hash\n",
     command_summary, "Look"},
    {"show", FOR_SHOW, "WHAT MODEL [FILE...]", "pictures of what a network learned and sees",
     "  vibrisa show curves runs/default           accuracy and loss over the epochs\n"
     "  vibrisa show compare runs/a runs/b         the same of several runs\n"
     "  vibrisa show confusion runs/default photos -o confusion.svg\n"
     "  vibrisa show errors runs/default photos    the worst mistakes\n"
     "  vibrisa show batch default photos          what training begins with\n"
     "  vibrisa show filters runs/default\n"
     "  vibrisa show features runs/default cat.jpg\n"
     "  vibrisa show cam runs/default cat.jpg --class cats\n"
     "  vibrisa show field runs/default cat.jpg --layer conv2d_2 --at 4,5\n"
     "  vibrisa show convolution runs/default cat.jpg -o convolution.gif\n",
     command_show, "Look"},
    {"report", FOR_REPORT, "RUN [DIR]", "one page about a run: how good, what it sees, how to use it",
     "  vibrisa report runs/default                writes runs/default/report.html\n"
     "  vibrisa report runs/default --lang es -o informe.html\n"
     "  vibrisa report model.safetensors photos    of any model, on these pictures\n",
     command_report, "Look"},
    {"serve", FOR_SERVE, "MODEL",
     "a page for this computer's browser: drop a picture, see the answer and why",
     "  vibrisa serve runs/default                 http://127.0.0.1:8080/\n"
     "  vibrisa serve runs/default --port 0 --lang es\n",
     command_serve, "Look"},
    {"devices", FOR_DEVICES, "", "the OpenCL devices, and which one would be used",
     "  vibrisa devices\n"
     "  vibrisa devices --device-type gpu\n",
     command_devices, "Device"},
    {"selftest", FOR_SELFTEST, "", "check every kernel on a device against plain C, bit for bit",
     "  vibrisa selftest\n"
     "  vibrisa selftest --device 1:0 --all\n",
     command_selftest, "Device"},
    {"bench", FOR_BENCH, "[RECIPE]", "what a device can do, and what a network makes of it",
     "  vibrisa bench\n"
     "  vibrisa bench notebook --batch 64 --image-size 128\n"
     "  vibrisa bench --device 1:0 --json\n",
     command_bench, "Device"},
    {"tune", FOR_TUNE, "[RECIPE|MODEL]", "find the fastest way to cut each layer's work on this device",
     "  vibrisa tune                               the default recipe, ten seconds\n"
     "  vibrisa tune runs/default --budget 2m\n"
     "  vibrisa tune notebook --batch 64 --json\n",
     command_tune, "Device"},
    {"draw", FOR_DRAW, "DIR", "a data set to try things on: faces of cats and dogs",
     "  vibrisa draw pets                          2,000 pictures to train on, 400 to validate on\n"
     "  vibrisa draw pets --count 100 --seed 7\n"
     "  vibrisa train pets\n",
     command_draw, "Data"},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

const command *command_get(size_t k)
{
    return k < N_COMMANDS ? &commands[k] : NULL;
}

/* ---- signals ---- */

static volatile sig_atomic_t caught;

/* The first asks, the second does not. */
static void on_signal(int number)
{
    if (caught)
        _exit(128 + number);
    caught = number;
}

int stop_signal(void *unused)
{
    (void)unused;
    return caught;
}

static void catch_signals(void)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct sigaction old;
        /* nohup's SIG_IGN stays. */
        if (sigaction(stops[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(stops[i], &action, NULL);
    }
    /* A reader that goes away must not end a training run, nor a full disk's limit. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

int exit_code(int status)
{
    if (status == VIB_INTERRUPTED)
        return caught ? 128 + caught : 128 + SIGINT;
    return status < 0 ? -status : 0;
}

int out_of_memory(void)
{
    complain("out of memory");
    return EXIT_FAILURE;
}

/* ---- help ---- */

static void print_help(void)
{
    printf("Trains and runs image classifiers on any OpenCL device.\n\nUsage: vibrisa COMMAND [OPTIONS]\n");
    for (int i = 0; i < N_COMMANDS; i++) {
        const char *group = commands[i].group;
        if (group && (!i || strcmp(group, commands[i - 1].group ? commands[i - 1].group : "")))
            printf("\n%s:\n", group);
        printf("  %-9s %-21s %s\n", commands[i].name, commands[i].operands, commands[i].about);
    }
    printf("\nRecipes:\n");
    const char *name, *about;
    for (size_t k = 0; (name = vib_recipe_builtin(k, &about)); k++)
        printf("  %-9s %s\n", name, about ? about : "");
    printf("\nExamples:\n"
           "  vibrisa devices                   what there is to compute on\n"
           "  vibrisa train photos              learn the classes in photos/\n"
           "  vibrisa predict runs/default cat.jpg\n"
           "\n`vibrisa COMMAND --help` tells more, with examples; `vibrisa --completion bash|zsh|fish` "
           "prints a\n"
           "script for the shell. Exit codes: 0 ok, 1 failed, 2 usage or recipe, 3 pictures,\n"
           "4 no device, 5 model does not fit, 130 interrupted, 143 terminated.\n");
}

static int print_command_help(const command *cmd)
{
    printf("vibrisa %s: %s\n\nUsage: vibrisa %s %s%s[OPTIONS]\n\nExamples:\n%s", cmd->name, cmd->about,
           cmd->name, cmd->operands, *cmd->operands ? " " : "", cmd->examples);
    options_print(cmd->bit);
    printf(
        "\nVIBRISA_DEVICE, VIBRISA_PLATFORM, VIBRISA_SEED, VIBRISA_WORKERS ... stand for their options.\n");
    return 0;
}

/* ---- commands ---- */

static const command *find_command(const char *name)
{
    const char *names[N_COMMANDS];
    for (int i = 0; i < N_COMMANDS; i++) {
        if (!strcmp(name, commands[i].name))
            return &commands[i];
        names[i] = commands[i].name;
    }
    const char *near = nearest_name(name, names, N_COMMANDS);
    if (near)
        complain("unknown command '%s'; did you mean '%s'?", name, near);
    else
        complain("unknown command '%s'; see: vibrisa --help", name);
    return NULL;
}

static int run_command(const char *program, const command *cmd, int argc, const char **argv)
{
    static const char *const colors[] = {"auto", "always", "never", NULL};
    options o = {.program = program};
    int color = COLOR_AUTO, code = EXIT_USAGE;
    if (options_parse(&o, cmd, argc, argv) < 0 || option_choice(&o, OPT_COLOR, colors, &color) < 0)
        goto done;
    terminal_start((color_mode)color, o.value[OPT_QUIET] != NULL, o.verbose);
    if (o.value[OPT_HELP])
        code = print_command_help(cmd);
    else if (o.value[OPT_VERSION])
        code = printf("vibrisa %s\n", vib_version()) < 0;
    else
        code = cmd->run(&o);
    terminal_clear();
done:
    options_free(&o);
    return code;
}

static int dispatch(int argc, const char **argv)
{
    const char *first = argc > 1 ? argv[1] : "--help";
    const int help = !strcmp(first, "help");
    if (!strcmp(first, "--help") || !strcmp(first, "-h") || (help && argc == 2)) {
        print_help();
        return argc > 1 ? 0 : EXIT_USAGE;
    }
    if (!strcmp(first, "--version"))
        return printf("vibrisa %s\n", vib_version()) < 0;
    if (!strcmp(first, VIB_COMPILE_AHEAD))
        return exit_code(vib_device_compile_ahead());
    if (!strcmp(first, "--completion"))
        return print_completion(argc > 2 ? argv[2] : "");
    if (first[0] == '-') {
        complain("the command comes first: vibrisa COMMAND %s", first);
        return EXIT_USAGE;
    }
    const command *cmd = find_command(help ? argv[2] : first);
    if (!cmd)
        return EXIT_USAGE;
    return help ? print_command_help(cmd) : run_command(argv[0], cmd, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    setlocale(LC_MESSAGES, "");
    setlocale(LC_CTYPE, "");
    catch_signals();
    terminal_start(COLOR_AUTO, 0, 0);
    const int code = dispatch(argc, (const char **)argv);
    if (fflush(stdout) == EOF || ferror(stdout)) {
        complain("standard output: cannot write: %s", strerror(errno));
        return code ? code : EXIT_FAILURE;
    }
    return code;
}
