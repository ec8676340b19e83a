#include "recipe/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "recipe/words.h"

enum { MAX_LAYERS = 4096, MAX_NAME = 63, MAX_SUGGESTIONS = 64 };

typedef struct parser {
    const char *origin;   /* of the lines being read: a file's name, "--set" */
    const char *override; /* the override being read, or NULL */
    vib_recipe *recipe;
    vib_settings settings;
    int given[VIB_WORDS]; /* the line of each word, 0: none */
    vib_token classify;   /* its place; text NULL: none */
    vib_token loss;       /* likewise, for messages */
    vib_token last;       /* the last line */
    vib_token *tokens;    /* of the current line */
    size_t n_tokens, cap;
    vib_str why;
} parser;

/* ---- messages ---- */

static int mistake(const parser *p, const vib_token *at, const char *fmt, ...) VIB_PRINTF(3, 4);

/* FILE:LINE:COLUMN: reason */
static int mistake(const parser *p, const vib_token *at, const char *fmt, ...)
{
    char reason[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(reason, sizeof reason, fmt, ap);
    va_end(ap);
    if (p->override)
        return vib_fail(VIB_USAGE, "%s:%d:%d: %s (in '%s')", p->origin, at->line, at->column, reason,
                        p->override);
    return vib_fail(VIB_USAGE, "%s:%d:%d: %s", p->origin, at->line, at->column, reason);
}

static int unknown_word(const parser *p, const vib_token *at, const char *word)
{
    const char *words[MAX_SUGGESTIONS] = {"classify"};
    size_t n = 1;
    for (size_t i = 0; i < VIB_WORDS; i++)
        words[n++] = vib_words[i].name;
    for (size_t i = 0; !p->override && vib_layers[i] && n < MAX_SUGGESTIONS; i++)
        words[n++] = vib_layers[i]->name;
    const char *nearest = vib_nearest(word, words, n);
    if (!nearest)
        return mistake(p, at, "unknown word \"%s\"", word);
    return mistake(p, at, "unknown word \"%s\"; did you mean \"%s\"?", word, nearest);
}

/* ---- a line ---- */

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the line into tokens, in place. A comment may hold anything but a recipe is ASCII. */
static int split(parser *p, char *s, int line)
{
    p->n_tokens = 0;
    int column = 1;
    while (*s && *s != '#') {
        if (is_blank(*s)) {
            s++;
            column++;
            continue;
        }
        if (vib_grow(&p->tokens, &p->cap, p->n_tokens + 1, sizeof *p->tokens) < 0)
            return vib_fail(VIB_FAILED, "out of memory");
        const vib_token token = {s, line, column};
        p->tokens[p->n_tokens++] = token;
        for (; *s && *s != '#' && !is_blank(*s); s++, column++)
            if (*s <= ' ' || *s > '~')
                return mistake(p, &(vib_token){NULL, line, column}, "a byte that is not plain text (0x%02x)",
                               (unsigned)(unsigned char)*s);
        if (!*s)
            break;
        const int comment = *s == '#';
        *s++ = 0;
        column++;
        if (comment)
            break;
    }
    return 0;
}

/* Reports what p->why says; nothing there: it was logged. */
static int explain(const parser *p, const vib_token *at, int err)
{
    if (p->why.failed)
        return vib_fail(VIB_FAILED, "out of memory");
    return err < 0 && p->why.len ? mistake(p, at, "%s", p->why.text) : err;
}

/* The options after the first token of the line. */
static int parse_options(parser *p, const vib_field *fields, void *options)
{
    size_t at;
    const vib_token *tokens = p->tokens + 1;
    const size_t n = p->n_tokens - 1;
    p->why.len = 0;
    const int err = vib_fields_parse(fields, options, tokens, n, &p->why, &at);
    const vib_token *last = &p->tokens[p->n_tokens - 1];
    const vib_token end = {NULL, last->line, last->column + (int)strlen(last->text)};
    return explain(p, at < n ? &tokens[at] : &end, err);
}

/* ---- layers ---- */

static const char *after_prefix(const char *text, const char *prefix)
{
    const size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static int is_name(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-";
    return *s && strchr("0123456789.-", *s) == NULL && strlen(s) <= MAX_NAME && s[strspn(s, letters)] == 0;
}

/* The layer before `end` that the recipe named so, or -2. */
static int find_layer(const vib_graph *graph, size_t end, const char *name)
{
    if (strcmp(name, "input") == 0)
        return VIB_INPUT;
    for (size_t i = 0; i < end; i++)
        if (graph->layers[i].named && strcmp(graph->layers[i].name, name) == 0)
            return (int)i;
    return -2;
}

static int set_name(parser *p, const vib_token *at, const char *name)
{
    vib_graph *graph = &p->recipe->graph;
    vib_layer_spec *spec = &graph->layers[graph->n - 1];
    if (!is_name(name))
        return mistake(p, at, "a name is a letter, then letters, digits, _ . or -, at most %d: not \"%s\"",
                       MAX_NAME, name);
    if (spec->name)
        return mistake(p, at, "name is given twice");
    const int other = find_layer(graph, graph->n - 1, name);
    if (other == VIB_INPUT)
        return mistake(p, at, "\"input\" is the picture itself; choose another name");
    if (other >= 0)
        return mistake(p, at, "the layer on line %d is named \"%s\" already", graph->layers[other].at.line,
                       name);
    if (!(spec->name = vib_strdup(name)))
        return vib_fail(VIB_FAILED, "out of memory");
    spec->named = 1;
    return 0;
}

static int resolve_name(const parser *p, const vib_token *at, const char *name, int *out)
{
    const vib_graph *graph = &p->recipe->graph;
    const char *names[MAX_SUGGESTIONS] = {"input"};
    size_t n = 1;
    if ((*out = find_layer(graph, graph->n - 1, name)) >= VIB_INPUT)
        return 0;
    for (size_t i = 0; i + 1 < graph->n && n < MAX_SUGGESTIONS; i++)
        if (graph->layers[i].named)
            names[n++] = graph->layers[i].name;
    const char *nearest = vib_nearest(name, names, n);
    if (!nearest)
        return mistake(p, at, "no earlier layer is named \"%s\"; end its line with name=%s", name, name);
    return mistake(p, at, "no earlier layer is named \"%s\"; did you mean \"%s\"?", name, nearest);
}

static int set_with(parser *p, const vib_token *at, char *list)
{
    vib_layer_spec *spec = &p->recipe->graph.layers[p->recipe->graph.n - 1];
    if (spec->ops->max_inputs == 1)
        return mistake(p, at, "%s has one input; with= is for layers that join several", spec->ops->name);
    if (spec->n_inputs > 1)
        return mistake(p, at, "with is given twice");
    for (char *name = list, *comma; name; name = comma) {
        if ((comma = strchr(name, ',')))
            *comma++ = 0;
        if (spec->n_inputs == VIB_MIN(spec->ops->max_inputs, VIB_MAX_INPUTS))
            return mistake(p, at, "%s joins at most %d layers", spec->ops->name, spec->n_inputs);
        const int err = resolve_name(p, at, name, &spec->inputs[spec->n_inputs++]);
        if (err < 0)
            return err;
    }
    return 0;
}

/* Takes name=, from=, with= and frozen out of the line. */
static int parse_wiring(parser *p)
{
    vib_layer_spec *spec = &p->recipe->graph.layers[p->recipe->graph.n - 1];
    size_t kept = 1;
    int from_given = 0, err = 0;
    for (size_t i = 1; i < p->n_tokens && err >= 0; i++) {
        const vib_token at = p->tokens[i];
        const char *name = after_prefix(at.text, "name="), *from = after_prefix(at.text, "from=");
        const char *with = after_prefix(at.text, "with=");
        if (name) {
            err = set_name(p, &at, name);
        } else if (from) {
            err = from_given++ ? mistake(p, &at, "from is given twice")
                               : resolve_name(p, &at, from, &spec->inputs[0]);
        } else if (with) {
            err = set_with(p, &at, (char *)with);
        } else if (!strcmp(at.text, "frozen")) {
            err = spec->frozen++ ? mistake(p, &at, "frozen is given twice") : 0;
        } else {
            p->tokens[kept++] = at;
        }
    }
    p->n_tokens = kept;
    return err;
}

static int parse_layer(parser *p, const vib_layer_ops *ops)
{
    vib_graph *graph = &p->recipe->graph;
    const vib_token *word = &p->tokens[0];
    if (p->classify.text)
        return mistake(p, word, "layers come before `classify` (line %d), which is the last",
                       p->classify.line);
    if (p->given[VIB_WORD_LOSS])
        return mistake(p, word, "layers come before `loss` (line %d)", p->given[VIB_WORD_LOSS]);
    if (graph->n == MAX_LAYERS)
        return mistake(p, word, "more than %d layers", MAX_LAYERS);
    vib_layer_spec *spec = vib_graph_add(graph, ops);
    if (!spec)
        return vib_fail(VIB_FAILED, "out of memory");
    spec->at = (vib_token){NULL, word->line, word->column};
    int err = parse_wiring(p);
    if (err < 0)
        return err;
    if (spec->n_inputs < ops->min_inputs)
        return mistake(p, word, "%s joins layers: name the others with with=NAME", ops->name);
    return parse_options(p, ops->fields, spec->opts);
}

/* ---- words ---- */

static int find_word(const char *name)
{
    for (int i = 0; i < VIB_WORDS; i++)
        if (strcmp(vib_words[i].name, name) == 0)
            return i;
    return -1;
}

/* What a table cannot say of a word's options. */
static int check_word(const parser *p, vib_word_id id, const vib_token *word)
{
    const vib_settings *s = &p->settings;
    if (id == VIB_WORD_LOSS && p->classify.text && s->loss.function >= 0)
        return mistake(p, word, "`classify` (line %d) chooses the loss itself; leave %s out",
                       p->classify.line, p->override ? "its name" : "one");
    if (id == VIB_WORD_OPTIMIZER && s->optimizer.method == VIB_METHOD_SGD && s->optimizer.nesterov &&
        s->optimizer.momentum == 0)
        return mistake(p, word, "nesterov looks ahead along the momentum: add one, such as momentum=0.9");
    return 0;
}

static int parse_word(parser *p, vib_word_id id)
{
    const vib_token *word = &p->tokens[0];
    if (p->given[id])
        return mistake(p, word, "%s is given twice; it is on line %d already", word->text, p->given[id]);
    if (id == VIB_WORD_LOSS)
        p->loss = (vib_token){NULL, word->line, word->column};
    p->given[id] = word->line;
    const int err = parse_options(p, vib_words[id].fields, vib_word_options(&p->settings, id));
    return err < 0 ? err : check_word(p, id, word);
}

static int parse_classify(parser *p)
{
    static const vib_field none[] = {{0}};
    const vib_token *word = &p->tokens[0];
    if (p->classify.text)
        return mistake(p, word, "classify is given twice; it is on line %d already", p->classify.line);
    if (p->settings.loss.function >= 0)
        return mistake(p, word, "`classify` chooses the loss itself; leave it or `loss` (line %d) out",
                       p->given[VIB_WORD_LOSS]);
    p->classify = (vib_token){"classify", word->line, word->column};
    return parse_options(p, none, NULL);
}

static int parse_line(parser *p)
{
    const vib_token *word = &p->tokens[0];
    const vib_layer_ops *ops = vib_layer_find(word->text);
    const int id = find_word(word->text);
    if (ops)
        return parse_layer(p, ops);
    if (id >= 0)
        return parse_word(p, (vib_word_id)id);
    if (strcmp(word->text, "classify") == 0)
        return parse_classify(p);
    return unknown_word(p, word, word->text);
}

/* "vibrisa 1" */
static int parse_header(const parser *p)
{
    const vib_token *word = &p->tokens[0];
    if (strcmp(word->text, "vibrisa") != 0 || p->n_tokens != 2)
        return mistake(p, word, "a recipe begins with the line \"vibrisa 1\"");
    if (strcmp(p->tokens[1].text, "1") != 0)
        return mistake(p, &p->tokens[1], "version \"%s\" of the recipe format is unknown; this is version 1",
                       p->tokens[1].text);
    return 0;
}

static int parse_lines(parser *p, char *text)
{
    int header = 0, line = 1;
    for (char *s = text, *end; s; s = end, line++) {
        if ((end = strchr(s, '\n')))
            *end++ = 0;
        int err = split(p, s, line);
        if (err < 0)
            return err;
        if (p->n_tokens == 0)
            continue;
        p->last = (vib_token){NULL, line, 1};
        if ((err = header ? parse_line(p) : parse_header(p)) < 0)
            return err;
        header = 1;
    }
    return header ? 0 : mistake(p, &p->last, "the recipe is empty; it begins with the line \"vibrisa 1\"");
}

/* A line that replaces that of its word or, with a + before it, changes some of its options. */
static int parse_override(parser *p, char *text, int number)
{
    int err = split(p, text, number);
    if (err < 0)
        return err;
    if (p->n_tokens == 0)
        return mistake(p, &(vib_token){NULL, number, 1}, "there is no word here");
    const vib_token *word = &p->tokens[0];
    const int amend = word->text[0] == '+';
    const char *name = word->text + amend;
    const int id = find_word(name);
    if (vib_layer_find(name) || strcmp(name, "classify") == 0)
        return mistake(p, word, "%s is part of the network, which only the recipe itself can change", name);
    if (id < 0)
        return unknown_word(p, word, name);
    void *options = vib_word_options(&p->settings, (vib_word_id)id);
    if (!amend)
        vib_fields_default(vib_words[id].fields, options);
    if (!p->given[id])
        p->given[id] = p->last.line;
    err = parse_options(p, vib_words[id].fields, options);
    return err < 0 ? err : check_word(p, (vib_word_id)id, word);
}

static int parse_overrides(parser *p, const char *const *overrides, size_t n)
{
    const char *origin = p->origin;
    int err = 0;
    p->origin = "--set";
    for (size_t i = 0; i < n && err >= 0; i++) {
        char *copy = vib_strdup(overrides[i]);
        p->override = overrides[i];
        err = copy ? parse_override(p, copy, (int)i + 1) : vib_fail(VIB_FAILED, "out of memory");
        free(copy);
    }
    p->origin = origin;
    p->override = NULL;
    return err;
}

/* ---- the whole ---- */

/* Defaults that depend on the method are Keras's. */
static void choose_defaults(vib_settings *s)
{
    const int sgd = s->optimizer.method == VIB_METHOD_SGD, adamw = s->optimizer.method == VIB_METHOD_ADAMW;
    if (s->optimizer.lr < 0)
        s->optimizer.lr = sgd ? 0.01 : 0.001;
    if (s->optimizer.weight_decay < 0)
        s->optimizer.weight_decay = adamw ? 0.004 : 0;
}

static int check_schedule(const parser *p)
{
    const vib_settings *s = &p->settings;
    const int has_least =
        s->schedule.method == VIB_SCHEDULE_COSINE || s->schedule.method == VIB_SCHEDULE_PLATEAU;
    if (!has_least || s->schedule.min_lr <= s->optimizer.lr)
        return 0;
    return mistake(p, &(vib_token){NULL, p->given[VIB_WORD_SCHEDULE], 1},
                   "min_lr=%g is above the optimizer's lr=%g, where the schedule begins", s->schedule.min_lr,
                   s->optimizer.lr);
}

static vib_optimizer optimizer_of(const vib_settings *s)
{
    const int sgd = s->optimizer.method == VIB_METHOD_SGD, adam = s->optimizer.method == VIB_METHOD_ADAM;
    return (vib_optimizer){
        .lr = s->optimizer.lr,
        .beta1 = s->optimizer.beta1,
        .beta2 = s->optimizer.beta2,
        .epsilon = s->optimizer.epsilon,
        .method = s->optimizer.method,
        .momentum = sgd ? s->optimizer.momentum : 0,
        .nesterov = sgd && s->optimizer.nesterov,
        .weight_decay = adam ? 0 : s->optimizer.weight_decay,
        .clip_norm = s->optimizer.clip_norm,
    };
}

static void apply_settings(const vib_settings *s, vib_recipe *r)
{
    r->keras = s->image.compat;
    r->preprocess = (vib_preprocess){
        .height = s->image.size.h,
        .width = s->image.size.w,
        .channels = s->image.color ? 3 : 1,
        .resize = (vib_resize)s->image.resize,
        .fit = (vib_fit)s->image.fit,
        .exif = !s->image.compat,
        .keras = s->image.compat,
    };
    r->graph.input = (vib_shape){s->image.size.h, s->image.size.w, r->preprocess.channels, 0};
    r->rescale = s->rescale.factor;
    r->augment = s->augment;
    r->has_augment = vib_augment_uses(&s->augment) != 0;
    r->loss = (vib_loss)(s->loss.function + 1);
    r->label_smoothing = s->loss.label_smoothing;
    r->optimizer = optimizer_of(s);
    r->schedule = s->schedule;
    r->stop = s->stop;
    r->train.epochs = s->train.epochs;
    r->train.batch = s->train.batch;
    r->train.steps = s->train.steps;
    r->train.rounds = s->train.rounds;
    r->train.shuffle = s->train.shuffle;
    r->train.class_weight = s->train.class_weight;
    r->validate.steps = s->validate.steps;
    r->validate.order = (vib_order)s->validate.order;
    r->evaluate_all = s->evaluate.pictures;
}

/* What `classify` stands for: two classes → `dense 1 sigmoid`, N → `dense N softmax`. */
static int add_classifier(parser *p, size_t classes)
{
    vib_recipe *r = p->recipe;
    vib_layer_spec *spec = vib_graph_add(&r->graph, vib_layer_find("dense"));
    if (!spec)
        return vib_fail(VIB_FAILED, "out of memory");
    spec->at = (vib_token){NULL, p->classify.line, p->classify.column};
    char units[24];
    snprintf(units, sizeof units, "%zu", classes == 2 ? 1 : classes);
    const vib_token tokens[] = {{units, 0, 0}, {classes == 2 ? "sigmoid" : "softmax", 0, 0}};
    size_t at;
    p->why.len = 0;
    const int err = vib_fields_parse(spec->ops->fields, spec->opts, tokens, 2, &p->why, &at);
    if (err < 0)
        return explain(p, &p->classify, err);
    r->loss = classes == 2 ? VIB_LOSS_BINARY_CROSSENTROPY : VIB_LOSS_CATEGORICAL_CROSSENTROPY;
    p->settings.loss.function = (int)r->loss - 1;
    return 0;
}

static void remove_classifier(parser *p)
{
    vib_graph *graph = &p->recipe->graph;
    vib_layer_spec *spec = &graph->layers[--graph->n];
    free(spec->opts);
    free(spec->name);
    p->recipe->loss = VIB_LOSS_NONE;
    p->settings.loss.function = -1;
}

/* A given name may be one that an unnamed layer gets. */
static int check_names(const parser *p)
{
    const vib_graph *graph = &p->recipe->graph;
    for (size_t i = 0; i < graph->n; i++)
        for (size_t j = 0; graph->layers[i].named && j < graph->n; j++)
            if (j != i && strcmp(graph->layers[i].name, graph->layers[j].name) == 0)
                return mistake(p, &graph->layers[i].at,
                               "\"%s\" is the name that the layer on line %d gets by itself; choose another",
                               graph->layers[i].name, graph->layers[j].at.line);
    return 0;
}

static int is_given(const vib_field *fields, const char *name, const void *options)
{
    while (strcmp(fields->name, name) != 0)
        fields++;
    return !vib_field_is_default(fields, options);
}

/* An option of `augment` that would do nothing is a mistake. */
static int check_augment(const parser *p)
{
    const vib_augment *a = &p->settings.augment;
    const unsigned uses = vib_augment_uses(a);
    const int color = p->settings.image.color;
    const struct {
        const char *option, *needs;
        int has;
    } options[] = {
        {"fill", "rotation, a shift, shear or zoom", (uses & VIB_USES_AFFINE) != 0},
        {"cval", "fill=constant or crop", a->fill == VIB_FILL_CONSTANT || a->crop},
        {"crop_ratio", "crop_scale", (uses & VIB_USES_CROP_SCALE) != 0},
        {"saturation", "colours, and the picture is grey", color},
        {"hue", "colours, and the picture is grey", color},
        {"erase_scale", "erase", (uses & VIB_USES_ERASE) != 0},
        {"erase_ratio", "erase", (uses & VIB_USES_ERASE) != 0},
        {"erase_value", "erase", (uses & VIB_USES_ERASE) != 0},
    };
    const vib_token at = {NULL, p->given[VIB_WORD_AUGMENT], 1};
    for (size_t i = 0; i < VIB_COUNT(options); i++)
        if (!options[i].has && is_given(vib_words[VIB_WORD_AUGMENT].fields, options[i].option, a))
            return mistake(p, &at, "augment: %s does nothing without %s", options[i].option,
                           options[i].needs);
    return 0;
}

static int check_uses(const parser *p)
{
    const vib_graph *graph = &p->recipe->graph;
    char *used = vib_calloc(graph->n, 1);
    if (!used)
        return vib_fail(VIB_FAILED, "out of memory");
    for (size_t i = 0; i < graph->n; i++)
        for (int k = 0; k < graph->layers[i].n_inputs; k++)
            if (graph->layers[i].inputs[k] != VIB_INPUT)
                used[graph->layers[i].inputs[k]] = 1;
    size_t i = 0;
    while (i + 1 < graph->n && used[i])
        i++;
    free(used);
    if (i + 1 < graph->n)
        return mistake(p, &graph->layers[i].at, "no later layer uses the output of %s",
                       graph->layers[i].name);
    return 0;
}

static int check_shapes(parser *p)
{
    int err = 0;
    size_t at = 0;
    const vib_graph *graph = &p->recipe->graph;
    vib_shape *shapes = vib_calloc(graph->n, sizeof *shapes);
    vib_layer_need *needs = vib_calloc(graph->n, sizeof *needs);
    VIB_CHECK_MEM(shapes && needs);
    p->why.len = 0;
    err = vib_graph_infer(graph, shapes, needs, &at, &p->why);
    VIB_TRY(explain(p, &graph->layers[at].at, err));
    for (size_t i = 0; i < graph->n; i++)
        if (graph->layers[i].frozen && !needs[i].n_weights) {
            err = mistake(p, &graph->layers[i].at, "%s has no weights that could be frozen",
                          graph->layers[i].ops->name);
            goto fail;
        }
    const vib_loss loss = p->recipe->loss;
    const size_t outputs = (size_t)shapes[graph->n - 1].c;
    const size_t classes = loss == VIB_LOSS_CATEGORICAL_CROSSENTROPY ? VIB_MAX(outputs, 2) : 2;
    p->why.len = 0;
    err = vib_graph_check_loss(graph, loss, classes, &p->why);
    err = explain(p, p->classify.text ? &p->classify : &p->loss, err);
fail:
    free(shapes);
    free(needs);
    return err;
}

static int check_network(parser *p)
{
    int err;
    VIB_TRY(vib_graph_name_layers(&p->recipe->graph));
    VIB_TRY(check_names(p));
    VIB_TRY(check_uses(p));
    VIB_TRY(check_shapes(p));
fail:
    return err;
}

static int finish(parser *p, size_t classes)
{
    int err = 0;
    vib_recipe *r = p->recipe;
    if (!p->given[VIB_WORD_IMAGE])
        return mistake(p, &p->last, "there is no image line; add one such as \"image 64x64 rgb\"");
    if (!p->classify.text && r->graph.n == 0)
        return mistake(p, &p->last, "the network has no layers");
    if (!p->classify.text && !p->given[VIB_WORD_LOSS])
        return mistake(p, &p->last,
                       "there is no loss; add \"classify\", or a line such as \"loss binary_crossentropy\"");
    if (!p->loss.line)
        p->loss = p->last;
    if (!p->classify.text && p->settings.loss.function < 0)
        return mistake(p, &p->loss, "the loss is missing: binary_crossentropy or categorical_crossentropy");
    choose_defaults(&p->settings);
    VIB_TRY(check_augment(p));
    VIB_TRY(check_schedule(p));
    p->settings.stop.on = p->given[VIB_WORD_STOP] != 0;
    apply_settings(&p->settings, r);
    if (p->classify.text)
        VIB_TRY(add_classifier(p, classes ? classes : 2));
    VIB_TRY(check_network(p));
    r->classify = p->classify.text && !classes;
    if (r->classify)
        remove_classifier(p);
fail:
    return err;
}

/* ---- canonical text ---- */

static void end_line(vib_str *out)
{
    while (!out->failed && out->text[out->len - 1] == ' ')
        out->len--;
    vib_str_add(out, "\n");
}

static void print_word(const parser *p, vib_word_id id, vib_str *out)
{
    if (vib_words[id].optional && !p->given[id])
        return;
    vib_str_printf(out, "%-9s", vib_words[id].name);
    vib_fields_print(vib_words[id].fields, (const char *)&p->settings + vib_words[id].offset, out);
    end_line(out);
}

static const char *input_name(const vib_graph *graph, int input)
{
    return input == VIB_INPUT ? "input" : graph->layers[input].name;
}

static void print_layer(const vib_graph *graph, size_t i, vib_str *out)
{
    const vib_layer_spec *spec = &graph->layers[i];
    vib_str_printf(out, "%-9s", spec->ops->name);
    vib_fields_print(spec->ops->fields, spec->opts, out);
    if (spec->frozen)
        vib_str_add(out, " frozen");
    if (spec->named)
        vib_str_printf(out, " name=%s", spec->name);
    if (spec->inputs[0] != (i ? (int)i - 1 : VIB_INPUT))
        vib_str_printf(out, " from=%s", input_name(graph, spec->inputs[0]));
    for (int k = 1; k < spec->n_inputs; k++)
        vib_str_printf(out, "%s%s", k == 1 ? " with=" : ",", input_name(graph, spec->inputs[k]));
    end_line(out);
}

static int print_recipe(const parser *p)
{
    vib_str out = {0};
    vib_recipe *r = p->recipe;
    vib_str_add(&out, "vibrisa 1\n");
    for (int id = VIB_WORD_IMAGE; id < VIB_WORD_LOSS; id++)
        print_word(p, (vib_word_id)id, &out);
    for (size_t i = 0; i < r->graph.n; i++)
        print_layer(&r->graph, i, &out);
    if (r->classify)
        vib_str_add(&out, "classify\n");
    const int plain_loss = r->classify && p->settings.loss.label_smoothing == 0;
    for (int id = plain_loss ? VIB_WORD_LOSS + 1 : VIB_WORD_LOSS; id < VIB_WORDS; id++)
        print_word(p, (vib_word_id)id, &out);
    r->text = out.text;
    return out.failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

int vib_recipe_read(const char *text, const char *origin, const char *const *overrides, size_t n,
                    size_t classes, vib_recipe **out)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    int err = 0;
    const char *start = after_prefix(text, byte_order_mark);
    char *copy = vib_strdup(start ? start : text);
    parser p = {.origin = origin, .recipe = vib_calloc(1, sizeof *p.recipe), .last = {NULL, 1, 1}};
    VIB_CHECK_MEM(copy && p.recipe);
    for (int id = 0; id < VIB_WORDS; id++)
        vib_fields_default(vib_words[id].fields, vib_word_options(&p.settings, (vib_word_id)id));
    VIB_TRY(parse_lines(&p, copy));
    VIB_TRY(parse_overrides(&p, overrides, n));
    VIB_TRY(finish(&p, classes));
    VIB_TRY(print_recipe(&p));
    *out = p.recipe;
    p.recipe = NULL;
fail:
    vib_recipe_free(&p.recipe);
    vib_str_free(&p.why);
    free(p.tokens);
    free(copy);
    return err;
}
