#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "train/schedule.h"
#include "train/trainer.h"

/* Seconds of training after which a long epoch is saved in the middle. */
static const double save_every = 60;

/* ---- telling ---- */

/* 1 while only the first epoch is sure. */
static int is_open(const vib_trainer *t)
{
    return t->state.time.budget > 0;
}

static uint64_t total_epochs(const vib_trainer *t)
{
    return is_open(t) ? 1 : (uint64_t)t->recipe->train.epochs * (uint64_t)t->recipe->train.rounds;
}

vib_train_event vib_trainer_event(const vib_trainer *t, vib_train_event_type type)
{
    const uint64_t epochs = (uint64_t)t->recipe->train.epochs;
    const uint64_t total = total_epochs(t);
    /* After the last epoch the position stays on it. */
    const uint64_t at = t->state.epochs < total ? t->state.epochs : total - 1;
    return (vib_train_event){
        .type = type,
        .round = (int)(at / epochs) + 1,
        .rounds = t->recipe->train.rounds,
        .epoch = (int)(at % epochs) + 1,
        .epochs = is_open(t) ? 0 : (int)epochs,
        .step = t->state.step,
        .steps = t->steps[VIB_TRAINING],
        .global_step = t->state.global_step,
        .seconds = vib_clock() - t->began,
        .images_per_second = t->training_seconds > 0 ? (double)t->trained / t->training_seconds : 0,
    };
}

void vib_trainer_tell(const vib_trainer *t, const vib_train_event *event)
{
    if (t->params->event)
        t->params->event(t->params->user, event);
}

static int interrupted(const vib_trainer *t)
{
    return t->params->interrupted && t->params->interrupted(t->params->user);
}

/* ---- saving ---- */

int vib_trainer_save(vib_trainer *t)
{
    if (is_open(t))
        vib_trainer_spend(t);
    const int err =
        vib_checkpoint_save(t->last, &t->identity, t->net, &t->state, t->last_damaged ? NULL : t->prev);
    t->saved = vib_clock();
    if (err < 0)
        return err;
    t->last_damaged = 0;
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_SAVED);
    event.path = t->last;
    vib_trainer_tell(t, &event);
    return 0;
}

/* A full disk does not end a run: there may be room at the next checkpoint. */
static void save_if_possible(vib_trainer *t)
{
    if (vib_trainer_save(t) >= 0)
        return;
    vib_warn("%s: not saved; the one before is kept and training goes on", t->last);
    t->save_failed = 1;
}

static int save_and_stop(vib_trainer *t)
{
    const int err = vib_trainer_save(t);
    return err < 0 ? err : VIB_INTERRUPTED;
}

static int is_better(vib_trainer *t, double accuracy, double loss)
{
    const vib_state *s = &t->state;
    if (t->recipe->stop.on)
        return vib_stop_update(t->recipe, &t->state);
    if (!s->best.epoch)
        return 1;
    if (t->set[VIB_VALIDATION] && accuracy != s->best.accuracy)
        return accuracy > s->best.accuracy;
    return loss < s->best.loss;
}

/* Of the last finished epoch: the highest validation accuracy, then the lower loss, then the earlier; without
 * validation the lowest training loss; with early stopping the figure it looks at. */
static void keep_best(vib_trainer *t)
{
    vib_state *s = &t->state;
    const int validated = t->set[VIB_VALIDATION] != NULL;
    const double accuracy = validated ? s->last.val_accuracy : s->last.accuracy;
    const double loss = validated ? s->last.val_loss : s->last.loss;
    if (!is_better(t, accuracy, loss))
        return;
    if (vib_checkpoint_save(t->best, &t->identity, t->net, NULL, NULL) < 0) {
        vib_warn("%s: not saved; training goes on", t->best);
        t->save_failed = 1;
        return;
    }
    s->best.epoch = s->epochs;
    s->best.accuracy = accuracy;
    s->best.loss = loss;
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_SAVED);
    event.path = t->best;
    vib_trainer_tell(t, &event);
}

/* ---- pictures that were not there ---- */

/* The loader leaves out what it cannot read. Which pictures those were is found from the places that are
 * missing, not from the loader's own list, which runs ahead by as much as the threads are quick. */
int vib_trainer_note_skipped(vib_trainer *t, int side, const vib_pass_step *step)
{
    for (size_t k = 0, i = 0; k < step->asked; k++) {
        const size_t place = step->place + k;
        if (i < step->n && step->places[i] == place) {
            i++;
            continue;
        }
        const int err = vib_skips_add(&t->state.skipped[side], t->order[place]);
        if (err < 0)
            return err;
    }
    return 0;
}

