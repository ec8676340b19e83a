#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"

/* Where Keras's columns end (K50), and how wide ours are. */
enum { NAME_END = 29, SHAPE_END = 55, KERAS_END = 65, LINE_END = 112 };

/* ---- is it a model? ---- */

int is_builtin(const char *name)
{
    const char *builtin;
    for (size_t k = 0; (builtin = vib_recipe_builtin(k, NULL)); k++)
        if (!strcmp(name, builtin))
            return 1;
    return 0;
}

/* A run's folder, or a file that is not text: .safetensors begins with a length, then a brace. */
int is_model(const char *path)
{
    struct stat st;
    char head[9] = "";
    const char *dot = strrchr(path, '.');
    if (is_builtin(path))
        return 0;
    if (dot && !strcmp(dot, ".safetensors"))
        return 1;
    if (stat(path, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return 1;
    FILE *file = fopen(path, "rb");
    const size_t n = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    return n == sizeof head && (head[8] == '{' || memchr(head, 0, n));
}

/* ---- the table ---- */

static void rule(char c)
{
    for (int i = 0; i < LINE_END; i++)
        putchar(c);
    putchar('\n');
}

/* Keras cuts a column at its end and leaves one blank before the next. */
static void keras_columns(const char *name, const char *shape, const char *parameters)
{
    printf("%-*.*s %-*.*s %-*.*s", NAME_END - 1, NAME_END - 1, name, SHAPE_END - NAME_END - 1,
           SHAPE_END - NAME_END - 1, shape, KERAS_END - SHAPE_END, KERAS_END - SHAPE_END, parameters);
}

static void our_columns(const char *field, const char *macs, const char *dense)
{
    printf("%9s%16s%22s\n", field, macs, dense);
}

static void print_row(const vib_summary_row *row)
{
    char name[128], shape[64], parameters[24], field[16] = "", macs[32] = "", dense[32] = "";
    snprintf(name, sizeof name, "%s (%s)", row->name, row->type);
    if (row->height)
        snprintf(shape, sizeof shape, "(None, %d, %d, %d)", row->height, row->width, row->channels);
    else
        snprintf(shape, sizeof shape, "(None, %d)", row->channels);
    snprintf(parameters, sizeof parameters, "%" PRIu64, row->parameters);
    if (row->receptive_field)
        snprintf(field, sizeof field, "%d", row->receptive_field);
    else
        snprintf(field, sizeof field, "all");
    if (row->multiply_adds)
        with_commas(row->multiply_adds, macs);
    if (row->dense_parameters)
        with_commas(row->dense_parameters, dense);
    keras_columns(name, shape, parameters);
    our_columns(field, macs, dense);
}

static void print_table(const vib_summary *s)
{
    printf("Model: \"sequential\"\n");
    rule('_');
    keras_columns("Layer (type)", "Output Shape", "Param #");
    our_columns("sees", "multiply-adds", "a dense layer's");
    rule('=');
    for (size_t i = 0; i < s->n; i++) {
        print_row(&s->rows[i]);
        rule(i + 1 < s->n ? '_' : '=');
    }
    char total[32], trained[32], other[32];
    printf("Total params: %s\nTrainable params: %s\nNon-trainable params: %s\n",
           with_commas(s->parameters, total), with_commas(s->trained, trained),
           with_commas(s->parameters - s->trained, other));
    rule('_');
}

/* ---- below it ---- */

static const char *bytes_text(uint64_t n, char text[32])
{
    snprintf(text, 32, n < 1048576 ? "%.1f KiB" : "%.1f MiB", (double)n / (n < 1048576 ? 1024 : 1048576));
    return text;
}

static void print_costs(const vib_summary *s)
{
    char macs[32], weights[32], activations[32];
    printf("input: %dx%dx%d\nmultiply-adds for one picture: %s\n", s->input_height, s->input_width,
           s->input_channels, with_commas(s->multiply_adds, macs));
    printf("memory for training with batches of %d: %s of weights, gradients and moments, %s of activations "
           "and their gradients\n",
           s->batch, bytes_text(s->weight_bytes, weights), bytes_text(s->activation_bytes, activations));
    printf("sees: pixels along a side of the picture that one output depends on\n");
    for (size_t i = 0; i < s->n; i++) {
        char own[32], dense[32];
        const vib_summary_row *row = &s->rows[i];
        if (!row->dense_parameters)
            continue;
        printf("%s has %s weights; a dense layer with the same output would have %s\n", row->name,
               with_commas(row->parameters, own), with_commas(row->dense_parameters, dense));
        break;
    }
}

static void print_model(const vib_model *model)
{
    const size_t n = vib_model_classes(model);
    printf("%zu classes: ", n);
    for (size_t k = 0; k < n && k < NAMES_SHOWN; k++) {
        fputs(k ? ", " : "", stdout);
        print_name(vib_model_class_name(model, k));
    }
    printf("%s\nhash: %s\n", n > NAMES_SHOWN ? ", ..." : "", vib_model_hash(model));
}

static json_t *row_json(const vib_summary_row *r)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:i, s:i, s:I}", "name", r->name, "type",
                     r->type, "height", r->height, "width", r->width, "channels", r->channels, "parameters",
                     (json_int_t)r->parameters, "trained", (json_int_t)r->trained, "multiply_adds",
                     (json_int_t)r->multiply_adds, "receptive_field", r->receptive_field, "jump", r->jump,
                     "dense_parameters", (json_int_t)r->dense_parameters);
}

