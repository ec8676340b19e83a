/* Loss and accuracy: sums in double, in the order of the pictures, so that they are the same everywhere. */
#ifndef VIB_TRAIN_METRICS_H
#define VIB_TRAIN_METRICS_H

#include "network/network.h"

typedef struct vib_metrics {
    double loss, hits; /* sums over pictures */
    uint64_t pictures;
} vib_metrics;

void vib_metrics_add(vib_metrics *sum, const vib_result *result);

/* Means over the pictures; 0 when there are none. */
double vib_metrics_loss(const vib_metrics *sum);
double vib_metrics_accuracy(const vib_metrics *sum);

/* The class an answer names: with one output the second class when p > 0.5 strictly (K46), else the first of
 * the largest. */
size_t vib_answer(const float *output, int outputs);

#endif
