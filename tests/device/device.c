/* Devices, buffers, programs and launches on the device at hand: VIBRISA_DEVICE, else the best. */
#include <dirent.h>

#include "base/mem.h"
#include "capture.h"
#include "device/cache.h"
#include "device/cl.h"
#include "device/program.h"
#include "device/quirks.h"
#include "folder.h"

static char folder[64];

/* y[i] = SCALE * i + a; as many groups as elements. */
static const char scale_cl[] = "#line 1 \"scale.cl\"\n"
                               "#ifndef OFFSET\n"
                               "#define OFFSET 0\n"
                               "#endif\n"
                               "KERNEL1\n"
                               "void NAME(__global int *y, int a, ulong b, float c)\n"
                               "{\n"
                               "    int i = (int)get_global_id(0);\n"
                               "    y[i] = SCALE * i + OFFSET + a + (int)b + (int)c;\n"
                               "}\n"
                               "#undef OFFSET\n";

static const char broken_cl[] = "#line 1 \"broken.cl\"\n"
                                "KERNEL1 void NAME(__global int *y)\n"
                                "{\n"
                                "    y[0] = no_such_name;\n"
                                "}\n";

static const char group_cl[] = "#line 1 \"group.cl\"\n"
                               "__kernel __attribute__((reqd_work_group_size(LX, 1, 1)))\n"
                               "void NAME(__global int *y)\n"
                               "{\n"
                               "    __local int t[WORDS];\n"
                               "    const int i = (int)get_local_id(0);\n"
                               "    t[WORDS - 1 - i] = i;\n"
                               "    barrier(CLK_LOCAL_MEM_FENCE);\n"
                               "    y[get_global_id(0)] = t[WORDS - LX + i];\n"
                               "}\n";

/* y[i] += x[i], slowly. */
static const char gather_cl[] = "#line 1 \"gather.cl\"\n"
                                "KERNEL1 void NAME(__global int *y, const __global int *x)\n"
                                "{\n"
                                "    const int i = (int)get_global_id(0);\n"
                                "    int sum = 0;\n"
                                "    for (int k = 0; k < TURNS; k++)\n"
                                "        sum += x[i] ^ k;\n"
                                "    y[i] += sum;\n"
                                "}\n";

#define FILE_ROW(name)                               \
    {                                                \
#name ".cl", name##_cl, sizeof name##_cl - 1 \
    }
static const vib_embedded files[] = {
    FILE_ROW(scale), FILE_ROW(broken), FILE_ROW(group), FILE_ROW(gather), {NULL, NULL, 0}};

static const size_t one[3] = {1, 1, 1};

static vib_device *open_device(vib_device_params params)
{
    vib_device *dev = NULL;
    params.device = getenv("VIBRISA_DEVICE");
    assert_int_equal(vib_device_open(&params, &dev), 0);
    assert_non_null(dev);
    return dev;
}

static int setup(void **state)
{
    (void)state;
    vib_device *dev = NULL;
    capture_start();
    folder_make(folder);
    const vib_device_params params = {.device = getenv("VIBRISA_DEVICE"), .cache = folder};
    const int err = vib_device_open(&params, &dev);
    *state = dev;
    return err;
}

static int teardown(void **state)
{
    vib_device *dev = *state;
    vib_device_close(&dev);
    assert_null(dev);
    folder_remove(folder);
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_str_free(&captured);
    return 0;
}

static vib_kernel *add(vib_program *p, const char *file, const char *name, const char *macro, long value)
{
    vib_kernel *k = NULL;
    const vib_define d[] = {VIB_DEFINE(macro, value)};
    assert_int_equal(vib_program_add(p, file, name, d, 1, one, &k), 0);
    return k;
}

static vib_program *new_program(vib_device *dev)
{
    vib_program *p = NULL;
    assert_int_equal(vib_program_create(dev, &p), 0);
    vib_program_set_files(p, files);
    return p;
}

