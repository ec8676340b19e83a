#include "picture/page/facts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vibrisa/log.h>

#include "base/file.h"
#include "base/mem.h"
#include "picture/page/template.h"

json_t *vib_page_text(const char *text)
{
    const size_t n = vib_escape(text, NULL, 0) + 1;
    char *plain = vib_calloc(n, 1);
    if (plain)
        vib_escape(text, plain, n);
    json_t *s = plain ? json_string(plain) : NULL;
    free(plain);
    return s;
}

json_t *vib_page_textf(const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return vib_page_text(text);
}

json_t *vib_page_names(const vib_model *model)
{
    enum { MOST_NAMES = 4 };
    vib_str names = {0};
    const size_t n = vib_model_classes(model);
    for (size_t k = 0; k < n && k < MOST_NAMES; k++)
        vib_str_printf(&names, "%s%s", k ? ", " : "", vib_model_class_name(model, k));
    vib_str_add(&names, n > MOST_NAMES ? ", \xe2\x80\xa6" : "");
    json_t *text = names.failed ? NULL : vib_page_text(names.text);
    vib_str_free(&names);
    return text;
}

/* "94,433", with a thin space in place of the comma: of no language. */
static json_t *count(uint64_t n)
{
    char digits[24], text[64] = "";
    const int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    size_t to = 0;
    for (int i = 0; i < len; i++) {
        if (i && len > 4 && (len - i) % 3 == 0)
            to += (size_t)sprintf(text + to, "\xe2\x80\xaf");
        text[to++] = digits[i];
    }
    return json_stringn(text, to);
}

static json_t *percent(double share)
{
    return isfinite(share) ? vib_page_textf("%.1f %%", 100 * share) : json_string("\xe2\x80\x93");
}

/* ---- how good ---- */

void vib_wilson(double hits, double n, double *low, double *high)
{
    const double z = 1.959964, p = hits / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double reach = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    *low = fmax(0, middle - reach);
    *high = fmin(1, middle + reach);
}

static json_t *class_rows(const vib_model *model, const vib_evaluation *e)
{
    enum { MOST_CLASSES = 200 };
    json_t *rows = json_array();
    for (size_t k = 0; k < e->classes && k < MOST_CLASSES; k++) {
        const vib_class_figures *f = &e->per_class[k];
        json_array_append_new(rows, json_pack("{s:o, s:o, s:o, s:o}", "name",
                                              vib_page_text(vib_model_class_name(model, k)), "pictures",
                                              count(f->pictures), "recall", percent(f->recall), "precision",
                                              percent(f->precision)));
    }
    return rows;
}

void vib_facts_measured(json_t *data, const vib_model *model, const vib_evaluation *e)
{
    double low, high;
    uint64_t hits = 0;
    size_t larger = 0;
    for (size_t k = 0; k < e->classes; k++) {
        hits += e->confusion[k * e->classes + k];
        if (e->per_class[k].pictures > e->per_class[larger].pictures)
            larger = k;
    }
    vib_wilson((double)hits, (double)e->pictures, &low, &high);
    json_object_set_new(data, "measured", json_true());
    json_object_set_new(data, "accuracy", vib_page_textf("%.1f", 100 * e->accuracy));
    json_object_set_new(data, "hits", count(hits));
    json_object_set_new(data, "pictures", count(e->pictures));
    json_object_set_new(data, "n_classes", count(e->classes));
    json_object_set_new(data, "larger", vib_page_text(vib_model_class_name(model, larger)));
    json_object_set_new(
        data, "guess",
        vib_page_textf("%.1f", 100. * (double)e->per_class[larger].pictures / (double)e->pictures));
    json_object_set_new(data, "low", vib_page_textf("%.1f", 100 * low));
    json_object_set_new(data, "high", vib_page_textf("%.1f", 100 * high));
    json_object_set_new(data, "classes", class_rows(model, e));
    if (e->skipped)
        json_object_set_new(data, "skipped", count(e->skipped));
    if (isfinite(e->auc))
        json_object_set_new(data, "auc", vib_page_textf("%.4f", e->auc));
}

