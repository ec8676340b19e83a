#include "network/layers/pool2d.h"

int vib_pool2d_infer(const void *opts, const vib_shape *in, int n_in, vib_shape *out, vib_layer_need *need,
                     vib_str *why)
{
    (void)n_in;
    const vib_pool2d_opts *o = opts;
    const vib_size stride = vib_pool2d_stride(o);
    if (in->flat) {
        vib_str_add(why, "pooling needs a picture, and gets the flat output of the layer before");
        return VIB_USAGE;
    }
    const vib_window h = vib_window_of(in->h, o->size.h, stride.h, o->padding);
    const vib_window w = vib_window_of(in->w, o->size.w, stride.w, o->padding);
    if (h.out < 1 || w.out < 1) {
        vib_str_printf(why,
                       "a %dx%d window does not fit in the %dx%d input; leave out a pooling layer or use "
                       "larger pictures",
                       o->size.h, o->size.w, in->h, in->w);
        return VIB_USAGE;
    }
    *out = (vib_shape){h.out, w.out, in->c, 0};
    need->rows = (vib_reach){o->size.h, stride.h, h.before};
    need->columns = (vib_reach){o->size.w, stride.w, w.before};
    return VIB_OK;
}
