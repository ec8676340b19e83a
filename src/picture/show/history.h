/* A run's log.csv, read. */
#ifndef VIB_PICTURE_SHOW_HISTORY_H
#define VIB_PICTURE_SHOW_HISTORY_H

#include "base/common.h"

enum {
    VIB_LOG_EPOCH,
    VIB_LOG_ACCURACY,
    VIB_LOG_LOSS,
    VIB_LOG_VAL_ACCURACY,
    VIB_LOG_VAL_LOSS,
    VIB_LOG_SECONDS,
    VIB_LOG_RATE,
    VIB_LOG_COLUMNS
};

typedef struct vib_run_log {
    double *column[VIB_LOG_COLUMNS]; /* n each; NaN where the log says NA */
    size_t n, cap;
    size_t best;   /* the row whose weights are best.safetensors */
    int validated; /* it has validation figures */
} vib_run_log;

/* VIB_BAD_MODEL (logged) when the folder has no log.csv with a finished epoch. */
int vib_run_log_read(const char *run, vib_run_log *out);
void vib_run_log_free(vib_run_log *log);

/* "default" of "runs/default/". The text is the caller's buffer. */
const char *vib_run_name(const char *run, char *text, size_t size);

#endif
