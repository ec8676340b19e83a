/* Cross-entropies from logits with the activation in front of them: probabilities, loss and hit of each picture,
 * and the gradient of the mean over `total` pictures. One work-item: one picture.
 *
 *   BINARY       one output; p > 0.5 is class 1 (K46)
 *   CATEGORICAL  O outputs; the first largest is the answer
 *
 * on, off: what y is at the label and elsewhere, 1 and 0 without label smoothing. weight: of each class, in training.
 * labels: class index of each picture, or with_loss = 0 and only p is written. */
#define BINARY 1
#define CATEGORICAL 2

#ifndef PASS
#define PASS BINARY
#define NAME loss
#endif

KERNEL1 void NAME(__global float *restrict out, const ulong loss_base, const ulong hit_base, const ulong p_base,
                  __global float *restrict dz, const ulong dz_base, const __global float *restrict z,
                  const ulong z_base, const __global int *restrict labels, const ulong labels_base,
                  const __global float *restrict class_weight, const int O, const float on, const float off,
                  const float total, const int with_loss, const int with_gradient)
{
    const int n = (int) get_global_id(0);
    __global float *const loss = out + loss_base + n, *const hit = out + hit_base + n;
    const __global float *const logit = z + z_base + (ulong) n * O;
    __global float *const prob = out + p_base + (ulong) n * O;
    const int label = with_loss ? labels[labels_base + n] : 0;
    const float weight = with_loss && with_gradient ? class_weight[label] : 1.0f;
    __global float *const grad = dz + dz_base + (ulong) n * O;
#if PASS == BINARY
    prob[0] = exact_sigmoid(logit[0]);
    if (with_loss) {
        const float y = label == 1 ? on : off;
        *loss = exact_binary_crossentropy(logit[0], y) * weight;
        *hit = (prob[0] > 0.5f) == (label == 1) ? 1.0f : 0.0f;
        if (with_gradient)
            grad[0] = (prob[0] - y) * weight / total;
    }
#else
    int best = 0;
    float sum = 0.0f;
    for (int k = 1; k < O; k++)
        best = logit[k] > logit[best] ? k : best;
    for (int k = 0; k < O; k++) {
        const float e = exact_exp(logit[k] - logit[best]);
        prob[k] = e;
        sum = sum + e;
    }
    for (int k = 0; k < O; k++)
        prob[k] = prob[k] / sum;
    if (with_loss) {
        float target = logit[label] - logit[best];
        if (off != 0.0f) {
            target = 0.0f;
            for (int k = 0; k < O; k++)
                target = fma(k == label ? on : off, logit[k] - logit[best], target);
        }
        *loss = (exact_log(sum) - target) * weight;
        *hit = best == label ? 1.0f : 0.0f;
        if (with_gradient)
            for (int k = 0; k < O; k++)
                grad[k] = (prob[k] - (k == label ? on : off)) * weight / total;
    }
#endif
}
