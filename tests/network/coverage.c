/* Nothing without a check: every pass of every embedded kernel file is launched by selftest, every layer has
 * a reference and a case, and the tables that describe layers are sound. Launches are seen by the linker's
 * --wrap, so what counts is what ran. */
#include "engine.h"

#include <string.h>

#include "base/embedded.h"
#include "device/cl.h"
#include "network/layers/layers.h"
#include "reference/reference.h"

#include "../kernels/check.h"

enum { MAX_PASSES = 128 };

static struct {
    char file[32], pass[32];
} launched[MAX_PASSES];
static size_t n_launched, n_launches;

/* The word after `#define PASS`, or "". */
static void pass_of(const char *macros, char out[32])
{
    static const char define[] = "#define PASS ";
    const char *at = strstr(macros, define);
    out[0] = 0;
    if (at)
        snprintf(out, 32, "%.*s", (int)strcspn(at + strlen(define), "\n"), at + strlen(define));
}

static int was_launched(const char *file, const char *pass)
{
    for (size_t i = 0; i < n_launched; i++)
        if (!strcmp(launched[i].file, file) && !strcmp(launched[i].pass, pass))
            return 1;
    return 0;
}

int __real_vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n);
int __wrap_vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n);

int __wrap_vib_kernel_launch(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n)
{
    char pass[32];
    n_launches++;
    pass_of(kernel->macros, pass);
    if (!was_launched(kernel->file, pass)) {
        assert_true(n_launched < MAX_PASSES);
        snprintf(launched[n_launched].file, sizeof launched->file, "%s", kernel->file);
        memcpy(launched[n_launched++].pass, pass, sizeof pass);
    }
    return __real_vib_kernel_launch(kernel, groups, args, n);
}

/* The passes of a file: the numbers defined in front of `#ifndef PASS`; one without a name where there is no
 * such line. Returns how many were not launched. */
static int missing_passes(const vib_embedded *f)
{
    static const char define[] = "#define ";
    const char *end = strstr(f->text, "#ifndef PASS");
    int missing = 0;
    if (!end) {
        missing = !was_launched(f->name, "");
        if (missing)
            print_error("%s: no check launches it\n", f->name);
        return missing;
    }
    for (const char *line = f->text; line < end; line = strchr(line, '\n') + 1) {
        char pass[32], number[8];
        if (strncmp(line, define, strlen(define)) || sscanf(line, "#define %31s %7s", pass, number) != 2)
            continue;
        if (!was_launched(f->name, pass)) {
            print_error("%s: no check launches its pass %s\n", f->name, pass);
            missing++;
        }
    }
    return missing;
}

static void test_kernels(void **state)
{
    size_t passed = 0, failed = 0;
    int missing = 0, files = 0;
    const vib_selftest_params params = {.all = 1};
    assert_int_equal(vib_selftest(*state, &params, &passed, &failed), 0);
    for (const vib_embedded *f = vib_embedded_kernels; f->name; f++) {
        if (!strcmp(f->name, "common.cl") || !strcmp(f->name, "exact.h"))
            continue; /* in front of every program */
        missing += missing_passes(f);
        files++;
    }
    assert_true(files >= 10);
    assert_int_equal(missing, 0);
}

/* Whether a list holds the layer's word at the start of a layer. */
static int in_cases(const vib_check_case *c, const char *word)
{
    const size_t n = strlen(word);
    for (; c->layers; c++)
        for (const char *at = c->layers; at; at = strchr(at, ';') ? strchr(at, ';') + 2 : NULL)
            if (!strncmp(at, word, n) && (at[n] == 0 || at[n] == ' ' || at[n] == ';'))
                return 1;
    return 0;
}

static void test_layers_have_a_reference_and_a_case(void **state)
{
    (void)state;
    for (size_t i = 0; vib_layers[i]; i++) {
        const char *name = vib_layers[i]->name;
        int found = 0;
        for (size_t l = 0; vib_check_lists[l]; l++)
            found |= in_cases(vib_check_lists[l], name);
        if (!found)
            fail_msg("%s: no case in tests/kernels", name);
        const ref_layer *single = ref_layer_find(name);
        const ref64_layer *twice = ref64_layer_find(name);
        if (!single || !twice || !single->forward || !single->backward || !twice->forward || !twice->backward)
            fail_msg("%s: no reference", name);
    }
    assert_null(ref_layer_find("conv3d"));
    assert_null(ref64_layer_find(""));
}

static size_t field_bytes(vib_field_type type)
{
    switch (type) {
    case VIB_FIELD_REAL:
    case VIB_FIELD_ANGLE:
        return sizeof(double);
    case VIB_FIELD_SIZE:
        return sizeof(vib_size);
    case VIB_FIELD_RANGE:
        return sizeof(vib_range_value);
    default:
        return sizeof(int);
    }
}

static void check_fields(const vib_layer_ops *ops)
{
    for (const vib_field *f = ops->fields; f->name; f++) {
        if (!f->help || f->offset + field_bytes(f->type) > ops->opts_size)
            fail_msg("%s: field %s lies outside its options or has no help", ops->name, f->name);
        if ((f->type == VIB_FIELD_CHOICE) != (f->choices != NULL))
            fail_msg("%s: field %s: choices and type disagree", ops->name, f->name);
        if (f->min > f->max)
            fail_msg("%s: field %s: its range is empty", ops->name, f->name);
        for (const vib_field *g = ops->fields; g != f; g++)
            if (!strcmp(f->name, g->name) || (f->offset < g->offset + field_bytes(g->type) &&
                                              g->offset < f->offset + field_bytes(f->type)))
                fail_msg("%s: fields %s and %s are the same or overlap", ops->name, f->name, g->name);
    }
}

