/* Where a run is, and the files that hold it. */
#ifndef VIB_TRAIN_CHECKPOINT_H
#define VIB_TRAIN_CHECKPOINT_H

#include "train/metrics.h"
#include "train/model.h"

/* Pictures that could not be read, ascending. */
typedef struct vib_skips {
    uint32_t *items;
    size_t n, cap;
} vib_skips;

int vib_skips_add(vib_skips *skips, uint32_t item);

/* Everything a run needs, beside the weights and moments, to go on as if it had never stopped. */
typedef struct vib_state {
    uint64_t global_step; /* updates made: Adam's t of the last one */
    uint64_t epochs;      /* finished, through all rounds, validation included */
    uint64_t step;        /* steps done in the epoch after those */
    vib_metrics sums;     /* of that epoch so far */
    int complete;         /* the run is over, its final evaluation included */
    struct {
        uint64_t epoch; /* from 1 through all rounds; 0: none yet */
        double accuracy, loss;
    } best; /* what best.safetensors is */
    struct {
        double loss, accuracy, val_loss, val_accuracy;
    } last; /* figures of the last finished epoch */
    struct {
        double budget;       /* seconds for all epochs; 0: their number is fixed, as it is after the first */
        double spent, epoch; /* since the start of the run, and in its first epoch */
    } time;
    struct {
        int seen, wait, cooldown; /* any epoch; epochs without a gain, and that do not count */
        int reduced;              /* the rate has gone down, to lr */
        double best, lr;
    } plateau;
    struct {
        int seen, wait, stopped;
        double best;
    } stop;
    vib_skips skipped[2]; /* training, validation */
} vib_state;

void vib_state_free(vib_state *state);

/* What a model says of the run it comes from; the same in every file of a run. */
typedef struct vib_identity {
    const vib_recipe *recipe; /* resolved */
    const vib_dataset *set;   /* for the class names */
    const char *fingerprint;
    const char *provenance;
    int exact;
    uint64_t seed;
} vib_identity;

/* Writes a model; with a state also the moments and the state, which makes it a checkpoint. */
int vib_checkpoint_save(const char *path, const vib_identity *identity, vib_network *net,
                        const vib_state *state, const char *backup);

/* The state and seed in an opened checkpoint: VIB_BAD_MODEL when it is not one, or of another arithmetic. */
int vib_checkpoint_state(const vib_model *model, vib_state *state, uint64_t *seed);

#endif