/* ---- layers ---- */

static json_t *layer_row(const vib_summary_row *r)
{
    json_t *shape = r->height ? vib_page_textf("%d × %d × %d", r->height, r->width, r->channels)
                              : vib_page_textf("%d", r->channels);
    json_t *row = json_pack("{s:o, s:o, s:o}", "name", vib_page_text(r->name), "shape", shape, "parameters",
                            count(r->parameters));
    if (r->receptive_field)
        json_object_set_new(row, "sees", count((uint64_t)r->receptive_field));
    return row;
}

int vib_facts_layers(json_t *data, const vib_model *model)
{
    vib_summary s;
    json_t *rows = json_array();
    const int err = vib_recipe_summary(vib_model_recipe(model), (int)vib_model_classes(model), &s);
    for (size_t i = 0; err == 0 && i < s.n; i++)
        json_array_append_new(rows, layer_row(&s.rows[i]));
    json_object_set_new(data, "rows", rows);
    if (err < 0)
        return err;
    json_object_set_new(data, "parameters", count(s.trained));
    json_object_set_new(data, "macs", count(s.multiply_adds));
    vib_summary_free(&s);
    return 0;
}

/* ---- the run ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle one: the first epoch, which decodes the pictures, is slower than the others. */
static double median(const double *values, size_t n)
{
    double *sorted = vib_calloc(n, sizeof *sorted), middle = NAN;
    if (sorted) {
        memcpy(sorted, values, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, by_value);
        middle = sorted[n / 2];
    }
    free(sorted);
    return middle;
}

static void set_word(json_t *data, const char *key, const json_t *words, const char *word, json_t *values)
{
    char *text = vib_page_word(words, word, values);
    if (text)
        json_object_set_new(data, key, json_string(text));
    free(text);
    json_decref(values);
}

static void set_time(json_t *data, const json_t *words, double seconds)
{
    const long whole = (long)(seconds + .5);
    json_t *v = json_pack("{s:I, s:I, s:I}", "hours", (json_int_t)(whole / 3600), "minutes",
                          (json_int_t)(whole / 60 % 60), "seconds", (json_int_t)(whole % 60));
    set_word(data, "time", words,
             whole >= 3600 ? "time_hours"
             : whole >= 60 ? "time_minutes"
                           : "time_seconds",
             v);
}

/* The run's first event: what it was computed on. */
static void set_device(json_t *data, const char *run)
{
    char *path = vib_path_join(run, "log.jsonl"), *text = NULL;
    size_t size;
    if (path && !vib_file_read(path, (size_t)1 << 30, &text, &size)) {
        json_t *event = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
        const char *device = json_string_value(json_object_get(event, "device"));
        if (device)
            json_object_set_new(data, "device", vib_page_text(device));
        if (json_is_integer(json_object_get(event, "seed")))
            json_object_set(data, "seed", json_object_get(event, "seed"));
        json_decref(event);
    }
    free(path);
    free(text);
}

void vib_facts_run(json_t *data, const char *run, const vib_run_log *log, const json_t *words)
{
    double seconds = 0;
    for (size_t i = 0; i < log->n; i++)
        seconds += isfinite(log->column[VIB_LOG_SECONDS][i]) ? log->column[VIB_LOG_SECONDS][i] : 0;
    set_word(data, "epochs", words, "epochs_value",
             json_pack("{s:I, s:I}", "n", (json_int_t)log->n, "best",
                       (json_int_t)log->column[VIB_LOG_EPOCH][log->best]));
    set_time(data, words, seconds);
    const double rate = median(log->column[VIB_LOG_RATE], log->n);
    if (isfinite(rate))
        set_word(data, "speed", words, "speed_value",
                 json_pack("{s:o}", "rate", count((uint64_t)(rate + .5))));
    if (log->validated)
        json_object_set_new(data, "selected", json_true());
    set_device(data, run);
}