static void test_list(void **state)
{
    (void)state;
    vib_device_list list;
    assert_int_equal(vib_device_list_get(&list), 0);
    assert_true(list.n > 0 && list.n_platforms > 0);
    for (size_t i = 0; i < list.n; i++) {
        const vib_device_info *d = &list.devices[i];
        assert_non_null(d->platform);
        assert_true(strlen(d->name) && strlen(d->version) && strlen(d->driver));
        assert_true(d->type && d->float_width >= 1 && d->score >= 1);
        assert_true(d->unusable || (d->global_bytes && d->max_alloc_bytes && d->local_bytes));
    }
    vib_device_list_free(&list);
    assert_null(list.devices);
    vib_device_list_free(&list);
}

static void test_open(void **state)
{
    const vib_device *dev = *state;
    const vib_device_info *info = vib_device_get_info(dev);
    vib_device *other = NULL;
    const vib_device_params exact = {.device = getenv("VIBRISA_DEVICE"), .math = VIB_MATH_EXACT};
    const vib_device_params fast = {.device = getenv("VIBRISA_DEVICE"), .math = VIB_MATH_FAST};
    if (strcmp(info->platform, "Portable Computing Language") == 0)
        assert_int_equal(vib_device_is_exact(dev), 1);
    assert_true(vib_device_get_family(dev) != VIB_FAMILY_AUTO);

    if (vib_device_is_exact(dev)) {
        assert_int_equal(vib_device_open(&exact, &other), 0);
        assert_int_equal(vib_device_is_exact(other), 1);
        vib_device_close(&other);
    } else {
        assert_int_equal(captured_level[VIB_LOG_WARNING], 1);
        assert_int_equal(vib_device_open(&exact, &other), VIB_NO_DEVICE);
        assert_logged("its arithmetic is not exact");
    }
    assert_int_equal(vib_device_open(&fast, &other), 0);
    assert_int_equal(vib_device_is_exact(other), 0);
    vib_device_close(&other);

    const vib_device_params none = {.device = "no such device"};
    assert_int_equal(vib_device_open(&none, &other), VIB_NO_DEVICE);
    assert_null(other);
    assert_logged(info->name);
}

static void test_buffers(void **state)
{
    vib_device *dev = *state;
    vib_buffer *a = NULL, *b = NULL;
    vib_event *event = NULL;
    uint32_t in[64], out[64];
    for (uint32_t i = 0; i < 64; i++)
        in[i] = i * 0x01010101u;
    assert_int_equal(vib_buffer_create(dev, sizeof in, "a", &a), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof in, "b", &b), 0);
    assert_int_equal(dev->used, 2 * sizeof in);
    assert_int_equal(vib_buffer_fill(a, 0, sizeof in, 0x99999999u), 0);
    assert_int_equal(vib_buffer_write(a, 64, in, 128, NULL), 0);
    assert_int_equal(vib_buffer_copy(b, 0, a, 32, sizeof in - 32), 0);
    assert_int_equal(vib_buffer_fill(b, sizeof in - 32, 32, 7), 0);
    assert_int_equal(vib_buffer_read(b, 0, out, sizeof out, &event), 0);
    assert_non_null(event);
    assert_int_equal(vib_event_wait(&event), 0);
    assert_null(event);
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(out[i], i < 8 ? 0x99999999u : i < 40 ? in[i - 8] : i < 56 ? 0x99999999u : 7);

    /* Done without waiting. */
    assert_int_equal(vib_buffer_write(a, 0, in, sizeof in, &event), 0);
    while (vib_event_done(event) == 0)
        usleep(100);
    assert_int_equal(vib_event_done(event), 1);
    assert_int_equal(vib_event_wait(&event), 0);
    assert_int_equal(vib_event_wait(&event), 0); /* none: nothing to wait for */

    /* Nothing is nothing. */
    assert_int_equal(vib_buffer_write(a, sizeof in, in, 0, &event), 0);
    assert_null(event);
    assert_int_equal(vib_buffer_fill(a, 0, 0, 1), 0);
    assert_int_equal(vib_buffer_copy(a, 0, b, 0, 0), 0);
    vib_buffer_destroy(&a);
    vib_buffer_destroy(&b);
    vib_buffer_destroy(&b);
    assert_int_equal(dev->used, 0);
}

