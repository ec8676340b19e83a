/* The bits of arithmetic version 1: SHA-256 over all weights and moments after some training steps. The same
 * from both families and from plain C, and the same as stored in tests/golden/hashes.json.
 *
 * Use: golden_hash [--tiny] [--device NAME]; --tiny: the small network only, for simulators. */
#include "engine.h"

#include <sha256.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "network/internal.h"
#include "recipe/recipe.h"
#include <vibrisa/version.h>

#include "../kernels/check.h"

/* Streams of made-up pictures, apart from those the library uses. */
enum { STREAM_PIXELS = 0x70000000, STREAM_LABELS };
enum { SEED = 7, STEPS = 20 };

/* A network and what it is trained on. */
typedef struct subject {
    const char *name;
    const vib_graph *graph;
    int batch, reference_steps; /* plain C is slow: it stops here, and its hash is stored too */
} subject;

typedef struct hash {
    char hex[SHA256_DIGEST_STRING_LENGTH];
} hash;

static const vib_optimizer adam = {0.001, 0.9, 0.999, 1e-7};
static const vib_augment augment = {.shear = 0.2, .zoom = {0.8, 1.2}, .hflip = 1};

/* The batch of step t; the last one is short. */
typedef struct batch {
    unsigned char *pixels;
    int32_t *labels;
    uint64_t *presentations;
    float *x; /* augmented, for plain C */
    int n;
} batch;

static int make_batch(const subject *s, uint64_t t, int with_floats, batch *b)
{
    int err = 0;
    const vib_shape *in = &s->graph->input;
    const size_t picture = vib_shape_count(in);
    *b = (batch){.n = t == STEPS ? s->batch - 3 : s->batch};
    b->pixels = vib_calloc((size_t)b->n, picture);
    b->labels = vib_calloc((size_t)b->n, sizeof *b->labels);
    b->presentations = vib_calloc((size_t)b->n, sizeof *b->presentations);
    b->x = vib_calloc(with_floats ? (size_t)b->n * picture : 1, sizeof *b->x);
    VIB_CHECK_MEM(b->pixels && b->labels && b->presentations && b->x);
    for (int i = 0; i < b->n; i++) {
        unsigned char *const pixels = b->pixels + (size_t)i * picture;
        b->presentations[i] = (t - 1) * (uint64_t)s->batch + (uint64_t)i;
        b->labels[i] = (int32_t)(vib_random_u32(SEED, STREAM_LABELS, b->presentations[i], 0) & 1);
        for (size_t k = 0; k < picture; k++)
            pixels[k] = (unsigned char)vib_random_u32(SEED, STREAM_PIXELS, b->presentations[i], (uint32_t)k);
        if (with_floats) {
            vib_augment_row how;
            vib_augment_draw(&augment, SEED, b->presentations[i], in->h, in->w, &how);
            ref_augment(b->x + (size_t)i * picture, pixels, in->h, in->w, in->c, (float)(1.0 / 255), &augment,
                        &how);
        }
    }
fail:
    return err;
}

static void free_batch(batch *b)
{
    free(b->pixels);
    free(b->labels);
    free(b->presentations);
    free(b->x);
}

/* Floats as files hold them: little-endian. */
static void add_floats(SHA2_CTX *sha, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t u;
        memcpy(&u, &values[i], sizeof u);
        const uint8_t bytes[4] = {(uint8_t)u, (uint8_t)(u >> 8), (uint8_t)(u >> 16), (uint8_t)(u >> 24)};
        SHA256Update(sha, bytes, sizeof bytes);
    }
}

static const vib_weight_kind kinds[] = {VIB_VALUE, VIB_MOMENT1, VIB_MOMENT2};

