#include "recipe/recipe.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/mem.h"
#include "recipe/parse.h"

enum { MAX_FILE = 1 << 20, MAX_BUILTIN = 32 };

/* ---- built-in recipes ---- */

static struct {
    char name[32], about[128];
} builtins[MAX_BUILTIN];
static size_t n_builtins;
static pthread_once_t builtins_once = PTHREAD_ONCE_INIT;

/* The name is the file's without its ending, the help text its first line of comment. */
static void describe_builtins(void)
{
    for (; n_builtins < MAX_BUILTIN && vib_embedded_recipes[n_builtins].name; n_builtins++) {
        const vib_embedded *file = &vib_embedded_recipes[n_builtins];
        snprintf(builtins[n_builtins].name, sizeof builtins[0].name, "%.*s", (int)strcspn(file->name, "."),
                 file->name);
        const char *comment = strstr(file->text, "\n# ");
        if (comment)
            snprintf(builtins[n_builtins].about, sizeof builtins[0].about, "%.*s",
                     (int)strcspn(comment + 3, "\n"), comment + 3);
    }
}

const char *vib_recipe_builtin(size_t k, const char **about)
{
    pthread_once(&builtins_once, describe_builtins);
    if (k >= n_builtins)
        return NULL;
    if (about)
        *about = builtins[k].about;
    return builtins[k].name;
}

static const vib_embedded *find_builtin(const char *name)
{
    const char *other;
    for (size_t k = 0; (other = vib_recipe_builtin(k, NULL)); k++)
        if (strcmp(other, name) == 0)
            return &vib_embedded_recipes[k];
    return NULL;
}

/* ---- loading ---- */

/* "…; built-in recipes are default, notebook" */
static int no_such_recipe(const char *name, int error)
{
    int err = VIB_USAGE;
    const char *names[MAX_BUILTIN], *nearest;
    size_t n = 0;
    vib_str text = {0};
    vib_str_printf(&text, "%s: cannot read the recipe: %s", name, strerror(error));
    if (error == ENOENT) {
        while ((names[n] = vib_recipe_builtin(n, NULL)) && n + 1 < MAX_BUILTIN)
            n++;
        if ((nearest = vib_nearest(name, names, n)))
            vib_str_printf(&text, "; did you mean \"%s\"?", nearest);
        vib_str_add(&text, " (built-in recipes:");
        for (size_t i = 0; i < n; i++)
            vib_str_printf(&text, "%s %s", i ? "," : "", names[i]);
        vib_str_add(&text, ")");
    }
    VIB_CHECK_MEM(!text.failed);
    vib_fail(err, "%s", text.text);
fail:
    vib_str_free(&text);
    return err;
}

static int load_file(const char *path, const char *const *overrides, size_t n, vib_recipe **out)
{
    char *text = NULL;
    size_t size = 0;
    const int error = vib_file_read(path, MAX_FILE, &text, &size);
    if (error)
        return no_such_recipe(path, error);
    const int err = strlen(text) == size ? vib_recipe_parse(text, path, overrides, n, out)
                                         : vib_fail(VIB_USAGE, "%s: not a text file", path);
    free(text);
    return err;
}

int vib_recipe_parse(const char *text, const char *origin, const char *const *overrides, size_t n,
                     vib_recipe **out)
{
    return vib_recipe_read(text, origin, overrides, n, 0, out);
}

int vib_recipe_load(const char *name, const char *const *overrides, size_t n, vib_recipe **out)
{
    const vib_embedded *builtin = find_builtin(name);
    return builtin ? vib_recipe_parse(builtin->text, builtin->name, overrides, n, out)
                   : load_file(name, overrides, n, out);
}

void vib_recipe_free(vib_recipe **recipe)
{
    if (!*recipe)
        return;
    vib_graph_free(&(*recipe)->graph);
    free((*recipe)->text);
    free(*recipe);
    *recipe = NULL;
}

const char *vib_recipe_text(const vib_recipe *recipe)
{
    return recipe->text;
}

int vib_recipe_keras(const vib_recipe *recipe)
{
    return recipe->keras;
}

