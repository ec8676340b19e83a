#include <stdarg.h>
#include <stdio.h>

#include "network/layer.h"

vib_blocks vib_blocks_of(const vib_layer *layer, int channels)
{
    const unsigned width = vib_device_get_info(vib_layer_device(layer))->float_width;
    int v = width >= 16 ? 16 : width >= 8 ? 8 : 4;
    /* Accumulators beside the vectors being multiplied: 32 registers with AVX-512, 16 or so elsewhere. */
    const int registers = v == 16 ? 24 : 12;
    while (channels % v)
        v /= 2;
    const int vectors = channels / v;
    const int kb = vectors % 2 == 0 ? 2 : vectors % 3 == 0 ? 3 : 1;
    return (vib_blocks){v, kb, registers};
}

int vib_divisor(int of, int most)
{
    int d = VIB_MAX(1, VIB_MIN(of, most));
    while (of % d)
        d--;
    return d;
}

int vib_tile_of(int count, int most)
{
    int best = 1, least = count;
    for (int p = 2; p <= most && p <= count; p++) {
        /* Work done, and one more for the overhead of each run. */
        const int runs = (count + p - 1) / p;
        const int work = runs * (p + 1);
        if (p == 2 || work <= least) {
            best = p;
            least = work;
        }
    }
    return best;
}

int vib_vectors_fit(const vib_tile *tile, int channels, int rows)
{
    enum { WIDEST = 16, MOST = 32 };
    const int v = tile->v, kb = tile->kb;
    return v >= 1 && v <= WIDEST && (v & (v - 1)) == 0 && kb >= 1 && kb <= channels &&
           channels % (v * kb) == 0 && rows >= 1 && rows <= MOST / kb;
}

int vib_streams(const vib_layer *layer, const vib_shape *shape, int floats)
{
    enum { LINE = 64, MOST_KEPT = 8 << 20 };
    const size_t bytes = (size_t)vib_layer_batch(layer) * vib_shape_count(shape) * sizeof(float);
    return (size_t)floats * sizeof(float) % LINE == 0 && bytes >= MOST_KEPT;
}

int vib_add_kernel(const vib_layer *layer, const char *file, const char *pass, const vib_define *defines,
                   size_t n, const size_t local[3], vib_kernel **out, const char *name, ...)
{
    enum { MOST = 24 };
    char text[128];
    va_list ap;
    va_start(ap, name);
    vsnprintf(text, sizeof text, name, ap);
    va_end(ap);
    vib_define all[MOST] = {{.name = "PASS"}};
    if (n >= MOST)
        return vib_fail(VIB_FAILED, "%s: too many macros", file);
    snprintf(all[0].value, sizeof all[0].value, "%s", pass);
    for (size_t i = 0; i < n; i++)
        all[i + 1] = defines[i];
    return vib_program_add(vib_layer_program(layer), file, text, all, n + 1, local, out);
}

size_t vib_cover(size_t count, size_t each)
{
    return vib_round_up(count, each) / each;
}

size_t vib_groups64(uint64_t n)
{
    return (size_t)((n + 63) / 64);
}

static const char *activation_name(int activation)
{
    return activation == VIB_ACTIVATION_SILU ? "silu" : vib_activation_words[activation];
}

int vib_activation_fused(int activation)
{
    const int fuses = activation == VIB_ACTIVATION_RELU || activation == VIB_ACTIVATION_RELU6;
    return fuses ? activation : VIB_ACTIVATION_LINEAR;
}

const char *vib_activation_suffix(int fused)
{
    return fused == VIB_ACTIVATION_RELU ? "_relu" : fused == VIB_ACTIVATION_RELU6 ? "_relu6" : "";
}

int vib_activation_prepare(const vib_layer *layer, int activation, int backward, vib_kernel **out)
{
    return vib_add_kernel(layer, "activation.cl", backward ? "BWD" : "FWD",
                          (const vib_define[]){VIB_DEFINE("ACT", activation)}, 1, VIB_GROUPS(64, 1, 1), out,
                          "%s_%s", activation_name(activation), backward ? "bwd" : "fwd");
}

int vib_activation_launch(vib_kernel *kernel, int activation, const vib_tensor *to, const vib_tensor *from,
                          const vib_tensor *y, int n)
{
    const int items = activation == VIB_ACTIVATION_SOFTMAX ? to->w : to->w * to->c;
    return VIB_LAUNCH(kernel, VIB_GROUPS(vib_groups64((uint64_t)items), (size_t)to->h, (size_t)n),
                      VIB_TENSOR(to), VIB_TENSOR(from), VIB_TENSOR(y), vib_arg_i32(to->w),
                      vib_arg_i32(to->c));
}

int vib_leaf_rows(const vib_layer *layer)
{
    return VIB_MAX(1, VIB_LEAF_PIXELS / layer->out.w);
}

