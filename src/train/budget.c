/* A run with a time budget: its first epoch tells how many fit. From there on the recipe says their number,
 * and the run is, to the bit, the one that had asked for it from the start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "train/trainer.h"

enum { MAX_EPOCHS = 1000000 };

void vib_trainer_spend(vib_trainer *t)
{
    const double now = vib_clock();
    t->state.time.spent = t->earlier.spent + (now - t->started);
    t->state.time.epoch = t->earlier.epoch + (t->began > 0 ? now - t->began : 0);
}

/* Of each round. Later epochs take no longer than the first, which decoded the pictures and warmed the
 * device up. */
static int epochs_that_fit(const vib_trainer *t)
{
    double left = t->state.time.budget - t->state.time.spent;
    if (t->recipe->evaluate_all && t->set[VIB_VALIDATION]) {
        const size_t batch = (size_t)t->recipe->train.batch, n = t->set[VIB_VALIDATION]->n;
        left -= t->validated * (double)((n + batch - 1) / batch) / (double)t->steps[VIB_VALIDATION];
    }
    const double more = left > 0 && t->state.time.epoch > 0 ? left / t->state.time.epoch : 0;
    const int epochs = (int)((1 + VIB_MIN(more, MAX_EPOCHS)) / t->recipe->train.rounds);
    return VIB_MIN(VIB_MAX(epochs, 1), MAX_EPOCHS);
}

static int write_recipe(const vib_trainer *t)
{
    char *path = vib_path_join(t->folder, "recipe.txt");
    const char *text = vib_recipe_text(t->recipe);
    const int err = path ? vib_file_write(path, &(vib_piece){text, strlen(text)}, 1, NULL)
                         : vib_fail(VIB_FAILED, "out of memory");
    free(path);
    return err;
}

int vib_trainer_plan(vib_trainer *t)
{
    int err = 0;
    vib_trainer_spend(t);
    const int epochs = epochs_that_fit(t);
    if (t->state.time.spent > t->state.time.budget)
        vib_warn("the first epoch took longer than the time given, %.0f s: the run ends after %d",
                 t->state.time.budget, epochs * t->recipe->train.rounds);
    VIB_TRY(vib_recipe_with_epochs(t->recipe, t->set[VIB_TRAINING]->n_classes, epochs, &t->planned));
    t->recipe = t->identity.recipe = t->planned;
    memset(&t->state.time, 0, sizeof t->state.time);
    VIB_TRY(write_recipe(t));
fail:
    return err;
}
