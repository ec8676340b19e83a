/* The learning rate of each step, and what the figures of an epoch change: the rate, or whether to go on. */
#ifndef VIB_TRAIN_SCHEDULE_H
#define VIB_TRAIN_SCHEDULE_H

#include "train/checkpoint.h"

/* Of step `position`, from 0 through all rounds of the run; `steps`: of an epoch. Docs: docs/recipes.md. */
double vib_schedule_rate(const vib_recipe *recipe, const vib_state *state, uint64_t position, uint64_t steps);

/* Whether rates differ from step to step, so that logs have them. */
int vib_schedule_is_on(const vib_recipe *recipe);

/* After an epoch, whose figures are state->last: 1 when the rate goes down from here on, to state->plateau.lr
 * (K52, ReduceLROnPlateau). */
int vib_plateau_update(const vib_recipe *recipe, vib_state *state);

/* The same for early stopping (K52): 1 when the epoch is the best so far. state->stop.stopped tells the rest.
 */
int vib_stop_update(const vib_recipe *recipe, vib_state *state);

#endif