/* Whether the pages that p is in are to be huge: "hg" among the flags of its piece of memory. */
static int is_advised(const void *p)
{
    char line[512];
    int here = 0, advised = 0;
    FILE *f = fopen("/proc/self/smaps", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = (unsigned long)p >= from && (unsigned long)p < to;
        else if (here && !strncmp(line, "VmFlags:", 8))
            advised = strstr(line, " hg") != NULL;
    }
    fclose(f);
    return advised;
}

static void test_large_buffers(void **state)
{
    enum { BYTES = (5 << 20) + 4, AT = (2 << 20) - 8 };
    vib_device *dev = *state;
    vib_buffer *a = NULL, *b = NULL;
    const uint64_t in[2] = {0x1122334455667788u, 0x99aabbccddeeff00u};
    uint32_t *const out = malloc(BYTES);
    assert_non_null(out);
    assert_int_equal(vib_buffer_create(dev, BYTES, "a", &a), 0);
    assert_int_equal(vib_buffer_create(dev, BYTES, "b", &b), 0);
    assert_int_equal(dev->used, 2 * BYTES);
    assert_int_equal(vib_buffer_fill(a, 0, BYTES, 0x99999999u), 0);
    assert_int_equal(vib_buffer_write(a, AT, in, sizeof in, NULL), 0);
    assert_int_equal(vib_buffer_copy(b, 4, a, 0, BYTES - 4), 0);
    assert_int_equal(vib_buffer_fill(b, 0, 4, 7), 0);
    assert_int_equal(vib_buffer_read(b, 0, out, BYTES, NULL), 0);
    for (size_t i = 1; i < BYTES / 4; i++)
        if (i < AT / 4 + 1 || i >= AT / 4 + 5)
            assert_int_equal(out[i], 0x99999999u);
    assert_int_equal(out[0], 7);
    assert_memory_equal(out + AT / 4 + 1, in, sizeof in);

    const int huge = dev->info->type & VIB_DEVICE_CPU && dev->info->unified_memory &&
                     !(dev->quirks & (VIB_QUIRK_EMULATOR | VIB_QUIRK_WHOLE_WRITES)) &&
                     access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0;
    if (huge) {
        void *const p =
            clEnqueueMapBuffer(dev->queue, a->mem, CL_TRUE, CL_MAP_READ, 0, BYTES, 0, NULL, NULL, NULL);
        assert_non_null(p);
        assert_true(is_advised(p));
        assert_int_equal(clEnqueueUnmapMemObject(dev->queue, a->mem, p, 0, NULL, NULL), CL_SUCCESS);
    }

    /* What is enqueued still has its memory. */
    for (int i = 0; i < 8; i++)
        assert_int_equal(vib_buffer_copy(b, 0, a, 0, BYTES), 0);
    vib_buffer_destroy(&a);
    vib_buffer_destroy(&b);
    assert_int_equal(dev->used, 0);
    assert_int_equal(vib_device_finish(dev), 0);
    free(out);
}

static void check_staging(vib_device *dev, size_t bytes)
{
    vib_staging *s = NULL;
    unsigned char *const out = malloc(bytes);
    const unsigned quirks = dev->quirks;
    assert_non_null(out);
    /* One memory, and as on a device that has its own. */
    for (int shared = 1; shared >= 0; shared--) {
        dev->quirks = shared ? quirks : VIB_QUIRK_WHOLE_WRITES;
        assert_int_equal(vib_staging_create(dev, bytes, "pictures", &s), 0);
        assert_int_equal(dev->used, bytes);
        for (int round = 1; round < 4; round++) {
            memset(vib_staging_memory(s), round, bytes);
            assert_int_equal(vib_staging_send(s, bytes), 0);
            assert_int_equal(vib_buffer_read(vib_staging_buffer(s), 0, out, bytes, NULL), 0);
            assert_int_equal(out[0], round);
            assert_int_equal(out[bytes - 1], round);
            if (round == 2)
                assert_int_equal(vib_staging_recall(s), 0);
            assert_int_equal(vib_staging_wait(s), 0);
            assert_int_equal(*(unsigned char *)vib_staging_memory(s), round);
        }
        if (shared)
            assert_int_equal(vib_staging_send(s, bytes), 0);
        vib_staging_destroy(&s);
        assert_null(s);
        assert_int_equal(dev->used, 0);
    }
    dev->quirks = quirks;
    free(out);
}

