#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "train/metrics.h"
#include "train/model.h"
#include "train/pass.h"
#include "train/setup.h"

/* A model over a list of pictures in their own order: what evaluation and prediction share. */
typedef struct runner {
    const vib_model *model;
    const vib_dataset *set;
    const vib_run_params *params;
    vib_network *net;
    vib_loader *loader;
    uint32_t *order;
    size_t batch, done;

    vib_metrics sums; /* evaluation */
    uint64_t *confusion;
    vib_score *scores; /* two classes */
    size_t n_scores;

    vib_prediction_fn *fn; /* NULL: nobody wants each picture's answer */
    void *user;
    float *probabilities;
    unsigned char *pixels; /* of one picture, to find out why it cannot be read */
} runner;

static int make_runner(runner *r, vib_device *dev)
{
    int err = 0;
    const vib_recipe *recipe = r->model->recipe;
    if (r->set->n > UINT32_MAX)
        VIB_FAIL(VIB_BAD_DATA, "%zu pictures are more than one call can take", r->set->n);
    r->batch = (size_t)(r->params->batch > 0 ? r->params->batch : recipe->train.batch);
    const vib_preprocess *how = &recipe->preprocess;
    VIB_CHECK_MEM(r->probabilities = vib_calloc(r->model->n_classes, sizeof *r->probabilities));
    VIB_CHECK_MEM(r->pixels = vib_calloc((size_t)how->height * (size_t)how->width, (size_t)how->channels));
    VIB_CHECK_MEM(r->order = vib_calloc(r->set->n, sizeof *r->order));
    for (size_t i = 0; i < r->set->n; i++)
        r->order[i] = (uint32_t)i;
    const vib_loader_params loader =
        vib_loader_defaults(dev, r->set, recipe, vib_workers(r->params->workers));
    VIB_TRY(vib_loader_create(&loader, &r->loader));
    VIB_TRY(vib_model_network(dev, recipe, 0, (int)r->batch, 0, &r->net));
    VIB_TRY(vib_model_load(&r->model->file, r->model->path, "", VIB_VALUE, NULL, r->net));
fail:
    return err;
}

static void free_runner(runner *r)
{
    vib_loader_destroy(&r->loader);
    vib_network_destroy(&r->net);
    free(r->order);
    free(r->confusion);
    free(r->scores);
    free(r->probabilities);
    free(r->pixels);
}

static int before(void *user)
{
    const runner *r = user;
    return r->params->interrupted && r->params->interrupted(r->params->user) ? VIB_INTERRUPTED : 0;
}

static void advance(runner *r, const vib_pass_step *step)
{
    r->done += step->asked;
    if (r->params->progress)
        r->params->progress(r->params->user, r->done, r->set->n);
}

static int run(runner *r, int (*after)(void *, const vib_pass_step *, const vib_result *), int unlabelled)
{
    const size_t batches = (r->set->n + r->batch - 1) / r->batch;
    vib_pass pass = {
        .net = r->net,
        .loader = r->loader,
        .order = r->order,
        .batches = {.n = r->set->n, .batch = r->batch, .short_at = batches - 1},
        .last = batches,
        .unlabelled = unlabelled,
        .before = before,
        .after = after,
        .user = r,
    };
    return vib_pass_run(&pass);
}

/* ---- telling each picture's answer ---- */

static void report(runner *r, const vib_pass_step *step, const vib_result *result, size_t i)
{
    const float *output = result->output + i * (size_t)result->outputs;
    vib_spread(output, result->outputs, r->probabilities);
    r->fn(r->user, &(vib_prediction){
                       .path = vib_dataset_path(r->set, step->items[i]),
                       .index = step->items[i],
                       .label = vib_answer(output, result->outputs),
                       .probabilities = r->probabilities,
                       .truth = (size_t)step->labels[i],
                       .loss = result->loss ? (double)result->loss[i] : 0,
                   });
}

/* The loader has left the picture out; reading it once more tells why. */
static int report_unreadable(runner *r, uint32_t item)
{
    int err = 0;
    vib_str why = {0};
    char *path = vib_dataset_full_path(r->set, item);
    VIB_CHECK_MEM(path);
    vib_image_load(path, &r->model->recipe->preprocess, r->pixels, &why);
    r->fn(r->user, &(vib_prediction){
                       .path = vib_dataset_path(r->set, item),
                       .index = item,
                       .error = why.text ? why.text : "could not be read",
                       .truth = vib_dataset_label(r->set, item),
                   });
fail:
    free(path);
    vib_str_free(&why);
    return err;
}

