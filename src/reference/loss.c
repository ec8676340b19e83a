#include "reference/real.h"

/* From the logit, as Keras does when the sigmoid is the last operation (K42); p > 0.5 strictly is class 1
 * (K46). */
void REF(binary_crossentropy)(const real *z, const int32_t *labels, int n, int total, const REF(target) * t,
                              real *p, real *loss, real *hit, real *dz)
{
    for (int i = 0; i < n; i++) {
        const real y = labels[i] == 1 ? t->on : t->off, weight = t->weights ? t->weights[labels[i]] : 1;
        p[i] = real_sigmoid(z[i]);
        loss[i] = real_binary_crossentropy(z[i], y) * weight;
        hit[i] = (p[i] > (real)0.5) == (labels[i] == 1) ? 1 : 0;
        dz[i] = (p[i] - y) * weight / (real)total;
    }
}

/* loss = ln(sum of exp(z - max)) - (z[label] - max); the answer is the first largest. */
void REF(categorical_crossentropy)(const real *z, const int32_t *labels, int n, int c, int total,
                                   const REF(target) * t, real *p, real *loss, real *hit, real *dz)
{
    for (int i = 0; i < n; i++, z += c, p += c, dz += c) {
        int best = 0;
        real sum = 0, target = 0;
        const real weight = t->weights ? t->weights[labels[i]] : 1;
        for (int k = 1; k < c; k++)
            best = z[k] > z[best] ? k : best;
        for (int k = 0; k < c; k++) {
            p[k] = real_exp(z[k] - z[best]);
            sum += p[k];
        }
        for (int k = 0; k < c; k++) {
            p[k] /= sum;
            dz[k] = (p[k] - (k == labels[i] ? t->on : t->off)) * weight / (real)total;
        }
        for (int k = 0; t->off != 0 && k < c; k++)
            target = real_fma(k == labels[i] ? t->on : t->off, z[k] - z[best], target);
        if (t->off == 0)
            target = z[labels[i]] - z[best];
        loss[i] = (real_log(sum) - target) * weight;
        hit[i] = best == labels[i] ? 1 : 0;
    }
}
