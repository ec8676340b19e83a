/* A helper that compiles ahead changes no bit, whatever becomes of it, and is there in a cold start only.
 * Each run is a process of its own, for drivers read their environment once. */
#include "engine.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/random.h"
#include "base/str.h"
#include "device/cl.h"
#include "network/network.h"

#include "../kernels/check.h"

enum { SIDE = 16, BATCH = 8, STEPS = 2, PICTURE = SIDE * SIDE * 3, MOST_VALUES = 1 << 15, SKIP = 77 };

static const char layers[] =
    "conv2d 16 3x3 same relu; maxpool2d 2x2; flatten; dense 16 relu; dense 2 softmax";

typedef enum about { NOTHING, STARTED, HELPED, REFUSED } about;

/* What a run leaves. */
typedef struct outcome {
    int may_help; /* the device could have a helper */
    about said;
    size_t n;
    float values[MOST_VALUES]; /* losses, then weights */
} outcome;

static about said;

static void listen(void *user, vib_log_level level, const char *text)
{
    (void)user, (void)level;
    if (strstr(text, "cannot be started to compile ahead"))
        said = REFUSED;
    else if (strstr(text, "a helper compiled"))
        said = strstr(text, "compiled 0 of") ? STARTED : HELPED;
}

static int train_steps(vib_network *net, outcome *out)
{
    int err = 0;
    vib_result r;
    unsigned char pixels[BATCH * PICTURE];
    int32_t labels[BATCH];
    const vib_feed feed = {pixels, labels, NULL, BATCH};
    for (uint32_t i = 0; i < BATCH * PICTURE; i++)
        pixels[i] = (unsigned char)vib_random_u32(3, 1, i, 0);
    for (int i = 0; i < BATCH; i++)
        labels[i] = i % 2;
    for (uint64_t t = 1; t <= STEPS; t++) {
        VIB_TRY(vib_network_train(net, &feed, t, 0.01));
        VIB_TRY(vib_network_result(net, 1, &r));
        memcpy(out->values + out->n, r.loss, sizeof(float) * BATCH);
        out->n += BATCH;
    }
    for (size_t i = 0; i < vib_network_weights(net); i++) {
        const size_t count = vib_network_weight(net, i)->count;
        if (out->n + count > MOST_VALUES)
            VIB_FAIL(VIB_FAILED, "no room for the weights");
        VIB_TRY(vib_network_get(net, VIB_VALUE, i, out->values + out->n));
        out->n += count;
    }
fail:
    return err;
}

static int run(const char *helper, outcome *out)
{
    int err = 0;
    vib_device *dev = NULL;
    vib_graph graph = {0};
    vib_network *net = NULL;
    const char *name = getenv("VIBRISA_DEVICE");
    const vib_device_params device = {.device = name, .type = name ? 0 : VIB_DEVICE_CPU, .helper = helper};
    vib_log_set(listen, NULL, VIB_LOG_DEBUG);
    VIB_TRY(vib_device_open(&device, &dev));
    out->may_help = dev->ahead != NULL;
    VIB_TRY(vib_check_graph(layers, SIDE, SIDE, 3, &graph));
    const vib_network_params params = {.graph = &graph,
                                       .loss = VIB_LOSS_CATEGORICAL_CROSSENTROPY,
                                       .optimizer = {0.01, 0.9, 0.999, 1e-7},
                                       .rescale = 1.0 / 255,
                                       .seed = 5,
                                       .batch = BATCH,
                                       .training = 1};
    VIB_TRY(vib_network_create(dev, &params, &net));
    VIB_TRY(vib_network_init(net));
    VIB_TRY(train_steps(net, out));
fail:
    vib_network_destroy(&net);
    vib_graph_free(&graph);
    vib_device_close(&dev);
    out->said = said;
    return err;
}

/* In a process whose driver keeps its kernels in `folder`. */
static void run_apart(const char *folder, const char *helper, outcome *out)
{
    int ends[2], status;
    FILE *from;
    memset(out, 0, sizeof *out);
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        setenv("POCL_CACHE_DIR", folder, 1);
        const int err = run(helper, out);
        FILE *to = fdopen(ends[1], "w");
        if (err == 0 && (!to || fwrite(out, sizeof *out, 1, to) != 1 || fclose(to) == EOF))
            _exit(1);
        _exit(err == VIB_NO_DEVICE ? SKIP : err != 0);
    }
    close(ends[1]);
    assert_non_null(from = fdopen(ends[0], "r"));
    const size_t got = fread(out, sizeof *out, 1, from);
    fclose(from);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
        skip();
    assert_int_equal(status, 0);
    assert_int_equal(got, 1);
}

/* What was said, where there can be a helper. */
static about check(const char *folder, const char *helper, about expected, const outcome *same)
{
    static outcome out;
    run_apart(folder, helper, &out);
    assert_int_equal(out.n, same->n);
    assert_memory_equal(out.values, same->values, out.n * sizeof(float));
    return out.may_help ? out.said : expected;
}

/* Beside other work it may come too late to compile anything, though not each time. */
static void check_helped(const outcome *same)
{
    enum { TRIES = 5 };
    about last = NOTHING;
    for (int i = 0; i < TRIES && last != HELPED; i++) {
        char *folder;
        assert_int_equal(vib_temporary_folder("vibrisa-ahead", &folder), 0);
        last = check(folder, "/proc/self/exe", HELPED, same);
        assert_int_not_equal(last, NOTHING);
        assert_int_equal(check(folder, "/proc/self/exe", NOTHING, same), NOTHING);
        vib_remove_folder(&folder);
    }
    assert_int_equal(last, HELPED);
}

static void test_same_bits(void **state)
{
    static outcome alone;
    char *folders[3];
    (void)state;
    for (size_t i = 0; i < VIB_COUNT(folders); i++)
        assert_int_equal(vib_temporary_folder("vibrisa-ahead", &folders[i]), 0);
    run_apart(folders[0], NULL, &alone);
    assert_int_equal(alone.said, NOTHING);
    check_helped(&alone);
    assert_int_equal(check(folders[1], "/nowhere/vibrisa", REFUSED, &alone), REFUSED);
    setenv("TEST_AHEAD_CRASHES", "1", 1);
    assert_int_equal(check(folders[2], "/proc/self/exe", STARTED, &alone), STARTED);
    for (size_t i = 0; i < VIB_COUNT(folders); i++)
        vib_remove_folder(&folders[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
    if (argc > 1 && !strcmp(argv[1], VIB_COMPILE_AHEAD)) {
        if (getenv("TEST_AHEAD_CRASHES"))
            raise(SIGKILL);
        return vib_device_compile_ahead() < 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
