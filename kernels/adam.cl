/* One Adam step over a whole arena, padding included: zeros stay zeros. Skipped when a gradient of this or an
 * earlier step was not finite. One work-item: V values. rate1 = 1 - beta1 and rate2 = 1 - beta2, rounded once.
 * ADAMW takes decay times the value off first. */
#define ADAM 1
#define ADAMW 2

#ifndef PASS
#define PASS ADAM
#define NAME adam
#endif
#ifndef V
#define V 16
#endif

KERNEL64 void NAME(__global float *restrict w, __global float *restrict m, __global float *restrict v,
                   const __global float *restrict g, const ulong n, const float alpha, const float rate1,
                   const float rate2, const float epsilon, const float decay, const __global int *restrict nonfinite)
{
    const ulong i = get_global_id(0) * V;
    if (i < n && *nonfinite == 0) {
        const VF grad = VLOAD(g + i);
        const VF m0 = VLOAD(m + i), v0 = VLOAD(v + i);
        const VF m1 = fma((VF) (rate1), grad - m0, m0);
        const VF v1 = fma((VF) (rate2), fma(grad, grad, -v0), v0);
        VF w0 = VLOAD(w + i);
        if (PASS == ADAMW)
            w0 = fma((VF) (-decay), w0, w0);
        VSTORE(m1, m + i);
        VSTORE(v1, v + i);
        VSTORE(w0 - alpha * m1 / (sqrt(v1) + epsilon), w + i);
    }
}
