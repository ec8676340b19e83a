/* Completion scripts of three shells, made from the tables of commands and options. */
#include <ctype.h>
#include <string.h>

#include "command.h"

/* ---- what an argument can be ---- */

typedef struct values {
    char words[256]; /* apart by blanks */
    int files, folders;
} values;

static void add_word(values *v, const char *word, size_t n)
{
    const size_t at = strlen(v->words);
    snprintf(v->words + at, sizeof v->words - at, "%s%.*s", at ? " " : "", (int)n, word);
}

static void add_recipes(values *v)
{
    const char *name;
    for (size_t k = 0; (name = vib_recipe_builtin(k, NULL)); k++)
        add_word(v, name, strlen(name));
}

static void add_pictures(values *v)
{
    const char *name;
    for (size_t k = 0; (name = show_kind(k)); k++)
        add_word(v, name, strlen(name));
}

static int begins(const char *text, const char *word)
{
    return !strncmp(text, word, strlen(word));
}

/* "auto|cpu|gpu", "NAME|FILE", "MODEL DIR": lower-case words are themselves. */
static values values_of(const char *text)
{
    values v = {.words = ""};
    for (size_t n; *text; text += n + (text[n] != 0)) {
        n = strcspn(text, "| ");
        text += *text == '[';
        if (islower((unsigned char)*text))
            add_word(&v, text, strcspn(text, "| "));
        else if (begins(text, "DIR") || begins(text, "RUN"))
            v.folders = 1;
        else if (begins(text, "FILE") || begins(text, "MODEL") || begins(text, "IMAGE"))
            v.files = 1;
        else if (begins(text, "RECIPE"))
            add_recipes(&v);
        else if (begins(text, "WHAT"))
            add_pictures(&v);
        n = strcspn(text, "| ");
    }
    return v;
}

static values values_of_option(option_id id)
{
    const option *opt = option_get(id);
    values v = values_of(opt->argument ? opt->argument : "");
    if (id == OPT_RECIPE)
        add_recipes(&v);
    return v;
}

static values values_of_operands(const command *cmd)
{
    values v = values_of(cmd->operands);
    v.files |= v.folders && v.files;
    return v;
}

/* Text inside single quotes, with a backslash before each of `special`; how the shell writes a quote itself
 * is `quote`. */
static void print_quoted(const char *text, const char *special, const char *quote)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs(quote, stdout);
        else
            printf("%s%c", strchr(special, *text) ? "\\" : "", *text);
    }
}

/* ---- bash ---- */

static void bash_reply(const values *v, const char *indent)
{
    if (*v->words)
        printf("%smapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")\n", indent, v->words);
    if (v->files || v->folders)
        printf("%smapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -%c -- \"$word\")\n", indent,
               v->files ? 'f' : 'd');
    printf("%sreturn\n", indent);
}

static void bash_option(option_id id)
{
    const option *opt = option_get(id);
    const values v = values_of_option(id);
    if (!opt->argument)
        return;
    printf("    --%s", opt->name);
    if (opt->letter)
        printf(" | -%c", opt->letter);
    printf(")\n");
    if (opt->flags & OPTIONAL) /* or the next option */
        printf("        [[ $word == -* ]] || {\n");
    bash_reply(&v, opt->flags & OPTIONAL ? "            " : "        ");
    printf("%s        ;;\n", opt->flags & OPTIONAL ? "        }\n" : "");
}

static void bash_command(const command *cmd)
{
    const values v = values_of_operands(cmd);
    printf("    %s)\n        if [[ $word == -* ]]; then\n            mapfile -t COMPREPLY < <(compgen -W '",
           cmd->name);
    for (int id = 0, first = 1; id < N_OPTIONS; id++)
        if (option_get((option_id)id)->commands & cmd->bit) {
            printf("%s--%s", first ? "" : " ", option_get((option_id)id)->name);
            first = 0;
        }
    printf("' -- \"$word\")\n            return\n        fi\n");
    bash_reply(&v, "        ");
    printf("        ;;\n");
}

static void print_bash(void)
{
    const command *cmd;
    printf("# Completion of vibrisa for bash, made by `vibrisa --completion bash`.\n"
           "_vibrisa()\n{\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    COMPREPLY=()\n"
           "    [[ $word == = ]] && word=\n" /* --option=value is three words */
           "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}\n"
           "    if ((COMP_CWORD == 1)); then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '");
    for (size_t k = 0; (cmd = command_get(k)); k++)
        printf("%s ", cmd->name);
    printf("help --help --version' -- \"$word\")\n        return\n    fi\n    case $before in\n");
    for (int id = 0; id < N_OPTIONS; id++)
        bash_option((option_id)id);
    printf("    esac\n    case ${COMP_WORDS[1]} in\n");
    for (size_t k = 0; (cmd = command_get(k)); k++)
        bash_command(cmd);
    printf("    help)\n        mapfile -t COMPREPLY < <(compgen -W '");
    for (size_t k = 0; (cmd = command_get(k)); k++)
        printf("%s%s", k ? " " : "", cmd->name);
    printf("' -- \"$word\")\n        ;;\n    esac\n}\ncomplete -o filenames -F _vibrisa vibrisa\n");
}

