#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vibrisa/page.h>
#include <vibrisa/version.h>

#include "base/file.h"
#include "base/mem.h"
#include "picture/page/facts.h"
#include "picture/page/image.h"
#include "picture/page/look.h"
#include "picture/page/template.h"
#include "picture/show/charts.h"

/* Mistakes shown, pictures looked into: one of each of the first classes, and the worst mistake; thresholds.
 */
enum { MISTAKES = 12, LOOKS = 2, STEPS = 101 };

/* What is noted of each answer of an evaluation. */
typedef struct notes {
    const vib_run_params *work;
    vib_mistakes mistakes;
    struct {
        int found;
        size_t index;
        double loss;
    } surest[LOOKS]; /* of the right answers */
    int two;         /* classes: then what follows is counted */
    uint64_t bins[2][VIB_SCORE_BINS], above[2][STEPS], all[2];
} notes;

/* ---- the evaluation ---- */

static void note_score(notes *n, const vib_prediction *p)
{
    const double score = (double)p->probabilities[1];
    n->all[p->truth]++;
    n->bins[p->truth][(size_t)fmin(VIB_SCORE_BINS - 1, score * VIB_SCORE_BINS)]++;
    for (int t = 0; t < STEPS; t++)
        n->above[p->truth][t] += score > t / 100.;
}

static void on_picture(void *user, const vib_prediction *p)
{
    notes *n = user;
    vib_mistakes_add(&n->mistakes, p);
    if (p->error)
        return;
    if (n->two)
        note_score(n, p);
    if (p->label == p->truth && p->truth < LOOKS &&
        (!n->surest[p->truth].found || p->loss < n->surest[p->truth].loss)) {
        n->surest[p->truth].found = 1;
        n->surest[p->truth].index = p->index;
        n->surest[p->truth].loss = p->loss;
    }
}

static int is_interrupted(void *user)
{
    const notes *n = user;
    return n->work->interrupted ? n->work->interrupted(n->work->user) : 0;
}

static void on_progress(void *user, size_t done, size_t total)
{
    const notes *n = user;
    if (n->work->progress)
        n->work->progress(n->work->user, done, total);
}

static int evaluate(const vib_model *model, vib_device *dev, const vib_dataset *set, notes *n,
                    vib_evaluation *e)
{
    vib_run_params params = *n->work;
    n->two = vib_model_classes(model) == 2;
    params.interrupted = is_interrupted;
    params.progress = on_progress;
    params.picture = on_picture;
    params.user = n;
    const int err = vib_mistakes_init(&n->mistakes, MISTAKES);
    return err < 0 ? err : vib_model_evaluate(model, dev, set, &params, e);
}

/* ---- parts of the page ---- */

typedef struct report {
    const vib_model *model;
    vib_device *dev;
    const vib_dataset *set;
    const vib_report_params *params;
    const vib_evaluation *e;
    const notes *notes;
    json_t *data, *words;
} report;

/* Takes the sheet over. */
static int add_chart(const report *r, const char *key, vib_sheet **sheet)
{
    vib_str svg = {0};
    int err = vib_sheet_svg(*sheet, key, &svg);
    vib_sheet_free(sheet);
    if (err == 0 && json_object_set_new(r->data, key, json_stringn(svg.text, svg.len)) < 0)
        err = vib_fail(VIB_FAILED, "out of memory");
    vib_str_free(&svg);
    return err;
}

static void add_names(const report *r)
{
    char text[256];
    const char *run = r->params->run ? vib_run_name(r->params->run, text, sizeof text) : "vibrisa";
    json_object_set_new(r->data, "names", vib_page_names(r->model));
    json_object_set_new(r->data, "run", vib_page_text(run));
    json_object_set_new(r->data, "first", vib_page_text(vib_model_class_name(r->model, 0)));
    json_object_set_new(r->data, "second", vib_page_text(vib_model_class_name(r->model, 1)));
}

static int add_run(const report *r)
{
    int err = 0;
    vib_run_log log = {.n = 0};
    vib_sheet *s = NULL;
    if (!r->params->run)
        return 0;
    VIB_TRY(vib_run_log_read(r->params->run, &log));
    vib_facts_run(r->data, r->params->run, &log, r->words);
    VIB_TRY(vib_chart_curves(&log, r->params->run, r->params->language, &s));
    VIB_TRY(add_chart(r, "curves", &s));
fail:
    vib_run_log_free(&log);
    return err;
}

static json_t *counts(const notes *n)
{
    json_t *sides = json_array();
    for (int side = 0; side < 2; side++) {
        json_t *above = json_array();
        for (int t = 0; t < STEPS; t++)
            json_array_append_new(above, json_integer((json_int_t)n->above[side][t]));
        json_array_append_new(sides,
                              json_pack("{s:I, s:o}", "all", (json_int_t)n->all[side], "above", above));
    }
    char *text = json_dumps(sides, JSON_COMPACT);
    json_t *out = json_string(text ? text : "[]");
    free(text);
    json_decref(sides);
    return out;
}