static void test_staging(void **state)
{
    check_staging(*state, 1000);
    check_staging(*state, (3 << 20) + 4);
}

static void test_limits(void **state)
{
    vib_device *dev = *state;
    vib_buffer *a = NULL, *b = NULL;
    capture_start();
    assert_int_equal(vib_buffer_create(dev, (size_t)dev->info->max_alloc_bytes + 1, "activations", &a),
                     VIB_FAILED);
    assert_null(a);
    assert_logged("activations: needs");
    assert_logged("MiB");
    assert_logged("smaller --batch");

    const uint64_t budget = dev->budget;
    dev->budget = 1 << 20;
    assert_int_equal(vib_buffer_create(dev, 1 << 19, "first", &a), 0);
    assert_int_equal(vib_buffer_create(dev, (1 << 19) + 4, "second", &b), VIB_FAILED);
    assert_logged("second: needs 1 MiB more");
    assert_int_equal(vib_buffer_create(dev, 1 << 19, "third", &b), 0);
    vib_buffer_destroy(&a);
    vib_buffer_destroy(&b);
    dev->budget = budget;
}

static void test_launch(void **state)
{
    vib_device *dev = *state;
    vib_buffer *y = NULL;
    int32_t out[16];
    vib_program *p = new_program(dev);
    vib_kernel *two = add(p, "scale.cl", "scale_2", "SCALE", 2);
    vib_kernel *shifted = NULL, *again = NULL;
    const vib_define d[] = {VIB_DEFINE("SCALE", -3), VIB_DEFINE("OFFSET", 1000)};
    assert_int_equal(vib_program_add(p, "scale.cl", "scale_3", d, 2, one, &shifted), 0);
    /* The macros of the instance before must be gone. */
    vib_kernel *five = add(p, "scale.cl", "scale_5", "SCALE", 5);
    assert_ptr_equal(add(p, "scale.cl", "scale_2", "SCALE", 2), two);
    assert_int_equal(vib_program_add(p, "scale.cl", "scale_2", d, 2, one, &again), VIB_FAILED);
    assert_logged("asked for twice");
    assert_int_equal(vib_program_add(p, "nothing.cl", "x", NULL, 0, one, &again), VIB_FAILED);
    assert_logged("there is no file nothing.cl");
    assert_int_equal(vib_program_build(p), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof out, "y", &y), 0);

    vib_kernel *const kernels[] = {two, shifted, five};
    static const int scale[] = {2, -3, 5}, offset[] = {0, 1000, 0};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(VIB_LAUNCH(kernels[k], VIB_GROUPS(16, 1, 1), vib_arg_buffer(y), vib_arg_i32(-1),
                                    vib_arg_u64(10), vib_arg_f32(100.5f)),
                         0);
        assert_int_equal(vib_buffer_read(y, 0, out, sizeof out, NULL), 0);
        for (int i = 0; i < 16; i++)
            assert_int_equal(out[i], scale[k] * i + offset[k] + 109);
    }
    /* One argument too many names the kernel. */
    assert_int_equal(VIB_LAUNCH(two, VIB_GROUPS(1, 1, 1), vib_arg_buffer(y), vib_arg_i32(0), vib_arg_u64(0),
                                vib_arg_f32(0), vib_arg_i32(0)),
                     VIB_FAILED);
    assert_logged("kernel scale_2, argument 4 of 5");
    assert_int_equal(vib_device_flush(dev), 0);
    assert_int_equal(vib_device_finish(dev), 0);
    vib_buffer_destroy(&y);
    vib_program_destroy(&p);
    vib_program_destroy(&p);
}

