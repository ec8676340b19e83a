/* PoCL's own cache where nothing can be written: it gets another folder and keeps its devices. */
#include <unistd.h>

#include "capture.h"
#include "device/quirks.h"
#include <vibrisa/device.h>

static void test_moved(void **state)
{
    (void)state;
    vib_device *dev = NULL;
    setenv("POCL_CACHE_DIR", "/proc/vibrisa", 1);
    setenv("TMPDIR", "/proc/vibrisa", 1);
    capture_start();
    vib_quirks_prepare();
    const char *folder = getenv("POCL_CACHE_DIR");
    assert_string_not_equal(folder, "/proc/vibrisa");
    assert_true(vib_folder_has_room(folder, 1));
    assert_logged(folder);
    assert_int_equal(captured_level[VIB_LOG_WARNING], 0);

    /* Where PoCL is installed, its device is there and works. */
    const vib_device_params params = {.platform = "Portable Computing Language", .cache = ""};
    if (access("/etc/OpenCL/vendors/pocl.icd", F_OK) == 0 && !getenv("OCL_ICD_VENDORS"))
        assert_int_equal(vib_device_open(&params, &dev), 0);
    vib_device_close(&dev);
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_str_free(&captured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_moved)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
