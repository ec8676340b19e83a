/* A machine without any OpenCL driver. */
#include "capture.h"
#include "folder.h"
#include <vibrisa/device.h>

static void check(const char *vendors)
{
    vib_device_list list;
    vib_device *dev = NULL;
    setenv("OCL_ICD_VENDORS", vendors, 1);
    capture_start();
    assert_int_equal(vib_device_list_get(&list), VIB_NO_DEVICE);
    assert_int_equal(list.n, 0);
    vib_device_list_free(&list);
    assert_logged("pocl-opencl-icd");
    assert_logged(vendors);
    assert_int_equal(vib_device_open(NULL, &dev), VIB_NO_DEVICE);
    assert_null(dev);
    vib_device_close(&dev);
}

static void test_no_folder(void **state)
{
    (void)state;
    check("/nonexistent");
}

/* The loader read the variable once; the message looks again. */
static void test_broken_driver(void **state)
{
    (void)state;
    char folder[64];
    folder_make(folder);
    folder_write(folder, "broken.icd", "/nonexistent/libocl.so\n", 23);
    check(folder);
    assert_logged("found broken.icd");
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_folder),
        cmocka_unit_test(test_broken_driver),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vib_log_set(NULL, NULL, VIB_LOG_WARNING);
    vib_str_free(&captured);
    return failed;
}
