#include "reference/real.h"

/* y[n,oh,ow,c] = the largest x in the window, the first in row-major order on ties (K37); keep = its place in
 * the window. Pixels outside never win; NaN never does either, and a window of NaN gives -infinity. */
void REF(maxpool2d_forward)(const REF(site) * site)
{
    const vib_pool2d_opts *o = site->opts;
    const vib_size stride = vib_pool2d_stride(o);
    const ref_size in = site->in, out = site->out;
    const int ph = vib_window_of(in.h, o->size.h, stride.h, o->padding).before;
    const int pw = vib_window_of(in.w, o->size.w, stride.w, o->padding).before;
    real *y = site->y;
    uint8_t *keep = site->keep;
    for (int n = 0; n < out.n; n++)
        for (int oh = 0; oh < out.h; oh++)
            for (int ow = 0; ow < out.w; ow++)
                for (int c = 0; c < out.c; c++) {
                    real best = (real)-INFINITY;
                    int place = 0;
                    for (int r = 0; r < o->size.h; r++)
                        for (int s = 0; s < o->size.w; s++) {
                            const int h = oh * stride.h + r - ph, w = ow * stride.w + s - pw;
                            if (h < 0 || h >= in.h || w < 0 || w >= in.w)
                                continue;
                            const real v = site->x[(((size_t)n * in.h + h) * in.w + w) * in.c + c];
                            if (v > best) {
                                best = v;
                                place = r * o->size.w + s;
                            }
                        }
                    *y++ = best;
                    *keep++ = (uint8_t)place;
                }
}

/* dx[n,h,w,c] = sum, row-major, of dy of the windows whose winner this pixel was. */
void REF(maxpool2d_backward)(const REF(site) * site)
{
    const vib_pool2d_opts *o = site->opts;
    const vib_size stride = vib_pool2d_stride(o);
    const ref_size in = site->in, out = site->out;
    const int ph = vib_window_of(in.h, o->size.h, stride.h, o->padding).before;
    const int pw = vib_window_of(in.w, o->size.w, stride.w, o->padding).before;
    const size_t n_in = (size_t)in.n * in.h * in.w * in.c;
    for (size_t i = 0; i < n_in; i++)
        site->dx[i] = 0;
    size_t i = 0;
    for (int n = 0; n < out.n; n++)
        for (int oh = 0; oh < out.h; oh++)
            for (int ow = 0; ow < out.w; ow++)
                for (int c = 0; c < out.c; c++, i++) {
                    const int r = site->keep[i] / o->size.w, s = site->keep[i] % o->size.w;
                    const int h = oh * stride.h + r - ph, w = ow * stride.w + s - pw;
                    if (h >= 0 && h < in.h && w >= 0 && w < in.w)
                        site->dx[(((size_t)n * in.h + h) * in.w + w) * in.c + c] += site->dy[i];
                }
}