/* Every place of a batch, in order. */
static int report_all(runner *r, const vib_pass_step *step, const vib_result *result)
{
    int err = 0;
    for (size_t k = 0, i = 0; k < step->asked; k++) {
        const size_t place = step->place + k;
        if (result && i < step->n && step->places[i] == place)
            report(r, step, result, i++);
        else
            VIB_TRY(report_unreadable(r, r->order[place]));
    }
fail:
    return err;
}

/* ---- evaluation ---- */

static void count(runner *r, const vib_pass_step *step, const vib_result *result)
{
    vib_metrics_add(&r->sums, result);
    for (int i = 0; i < result->n; i++) {
        const size_t truth = (size_t)step->labels[i];
        const float *output = result->output + (size_t)i * (size_t)result->outputs;
        r->confusion[truth * r->model->n_classes + vib_answer(output, result->outputs)]++;
        if (r->scores)
            r->scores[r->n_scores++] = (vib_score){output[result->outputs - 1], truth == 1};
    }
}

static int after_evaluation(void *user, const vib_pass_step *step, const vib_result *result)
{
    runner *r = user;
    if (result)
        count(r, step, result);
    const int err = r->fn ? report_all(r, step, result) : 0;
    advance(r, step);
    return err;
}

int vib_model_evaluate(const vib_model *model, vib_device *dev, const vib_dataset *set,
                       const vib_run_params *params, vib_evaluation *out)
{
    static const vib_run_params defaults;
    int err = 0;
    const size_t n = model->n_classes;
    vib_class_figures *figures = NULL;
    runner r = {.model = model, .set = set, .params = params ? params : &defaults};
    r.fn = r.params->picture;
    r.user = r.params->user;
    VIB_TRY(vib_model_check_classes(model, set));
    VIB_CHECK_MEM(figures = vib_calloc(n, sizeof *figures));
    VIB_CHECK_MEM(r.confusion = vib_calloc(n * n, sizeof *r.confusion));
    if (n == 2)
        VIB_CHECK_MEM(r.scores = vib_calloc(set->n, sizeof *r.scores));
    VIB_TRY(make_runner(&r, dev));
    VIB_TRY(run(&r, after_evaluation, 0));
    if (!r.sums.pictures)
        VIB_FAIL(VIB_BAD_DATA, "none of the %zu pictures could be read", set->n);
    vib_metrics_classes(r.confusion, n, figures);
    *out = (vib_evaluation){
        .pictures = (size_t)r.sums.pictures,
        .skipped = set->n - (size_t)r.sums.pictures,
        .loss = vib_metrics_loss(&r.sums),
        .accuracy = vib_metrics_accuracy(&r.sums),
        .auc = vib_metrics_auc(r.scores, r.n_scores),
        .classes = n,
        .confusion = r.confusion,
        .per_class = figures,
    };
    r.confusion = NULL;
    figures = NULL;
fail:
    free(figures);
    free_runner(&r);
    return err;
}

void vib_evaluation_free(vib_evaluation *e)
{
    free(e->confusion);
    free(e->per_class);
    memset(e, 0, sizeof *e);
}

/* ---- prediction ---- */

static int after_prediction(void *user, const vib_pass_step *step, const vib_result *result)
{
    runner *r = user;
    const int err = report_all(r, step, result);
    advance(r, step);
    return err;
}

int vib_model_predict(const vib_model *model, vib_device *dev, const char *const *paths, size_t n,
                      const vib_run_params *params, vib_prediction_fn *fn, void *user)
{
    static const vib_run_params defaults;
    int err = 0;
    vib_dataset *set = NULL;
    runner r = {.model = model, .params = params ? params : &defaults, .fn = fn, .user = user};
    if (!n)
        return 0;
    VIB_TRY(vib_dataset_from_paths(paths, n, &set));
    r.set = set;
    VIB_TRY(make_runner(&r, dev));
    VIB_TRY(run(&r, after_prediction, 1));
fail:
    free_runner(&r);
    vib_dataset_free(&set);
    return err;
}
