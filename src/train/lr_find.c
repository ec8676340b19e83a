/* The search for a learning rate: the beginning of a run, at rates that grow from step to step. */
#include <vibrisa/lr_find.h>

#include <math.h>
#include <stdlib.h>

#include "base/math.h"
#include "base/mem.h"
#include "train/lr_find.h"
#include "train/setup.h"
#include "train/trainer.h"

static const double from_default = 1e-6, to_default = 1, memory = 0.98, diverged_at = 4;
enum { STEPS_DEFAULT = 400, STEPS_LEAST = 20, STEPS_MOST = 10000 };

typedef struct search {
    vib_trainer t;
    const vib_lr_find_params *params;
    double from, growth; /* the first rate, and from each step to the next */
    size_t steps;
    size_t issued;         /* steps enqueued */
    double running, decay; /* of the smoothed loss: the sum, and memory^n */
    double best;           /* the lowest smoothed loss */
    int ended;             /* before the last step: result.end says why */
    vib_lr_find_result result;
} search;

/* ---- the suggestion ---- */

/* For each point the longest sequence of ever lower ones that ends with it; of the longest of all, as fastai
 * has it, the point halfway along the steps it would take if it had no gaps. */
size_t vib_lr_find_valley(const double *loss, size_t n, size_t *length)
{
    size_t end = 0;
    uint32_t *longest = vib_calloc(n, sizeof *longest);
    *length = 0;
    if (!longest || !n)
        goto done;
    for (size_t i = 0; i < n; i++) {
        longest[i] = 1;
        for (size_t j = 0; j < i; j++)
            if (loss[i] < loss[j] && longest[i] <= longest[j])
                longest[i] = longest[j] + 1;
        if (longest[i] > longest[end])
            end = i;
    }
    *length = longest[end];
done:
    free(longest);
    const double third = (double)*length / 3;
    const size_t back = *length - (size_t)third - (size_t)(third / 2);
    return end >= back ? end - back : 0;
}

static double deviation(const double *values, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - sum / (double)n) * (values[i] - sum / (double)n);
    return sqrt(squares / (double)n);
}

/* Behind the lowest loss nothing is looked for: of a network that a high rate has broken, the smoothed losses
 * can sink for long. And they wander by chance, at first as the mean of the first tenth does. */
static int suggest(search *s)
{
    enum { LEAST = 5, TAIL = 5, SAMPLE = 10 };
    vib_lr_find_result *r = &s->result;
    size_t length, lowest = 0;
    const size_t head = s->steps / 10;
    const double *from = r->smoothed + head;
    if (r->n < head + TAIL + SAMPLE)
        return VIB_OK;
    for (size_t i = 0; i < r->n - head - TAIL; i++)
        lowest = from[i] < from[lowest] ? i : lowest;
    double highest = from[0];
    for (size_t i = 0; i < lowest; i++)
        highest = VIB_MAX(highest, from[i]);
    const double chance = 2 * deviation(r->loss, VIB_MAX(head, SAMPLE)) / sqrt((double)head);
    const size_t at = vib_lr_find_valley(from, lowest + 1, &length);
    if (!length)
        return vib_fail(VIB_FAILED, "out of memory");
    if (length >= LEAST && highest - from[lowest] > chance)
        r->suggestion = r->rate[head + at];
    return VIB_OK;
}

/* ---- steps ---- */

static int before(void *user)
{
    const search *s = user;
    return s->params->interrupted && s->params->interrupted(s->params->user) ? VIB_INTERRUPTED : 0;
}

static double rate_of(const search *s, size_t step)
{
    return s->from * vib_pow_int(s->growth, step);
}

static int issue(void *user, const vib_batch *batch, vib_feed *feed)
{
    search *s = user;
    return vib_trainer_issue(&s->t, batch, feed, rate_of(s, s->issued++));
}

/* Ends the pass: not a failure. */
static int end(search *s, vib_lr_find_end why)
{
    s->ended = 1;
    s->result.end = why;
    return VIB_FAILED;
}

