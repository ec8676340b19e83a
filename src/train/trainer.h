/* A run under way: shared by what sets it up (prepare.c, train.c) and what does it (loop.c); a search for its
 * learning rate (lr_find.c) is the beginning of one. */
#ifndef VIB_TRAIN_TRAINER_H
#define VIB_TRAIN_TRAINER_H

#include <vibrisa/train.h>

#include "train/history.h"

enum { VIB_TRAINING, VIB_VALIDATION };

typedef struct vib_trainer {
    vib_device *dev;
    const vib_train_params *params;
    const char *folder;
    const vib_recipe *recipe;  /* resolved */
    vib_recipe *planned;       /* owns it, once the first epoch has told how many there will be */
    const vib_dataset *set[2]; /* training, validation (NULL: none) */
    vib_loader *loader[2];
    vib_network *net;
    vib_identity identity;
    vib_state state;
    vib_history history;
    char *last, *prev, *best; /* paths */
    int last_damaged;         /* what is in `last` must not become `prev` */
    int save_failed;          /* a checkpoint could not be written: said at the end */

    size_t steps[2];         /* of one epoch */
    uint32_t *order;         /* of the pass under way */
    uint64_t *presentations; /* of a batch */
    vib_pass *pass;          /* the pass under way, when training */
    uint64_t issued;         /* updates enqueued */
    vib_metrics validation;  /* of the pass under way */
    size_t validation_total;
    double started, saved, began; /* on vib_clock: this process, the last checkpoint, this epoch */
    double validated;             /* seconds of this epoch's validation */
    struct {
        double spent, epoch; /* of the time budget before this process */
    } earlier;
    uint64_t trained;        /* pictures, in this epoch and process */
    double training_seconds; /* in this epoch and process */
} vib_trainer;

/* The recipe of a run, NULL: the default one, for the classes of its pictures; classify: its last layer made
 * anew for them. */
int vib_trainer_recipe(const vib_recipe *recipe, const vib_dataset *train, int classify, vib_recipe **out);
/* Loaders, network and how much each class counts. */
int vib_trainer_prepare(vib_trainer *t, int workers);
/* The weights a run begins with: the seed's, or those of `params->weights` that fit. */
int vib_trainer_start_weights(vib_trainer *t);
/* Releases everything. */
void vib_trainer_close(vib_trainer *t);

/* The training pictures of the epoch the state is in, from its step on; t->order is filled. */
vib_pass vib_trainer_pass(vib_trainer *t);
/* A training step, enqueued. */
int vib_trainer_issue(vib_trainer *t, const vib_batch *batch, vib_feed *feed, double rate);
/* Which pictures of a batch could not be read, into the state. */
int vib_trainer_note_skipped(vib_trainer *t, int side, const vib_pass_step *step);

/* Everything from where the state says to the end of the run. */
int vib_trainer_run(vib_trainer *t);

/* Writes last.safetensors, keeping the one before as prev.safetensors. */
int vib_trainer_save(vib_trainer *t);

/* With a time budget: what is spent of it by now, into the state. */
void vib_trainer_spend(vib_trainer *t);
/* At the end of the first epoch: how many fit into the budget, into the recipe. */
int vib_trainer_plan(vib_trainer *t);

/* An event with the position filled in. */
vib_train_event vib_trainer_event(const vib_trainer *t, vib_train_event_type type);
void vib_trainer_tell(const vib_trainer *t, const vib_train_event *event);

#endif
