#include "train/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void vib_metrics_add(vib_metrics *sum, const vib_result *result)
{
    for (int i = 0; i < result->n; i++) {
        sum->loss += (double)result->loss[i];
        sum->hits += (double)result->hit[i];
    }
    sum->loss += (double)result->penalty * result->n; /* as Keras: in the loss that is reported */
    sum->pictures += (uint64_t)result->n;
}

double vib_metrics_loss(const vib_metrics *sum)
{
    return sum->pictures ? sum->loss / (double)sum->pictures : 0;
}

double vib_metrics_accuracy(const vib_metrics *sum)
{
    return sum->pictures ? sum->hits / (double)sum->pictures : 0;
}

size_t vib_answer(const float *output, int outputs)
{
    if (outputs == 1)
        return output[0] > 0.5f;
    int best = 0;
    for (int k = 1; k < outputs; k++)
        if (output[k] > output[best])
            best = k;
    return (size_t)best;
}

void vib_spread(const float *output, int outputs, float *probabilities)
{
    if (outputs == 1) {
        probabilities[0] = 1 - output[0];
        probabilities[1] = output[0];
    } else {
        memcpy(probabilities, output, (size_t)outputs * sizeof *output);
    }
}

/* NaN for nothing over nothing. */
static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

void vib_metrics_classes(const uint64_t *confusion, size_t n, vib_class_figures *out)
{
    for (size_t k = 0; k < n; k++) {
        const uint64_t hits = confusion[k * n + k];
        uint64_t are = 0, answered = 0;
        for (size_t i = 0; i < n; i++) {
            are += confusion[k * n + i];
            answered += confusion[i * n + k];
        }
        out[k] = (vib_class_figures){
            .pictures = are,
            .precision = share(hits, answered),
            .recall = share(hits, are),
            .f1 = share(2 * hits, are + answered),
        };
    }
}

static int by_score(const void *a, const void *b)
{
    const float x = ((const vib_score *)a)->score, y = ((const vib_score *)b)->score;
    return (x > y) - (x < y);
}

double vib_metrics_auc(vib_score *scores, size_t n)
{
    uint64_t twice_u = 0, below = 0, positives = 0;
    for (size_t i = 0; i < n; i++)
        if (isnan(scores[i].score))
            return NAN;
    if (!n)
        return NAN;
    qsort(scores, n, sizeof *scores, by_score);
    for (size_t first = 0, end; first < n; first = end) {
        uint64_t kinds[2] = {0, 0}; /* among equal scores */
        for (end = first; end < n && scores[end].score == scores[first].score; end++)
            kinds[scores[end].positive != 0]++;
        twice_u += kinds[1] * (2 * below + kinds[0]);
        below += kinds[0];
        positives += kinds[1];
    }
    return share(twice_u, 2 * below * positives);
}