static int check_class_weight(const vib_recipe *recipe, size_t classes)
{
    const vib_list_value *w = &recipe->train.class_weight;
    if (!w->n || (size_t)w->n == classes)
        return 0;
    return vib_fail(
        VIB_BAD_MODEL,
        "class_weight has %d number%s, the data have %zu classes: give one for each, in the order "
        "of their names, or class_weight=balanced",
        w->n, w->n == 1 ? "" : "s", classes);
}

/* Canonical text says everything, so a copy is what it reads to. */
int vib_recipe_resolve(const vib_recipe *recipe, size_t classes, vib_recipe **out)
{
    int err = 0;
    vib_str why = {0};
    vib_recipe *copy = NULL;
    if (classes < 2)
        VIB_FAIL(VIB_BAD_MODEL, "a classifier needs two classes or more, the data have %zu", classes);
    VIB_TRY(vib_recipe_read(recipe->text, "recipe", NULL, 0, classes, &copy));
    if ((err = vib_graph_check_loss(&copy->graph, copy->loss, classes, &why)) < 0) {
        if (why.text)
            vib_fail(err, "the recipe does not fit %zu classes: %s; use --recipe default", classes, why.text);
        goto fail;
    }
    VIB_TRY(check_class_weight(copy, classes));
    *out = copy;
    copy = NULL;
fail:
    vib_recipe_free(&copy);
    vib_str_free(&why);
    return err;
}

int vib_recipe_with_epochs(const vib_recipe *recipe, size_t classes, int epochs, vib_recipe **out)
{
    char line[48];
    const char *const overrides[] = {line};
    snprintf(line, sizeof line, "+train epochs=%d", epochs);
    return vib_recipe_read(recipe->text, "recipe", overrides, 1, classes, out);
}

/* ---- another last layer ---- */

static int is_activation(const vib_layer_ops *ops)
{
    static const char *const words[] = {"relu", "relu6", "leaky_relu", "silu", "tanh", "sigmoid", "softmax"};
    for (size_t i = 0; i < VIB_COUNT(words); i++)
        if (!strcmp(ops->name, words[i]))
            return 1;
    return 0;
}

/* The dense layer a network ends in, perhaps with its activation behind it; -1: it ends in another. */
static int last_dense(const vib_graph *graph)
{
    int i = (int)graph->n - 1;
    while (i > 0 && is_activation(graph->layers[i].ops))
        i--;
    const int fits = i > 0 && !strcmp(graph->layers[i].ops->name, "dense");
    return fits && graph->layers[i].inputs[0] == i - 1 ? i : -1;
}

static const char *skip_lines(const char *text, int n)
{
    while (n-- > 0 && *text)
        text += strcspn(text, "\n") + 1;
    return text;
}

int vib_recipe_reclassify(const vib_recipe *recipe, vib_recipe **out)
{
    int err = 0;
    vib_recipe *copy = NULL;
    vib_str text = {0};
    /* The copy knows the lines of the canonical text. */
    VIB_TRY(vib_recipe_parse(recipe->text, "recipe", NULL, 0, &copy));
    if (!copy->classify) {
        const int last = last_dense(&copy->graph);
        if (last < 0)
            VIB_FAIL(VIB_BAD_MODEL, "the recipe does not end in a dense layer that could be made anew; write "
                                    "`classify` in its place");
        const char *layers = skip_lines(copy->text, copy->graph.layers[last].at.line - 1);
        const char *loss = skip_lines(copy->text, copy->graph.layers[copy->graph.n - 1].at.line);
        vib_str_add_n(&text, copy->text, (size_t)(layers - copy->text));
        vib_str_add(&text, "classify\n");
        vib_str_add(&text, skip_lines(loss, 1));
        VIB_CHECK_MEM(!text.failed);
        char smoothing[64];
        const char *const overrides[] = {smoothing};
        snprintf(smoothing, sizeof smoothing, "loss label_smoothing=%.17g", copy->label_smoothing);
        vib_recipe_free(&copy);
        VIB_TRY(vib_recipe_parse(text.text, "recipe", overrides, 1, &copy));
    }
    *out = copy;
    copy = NULL;
fail:
    vib_recipe_free(&copy);
    vib_str_free(&text);
    return err;
}

