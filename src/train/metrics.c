#include "train/metrics.h"

void vib_metrics_add(vib_metrics *sum, const vib_result *result)
{
    for (int i = 0; i < result->n; i++) {
        sum->loss += (double)result->loss[i];
        sum->hits += (double)result->hit[i];
    }
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
