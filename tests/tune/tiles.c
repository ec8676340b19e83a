/* The table of tiles: what is kept, what is refused, and that another tile changes no bit of a training step.
 */
#include "../network/engine.h"

#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/mem.h"
#include "device/cl.h"
#include "device/tiles.h"
#include "network/internal.h"

#include "../kernels/check.h"

static char *folder;

static int setup(void **state)
{
    *state = NULL;
    return vib_temporary_folder("vibrisa-tiles", &folder);
}

static int teardown(void **state)
{
    (void)state;
    vib_remove_folder(&folder);
    return 0;
}

static vib_device *open_with_table(void)
{
    vib_device *dev = NULL;
    const vib_device_params params = {.type = VIB_DEVICE_CPU, .cache = folder};
    if (vib_device_open(&params, &dev) < 0)
        skip();
    return dev;
}

/* Weights after two steps, and the names of the kernels that ran. */
static float *train(vib_device *dev, size_t *count, vib_str *kernels)
{
    static const char layers[] = "conv2d 8 3x3 same relu; maxpool2d 2x2; conv2d 8 3x3 valid relu; flatten; "
                                 "dense 8 relu; dense 1 sigmoid";
    enum { SIDE = 8, BATCH = 3 };
    unsigned char pixels[BATCH * SIDE * SIDE * 3];
    static const int32_t labels[BATCH] = {0, 1, 1};
    vib_graph graph;
    vib_network *net = NULL;
    vib_result result;
    assert_int_equal(vib_check_graph(layers, SIDE, SIDE, 3, &graph), 0);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i * 97 % 251);
    const vib_network_params params = {
        .graph = &graph,
        .loss = VIB_LOSS_BINARY_CROSSENTROPY,
        .optimizer = {.lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7},
        .rescale = 1.0 / 255,
        .seed = 1,
        .batch = BATCH,
        .training = 1};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    assert_int_equal(vib_network_init(net), 0);
    for (uint64_t t = 1; t <= 2; t++) {
        const vib_feed feed = {.pixels = pixels, .labels = labels, .n = BATCH};
        assert_int_equal(vib_network_train(net, &feed, t, 0.01), 0);
        assert_int_equal(vib_network_result(net, 1, &result), 1);
    }
    *count = 0;
    for (size_t i = 0; i < vib_network_weights(net); i++)
        *count += vib_network_weight(net, i)->count;
    float *all = vib_calloc(*count, sizeof *all), *at = all;
    assert_non_null(all);
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        assert_int_equal(vib_network_get(net, VIB_VALUE, i, at), 0);
        at += vib_network_weight(net, i)->count;
    }
    for (size_t i = 0; i < net->n; i++)
        for (int k = 0; k < VIB_MAX_KERNELS; k++)
            if (net->layers[i].kernels[k])
                vib_str_printf(kernels, "%s\n", net->layers[i].kernels[k]->name);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
    return all;
}

/* The same number for every pass of a network. */
static void tune_all(vib_tiles *tiles, const char *what, int value, const vib_network *net)
{
    for (size_t i = 0; i < net->n; i++) {
        static const char *const passes[] = {"fwd", "bwd_data", "bwd_weight"};
        for (size_t p = 0; p < VIB_COUNT(passes); p++) {
            vib_str key = {0};
            vib_tile_key(&net->layers[i], passes[p], &key);
            assert_int_equal(vib_tiles_set(tiles, key.text, what, value), 0);
            assert_int_equal(vib_tiles_get(tiles, key.text, what), value);
            vib_str_free(&key);
        }
    }
}

static void write_table(int v)
{
    vib_device *dev = open_with_table();
    vib_tiles *tiles = vib_tiles_open(folder, vib_device_get_info(dev));
    vib_graph graph;
    vib_network *net = NULL;
    assert_non_null(tiles);
    assert_int_equal(
        vib_check_graph("conv2d 8 3x3 same relu; maxpool2d 2x2; conv2d 8 3x3 valid relu; flatten; "
                        "dense 8 relu; dense 1 sigmoid",
                        8, 8, 3, &graph),
        0);
    const vib_network_params params = {
        .graph = &graph,
        .loss = VIB_LOSS_BINARY_CROSSENTROPY,
        .optimizer = {.lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7},
        .rescale = 1,
        .batch = 3,
        .training = 1};
    assert_int_equal(vib_network_create(dev, &params, &net), 0);
    tune_all(tiles, "v", v, net);
    static const char *const others[] = {"kb", "p", "jb", "rb", "span"};
    for (size_t i = 0; i < VIB_COUNT(others); i++)
        tune_all(tiles, others[i], 1, net);
    tune_all(tiles, "tiles", 2, net);
    assert_int_equal(vib_tiles_save(tiles), 0);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
    vib_tiles_close(&tiles);
    vib_device_close(&dev);
}

static void test_other_tiles_same_bits(void **state)
{
    (void)state;
    size_t n, m;
    vib_str usual = {0}, tuned = {0}, absurd = {0};
    vib_device *dev = open_with_table();
    float *a = train(dev, &n, &usual);
    vib_device_close(&dev);
    write_table(2);
    dev = open_with_table();
    float *b = train(dev, &m, &tuned);
    vib_device_close(&dev);
    assert_string_not_equal(usual.text, tuned.text); /* the table was used */
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n * sizeof *a);
    free(b);
    /* Numbers that cannot be are left alone: the usual tiles are taken. */
    write_table(7);
    dev = open_with_table();
    b = train(dev, &m, &absurd);
    vib_device_close(&dev);
    assert_memory_equal(a, b, n * sizeof *a);
    assert_string_equal(usual.text, absurd.text);
    free(a);
    free(b);
    vib_str_free(&usual);
    vib_str_free(&tuned);
    vib_str_free(&absurd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_other_tiles_same_bits)};
    return cmocka_run_group_tests_name("tiles", tests, setup, teardown);
}
