/* log.csv, a line an epoch, and log.jsonl, a JSON line an event; where asked for, TensorBoard's files. A log
 * that cannot be written costs a warning, never the run. */
#ifndef VIB_TRAIN_HISTORY_H
#define VIB_TRAIN_HISTORY_H

#include <stdio.h>

#include "exchange/tfevents.h"
#include "train/checkpoint.h"
#include "train/pass.h"

typedef struct vib_history {
    char *csv_path, *jsonl_path;
    FILE *csv, *jsonl;
    int has_lr;             /* the rate is logged: set before opening */
    int failed;             /* a line was lost; said once */
    vib_tfevents *board[2]; /* training, validation; NULL: none */
} vib_history;

/* Opens the logs of a run folder. With a state, lines beyond it are cut off: they will come again. `board`:
 * also files for TensorBoard, which a resumed run that has some goes on with anyway. */
int vib_history_open(vib_history *h, const char *folder, const vib_state *resumed, int board);
void vib_history_close(vib_history *h);

typedef struct vib_epoch_record {
    uint64_t epoch; /* from 1 through all rounds */
    int round;      /* from 1 */
    uint64_t steps, pictures;
    uint64_t global_step; /* updates by its end */
    double lr;            /* of its last update */
    double loss, accuracy;
    int has_validation;
    double val_loss, val_accuracy;
    double seconds, images_per_second;
} vib_epoch_record;

void vib_history_begin(vib_history *h, const vib_device_info *device, const vib_identity *identity,
                       const vib_state *resumed);
void vib_history_step(vib_history *h, uint64_t global_step, uint64_t epoch, double lr,
                      const vib_metrics *batch, const vib_dataset *set, const vib_pass_step *step);
void vib_history_epoch(vib_history *h, const vib_epoch_record *record);
/* After an epoch: the rate has gone down; training ends early. */
void vib_history_rate(vib_history *h, uint64_t epoch, double lr);
void vib_history_stop(vib_history *h, uint64_t epoch, uint64_t best_epoch);
void vib_history_nonfinite(vib_history *h, uint64_t step, const char *what);
void vib_history_evaluated(vib_history *h, const vib_metrics *sums);

/* Both logs reach the disk. */
void vib_history_sync(vib_history *h);

#endif