/* Launches aside come after what was before them, and a join or a copy after them. */
static void test_aside(void **state)
{
    enum { N = 64, ROUNDS = 20, TURNS = 256 };
    vib_device *dev = *state;
    vib_buffer *x = NULL, *y = NULL, *z = NULL;
    int32_t out[2][N], want[N] = {0};
    vib_program *p = new_program(dev);
    vib_kernel *scale = add(p, "scale.cl", "scale", "SCALE", 3), *gather = NULL;
    const vib_define d[] = {VIB_DEFINE("TURNS", TURNS)};
    assert_int_equal(vib_program_add(p, "gather.cl", "gather", d, 1, one, &gather), 0);
    assert_int_equal(vib_program_build(p), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof want, "x", &x), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof want, "y", &y), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof want, "z", &z), 0);
    assert_int_equal(vib_buffer_fill(y, 0, sizeof want, 0), 0);
    assert_int_equal(vib_buffer_fill(z, 0, sizeof want, 0), 0);
    for (int round = 0; round < ROUNDS; round++) {
        assert_int_equal(VIB_LAUNCH(scale, VIB_GROUPS(N, 1, 1), vib_arg_buffer(x), vib_arg_i32(round),
                                    vib_arg_u64(0), vib_arg_f32(0)),
                         0);
        vib_device_aside(dev, 1);
        assert_int_equal(vib_device_is_aside(dev), vib_device_has_aside(dev));
        for (int twice = 0; twice < 2; twice++)
            assert_int_equal(VIB_LAUNCH(gather, VIB_GROUPS(N, 1, 1), vib_arg_buffer(y), vib_arg_buffer(x)),
                             0);
        vib_device_aside(dev, 0);
        assert_int_equal(vib_device_is_aside(dev), 0);
        assert_int_equal(VIB_LAUNCH(gather, VIB_GROUPS(N, 1, 1), vib_arg_buffer(z), vib_arg_buffer(x)), 0);
        if (round % 2) /* else the read below waits */
            vib_device_join(dev);
        else
            assert_int_equal(vib_buffer_read(y, 0, out[0], sizeof want, NULL), 0);
        for (int i = 0; i < N; i++) {
            for (int k = 0; k < TURNS; k++)
                want[i] += (3 * i + round) ^ k;
            if (round % 2 == 0)
                assert_int_equal(out[0][i], 2 * want[i]);
        }
    }
    assert_int_equal(vib_buffer_read(y, 0, out[0], sizeof want, NULL), 0);
    assert_int_equal(vib_buffer_read(z, 0, out[1], sizeof want, NULL), 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(out[0][i], 2 * want[i]);
        assert_int_equal(out[1][i], want[i]);
    }
    vib_buffer_destroy(&x);
    vib_buffer_destroy(&y);
    vib_buffer_destroy(&z);
    vib_program_destroy(&p);
}

static void test_build_failure(void **state)
{
    vib_device *dev = *state;
    vib_kernel *k = NULL;
    vib_program *p = new_program(dev);
    assert_int_equal(vib_program_add(p, "broken.cl", "broken", NULL, 0, one, &k), 0);
    capture_start();
    assert_int_equal(vib_program_build(p), VIB_FAILED);
    if (strcmp(dev->info->platform, "Oclgrind") != 0) /* which ignores #line */
        assert_logged("broken.cl:3");
    /* And the line in the whole source, which is shown with numbers. */
    size_t line = 1;
    char expected[64];
    const char *end = strstr(vib_program_source(p), "no_such_name");
    for (const char *text = vib_program_source(p); text < end; text++)
        line += *text == '\n';
    snprintf(expected, sizeof expected, "%5zu      y[0] = no_such_name;", line);
    assert_logged(expected);
    assert_logged("no_such_name");
    assert_logged("-cl-std=CL1.2");
    assert_logged(dev->info->name);
    vib_program_destroy(&p);

    /* The file defines another kernel than the one asked for. */
    static const char wrong_cl[] = "__kernel void wrong(__global int *y) { y[0] = 0; }\n";
    static const vib_embedded other[] = {FILE_ROW(wrong), {NULL, NULL, 0}};
    assert_int_equal(vib_program_create(dev, &p), 0);
    vib_program_set_files(p, other);
    assert_int_equal(vib_program_add(p, "wrong.cl", "right", NULL, 0, one, &k), 0);
    assert_int_equal(vib_program_build(p), VIB_FAILED);
    assert_logged("kernel right in wrong.cl");
    vib_program_destroy(&p);
}

