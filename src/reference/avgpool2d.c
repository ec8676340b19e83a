#include "reference/real.h"

/* The window that begins at h0, cut to the picture: its first pixel and the one after its last. */
static void cut(int h0, int size, int in, int *from, int *to)
{
    *from = h0 < 0 ? 0 : h0;
    *to = h0 + size > in ? in : h0 + size;
}

/* y[n,oh,ow,c] = the mean of the window's pixels that are in the picture, added row-major. */
void REF(avgpool2d_forward)(const REF(site) * site)
{
    const vib_pool2d_opts *o = site->opts;
    const vib_size stride = vib_pool2d_stride(o);
    const ref_size in = site->in, out = site->out;
    const int ph = vib_window_of(in.h, o->size.h, stride.h, o->padding).before;
    const int pw = vib_window_of(in.w, o->size.w, stride.w, o->padding).before;
    real *y = site->y;
    for (int n = 0; n < out.n; n++)
        for (int oh = 0; oh < out.h; oh++)
            for (int ow = 0; ow < out.w; ow++) {
                int h0, h1, w0, w1;
                cut(oh * stride.h - ph, o->size.h, in.h, &h0, &h1);
                cut(ow * stride.w - pw, o->size.w, in.w, &w0, &w1);
                for (int c = 0; c < out.c; c++) {
                    real sum = 0;
                    for (int h = h0; h < h1; h++)
                        for (int w = w0; w < w1; w++)
                            sum += site->x[(((size_t)n * in.h + h) * in.w + w) * in.c + c];
                    *y++ = sum / (real)((h1 - h0) * (w1 - w0));
                }
            }
}

/* dx[n,h,w,c] = sum, row-major, of dy / pixels over the windows that hold it. */
void REF(avgpool2d_backward)(const REF(site) * site)
{
    const vib_pool2d_opts *o = site->opts;
    const vib_size stride = vib_pool2d_stride(o);
    const ref_size in = site->in, out = site->out;
    const int ph = vib_window_of(in.h, o->size.h, stride.h, o->padding).before;
    const int pw = vib_window_of(in.w, o->size.w, stride.w, o->padding).before;
    const size_t n_in = (size_t)in.n * in.h * in.w * in.c;
    for (size_t i = 0; i < n_in; i++)
        site->dx[i] = 0;
    const real *dy = site->dy;
    for (int n = 0; n < out.n; n++)
        for (int oh = 0; oh < out.h; oh++)
            for (int ow = 0; ow < out.w; ow++) {
                int h0, h1, w0, w1;
                cut(oh * stride.h - ph, o->size.h, in.h, &h0, &h1);
                cut(ow * stride.w - pw, o->size.w, in.w, &w0, &w1);
                for (int c = 0; c < out.c; c++) {
                    const real part = *dy++ / (real)((h1 - h0) * (w1 - w0));
                    for (int h = h0; h < h1; h++)
                        for (int w = w0; w < w1; w++)
                            site->dx[(((size_t)n * in.h + h) * in.w + w) * in.c + c] += part;
                }
            }
}
