/* Which device is taken from a list: no OpenCL. */
#include "device/choose.h"

#include "capture.h"
#include "device/list.h"

enum { CPU = VIB_DEVICE_CPU, GPU = VIB_DEVICE_GPU, ACCELERATOR = VIB_DEVICE_ACCELERATOR };

static vib_device_info device(int p, int d, const char *platform, const char *name, unsigned type,
                              double score)
{
    return (vib_device_info){.platform_index = p,
                             .device_index = d,
                             .platform = platform,
                             .name = name,
                             .type = type,
                             .score = score};
}

/* A machine with everything. */
static vib_device_info devices[9];
static vib_device_list all = {.devices = devices, .n = 9};

static int setup(void **state)
{
    (void)state;
    devices[0] = device(0, 0, "Oclgrind", "Oclgrind Simulator", CPU | GPU | ACCELERATOR, 1);
    devices[0].on_request = 2;
    devices[1] = device(1, 0, "Portable Computing Language", "pthread-EPYC", CPU, 900);
    devices[2] = device(1, 1, "Portable Computing Language", "basic-EPYC", CPU, 100);
    devices[3] = device(2, 0, "NVIDIA CUDA", "RTX 4060", GPU, 500);
    devices[4] = device(2, 1, "NVIDIA CUDA", "RTX 4060 Ti", GPU, 800);
    devices[5] = device(3, 0, "Intel(R) OpenCL Graphics", "UHD 770", GPU, 50);
    devices[6] = device(4, 0, "Intel FPGA", "a10gx", ACCELERATOR, 9000);
    devices[6].on_request = 1;
    devices[7] = device(5, 0, "Clover", "broken", GPU, 99999);
    devices[7].unusable = "OpenCL 1.2 is needed";
    devices[8] = device(6, 0, "rusticl", "llvmpipe", CPU, 2000);
    devices[8].on_request = 2;
    capture_start();
    return 0;
}

static void check(const vib_device_params *params, const vib_device_list *list, size_t expected)
{
    size_t index = 99;
    assert_int_equal(vib_device_choose(list, params, &index), 0);
    assert_int_equal(index, expected);
}

#define CHOSEN(i, ...) check(&(vib_device_params){__VA_ARGS__}, &all, (i))
#define REFUSED(status, ...)                                                                           \
    do {                                                                                               \
        size_t index_;                                                                                 \
        capture_start();                                                                               \
        assert_int_equal(vib_device_choose(&all, &(vib_device_params){__VA_ARGS__}, &index_), status); \
        assert_int_equal(captured_level[VIB_LOG_ERROR], 1);                                            \
    } while (0)

static void test_automatic(void **state)
{
    (void)state;
    CHOSEN(4, .platform = NULL); /* the best GPU, though the CPU and the accelerator score higher */
    devices[3].unusable = devices[4].unusable = "gone";
    CHOSEN(5, .platform = NULL);
    devices[5].unusable = "gone";
    CHOSEN(1, .platform = NULL);
    devices[1].unusable = devices[2].unusable = "gone";
    CHOSEN(6, .platform = NULL); /* an accelerator when there is nothing else */
    devices[6].unusable = "gone";
    REFUSED(VIB_NO_DEVICE, .platform = NULL); /* never an emulator */
    assert_logged("llvmpipe (only when named)");
    assert_logged("broken (unusable: OpenCL 1.2 is needed)");
}

static void test_by_name(void **state)
{
    (void)state;
    CHOSEN(0, .device = "oclgrind");
    CHOSEN(1, .device = "PTHREAD");
    CHOSEN(4, .device = "4060 ti");
    CHOSEN(3, .device = "rtx 4060"); /* a whole name, though part of another */
    CHOSEN(8, .device = "llvm");
    CHOSEN(6, .device = "a10");
    REFUSED(VIB_NO_DEVICE, .device = "epyc");
    assert_logged("1:0 Portable Computing Language / pthread-EPYC");
    assert_logged("1:1 Portable Computing Language / basic-EPYC");
    REFUSED(VIB_NO_DEVICE, .device = "radeon");
    assert_logged("device radeon");
    assert_logged("2:0 NVIDIA CUDA / RTX 4060");
    REFUSED(VIB_NO_DEVICE, .device = "broken");
}

static void test_by_index(void **state)
{
    (void)state;
    CHOSEN(1, .device = "1");
    CHOSEN(2, .device = "1:1");
    CHOSEN(4, .device = "2:1");
    CHOSEN(2, .platform = "1", .device = "1");
    CHOSEN(3, .platform = "nvidia", .device = "0");
    REFUSED(VIB_NO_DEVICE, .device = "1:2");
    REFUSED(VIB_NO_DEVICE, .device = "9");
    REFUSED(VIB_NO_DEVICE, .platform = "7");
    REFUSED(VIB_NO_DEVICE, .device = "5:0");
    REFUSED(VIB_USAGE, .device = "");
    REFUSED(VIB_USAGE, .device = "1:");
    REFUSED(VIB_USAGE, .device = ":1");
    REFUSED(VIB_USAGE, .device = "1:2:3");
    REFUSED(VIB_USAGE, .device = "99999999999999999999");
    REFUSED(VIB_USAGE, .platform = "");
}

static void test_by_platform(void **state)
{
    (void)state;
    CHOSEN(1, .platform = "portable");
    CHOSEN(5, .platform = "intel"); /* a GPU before an accelerator */
    CHOSEN(0, .platform = "Oclgrind");
    CHOSEN(8, .platform = "rusticl");
    REFUSED(VIB_NO_DEVICE, .platform = "clover");
}

static void test_by_type(void **state)
{
    (void)state;
    CHOSEN(1, .type = CPU);
    CHOSEN(4, .type = GPU);
    CHOSEN(6, .type = ACCELERATOR);
    CHOSEN(5, .type = GPU, .platform = "intel");
    CHOSEN(0, .type = GPU, .platform = "oclgrind"); /* its type has every bit */
    REFUSED(VIB_NO_DEVICE, .type = CPU, .platform = "nvidia");
    assert_logged("type cpu");
    devices[6].unusable = "gone";
    REFUSED(VIB_NO_DEVICE, .type = ACCELERATOR);
}

static void test_score_and_family(void **state)
{
    (void)state;
    const vib_device_info odd = {.compute_units = 0, .clock_mhz = 0, .float_width = 1};
    const vib_device_info cpu = {.compute_units = 2, .clock_mhz = 2000, .float_width = 16};
    assert_true(vib_device_score(&odd) == 1);
    assert_true(vib_device_score(&cpu) == 64000);
    vib_device_info d = {.type = GPU, .local_is_real = 1};
    assert_int_equal(vib_device_default_family(&d), VIB_FAMILY_GPU);
    d.local_is_real = 0;
    assert_int_equal(vib_device_default_family(&d), VIB_FAMILY_CPU);
    d = (vib_device_info){.type = CPU | GPU | ACCELERATOR, .local_is_real = 1};
    assert_int_equal(vib_device_default_family(&d), VIB_FAMILY_CPU);
}

static int teardown(void **state)
{
    (void)state;
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_str_free(&captured);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_automatic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_index, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_platform, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_type, setup, teardown),
        cmocka_unit_test_setup_teardown(test_score_and_family, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