static void test_descriptors(void **state)
{
    (void)state;
    for (size_t i = 0; vib_layers[i]; i++) {
        const vib_layer_ops *ops = vib_layers[i];
        if (!ops->name || !ops->help || !ops->keras || !ops->class_name || !ops->fields || !ops->infer)
            fail_msg("layer %zu: its descriptor has holes", i);
        assert_true(ops->min_inputs >= 1 && ops->min_inputs <= ops->max_inputs &&
                    ops->max_inputs <= VIB_MAX_INPUTS);
        /* What runs on the device is prepared; what goes forward there comes back. */
        assert_true(!ops->forward || (ops->prepare && ops->backward));
        assert_true(!ops->backward || ops->prepare);
        assert_ptr_equal(vib_layer_find(ops->name), ops);
        for (size_t k = 0; k < i; k++)
            /* Several layers are Keras's Activation, and two its ReLU. */
            if (!strcmp(ops->name, vib_layers[k]->name) ||
                (strcmp(ops->keras, "activation") && strcmp(ops->keras, "re_lu") &&
                 !strcmp(ops->keras, vib_layers[k]->keras)) ||
                !strcmp(ops->keras, vib_layers[k]->keras) !=
                    !strcmp(ops->class_name, vib_layers[k]->class_name))
                fail_msg("%s and %s share a name", ops->name, vib_layers[k]->name);
        check_fields(ops);
    }
    assert_null(vib_layer_find("conv3d"));
}

static void check_need(const vib_layer_need *need, const vib_shape *out)
{
    assert_true(need->n_weights <= VIB_MAX_WEIGHTS && need->n_weights <= REF_MAX_WEIGHTS);
    assert_true(need->border >= 0 && need->grad_border >= 0);
    assert_true(need->activation >= VIB_ACTIVATION_LINEAR && need->activation <= VIB_ACTIVATION_SILU);
    assert_true(out->h > 0 && out->w > 0 && out->c > 0);
    for (int k = 0; k < need->n_weights; k++) {
        assert_non_null(need->weights[k].name);
        assert_true(need->weights[k].rank >= 1 && need->weights[k].rank <= 4);
        if (need->weights[k].init == VIB_INIT_GLOROT_UNIFORM)
            assert_true(need->weights[k].fan_in > 0 && need->weights[k].fan_out > 0);
    }
}

/* What infer says of each layer fits what the layer is, in every case there is. */
static void test_needs(void **state)
{
    enum { MOST = 16 };
    (void)state;
    for (size_t l = 0; vib_check_lists[l]; l++)
        for (const vib_check_case *c = vib_check_lists[l]; c->layers; c++) {
            vib_graph graph;
            vib_shape shapes[MOST];
            vib_layer_need needs[MOST];
            vib_str why = {0};
            size_t at;
            assert_int_equal(vib_check_graph(c->layers, c->h, c->w, c->c, &graph), 0);
            assert_true(graph.n <= MOST);
            assert_int_equal(vib_graph_infer(&graph, shapes, needs, &at, &why), 0);
            for (size_t i = 0; i < graph.n; i++)
                check_need(&needs[i], &shapes[i]);
            vib_graph_free(&graph);
        }
}

/* A step of the notebook's network costs few launches: many small ones leave a GPU idle. Its channels are
 * fewer here, which changes nothing. */
static void test_launches_of_a_step(void **state)
{
    enum { SIDE = 16, MOST = 25 };
    const vib_family own = vib_device_get_family(*state);
    static const char layers[] =
        "conv2d 4 3x3 same relu; maxpool2d 2x2; conv2d 4 3x3 same relu; maxpool2d 2x2; "
        "conv2d 4 3x3 same relu; maxpool2d 2x2; conv2d 4 3x3 same relu; maxpool2d 2x2; "
        "flatten; dense 8 relu; dense 1 sigmoid";
    static const unsigned char pixels[SIDE * SIDE * 3];
    const int32_t label = 1;
    const vib_feed feed = {.pixels = pixels, .labels = &label, .n = 1};
    vib_graph graph;
    vib_network *net = NULL;
    assert_int_equal(vib_check_graph(layers, SIDE, SIDE, 3, &graph), 0);
    const vib_network_params params = {.graph = &graph,
                                       .loss = VIB_LOSS_BINARY_CROSSENTROPY,
                                       .optimizer = {0.001, 0.9, 0.999, 1e-7},
                                       .rescale = 1,
                                       .batch = 1,
                                       .training = 1};
    vib_device_use_family(*state, VIB_FAMILY_GPU);
    assert_int_equal(vib_network_create(*state, &params, &net), 0);
    assert_int_equal(vib_network_init(net), 0);
    n_launches = 0;
    assert_int_equal(vib_network_train(net, &feed, 1, 0.001), 0);
    assert_in_range(n_launches, 15, MOST);
    vib_network_destroy(&net);
    vib_graph_free(&graph);
    vib_device_use_family(*state, own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launches_of_a_step),
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_layers_have_a_reference_and_a_case),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_needs),
    };
    return cmocka_run_group_tests_name("nothing without a check", tests, engine_setup, engine_teardown);
}