static json_t *share(uint64_t part, uint64_t all)
{
    return all ? vib_page_textf("%.1f %%", 100. * (double)part / (double)all) : json_string("\xe2\x80\x93");
}

/* Two classes: what another threshold than one half would do. */
static int add_threshold(const report *r)
{
    vib_sheet *s;
    double left, span;
    const notes *n = r->notes;
    const uint64_t c01 = n->above[0][STEPS / 2], c11 = n->above[1][STEPS / 2];
    if (!n->two)
        return 0;
    vib_scores_span(&left, &span);
    json_object_set_new(r->data, "threshold", json_true());
    json_object_set_new(r->data, "left", vib_page_textf("%.4f", left));
    json_object_set_new(r->data, "span", vib_page_textf("%.4f", span));
    json_object_set_new(r->data, "counts", counts(n));
    json_object_set_new(r->data, "c00", json_integer((json_int_t)(n->all[0] - c01)));
    json_object_set_new(r->data, "c01", json_integer((json_int_t)c01));
    json_object_set_new(r->data, "c10", json_integer((json_int_t)(n->all[1] - c11)));
    json_object_set_new(r->data, "c11", json_integer((json_int_t)c11));
    json_object_set_new(r->data, "share_found", share(c11, n->all[1]));
    json_object_set_new(r->data, "share_true", share(c11, c11 + c01));
    const int err = vib_chart_scores(r->model, n->bins, r->params->language, &s);
    return err < 0 ? err : add_chart(r, "scores", &s);
}

static int add_mistake(const report *r, const vib_mistake *m, json_t *list)
{
    enum { SIDE = 192 };
    int err = 0;
    vib_bitmap b = {0};
    vib_str uri = {0};
    char *path = vib_dataset_full_path(r->set, m->index);
    VIB_CHECK_MEM(path);
    VIB_TRY(vib_model_picture(r->model, path, 1, &b));
    const int times = VIB_MIN(16, SIDE / VIB_MAX(b.width, b.height));
    if (times > 1) {
        vib_bitmap_free(&b);
        VIB_TRY(vib_model_picture(r->model, path, times, &b));
    }
    VIB_TRY(vib_image_jpeg(&b, &uri));
    VIB_CHECK_MEM(!uri.failed);
    json_array_append_new(list, json_pack("{s:s#, s:o, s:o, s:o, s:o}", "picture", uri.text, (int)uri.len,
                                          "file", vib_page_text(vib_dataset_path(r->set, m->index)), "truth",
                                          vib_page_text(vib_model_class_name(r->model, m->truth)), "answer",
                                          vib_page_text(vib_model_class_name(r->model, m->answer)),
                                          "confidence", vib_page_textf("%.1f", 100 * m->confidence)));
fail:
    vib_bitmap_free(&b);
    vib_str_free(&uri);
    free(path);
    return err;
}

static int add_measured(const report *r)
{
    int err = 0;
    vib_sheet *s;
    json_t *errors = json_array();
    vib_facts_measured(r->data, r->model, r->e);
    if (vib_dataset_set_aside(r->set))
        json_object_set_new(r->data, "aside", json_true());
    json_object_set_new(r->data, "errors", errors);
    json_object_set_new(r->data, "some_errors", json_boolean(r->notes->mistakes.n));
    VIB_TRY(vib_chart_confusion(r->model, r->e, r->params->language, &s));
    VIB_TRY(add_chart(r, "confusion", &s));
    VIB_TRY(add_threshold(r));
    for (size_t i = 0; i < r->notes->mistakes.n; i++)
        VIB_TRY(add_mistake(r, &r->notes->mistakes.worst[i], errors));
fail:
    return err;
}

static int add_look(const report *r, size_t index, json_t *looks)
{
    int err = 0;
    char id[32];
    vib_str html = {0};
    char *path = vib_dataset_full_path(r->set, index);
    VIB_CHECK_MEM(path);
    snprintf(id, sizeof id, "look-%zu", json_array_size(looks));
    const vib_look look = {path, vib_dataset_path(r->set, index), id, (int)vib_dataset_label(r->set, index),
                           json_array_size(looks) == 0};
    VIB_TRY(vib_page_look(r->model, r->dev, &look, r->words, &html));
    json_array_append_new(looks, json_pack("{s:s#}", "look", html.text, (int)html.len));
fail:
    vib_str_free(&html);
    free(path);
    return err;
}