static int hash_device(vib_network *net, hash *out)
{
    int err = 0;
    float *values = NULL;
    size_t most = 0;
    SHA2_CTX sha;
    SHA256Init(&sha);
    for (size_t i = 0; i < vib_network_weights(net); i++)
        most = VIB_MAX(most, vib_network_weight(net, i)->count);
    values = vib_calloc(most, sizeof *values);
    VIB_CHECK_MEM(values);
    for (size_t k = 0; k < VIB_COUNT(kinds); k++)
        for (size_t i = 0; i < vib_network_weights(net); i++) {
            VIB_TRY(vib_network_get(net, kinds[k], i, values));
            add_floats(&sha, values, vib_network_weight(net, i)->count);
        }
    SHA256End(&sha, out->hex);
fail:
    free(values);
    return err;
}

static void hash_reference(ref_network *ref, size_t n_weights, hash *out)
{
    SHA2_CTX sha;
    SHA256Init(&sha);
    for (size_t k = 0; k < VIB_COUNT(kinds); k++)
        for (size_t i = 0; i < n_weights; i++) {
            size_t count;
            const float *values = ref_network_weight(ref, kinds[k], i, &count);
            add_floats(&sha, values, count);
        }
    SHA256End(&sha, out->hex);
}

/* The state after reference_steps and after all steps. */
static int train_device(vib_device *dev, const subject *s, hash *early, hash *late)
{
    int err = 0;
    batch b = {0};
    vib_network *net = NULL;
    const vib_network_params params = {.graph = s->graph,
                                       .loss = VIB_LOSS_BINARY_CROSSENTROPY,
                                       .optimizer = adam,
                                       .rescale = 1.0 / 255,
                                       .augment = augment,
                                       .seed = SEED,
                                       .batch = s->batch,
                                       .training = 1};
    VIB_TRY(vib_network_create(dev, &params, &net));
    VIB_TRY(vib_network_init(net));
    for (uint64_t t = 1; t <= STEPS; t++) {
        vib_result result;
        VIB_TRY(make_batch(s, t, 0, &b));
        const vib_feed feed = {b.pixels, b.labels, b.presentations, b.n};
        VIB_TRY(vib_network_train(net, &feed, t, adam.lr));
        VIB_TRY(vib_network_result(net, 1, &result));
        if (result.nonfinite)
            VIB_FAIL(VIB_FAILED, "step %d has a gradient that is not finite", (int)t);
        free_batch(&b);
        b = (batch){0};
        if (t == (uint64_t)s->reference_steps)
            VIB_TRY(hash_device(net, early));
    }
    VIB_TRY(hash_device(net, late));
fail:
    free_batch(&b);
    vib_network_destroy(&net);
    return err;
}

/* Initial weights come from a network on the device: they are made on the host. */
static int train_reference(vib_device *dev, const subject *s, hash *out)
{
    int err = 0;
    size_t n_weights = 0;
    batch b = {0};
    ref_network *ref = NULL;
    vib_network *net = NULL;
    const vib_network_params params = {.graph = s->graph, .seed = SEED, .batch = 1, .training = 1};
    VIB_TRY(vib_network_create(dev, &params, &net));
    VIB_TRY(vib_network_init(net));
    VIB_TRY(ref_network_create(s->graph, s->batch, &ref));
    n_weights = vib_network_weights(net);
    for (size_t i = 0; i < n_weights; i++)
        VIB_TRY(vib_network_get(net, VIB_VALUE, i, ref_network_weight(ref, VIB_VALUE, i, NULL)));
    for (uint64_t t = 1; t <= (uint64_t)s->reference_steps; t++) {
        VIB_TRY(make_batch(s, t, 1, &b));
        float penalty;
        const vib_network_params how = {.loss = VIB_LOSS_BINARY_CROSSENTROPY, .optimizer = adam};
        ref_network_train(ref, &how, NULL, b.x, b.labels, b.n, t, &penalty);
        free_batch(&b);
        b = (batch){0};
    }
    hash_reference(ref, n_weights, out);
fail:
    free_batch(&b);
    ref_network_destroy(&ref);
    vib_network_destroy(&net);
    return err;
}

/* The stored hash of a network after some steps, of this arithmetic. */
static const char *stored(const json_t *golden, const char *name, int steps)
{
    size_t i;
    json_t *version;
    char key[40];
    snprintf(key, sizeof key, "%s after %d steps", name, steps);
    json_array_foreach(golden, i,
                       version) if (json_integer_value(json_object_get(version, "arithmetic")) ==
                                    VIB_ARITHMETIC) return json_string_value(json_object_get(version, key));
    return NULL;
}