static int build_group(vib_device *dev, size_t lx, size_t written, size_t words, vib_program **p,
                       vib_kernel **k)
{
    const vib_define d[] = {VIB_DEFINE("LX", written), VIB_DEFINE("WORDS", words)};
    const size_t local[3] = {lx, 1, 1};
    *p = new_program(dev);
    const int err = vib_program_add(*p, "group.cl", "group", d, 2, local, k);
    return err < 0 ? err : vib_program_build(*p);
}

static void test_group_limits(void **state)
{
    vib_device *dev = *state;
    vib_program *p;
    vib_kernel *k = NULL;
    vib_buffer *y = NULL;
    int32_t out[16];
    assert_int_equal(build_group(dev, 8, 8, 8, &p, &k), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof out, "y", &y), 0);
    assert_int_equal(VIB_LAUNCH(k, VIB_GROUPS(2, 1, 1), vib_arg_buffer(y)), 0);
    assert_int_equal(vib_buffer_read(y, 0, out, sizeof out, NULL), 0);
    for (int i = 0; i < 16; i++)
        assert_int_equal(out[i], 7 - i % 8);
    vib_buffer_destroy(&y);
    vib_program_destroy(&p);

    const size_t local_bytes = (size_t)dev->info->local_bytes;
    assert_int_equal(build_group(dev, 8, 8, local_bytes / 4 + 64, &p, &k), VIB_FAILED);
    assert_logged("kernel group: ");
    vib_program_destroy(&p);

    assert_int_equal(build_group(dev, 4, 8, 8, &p, &k), VIB_FAILED);
    assert_logged("written for 8 x 1 x 1");
    vib_program_destroy(&p);

    assert_int_equal(build_group(dev, dev->info->max_work_group + 1, 8, 8, &p, &k), VIB_FAILED);
    vib_program_destroy(&p);
}

/* Builds one kernel, checks that it works, and says whether it came from the cache. */
static int build_once(vib_device *dev, long scale)
{
    vib_buffer *y = NULL;
    int32_t out[4];
    vib_program *p = new_program(dev);
    vib_kernel *k = add(p, "scale.cl", "scale", "SCALE", scale);
    assert_int_equal(vib_program_build(p), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof out, "y", &y), 0);
    assert_int_equal(
        VIB_LAUNCH(k, VIB_GROUPS(4, 1, 1), vib_arg_buffer(y), vib_arg_i32(0), vib_arg_u64(0), vib_arg_f32(0)),
        0);
    assert_int_equal(vib_buffer_read(y, 0, out, sizeof out, NULL), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(out[i], scale * i);
    const int cached = vib_program_from_cache(p);
    vib_buffer_destroy(&y);
    vib_program_destroy(&p);
    return cached;
}

/* The only file of the folder dev->cache. */
static char *only_file(const char *where)
{
    char *found = NULL;
    DIR *dir = opendir(where);
    assert_non_null(dir);
    for (const struct dirent *d; (d = readdir(dir));)
        if (d->d_name[0] != '.') {
            assert_null(found);
            found = vib_path_join(where, d->d_name);
        }
    closedir(dir);
    assert_non_null(found);
    return found;
}