vib_size vib_conv2d_before(const vib_layer *layer)
{
    const vib_conv2d_opts *o = layer->opts;
    const vib_size span = vib_conv2d_span(o);
    return (vib_size){vib_window_of(layer->in[0].h, span.h, o->stride.h, o->padding).before,
                      vib_window_of(layer->in[0].w, span.w, o->stride.w, o->padding).before};
}

/* 0 for a layer without. */
static size_t biases(const vib_layer *layer)
{
    return layer->need.n_weights > 1 ? layer->weights[1].info.count : 0;
}

/* Values one work-item sums: a vector where it divides both weights. */
static int reduce_width(const vib_layer *layer)
{
    int v = vib_layer_on_cpu(layer) ? 16 : 1;
    while (layer->weights[0].info.count % (size_t)v || biases(layer) % (size_t)v)
        v /= 2;
    return v;
}

int vib_add_launch(vib_kernel *kernel, const vib_tensor *to, const vib_tensor *a, const vib_tensor *b, int n)
{
    const int length = to->w * to->c;
    return VIB_LAUNCH(kernel, VIB_GROUPS(vib_groups64((uint64_t)length), (size_t)to->h, (size_t)n),
                      VIB_TENSOR(to), VIB_TENSOR(a), VIB_TENSOR(b), vib_arg_i32(length));
}

/* Work-items that share a value's leaves: on GPUs one alone would wait for memory most of the time. */
static int reduce_chains(const vib_layer *layer)
{
    return vib_layer_on_cpu(layer) ? 1 : VIB_REDUCE_CHAINS;
}

int vib_reduce_add(const vib_layer *layer, const char *pass, int v, const char *name, vib_kernel **out)
{
    const vib_define defines[] = {VIB_DEFINE("V", v), VIB_DEFINE("CHAINS", reduce_chains(layer))};
    return vib_add_kernel(layer, "reduce.cl", pass, defines, VIB_COUNT(defines), VIB_GROUPS(64, 1, 1), out,
                          "%s_v%d", name, v);
}

size_t vib_reduce_groups(const vib_layer *layer, uint64_t values)
{
    return vib_groups64(values * (uint64_t)reduce_chains(layer));
}

int vib_reduce_prepare(const vib_layer *layer, vib_kernel **out)
{
    return vib_reduce_add(layer, "GRADIENT", reduce_width(layer), "reduce", out);
}

uint64_t vib_reduce_bias_at(const vib_layer *layer)
{
    return biases(layer) ? layer->weights[1].offset - layer->weights[0].offset : layer->weights[0].info.count;
}

uint64_t vib_reduce_stride(const vib_layer *layer)
{
    return vib_round_up(vib_reduce_bias_at(layer) + biases(layer), 16);
}

int vib_reduce_launch(const vib_layer *layer, vib_kernel *kernel, int leaves, int per_group)
{
    const size_t n_kernel = layer->weights[0].info.count, n_bias = biases(layer);
    const uint64_t bias_at = vib_reduce_bias_at(layer);
    return VIB_LAUNCH(
        kernel,
        VIB_GROUPS(vib_reduce_groups(layer, (bias_at + n_bias) / (uint64_t)reduce_width(layer)), 1, 1),
        vib_arg_buffer(vib_layer_gradients(layer, 0)), vib_arg_u64(layer->weights[0].offset),
        vib_arg_buffer(vib_layer_scratch(layer)), vib_arg_u64(vib_reduce_stride(layer)),
        vib_arg_i32((int32_t)bias_at), vib_arg_i32((int32_t)n_kernel), vib_arg_i32((int32_t)n_bias),
        vib_arg_i32(leaves), vib_arg_i32(per_group), vib_arg_f32(1), vib_arg_f32(0),
        vib_arg_buffer(vib_layer_nonfinite(layer)));
}

int vib_backward_weight(vib_layer *layer, int (*pass)(vib_layer *, int), int n)
{
    if (layer->frozen)
        return VIB_OK;
    vib_device *const dev = vib_layer_device(layer);
    vib_device_aside(dev, 1);
    const int err = pass(layer, n);
    vib_device_aside(dev, 0);
    return err;
}

int vib_transpose_prepare(const vib_layer *layer, vib_kernel **out)
{
    return vib_program_add(vib_layer_program(layer), "transpose.cl", "transpose", NULL, 0,
                           VIB_GROUPS(64, 1, 1), out);
}

int vib_transpose_launch(const vib_layer *layer, vib_kernel *kernel, int rows, int cols)
{
    return VIB_LAUNCH(kernel, VIB_GROUPS(vib_groups64((uint64_t)cols), vib_groups64((uint64_t)rows), 1),
                      vib_arg_buffer(vib_layer_scratch(layer)), VIB_WEIGHT(layer, 0), vib_arg_i32(rows),
                      vib_arg_i32(cols));
}