/* ---- frozen layers ---- */

/* The layer called by the first n bytes of `name`; -1: there is none, which is said. */
static int find_named(const vib_graph *graph, const char *name, size_t n)
{
    enum { MAX_NAMES = 256 };
    const char *names[MAX_NAMES];
    size_t count = 0;
    char word[80];
    snprintf(word, sizeof word, "%.*s", (int)VIB_MIN(n, sizeof word - 1), name);
    for (size_t i = 0; i < graph->n; i++) {
        if (!strcmp(graph->layers[i].name, word))
            return (int)i;
        if (count < MAX_NAMES)
            names[count++] = graph->layers[i].name;
    }
    const char *nearest = vib_nearest(word, names, count);
    vib_fail(VIB_USAGE, "no layer \"%s\" to freeze%s%s%s", word, nearest ? "; did you mean \"" : "",
             nearest ? nearest : "", nearest ? "\"?" : " (vibrisa summary lists them)");
    return -1;
}

static int mark_all(const vib_graph *graph, unsigned char *marks)
{
    int err = 0, last = -1;
    size_t at;
    vib_str why = {0};
    vib_shape *shapes = vib_calloc(graph->n, sizeof *shapes);
    vib_layer_need *needs = vib_calloc(graph->n, sizeof *needs);
    VIB_CHECK_MEM(shapes && needs);
    VIB_TRY(vib_graph_infer(graph, shapes, needs, &at, &why));
    for (size_t i = 0; i < graph->n; i++)
        if (needs[i].n_weights) {
            marks[i] = 1;
            last = (int)i;
        }
    if (last >= 0)
        marks[last] = 0;
fail:
    vib_str_free(&why);
    free(shapes);
    free(needs);
    return err;
}

static int mark(const vib_graph *graph, const char *list, unsigned char *marks)
{
    for (const char *name = list;; name += strcspn(name, ",") + 1) {
        const size_t n = strcspn(name, ",");
        const int i = find_named(graph, name, n);
        if (i < 0)
            return VIB_USAGE;
        marks[i] = 1;
        if (!name[n])
            return 0;
    }
}

static int is_marked(const vib_graph *graph, const unsigned char *marks, int line)
{
    for (size_t i = 0; i < graph->n; i++)
        if (graph->layers[i].at.line == line)
            return marks[i] && !graph->layers[i].frozen;
    return 0;
}

int vib_recipe_freeze(const vib_recipe *recipe, const char *layers, vib_recipe **out)
{
    int err = 0;
    vib_recipe *copy = NULL;
    vib_str text = {0};
    unsigned char *marks = NULL;
    /* The copy knows the lines of the canonical text, and, with a last layer in the place of `classify`,
     * which of the others is not the last. */
    VIB_TRY(vib_recipe_read(recipe->text, "recipe", NULL, 0, recipe->classify ? 2 : 0, &copy));
    const vib_graph *graph = &copy->graph;
    VIB_CHECK_MEM(marks = vib_calloc(graph->n, 1));
    if (strcmp(layers, "all"))
        VIB_TRY(mark(graph, layers, marks));
    else
        VIB_TRY(mark_all(graph, marks));
    if (recipe->classify && marks[graph->n - 1])
        VIB_FAIL(VIB_USAGE, "%s is what `classify` makes: it is there to be trained",
                 graph->layers[graph->n - 1].name);
    const char *rest = recipe->text;
    for (int line = 1; *rest; line++) {
        const size_t n = strcspn(rest, "\n");
        vib_str_add_n(&text, rest, n);
        vib_str_add(&text, is_marked(graph, marks, line) ? " frozen\n" : "\n");
        rest += n + (rest[n] == '\n');
    }
    VIB_CHECK_MEM(!text.failed);
    VIB_TRY(vib_recipe_parse(text.text, "--freeze", NULL, 0, out));
fail:
    vib_recipe_free(&copy);
    vib_str_free(&text);
    free(marks);
    return err;
}
