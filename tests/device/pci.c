/* GPUs that OpenCL does not offer, in made-up machines. */
#include "device/pci.h"

#include "capture.h"
#include "folder.h"

static char root[64];
static vib_str said;

static void hear(void *user, const char *line)
{
    (void)user;
    vib_str_add(&said, line);
    vib_str_add(&said, "\n");
}

static int setup(void **state)
{
    (void)state;
    folder_make(root);
    return chmod(root, 0755);
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(root);
    vib_str_free(&said);
    return 0;
}

static void add_file(const char *address, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "sys/bus/pci/devices/%s/%s", address, name);
    folder_write(root, path, text, strlen(text));
}

static void add_card(const char *address, const char *vendor, const char *class, const char *node)
{
    char name[64];
    add_file(address, "vendor", vendor);
    add_file(address, "class", class);
    if (!node)
        return;
    snprintf(name, sizeof name, "drm/%s/dev", node);
    add_file(address, name, "226:128\n");
}

static void add_node(const char *node)
{
    char name[64];
    snprintf(name, sizeof name, "dev/dri/%s", node);
    folder_write(root, name, "", 0);
}

static int hints(const vib_device_list *list)
{
    vib_str_free(&said);
    return vib_pci_hints(root, list, hear, NULL);
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(hints(NULL), 0);                         /* no /sys at all */
    add_card("0000:00:1f.0", "0x8086\n", "0x060100\n", NULL); /* a bridge */
    add_card("0000:00:02.0", "0x1a03\n", "0x030000\n", NULL); /* a server's own screen */
    add_card("0000:00:05.0", "", "0x030000\n", NULL);         /* nonsense */
    assert_int_equal(hints(NULL), 0);
}

static void test_packages(void **state)
{
    (void)state;
    add_card("0000:00:02.0", "0x8086\n", "0x030000\n", "renderD128");
    add_card("0000:01:00.0", "0x10de\n", "0x030200\n", NULL);
    add_card("0000:03:00.0", "0x1002\n", "0x038000\n", "renderD129");
    add_node("renderD128");
    add_node("renderD129");
    assert_int_equal(hints(NULL), 3);
    assert_non_null(strstr(said.text, "Intel GPU at PCI 0000:00:02.0 is not used"));
    assert_non_null(strstr(said.text, "intel-opencl-icd"));
    assert_non_null(strstr(said.text, "NVIDIA GPU at PCI 0000:01:00.0"));
    assert_non_null(strstr(said.text, "ROCm"));

    /* A CPU's maker is no GPU driver; an unusable GPU is none either. */
    vib_device_info devices[] = {
        {.platform = "Portable Computing Language", .name = "cpu", .vendor = "GenuineIntel", .type = 1},
        {.platform = "NVIDIA CUDA", .name = "RTX", .vendor = "NVIDIA Corporation", .type = 2},
        {.platform = "rusticl", .name = "AMD Radeon RX", .vendor = "Mesa", .type = 2, .unusable = "old"},
    };
    const vib_device_list list = {.devices = devices, .n = VIB_COUNT(devices)};
    assert_int_equal(hints(&list), 2);
    assert_null(strstr(said.text, "NVIDIA"));
    devices[2].unusable = NULL;
    assert_int_equal(hints(&list), 1);
    assert_non_null(strstr(said.text, "Intel"));
}

static void test_missing_node(void **state)
{
    (void)state;
    add_card("0000:00:02.0", "0x8086\n", "0x030000\n", "renderD128");
    assert_int_equal(hints(NULL), 1);
    assert_non_null(strstr(said.text, "renderD128 is missing"));
    assert_null(strstr(said.text, "intel-opencl-icd"));
}

static void test_rights(void **state)
{
    (void)state;
    char path[128];
    add_card("0000:00:02.0", "0x8086\n", "0x030000\n", "renderD128");
    add_node("renderD128");
    snprintf(path, sizeof path, "%s/dev/dri/renderD128", root);
    assert_int_equal(chmod(path, 0), 0);
    const int is_root = geteuid() == 0;
    if (is_root) /* who may do everything: be nobody for a moment */
        assert_int_equal(seteuid(65534), 0);
    const int n = hints(NULL);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(n, 1);
    assert_non_null(strstr(said.text, "no right to use"));
    assert_non_null(strstr(said.text, "usermod -aG render"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_packages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_node, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rights, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