/* ---- training ---- */

/* Between steps: stops when asked to, and saves long epochs in the middle. Either waits for the results under
 * way first, so that what is saved is one exact position. */
static int before_training(void *user)
{
    vib_trainer *t = user;
    const int stop = interrupted(t);
    if (!stop && vib_clock() - t->saved < save_every)
        return 0;
    const int err = vib_pass_drain(t->pass);
    if (err < 0)
        return err;
    if (stop)
        return save_and_stop(t);
    vib_history_sync(&t->history);
    save_if_possible(t);
    return 0;
}

/* Of a step of the epoch under way, from 0. */
static double rate_of(const vib_trainer *t, uint64_t step)
{
    const uint64_t steps = t->steps[VIB_TRAINING];
    return vib_schedule_rate(t->recipe, &t->state, t->state.epochs * steps + step, steps);
}

int vib_trainer_issue(vib_trainer *t, const vib_batch *batch, vib_feed *feed, double rate)
{
    const uint64_t shown = t->state.epochs * (uint64_t)t->set[VIB_TRAINING]->n;
    for (size_t i = 0; i < batch->n; i++)
        t->presentations[i] = shown + batch->places[i];
    feed->presentations = t->presentations;
    return vib_network_train(t->net, feed, ++t->issued, rate);
}

static int issue_training(void *user, const vib_batch *batch, vib_feed *feed)
{
    vib_trainer *t = user;
    return vib_trainer_issue(t, batch, feed, rate_of(t, batch->number));
}

static void tell_step(const vib_trainer *t, const vib_metrics *batch)
{
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_STEP);
    event.loss = vib_metrics_loss(batch);
    event.accuracy = vib_metrics_accuracy(batch);
    event.epoch_loss = vib_metrics_loss(&t->state.sums);
    event.epoch_accuracy = vib_metrics_accuracy(&t->state.sums);
    event.pictures = batch->pictures;
    vib_trainer_tell(t, &event);
}

/* The weights are those before this step, as are those of the steps under way behind it. */
static int stop_at_nonfinite(vib_trainer *t, const vib_pass_step *step)
{
    vib_str where = {0};
    const uint64_t number = t->state.global_step + 1;
    const int found = vib_network_find_nonfinite(t->net, &where) > 0 && !where.failed;
    const char *what = found ? where.text : "a gradient";
    vib_history_nonfinite(&t->history, number, what);
    const int err =
        vib_fail(VIB_FAILED,
                 "step %" PRIu64 ": a number that is not finite, first in %s; training stopped, and "
                 "the checkpoint before is good: try a learning rate below %g (--lr), or --set "
                 "'+optimizer clip_norm=1'",
                 number, what, rate_of(t, step->number));
    vib_str_free(&where);
    return err;
}

static int after_training(void *user, const vib_pass_step *step, const vib_result *result)
{
    vib_trainer *t = user;
    vib_metrics batch = {0};
    if (result && result->nonfinite)
        return stop_at_nonfinite(t, step);
    const int err = vib_trainer_note_skipped(t, VIB_TRAINING, step);
    if (err < 0)
        return err;
    t->state.step = step->number + 1;
    if (!result)
        return 0;
    t->state.global_step++;
    vib_metrics_add(&batch, result);
    vib_metrics_add(&t->state.sums, result);
    t->trained += batch.pictures;
    t->training_seconds = vib_clock() - t->began;
    if (t->params->log_steps && t->state.global_step % (uint64_t)t->params->log_steps == 0)
        vib_history_step(&t->history, t->state.global_step, t->state.epochs + 1, rate_of(t, step->number),
                         &batch, t->set[VIB_TRAINING], step);
    tell_step(t, &batch);
    return 0;
}

/* Of all pictures of a side; one permutation for each `index` of its stream. */
static void shuffle(vib_trainer *t, int side, uint64_t index)
{
    const uint32_t stream = side == VIB_TRAINING ? VIB_STREAM_SHUFFLE : VIB_STREAM_VALIDATION_SHUFFLE;
    vib_random_permutation(t->identity.seed, stream, index, t->order, (uint32_t)t->set[side]->n);
}

static void keep_order(vib_trainer *t, int side)
{
    for (uint32_t i = 0; i < (uint32_t)t->set[side]->n; i++)
        t->order[i] = i;
}

