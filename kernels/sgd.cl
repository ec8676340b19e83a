/* One SGD step over a whole arena, padding included: zeros stay zeros. Skipped as adam is. One work-item: V values.
 *
 *   PLAIN      w - lr g
 *   MOMENTUM   m = momentum m - lr g, then w + m
 *   NESTEROV   m likewise, then w + momentum m - lr g
 *
 * decay, if any, times w is taken off first. */
#define PLAIN 1
#define MOMENTUM 2
#define NESTEROV 3

#ifndef PASS
#define PASS PLAIN
#define NAME sgd
#endif
#ifndef V
#define V 16
#endif

/* Without momentum, m is not looked at. */
KERNEL64 void NAME(__global float *restrict w, __global float *restrict m, const __global float *restrict g,
                   const ulong n, const float lr, const float momentum, const float decay,
                   const __global int *restrict nonfinite)
{
    const ulong i = get_global_id(0) * V;
    if (i < n && *nonfinite == 0) {
        VF w0 = VLOAD(w + i), step = -(lr * VLOAD(g + i));
        if (decay != 0.0f)
            w0 = fma((VF) (-decay), w0, w0);
#if PASS != PLAIN
        const VF m1 = fma((VF) (momentum), VLOAD(m + i), step);
        VSTORE(m1, m + i);
        step = PASS == NESTEROV ? fma((VF) (momentum), m1, step) : m1;
#endif
        VSTORE(w0 + step, w + i);
    }
}
