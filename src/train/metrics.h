/* Loss and accuracy: sums in double, in the order of the pictures, so that they are the same everywhere. */
#ifndef VIB_TRAIN_METRICS_H
#define VIB_TRAIN_METRICS_H

#include <vibrisa/model.h>

#include "network/network.h"

typedef struct vib_metrics {
    double loss, hits; /* sums over pictures; loss with what l1 and l2 add */
    uint64_t pictures;
} vib_metrics;

void vib_metrics_add(vib_metrics *sum, const vib_result *result);

/* Means over the pictures; 0 when there are none. */
double vib_metrics_loss(const vib_metrics *sum);
double vib_metrics_accuracy(const vib_metrics *sum);

/* The class an answer names: with one output the second class when p > 0.5 strictly (K46), else the first of
 * the largest. */
size_t vib_answer(const float *output, int outputs);
/* One probability a class: with one output that is the second class's. */
void vib_spread(const float *output, int outputs, float *probabilities);

/* Precision, recall and F1 of each of n classes from the confusion matrix (row = truth). */
void vib_metrics_classes(const uint64_t *confusion, size_t n, vib_class_figures *out);

/* Probability of the second of two classes, and whether the picture is of it. */
typedef struct vib_score {
    float score;
    int positive;
} vib_score;

/* The area under the ROC curve: Mann and Whitney's U over the number of pairs, counted in whole numbers, ties
 * half. Sorts the scores. NaN when a kind is missing or a score is NaN. */
double vib_metrics_auc(vib_score *scores, size_t n);

#endif