static void test_cache(void **state)
{
    vib_device *dev = *state;
    char *data = NULL;
    size_t n = 0;
    /* Apart from the probe's program, which setup has put into the folder. */
    free(dev->cache);
    dev->cache = vib_path_join(folder, "programs");
    assert_int_equal(build_once(dev, 3), 0);
    assert_int_equal(build_once(dev, 3), 1);
    char *path = only_file(dev->cache);
    assert_int_equal(build_once(dev, 4), 0); /* another macro, another program */
    assert_int_equal(build_once(dev, 4), 1);
    assert_int_equal(build_once(dev, 3), 1);

    /* Damage of every kind reaches no driver: built again, and right. */
    assert_int_equal(vib_file_read(path, 64 << 20, &data, &n), 0);
    const char *name = strrchr(path, '/') + 1;
    capture_start();
    for (size_t i = 0; i < 12; i++) {
        const size_t at = i * n / 12;
        data[at] ^= 1;
        folder_write(dev->cache, name, data, i % 3 == 0 ? at : n);
        data[at] ^= 1;
        assert_int_equal(build_once(dev, 3), 0);
        assert_int_equal(build_once(dev, 3), 1);
    }
    /* A file that is whole, but holds what the driver cannot take. */
    unsigned char key[VIB_CACHE_KEY];
    for (size_t i = 0; i < VIB_CACHE_KEY; i++) {
        unsigned byte;
        assert_int_equal(sscanf(name + 2 * i, "%2x", &byte), 1);
        key[i] = (unsigned char)byte;
    }
    if (strcmp(dev->info->platform, "Portable Computing Language") == 0) {
        vib_cache_store(dev->cache, key, (const unsigned char *)"nonsense", 8);
        assert_int_equal(build_once(dev, 3), 0);
        assert_logged("the driver refuses a program");
    }
    assert_int_equal(captured_level[VIB_LOG_ERROR] + captured_level[VIB_LOG_WARNING], 0);
    free(data);
    free(path);
}

static vib_program *built_transpose(vib_device *dev, const char *also, vib_kernel **out)
{
    vib_program *p = NULL;
    vib_kernel *other = NULL;
    assert_int_equal(vib_program_create(dev, &p), 0);
    assert_int_equal(vib_program_add(p, "transpose.cl", "transpose", NULL, 0, VIB_GROUPS(64, 1, 1), out), 0);
    if (also)
        assert_int_equal(vib_program_add(p, "transpose.cl", also, NULL, 0, VIB_GROUPS(64, 1, 1), &other), 0);
    assert_int_equal(vib_program_build(p), 0);
    return p;
}

/* What an earlier program has is not built again, and outlives that program. */
static void test_recalled(void **state)
{
    vib_device *dev = *state;
    static const float from[6] = {1, 2, 3, 4, 5, 6}, want[6] = {1, 4, 2, 5, 3, 6};
    float got[6];
    vib_buffer *in = NULL, *out = NULL;
    vib_kernel *k = NULL;
    vib_program *p = built_transpose(dev, NULL, &k);
    assert_int_equal(k->recalled, 0);
    vib_program_destroy(&p);

    p = built_transpose(dev, "transpose_too", &k);
    assert_int_equal(k->recalled, 1);
    assert_null(strstr(vib_program_source(p), "macros of transpose\""));
    assert_non_null(strstr(vib_program_source(p), "macros of transpose_too\""));
    assert_int_equal(vib_buffer_create(dev, sizeof from, "from", &in), 0);
    assert_int_equal(vib_buffer_create(dev, sizeof from, "to", &out), 0);
    assert_int_equal(vib_buffer_write(in, 0, from, sizeof from, NULL), 0);
    assert_int_equal(VIB_LAUNCH(k, VIB_GROUPS(1, 1, 1), vib_arg_buffer(out), vib_arg_buffer(in),
                                vib_arg_u64(0), vib_arg_i32(2), vib_arg_i32(3)),
                     0);
    assert_int_equal(vib_buffer_read(out, 0, got, sizeof got, NULL), 0);
    assert_memory_equal(got, want, sizeof want);
    vib_buffer_destroy(&in);
    vib_buffer_destroy(&out);
    vib_program_destroy(&p);

    /* With others between, more than are remembered, it is built anew. */
    char name[32];
    for (int i = 0; i < VIB_BUILT_KEPT - 1; i++) {
        vib_built *b = &dev->built[dev->n_built++ % VIB_BUILT_KEPT];
        snprintf(name, sizeof name, "other %d", i);
        vib_cl_release_program(&b->program);
        free(b->what);
        *b = (vib_built){.what = vib_strdup(name)};
    }
    p = built_transpose(dev, NULL, &k);
    assert_int_equal(k->recalled, 0);
    vib_program_destroy(&p);
}

