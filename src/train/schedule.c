#include "train/schedule.h"

#include <math.h>

#include "base/math.h"

static const double pi = 0x1.921fb54442d18p+1;

/* From a at 0 to b at 1, along half a cosine. */
static double half_cosine(double a, double b, double at)
{
    return b + (a - b) / 2 * (1 + vib_cos(pi * at));
}

/* PyTorch's CosineAnnealingLR and Keras's CosineDecay, over the steps behind the warm-up. */
static double cosine(const vib_schedule *s, double lr, double position, double warmup, double total)
{
    const double at = (position - warmup) / VIB_MAX(total - warmup, 1);
    return half_cosine(lr, s->min_lr, VIB_MIN(at, 1));
}

/* PyTorch's OneCycleLR: up to lr, then down to nearly nothing. */
static double onecycle(const vib_schedule *s, double lr, double position, double total)
{
    const double top = s->pct_start * total - 1, end = total - 1, first = lr / s->div_factor;
    if (position <= top && top > 0)
        return half_cosine(first, lr, position / top);
    return half_cosine(lr, first / s->final_div_factor, end > top ? (position - top) / (end - top) : 1);
}

/* Its part of the rate in each step: 1/W, 2/W, ... 1 (PyTorch's LinearLR). */
static double warmth(double position, double warmup)
{
    return position + 1 < warmup ? (position + 1) / warmup : 1;
}

double vib_schedule_rate(const vib_recipe *recipe, const vib_state *state, uint64_t position, uint64_t steps)
{
    const vib_schedule *s = &recipe->schedule;
    const double lr = recipe->optimizer.lr, at = (double)position;
    const double total = (double)recipe->train.epochs * (double)recipe->train.rounds * (double)steps;
    const double warmup = floor(s->warmup * (double)steps + 0.5), part = warmth(at, warmup);
    switch (s->method) {
    case VIB_SCHEDULE_STEP:
        return lr * vib_pow_int(s->factor, position / steps / (uint64_t)s->every) * part;
    case VIB_SCHEDULE_COSINE:
        return at < warmup ? lr * part : cosine(s, lr, at, warmup, total);
    case VIB_SCHEDULE_ONECYCLE:
        return onecycle(s, lr, at, total);
    case VIB_SCHEDULE_PLATEAU:
        return (state->plateau.reduced ? state->plateau.lr : lr) * part;
    default:
        return lr * part;
    }
}

int vib_schedule_is_on(const vib_recipe *recipe)
{
    return recipe->schedule.method != VIB_SCHEDULE_CONSTANT || recipe->schedule.warmup > 0;
}

/* ---- figures of an epoch ---- */

static double figure(const vib_state *s, int monitor)
{
    switch (monitor) {
    case VIB_MONITOR_LOSS:
        return s->last.loss;
    case VIB_MONITOR_ACCURACY:
        return s->last.accuracy;
    case VIB_MONITOR_VAL_LOSS:
        return s->last.val_loss;
    default:
        return s->last.val_accuracy;
    }
}

static int more_is_better(int monitor)
{
    return monitor == VIB_MONITOR_ACCURACY || monitor == VIB_MONITOR_VAL_ACCURACY;
}

/* By more than min_delta: on the side of the best, as Keras's ReduceLROnPlateau has it. */
static int is_off_plateau(const vib_schedule *s, double now, double best)
{
    return more_is_better(s->monitor) ? now > best + s->min_delta : now < best - s->min_delta;
}

/* On the side of the new figure, as Keras's EarlyStopping has it. */
static int is_gain(const vib_stop *s, double now, double best)
{
    return more_is_better(s->monitor) ? now - s->min_delta > best : now + s->min_delta < best;
}

int vib_plateau_update(const vib_recipe *recipe, vib_state *state)
{
    const vib_schedule *s = &recipe->schedule;
    if (s->method != VIB_SCHEDULE_PLATEAU)
        return 0;
    const double now = figure(state, s->monitor);
    if (state->plateau.cooldown) {
        state->plateau.cooldown--;
        state->plateau.wait = 0;
    }
    if (!state->plateau.seen || is_off_plateau(s, now, state->plateau.best)) {
        state->plateau.seen = 1;
        state->plateau.best = now;
        state->plateau.wait = 0;
        return 0;
    }
    if (state->plateau.cooldown || ++state->plateau.wait < s->patience)
        return 0;
    const double old = state->plateau.reduced ? state->plateau.lr : recipe->optimizer.lr;
    if (old <= s->min_lr)
        return 0;
    state->plateau.reduced = 1;
    state->plateau.lr = VIB_MAX(old * s->factor, s->min_lr);
    state->plateau.cooldown = s->cooldown;
    state->plateau.wait = 0;
    return 1;
}

int vib_stop_update(const vib_recipe *recipe, vib_state *state)
{
    const vib_stop *s = &recipe->stop;
    const double now = figure(state, s->monitor);
    if (!state->stop.seen || is_gain(s, now, state->stop.best)) {
        state->stop.seen = 1;
        state->stop.best = now;
        state->stop.wait = 0;
        return 1;
    }
    state->stop.stopped = ++state->stop.wait >= s->patience;
    return 0;
}
