/* --math fast with CLBlast: what its products compute is what our kernels do, up to rounding; one that is
 * wrong or fails is not used, and what is found out is remembered. Products are seen by the linker's --wrap.
 */
#include "engine.h"

#include <math.h>
#include <string.h>

#include "../capture.h"
#include "base/folder.h"
#include "base/mem.h"
#include "base/random.h"
#include "device/blas.h"
#include "device/tiles.h"
#include "network/internal.h"
#include "network/rival.h"

#include "../kernels/check.h"

static enum { RIGHT, WRONG, FAILING } behaviour;
static int products;

int __real_vib_blas_product(vib_device *dev, const vib_matrix *c, const vib_matrix *a, const vib_matrix *b,
                            size_t m, size_t n, size_t k);
int __wrap_vib_blas_product(vib_device *dev, const vib_matrix *c, const vib_matrix *a, const vib_matrix *b,
                            size_t m, size_t n, size_t k);

int __wrap_vib_blas_product(vib_device *dev, const vib_matrix *c, const vib_matrix *a, const vib_matrix *b,
                            size_t m, size_t n, size_t k)
{
    const uint32_t two = 0x40000000u;
    products++;
    if (behaviour == FAILING)
        return VIB_FAILED;
    const int err = __real_vib_blas_product(dev, c, a, b, m, n, k);
    return err < 0 || behaviour == RIGHT
               ? err
               : vib_buffer_fill(c->buffer, (size_t)c->base * sizeof(float), sizeof(float), two);
}

static char *folder;

static vib_device *open_device(vib_math math)
{
    vib_device *dev = NULL;
    const char *name = getenv("VIBRISA_DEVICE");
    const vib_device_params params = {
        .device = name, .type = name ? 0 : VIB_DEVICE_CPU, .cache = folder, .math = math};
    if (vib_device_open(&params, &dev) < 0)
        skip();
    return dev;
}

static int usable(void)
{
    vib_device *dev = open_device(VIB_MATH_FAST);
    const int yes = vib_blas_usable(dev);
    vib_device_close(&dev);
    return yes;
}

static int setup(void **state)
{
    *state = NULL;
    behaviour = RIGHT;
    products = 0;
    return vib_temporary_folder("vibrisa-rival", &folder);
}

static int teardown(void **state)
{
    (void)state;
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_remove_folder(&folder);
    return 0;
}

/* What a training step leaves: losses, then gradients and values of all weights. */
typedef struct outcome {
    float *values;
    size_t n;
} outcome;

static void append(outcome *o, const float *values, size_t n)
{
    o->values = realloc(o->values, (o->n + n) * sizeof *values);
    assert_non_null(o->values);
    memcpy(o->values + o->n, values, n * sizeof *values);
    o->n += n;
}

static vib_network *create(vib_device *dev, const vib_graph *graph, int batch, int forced)
{
    vib_network *net = NULL;
    const vib_network_params params = {.graph = graph,
                                       .loss = VIB_LOSS_BINARY_CROSSENTROPY,
                                       .optimizer = {.method = VIB_METHOD_SGD, .lr = 0.1},
                                       .rescale = 1.0 / 255,
                                       .seed = 1,
                                       .batch = batch,
                                       .training = 1,
                                       .products = forced};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    assert_int_equal(vib_network_init(net), 0);
    return net;
}

static void step(vib_network *net, outcome *out)
{
    const vib_shape *in = &net->params.graph->input;
    const size_t n = (size_t)net->params.batch, each = vib_shape_count(in);
    unsigned char *pixels = malloc(n * each);
    int32_t *labels = calloc(n, sizeof *labels);
    vib_result result;
    assert_true(pixels && labels);
    for (size_t i = 0; i < n * each; i++)
        pixels[i] = (unsigned char)vib_random_u32(7, 1, i, 0);
    for (size_t i = 0; i < n; i++)
        labels[i] = (int32_t)(i % 2);
    const vib_feed feed = {.pixels = pixels, .labels = labels, .n = (int)n};
    assert_int_equal(vib_network_train(net, &feed, 1, 0.1), 0);
    assert_int_equal(vib_network_result(net, 1, &result), 1);
    assert_false(result.nonfinite);
    append(out, result.loss, n);
    for (size_t i = 0; i < vib_network_weights(net); i++)
        for (int kind = VIB_VALUE; kind <= VIB_GRADIENT; kind++) {
            const size_t count = vib_network_weight(net, i)->count;
            float *values = malloc(count * sizeof *values);
            assert_non_null(values);
            assert_int_equal(vib_network_get(net, (vib_weight_kind)kind, i, values), 0);
            append(out, values, count);
            free(values);
        }
    free(pixels);
    free(labels);
}