/* ---- zsh ---- */

static void zsh_quoted(const char *text)
{
    print_quoted(text, "[]:\\", "'\\''");
}

static void zsh_values(const values *v)
{
    if (*v->words && v->files)
        printf("{_alternative \"words\\:word\\:(%s)\" \"files\\:file\\:_files\"}", v->words);
    else if (*v->words)
        printf("(%s)", v->words);
    else if (v->files)
        printf("_files");
    else if (v->folders)
        printf("_files -/");
}

static void zsh_option(option_id id)
{
    const option *opt = option_get(id);
    const values v = values_of_option(id);
    printf(" \\\n            ");
    if (opt->letter)
        printf("'(-%c --%s)'{-%c,--%s}'", opt->letter, opt->name, opt->letter, opt->name);
    else
        printf("'%s--%s", id == OPT_SET ? "*" : "", opt->name);
    putchar('[');
    zsh_quoted(opt->help);
    putchar(']');
    if (opt->argument) {
        fputs(opt->flags & OPTIONAL ? "::" : ":", stdout);
        zsh_quoted(opt->argument);
        putchar(':');
        zsh_values(&v);
    }
    putchar('\'');
}

static void zsh_command(const command *cmd)
{
    const values v = values_of_operands(cmd);
    printf("    %s)\n        _arguments", cmd->name);
    for (int id = 0; id < N_OPTIONS; id++)
        if (option_get((option_id)id)->commands & cmd->bit)
            zsh_option((option_id)id);
    if (*cmd->operands) {
        printf(" \\\n            '*:");
        zsh_quoted(cmd->operands);
        putchar(':');
        zsh_values(&v);
        putchar('\'');
    }
    printf("\n        ;;\n");
}

static void print_zsh(void)
{
    const command *cmd;
    printf("#compdef vibrisa\n# Completion of vibrisa for zsh, made by `vibrisa --completion zsh`.\n"
           "_vibrisa() {\n    local -a commands\n    commands=(\n");
    for (size_t k = 0; (cmd = command_get(k)); k++) {
        printf("        '%s:", cmd->name);
        print_quoted(cmd->about, "", "'\\''");
        printf("'\n");
    }
    printf(
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
        "    shift words\n    (( CURRENT-- ))\n    case $words[1] in\n");
    for (size_t k = 0; (cmd = command_get(k)); k++)
        zsh_command(cmd);
    printf("    help)\n        _describe command commands\n        ;;\n    esac\n}\n"
           "if [[ $funcstack[1] == _vibrisa ]]; then\n    _vibrisa \"$@\"\nelse\n    compdef _vibrisa "
           "vibrisa\nfi\n");
}

/* ---- fish ---- */

static void fish_quoted(const char *text)
{
    putchar('\'');
    print_quoted(text, "\\", "\\'");
    putchar('\'');
}

static void fish_option(option_id id)
{
    const command *cmd;
    const option *opt = option_get(id);
    const values v = values_of_option(id);
    printf("complete -c vibrisa -n '__fish_seen_subcommand_from");
    for (size_t k = 0; (cmd = command_get(k)); k++)
        if (opt->commands & cmd->bit)
            printf(" %s", cmd->name);
    printf("' -l %s", opt->name);
    if (opt->letter)
        printf(" -s %c", opt->letter);
    if (opt->argument && !(opt->flags & OPTIONAL))
        fputs(v.files ? " -r" : " -x", stdout);
    if (*v.words)
        printf(" -a '%s'", v.words);
    else if (v.folders)
        printf(" -a '(__fish_complete_directories)'");
    printf(" -d ");
    fish_quoted(opt->help);
    putchar('\n');
}

static void print_fish(void)
{
    const command *cmd;
    printf("# Completion of vibrisa for fish, made by `vibrisa --completion fish`.\n");
    for (size_t k = 0; (cmd = command_get(k)); k++) {
        printf("complete -c vibrisa -f -n __fish_use_subcommand -a %s -d ", cmd->name);
        fish_quoted(cmd->about);
        putchar('\n');
        const values v = values_of_operands(cmd);
        if (*v.words)
            printf("complete -c vibrisa -n '__fish_seen_subcommand_from %s' -a '%s'\n", cmd->name, v.words);
    }
    for (int id = 0; id < N_OPTIONS; id++)
        fish_option((option_id)id);
}

int print_completion(const char *shell)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (!strcmp(shell, shells[i].name)) {
            shells[i].print();
            return 0;
        }
    complain("--completion: '%s' is not one of bash, zsh, fish", shell);
    return EXIT_USAGE;
}