static int agree(const char *name, const char *who, int steps, const hash *got, const char *want)
{
    const int same = want && !strcmp(got->hex, want);
    printf("%s %s, %s, after %d steps: %s\n", same ? "ok" : "FAILED", name, who, steps, got->hex);
    if (!same)
        printf("  must be %s\n", want ? want : "stored in tests/golden/hashes.json");
    fflush(stdout);
    return same ? 0 : 1;
}

/* Returns how much is wrong. */
static int check(vib_device *dev, const json_t *golden, const subject *s)
{
    static const char *const names[] = {[VIB_FAMILY_CPU] = "cpu", [VIB_FAMILY_GPU] = "gpu"};
    const char *const early_want = stored(golden, s->name, s->reference_steps);
    const char *const late_want = stored(golden, s->name, STEPS);
    int wrong = 0;
    hash early = {""}, late = {""};
    for (int family = VIB_FAMILY_CPU; family <= VIB_FAMILY_GPU; family++) {
        vib_device_use_family(dev, (vib_family)family);
        if (train_device(dev, s, &early, &late) < 0)
            return wrong + 1;
        wrong += agree(s->name, names[family], s->reference_steps, &early, early_want);
        wrong += agree(s->name, names[family], STEPS, &late, late_want);
    }
    if (train_reference(dev, s, &early) < 0)
        return wrong + 1;
    return wrong + agree(s->name, "plain C", s->reference_steps, &early, early_want);
}

static int check_tiny(vib_device *dev, const json_t *golden)
{
    static const char *const subjects[][2] = {
        {"tiny", "conv2d 4 3x3 same relu; maxpool2d 2x2; conv2d 3 3x3 valid relu; flatten; dense 5 relu; "
                 "dense 1 sigmoid"},
        {"winograd", "conv2d 4 3x3 same relu algorithm=winograd; maxpool2d 2x2; "
                     "conv2d 3 3x3 same algorithm=winograd; flatten; dense 1 sigmoid"},
    };
    int wrong = 0;
    for (size_t i = 0; i < VIB_COUNT(subjects); i++) {
        vib_graph graph;
        if (vib_check_graph(subjects[i][1], 8, 8, 3, &graph) < 0)
            return wrong + 1;
        /* Two groups of pictures, the second one not full. */
        wrong += check(dev, golden, &(subject){subjects[i][0], &graph, 11, STEPS});
        vib_graph_free(&graph);
    }
    return wrong;
}

static int check_notebook(vib_device *dev, const json_t *golden)
{
    vib_recipe *recipe = NULL, *resolved = NULL;
    int wrong = 1;
    if (vib_recipe_load("notebook", NULL, 0, &recipe) == 0 && vib_recipe_resolve(recipe, 2, &resolved) == 0)
        wrong = check(dev, golden, &(subject){"notebook", &resolved->graph, 32, 1});
    vib_recipe_free(&resolved);
    vib_recipe_free(&recipe);
    return wrong;
}

int main(int argc, char **argv)
{
    enum { SKIP = 77 };
    int tiny = 0, wrong;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--device") && i + 1 < argc)
            setenv("VIBRISA_DEVICE", argv[++i], 1);
        else if (!strcmp(argv[i], "--tiny"))
            tiny = 1;
    }
    json_t *golden = engine_golden("hashes.json");
    vib_device *dev = engine_open();
    if (!dev)
        return 1;
    if (!vib_device_is_exact(dev)) {
        printf("skipped: the device's arithmetic is not exact, so its bits are its own\n");
        vib_device_close(&dev);
        json_decref(golden);
        return SKIP;
    }
    wrong = check_tiny(dev, golden);
    if (!tiny)
        wrong += check_notebook(dev, golden);
    vib_device_close(&dev);
    json_decref(golden);
    return wrong ? 1 : 0;
}