static outcome run(vib_math math, const char *layers, int h, int w, int batch)
{
    outcome o = {0};
    vib_graph graph;
    vib_device *dev = open_device(math);
    assert_int_equal(vib_check_graph(layers, h, w, 3, &graph), 0);
    vib_network *net = create(dev, &graph, batch, 1);
    step(net, &o);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
    vib_device_close(&dev);
    return o;
}

static void compare(const outcome *got, const outcome *want)
{
    double off = 0;
    assert_int_equal(got->n, want->n);
    for (size_t i = 0; i < got->n; i++)
        off = fmax(off, fabs((double)got->values[i] - (double)want->values[i]));
    if (!(off < 1e-5))
        fail_msg("off by %g", off);
}

static void test_products_are_right(void **state)
{
    static const char layers[] = "conv2d 6 7x7 same stride=2 relu; conv2d 7 5x5 valid stride=1x2; flatten; "
                                 "dense 70 relu; dense 33 tanh; dense 1 sigmoid";
    (void)state;
    if (!usable())
        skip();
    outcome want = run(VIB_MATH_AUTO, layers, 19, 23, 5);
    assert_int_equal(products, 0);
    outcome got = run(VIB_MATH_FAST, layers, 19, 23, 5);
    /* Two convolutions, three forward, backward and backward of dense layers; each tried, then used. */
    assert_int_equal(products, (2 + 3 * 3) * (4 + 1));
    compare(&got, &want);
    free(want.values);
    free(got.values);
}

static void check_refused(int how, const char *message)
{
    static const char layers[] = "flatten; dense 1 sigmoid";
    outcome want = run(VIB_MATH_AUTO, layers, 6, 5, 3);
    behaviour = how;
    capture_start();
    outcome got = run(VIB_MATH_FAST, layers, 6, 5, 3);
    if (!strstr(captured, message))
        fail_msg("logged: %s", captured);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.values, want.values, got.n * sizeof *got.values);
    free(want.values);
    free(got.values);
}

static void test_wrong_ones_are_refused(void **state)
{
    (void)state;
    if (!usable())
        skip();
    check_refused(WRONG, "bwd_weight: the matrix product is wrong by ");
    check_refused(FAILING, "bwd_weight: the matrix product failed: vibrisa's own kernel is used");
}

/* A contest is held once for each device and shape: the next network asks the table. */
static void test_what_was_found_is_remembered(void **state)
{
    enum { BATCH = 8 };
    vib_graph graph;
    vib_str key = {0};
    (void)state;
    if (!usable())
        skip();
    for (int round = 0; round < 2; round++) {
        outcome o = {0};
        vib_device *dev = open_device(VIB_MATH_FAST);
        products = 0;
        assert_int_equal(vib_check_graph("flatten; dense 1024 relu; dense 1 sigmoid", 52, 53, 3, &graph), 0);
        vib_network *net = create(dev, &graph, BATCH, 0);
        step(net, &o);
        const int way = net->layers[1].ways[0];
        assert_in_range(way, VIB_WAY_KERNEL, VIB_WAY_PRODUCT);
        assert_int_equal(net->layers[2].ways[0], VIB_WAY_UNKNOWN); /* small: it has no rival */
        if (round == 0) {
            vib_tile_key(&net->layers[1], "fwd", &key);
            assert_true(products >= 2 * 4);
        } else {
            assert_true(products <= 2); /* only where one has won */
        }
        assert_int_equal(vib_tiles_get(vib_device_tiles(dev), key.text, "product"), way);
        vib_network_destroy(&net);
        vib_graph_free(&graph);
        vib_device_close(&dev);
        free(o.values);
    }
    vib_str_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_products_are_right, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_ones_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_was_found_is_remembered, setup, teardown),
    };
    return cmocka_run_group_tests_name("matrix products of --math fast", tests, NULL, NULL);
}