static int after(void *user, const vib_pass_step *step, const vib_result *result)
{
    search *s = user;
    vib_lr_find_result *r = &s->result;
    vib_metrics batch = {0};
    const int err = vib_trainer_note_skipped(&s->t, VIB_TRAINING, step);
    if (err < 0 || !result)
        return err;
    vib_metrics_add(&batch, result);
    const double loss = vib_metrics_loss(&batch);
    if (!isfinite(loss) || result->nonfinite)
        return end(s, VIB_LR_FIND_NONFINITE);
    s->running = memory * s->running + (1 - memory) * loss;
    s->decay *= memory;
    const double smoothed = s->running / (1 - s->decay);
    r->rate[r->n] = rate_of(s, r->n);
    r->loss[r->n] = loss;
    r->smoothed[r->n++] = smoothed;
    s->best = r->n == 1 ? smoothed : VIB_MIN(s->best, smoothed);
    if (s->params->step)
        s->params->step(s->params->user, r->n, s->steps, r->rate[r->n - 1], smoothed);
    return smoothed > diverged_at * s->best ? end(s, VIB_LR_FIND_DIVERGED) : 0;
}

/* Epoch after epoch, until there are enough steps. */
static int run(search *s)
{
    vib_trainer *t = &s->t;
    for (t->state.epochs = 0; s->result.n < s->steps; t->state.epochs++) {
        const size_t before_it = s->result.n;
        vib_pass pass = vib_trainer_pass(t);
        pass.last = VIB_MIN(pass.last, s->steps - s->result.n);
        pass.before = before;
        pass.issue = issue;
        pass.after = after;
        pass.user = s;
        const int err = vib_pass_run(&pass);
        if (s->ended)
            break;
        if (err < 0)
            return err;
        if (s->result.n == before_it)
            return vib_fail(VIB_BAD_DATA, "none of the training pictures could be read");
    }
    return s->result.n ? VIB_OK
                       : vib_fail(VIB_FAILED,
                                  "the first step, at a learning rate of %g, gives no finite loss: "
                                  "is there something wrong with the weights it starts from?",
                                  s->from);
}

/* ---- the whole ---- */

static int check(search *s)
{
    const vib_lr_find_params *p = s->params;
    const double to = p->to > 0 ? p->to : to_default;
    const int steps = p->steps ? p->steps : STEPS_DEFAULT;
    s->from = p->from > 0 ? p->from : from_default;
    if (p->from < 0 || p->to < 0 || !(s->from < to) || !(to <= 1000))
        return vib_fail(VIB_USAGE,
                        "learning rates from %g to %g: the last must be above the first, at most 1000",
                        p->from < 0 ? p->from : s->from, p->to < 0 ? p->to : to);
    if (steps < STEPS_LEAST || steps > STEPS_MOST)
        return vib_fail(VIB_USAGE, "a search takes %d to %d steps, not %d", STEPS_LEAST, STEPS_MOST, steps);
    s->steps = (size_t)steps;
    s->growth = vib_root(to / s->from, s->steps - 1);
    s->decay = 1;
    return VIB_OK;
}

int vib_lr_find(vib_device *dev, const vib_recipe *recipe, const vib_dataset *train,
                const vib_lr_find_params *params, vib_lr_find_result *out)
{
    static const vib_lr_find_params defaults;
    int err = 0;
    vib_recipe *resolved = NULL;
    search s = {.params = params ? params : &defaults};
    const vib_train_params begin = {
        .weights = s.params->weights,
        .classify = s.params->classify,
        .cache = s.params->cache,
        .cache_bytes = s.params->cache_bytes,
        .bad_images = s.params->bad_images,
    };
    s.t = (vib_trainer){.dev = dev, .params = &begin, .set = {train}, .identity.seed = s.params->seed};
    VIB_TRY(check(&s));
    VIB_TRY(vib_trainer_recipe(recipe, train, begin.classify, &resolved));
    s.t.recipe = resolved;
    VIB_CHECK_MEM(s.result.rate = vib_calloc(s.steps, sizeof *s.result.rate));
    VIB_CHECK_MEM(s.result.loss = vib_calloc(s.steps, sizeof *s.result.loss));
    VIB_CHECK_MEM(s.result.smoothed = vib_calloc(s.steps, sizeof *s.result.smoothed));
    VIB_TRY(vib_trainer_prepare(&s.t, vib_workers(s.params->workers)));
    VIB_TRY(vib_trainer_start_weights(&s.t));
    VIB_TRY(run(&s));
    VIB_TRY(suggest(&s));
    s.result.skipped = s.t.state.skipped[VIB_TRAINING].n;
    *out = s.result;
    s.result = (vib_lr_find_result){0};
fail:
    vib_lr_find_result_free(&s.result);
    vib_trainer_close(&s.t);
    vib_recipe_free(&resolved);
    return err;
}

void vib_lr_find_result_free(vib_lr_find_result *r)
{
    free(r->rate);
    free(r->loss);
    free(r->smoothed);
    *r = (vib_lr_find_result){0};
}