static void test_no_cache(void **state)
{
    (void)state;
    vib_device *dev = open_device((vib_device_params){.cache = ""});
    assert_null(dev->cache);
    assert_int_equal(build_once(dev, 3), 0);
    assert_int_equal(build_once(dev, 3), 0);
    vib_device_close(&dev);

    /* PoCL is faster with its own alone. */
    setenv("XDG_CACHE_HOME", folder, 1);
    dev = open_device((vib_device_params){.cache = NULL});
    assert_int_equal(dev->cache == NULL, strcmp(dev->info->platform, "Portable Computing Language") == 0);
    vib_device_close(&dev);

    capture_start();
    dev = open_device((vib_device_params){.cache = "/proc/vibrisa", .math = VIB_MATH_FAST});
    assert_int_equal(build_once(dev, 3), 0);
    assert_int_equal(captured_level[VIB_LOG_ERROR], 0);
    vib_device_close(&dev);
}

static int count_launches(void *closure, const char *user, const char *kernel, uint64_t launches,
                          double seconds)
{
    assert_true(seconds >= 0);
    if (!strcmp(user, "a layer") && !strcmp(kernel, "scale"))
        *(uint64_t *)closure += launches;
    return 0;
}

static void test_profile(void **state)
{
    (void)state;
    vib_device *dev = open_device((vib_device_params){.profile = 1, .cache = folder});
    vib_buffer *y = NULL;
    vib_program *p = new_program(dev);
    vib_kernel *k = add(p, "scale.cl", "scale", "SCALE", 1);
    if (!dev->profile.on) {
        vib_program_destroy(&p);
        vib_device_close(&dev);
        skip();
    }
    assert_int_equal(vib_program_build(p), 0);
    assert_int_equal(vib_buffer_create(dev, 4, "y", &y), 0);
    vib_device_profile_user(dev, "a layer");
    for (int i = 0; i < VIB_PROFILE_PENDING + 100; i++)
        assert_int_equal(VIB_LAUNCH(k, VIB_GROUPS(1, 1, 1), vib_arg_buffer(y), vib_arg_i32(0), vib_arg_u64(0),
                                    vib_arg_f32(0)),
                         0);
    vib_program_destroy(&p); /* the figures outlive it */
    uint64_t launches = 0;
    assert_int_equal(vib_device_profile_take(dev, count_launches, &launches), 0);
    assert_int_equal(launches, VIB_PROFILE_PENDING + 100);
    assert_int_equal(vib_device_profile_take(dev, count_launches, &launches), 0);
    assert_int_equal(launches, VIB_PROFILE_PENDING + 100); /* they were taken */
    vib_buffer_destroy(&y);
    vib_device_close(&dev);
}

/* After a driver's failure nothing more is asked of it. */
static void test_lost(void **state)
{
    (void)state;
    vib_device *dev = open_device((vib_device_params){.cache = folder});
    vib_buffer *y = NULL, *z = NULL;
    assert_int_equal(vib_buffer_create(dev, 4, "y", &y), 0);
    dev->lost = 1;
    assert_int_equal(vib_buffer_create(dev, 4, "z", &z), VIB_FAILED);
    assert_int_equal(vib_buffer_fill(y, 0, 4, 0), VIB_FAILED);
    assert_int_equal(vib_device_finish(dev), VIB_FAILED);
    assert_logged("the driver failed before");
    dev->lost = 0;
    vib_buffer_destroy(&y);
    vib_device_close(&dev);
}

static int have_device(void)
{
    vib_device_list list;
    const int err = vib_device_list_get(&list);
    vib_device_list_free(&list);
    return err == 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open, setup, teardown),
        cmocka_unit_test_setup_teardown(test_buffers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large_buffers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_staging, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_launch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_aside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_build_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_group_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cache, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recalled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_cache, setup, teardown),
        cmocka_unit_test_setup_teardown(test_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
    };
    if (!have_device()) {
        fprintf(stderr, "skipped: no OpenCL device\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