static int add_field(const report *r, size_t index)
{
    int err = 0;
    vib_view view = {0};
    vib_sheet *s;
    vib_layer_info info;
    const int layer = vib_last_convolution(r->model);
    char *path = vib_dataset_full_path(r->set, index);
    VIB_CHECK_MEM(path);
    if (layer < 0)
        goto fail;
    VIB_TRY(vib_model_layer(r->model, layer, &info));
    VIB_TRY(vib_view_open(r->model, path, &view));
    VIB_TRY(vib_chart_field(r->model, r->dev, &view, layer, -1, -1, r->params->language, &s));
    VIB_TRY(add_chart(r, "field", &s));
    json_object_set_new(r->data, "layer", vib_page_text(info.name));
fail:
    vib_view_free(&view);
    free(path);
    return err;
}

/* A few pictures on their way: the surest right answer of the first classes, and the worst mistake. */
static int add_looks(const report *r)
{
    int err = 0, fields = 0;
    const notes *n = r->notes;
    json_t *looks = json_array();
    json_object_set_new(r->data, "looks", looks);
    for (size_t k = 0; k < LOOKS; k++) {
        if (!n->surest[k].found)
            continue;
        VIB_TRY(add_look(r, n->surest[k].index, looks));
        if (!fields++)
            VIB_TRY(add_field(r, n->surest[k].index));
    }
    if (n->mistakes.n)
        VIB_TRY(add_look(r, n->mistakes.worst[0].index, looks));
    json_object_set_new(r->data, "some_looks", json_boolean(json_array_size(looks)));
fail:
    return err;
}

/* Those of the first convolution, which reads the picture's own colours. */
static int add_filters(const report *r)
{
    enum { MOST_FILTERS = 256 };
    vib_layer_info info;
    vib_sheet *s;
    for (int k = 0; k < (int)vib_model_layers(r->model); k++) {
        if (vib_model_layer(r->model, k, &info) < 0 || !info.filters)
            continue;
        if (info.input != VIB_LAYER_INPUT || info.filters > MOST_FILTERS)
            break;
        const int err = vib_chart_filters(r->model, k, r->params->language, &s);
        return err < 0 ? err : add_chart(r, "filters", &s);
    }
    return 0;
}

static void add_commands(const report *r)
{
    const vib_report_params *p = r->params;
    const struct {
        const char *id, *about, *command;
    } all[] = {{"evaluate", "about_evaluate", p->evaluate},
               {"predict", "about_predict", p->predict},
               {"report", "about_report", p->report}};
    json_t *list = json_array();
    for (size_t i = 0; i < VIB_COUNT(all); i++)
        if (all[i].command)
            json_array_append_new(list, json_pack("{s:s, s:O, s:o}", "id", all[i].id, "about",
                                                  json_object_get(r->words, all[i].about), "command",
                                                  vib_page_text(all[i].command)));
    json_object_set_new(r->data, "commands", list);
    json_object_set_new(r->data, "some_commands", json_boolean(json_array_size(list)));
}

static int fill(const report *r)
{
    int err = 0;
    json_object_set_new(r->data, "language", json_string(r->params->language == VIB_SPANISH ? "es" : "en"));
    json_object_set_new(r->data, "style", json_string(vib_page_file("style.css")));
    json_object_set_new(r->data, "script", json_string(vib_page_file("report.js")));
    json_object_set_new(r->data, "version", json_string(vib_version()));
    json_object_set_new(r->data, "recipe", json_string(vib_recipe_text(vib_model_recipe(r->model))));
    json_object_set_new(r->data, "hash", json_string(vib_model_hash(r->model)));
    add_names(r);
    VIB_TRY(add_run(r));
    VIB_TRY(vib_facts_layers(r->data, r->model));
    VIB_TRY(add_filters(r));
    if (r->set) {
        VIB_TRY(add_measured(r));
        VIB_TRY(add_looks(r));
    }
    add_commands(r);
fail:
    return err;
}

int vib_report(const vib_model *model, vib_device *dev, const vib_dataset *set,
               const vib_report_params *params, vib_evaluation *out, const char *file)
{
    int err = 0;
    vib_evaluation e = {0};
    vib_str html = {0};
    notes n = {.work = &params->work};
    report r = {model, dev, set, params, &e, &n, json_object(), vib_page_words(params->language)};
    VIB_CHECK_MEM(r.data && r.words);
    if (set)
        VIB_TRY(evaluate(model, dev, set, &n, &e));
    VIB_TRY(fill(&r));
    VIB_TRY(vib_page_fill("report.html", r.data, r.words, &html));
    VIB_TRY(vib_file_write(file, &(vib_piece){html.text, html.len}, 1, NULL));
fail:
    if (out) {
        *out = e;
        e = (vib_evaluation){0};
    }
    vib_evaluation_free(&e);
    vib_mistakes_free(&n.mistakes);
    vib_str_free(&html);
    json_decref(r.data);
    json_decref(r.words);
    return err;
}