static void print_as_json(const vib_summary *s, const vib_model *model)
{
    json_t *layers = json_array();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(layers, row_json(&s->rows[i]));
    json_t *all = json_pack("{s:[i,i,i], s:o, s:I, s:I, s:I, s:I, s:I, s:i}", "input", s->input_height,
                            s->input_width, s->input_channels, "layers", layers, "parameters",
                            (json_int_t)s->parameters, "trained", (json_int_t)s->trained, "multiply_adds",
                            (json_int_t)s->multiply_adds, "weight_bytes", (json_int_t)s->weight_bytes,
                            "activation_bytes", (json_int_t)s->activation_bytes, "batch", s->batch);
    if (model) {
        json_t *classes = json_array();
        for (size_t k = 0; k < vib_model_classes(model); k++)
            json_array_append_new(classes, json_text(vib_model_class_name(model, k)));
        json_object_set_new(all, "classes", classes);
        json_object_set_new(all, "hash", json_string(vib_model_hash(model)));
    }
    print_json(all, JSON_COMPACT);
}

int command_summary(const options *o)
{
    vib_model *model = NULL;
    vib_recipe *recipe = NULL;
    vib_summary summary = {0};
    if (check_operands(o, 1, 1, "a model or a recipe") < 0)
        return EXIT_USAGE;
    const char *what = o->operands[0];
    if (o->value[OPT_HASH] && is_builtin(what)) {
        complain("--hash is of models; '%s' is a recipe", what);
        return EXIT_USAGE;
    }
    int err = o->value[OPT_HASH] || is_model(what) ? vib_model_open(what, &model)
                                                   : vib_recipe_load(what, NULL, 0, &recipe);
    if (err >= 0 && o->value[OPT_HASH]) {
        puts(vib_model_hash(model));
        goto done;
    }
    if (err >= 0)
        err = vib_recipe_summary(model ? vib_model_recipe(model) : recipe,
                                 model ? (int)vib_model_classes(model) : 0, &summary);
    if (err < 0)
        goto done;
    if (o->value[OPT_JSON]) {
        print_as_json(&summary, model);
        goto done;
    }
    print_table(&summary);
    print_costs(&summary);
    if (model)
        print_model(model);
done:
    vib_summary_free(&summary);
    vib_recipe_free(&recipe);
    vib_model_free(&model);
    return exit_code(err);
}