/* The batches of the current epoch. Training's short one comes anywhere when the order is shuffled, as
 * Keras's. */
static vib_batches batches_of(const vib_trainer *t, int side)
{
    vib_batches b = {.n = t->set[side]->n, .batch = (size_t)t->recipe->train.batch};
    const size_t count = vib_batches_count(&b);
    b.short_at = count - 1;
    if (side == VIB_TRAINING && t->recipe->train.shuffle)
        b.short_at =
            (size_t)((uint64_t)vib_random_u32(t->identity.seed, VIB_STREAM_SHUFFLE, t->state.epochs, 0) *
                         count >>
                     32);
    return b;
}

vib_pass vib_trainer_pass(vib_trainer *t)
{
    if (t->recipe->train.shuffle)
        shuffle(t, VIB_TRAINING, t->state.epochs);
    else
        keep_order(t, VIB_TRAINING);
    return (vib_pass){
        .net = t->net,
        .loader = t->loader[VIB_TRAINING],
        .order = t->order,
        .batches = batches_of(t, VIB_TRAINING),
        .first = (size_t)t->state.step,
        .last = t->steps[VIB_TRAINING],
    };
}

static int train_epoch(vib_trainer *t)
{
    vib_pass pass = vib_trainer_pass(t);
    pass.before = before_training;
    pass.issue = issue_training;
    pass.after = after_training;
    pass.user = t;
    t->trained = 0;
    t->training_seconds = 0;
    t->pass = &pass;
    const int err = pass.first < pass.last ? vib_pass_run(&pass) : 0;
    t->pass = NULL;
    if (err < 0)
        return err;
    if (!t->state.sums.pictures)
        return vib_fail(VIB_BAD_DATA, "none of the training pictures could be read");
    return 0;
}

/* ---- validation ---- */

static int before_validation(void *user)
{
    vib_trainer *t = user;
    return interrupted(t) ? save_and_stop(t) : 0;
}

static int after_validation(void *user, const vib_pass_step *step, const vib_result *result)
{
    vib_trainer *t = user;
    const int err = vib_trainer_note_skipped(t, VIB_VALIDATION, step);
    if (err < 0 || !result)
        return err;
    vib_metrics_add(&t->validation, result);
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_VALIDATING);
    event.pictures = t->validation.pictures;
    event.total = t->validation_total;
    vib_trainer_tell(t, &event);
    return 0;
}

/* The first batches of t->order into t->validation. */
static int validate(vib_trainer *t, size_t steps)
{
    vib_pass pass = {
        .net = t->net,
        .loader = t->loader[VIB_VALIDATION],
        .order = t->order,
        .batches = batches_of(t, VIB_VALIDATION),
        .last = steps,
        .before = before_validation,
        .after = after_validation,
        .user = t,
    };
    t->validation = (vib_metrics){0};
    t->validation_total = vib_batches_start(&pass.batches, steps);
    const int err = vib_pass_run(&pass);
    if (err < 0)
        return err;
    if (!t->validation.pictures)
        return vib_fail(VIB_BAD_DATA, "none of the validation pictures could be read");
    return 0;
}

/* A fixed order is that of the folders; of a part of the pictures, always the same part, drawn from all
 * classes. */
static int validate_epoch(vib_trainer *t)
{
    const double began = vib_clock();
    const size_t steps = t->steps[VIB_VALIDATION];
    const vib_batches all = batches_of(t, VIB_VALIDATION);
    if (t->recipe->validate.order == VIB_ORDER_RESHUFFLED)
        shuffle(t, VIB_VALIDATION, t->state.epochs);
    else if (steps < vib_batches_count(&all))
        shuffle(t, VIB_VALIDATION, 0);
    else
        keep_order(t, VIB_VALIDATION);
    const int err = validate(t, steps);
    t->validated = vib_clock() - began;
    return err;
}

/* ---- the run ---- */

static void lower_rate(vib_trainer *t)
{
    if (!vib_plateau_update(t->recipe, &t->state))
        return;
    vib_history_rate(&t->history, t->state.epochs, t->state.plateau.lr);
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_RATE);
    event.total_epochs = t->state.epochs;
    event.lr = t->state.plateau.lr;
    vib_trainer_tell(t, &event);
}

static void tell_stop(vib_trainer *t)
{
    if (!t->state.stop.stopped)
        return;
    vib_history_stop(&t->history, t->state.epochs, t->state.best.epoch);
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_STOPPED);
    event.total_epochs = t->state.epochs;
    event.best_epoch = t->state.best.epoch;
    vib_trainer_tell(t, &event);
}

static void finish_epoch(vib_trainer *t)
{
    vib_state *s = &t->state;
    const int validated = t->set[VIB_VALIDATION] != NULL;
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_EPOCH_END);
    event.loss = event.epoch_loss = s->last.loss = vib_metrics_loss(&s->sums);
    event.accuracy = event.epoch_accuracy = s->last.accuracy = vib_metrics_accuracy(&s->sums);
    event.has_validation = validated;
    event.val_loss = s->last.val_loss = vib_metrics_loss(&t->validation);
    event.val_accuracy = s->last.val_accuracy = vib_metrics_accuracy(&t->validation);
    event.pictures = s->sums.pictures;
    event.lr = vib_schedule_is_on(t->recipe) ? rate_of(t, t->steps[VIB_TRAINING] - 1) : 0;
    const vib_epoch_record record = {
        .epoch = s->epochs + 1,
        .round = event.round,
        .steps = s->step,
        .pictures = s->sums.pictures,
        .global_step = s->global_step,
        .loss = event.loss,
        .accuracy = event.accuracy,
        .lr = rate_of(t, t->steps[VIB_TRAINING] - 1),
        .has_validation = validated,
        .val_loss = event.val_loss,
        .val_accuracy = event.val_accuracy,
        .seconds = event.seconds,
        .images_per_second = event.images_per_second,
    };
    vib_history_epoch(&t->history, &record);
    vib_trainer_tell(t, &event);
    s->epochs++;
    s->step = 0;
    s->sums = (vib_metrics){0};
    keep_best(t);
    lower_rate(t);
    tell_stop(t);
    vib_history_sync(&t->history);
    save_if_possible(t);
}

static int run_epoch(vib_trainer *t)
{
    int err = 0;
    t->began = vib_clock();
    const vib_train_event event = vib_trainer_event(t, VIB_TRAIN_EPOCH_BEGIN);
    vib_trainer_tell(t, &event);
    VIB_TRY(train_epoch(t));
    if (t->set[VIB_VALIDATION])
        VIB_TRY(validate_epoch(t));
    if (is_open(t))
        VIB_TRY(vib_trainer_plan(t));
    finish_epoch(t);
fail:
    return err;
}

/* After early stopping, or when it has found no reason: the weights are those of the best epoch. */
static int restore_best(vib_trainer *t)
{
    int err = 0;
    vib_safetensors file = {0};
    if (!t->recipe->stop.on || !t->state.best.epoch || t->state.best.epoch == t->state.epochs)
        return 0;
    VIB_TRY(vib_safetensors_read(t->best, &file));
    VIB_TRY(vib_model_load(&file, t->best, "", VIB_VALUE, NULL, t->net));
fail:
    vib_safetensors_free(&file);
    return err;
}

/* Over every validation picture, in the order of the data set. */
static int evaluate_all(vib_trainer *t)
{
    t->began = vib_clock();
    keep_order(t, VIB_VALIDATION);
    const vib_batches all = batches_of(t, VIB_VALIDATION);
    const int err = validate(t, vib_batches_count(&all));
    if (err < 0)
        return err;
    vib_history_evaluated(&t->history, &t->validation);
    vib_train_event event = vib_trainer_event(t, VIB_TRAIN_EVALUATED);
    event.has_validation = 1;
    event.val_loss = vib_metrics_loss(&t->validation);
    event.val_accuracy = vib_metrics_accuracy(&t->validation);
    event.pictures = t->validation.pictures;
    vib_trainer_tell(t, &event);
    return 0;
}

int vib_trainer_run(vib_trainer *t)
{
    int err = 0;
    t->issued = t->state.global_step;
    t->saved = vib_clock();
    while (!t->state.stop.stopped && t->state.epochs < total_epochs(t))
        VIB_TRY(run_epoch(t));
    if (t->state.complete) {
        vib_info("%s: this run is complete", t->folder);
        goto fail;
    }
    VIB_TRY(restore_best(t));
    if (t->recipe->evaluate_all && t->set[VIB_VALIDATION])
        VIB_TRY(evaluate_all(t));
    t->state.complete = 1;
    vib_history_sync(&t->history);
    save_if_possible(t);
fail:
    return err;
}
