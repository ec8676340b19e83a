#include "device/list.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "device/cl.h"
#include "device/quirks.h"

/* Behind vib_device_list.strings. */
typedef struct holder {
    char **texts;
    size_t n_texts, cap_texts;
    cl_device_id *ids;
    size_t cap_ids, cap_devices;
} holder;

/* Where the loader looked, for the case that it found nothing. */
static void describe_vendors(vib_str *s)
{
    const char *set = getenv("OCL_ICD_VENDORS");
    const char *folder = set && *set ? set : "/etc/OpenCL/vendors";
    DIR *dir = opendir(folder);
    size_t n = 0;
    vib_str_printf(s, "looked in %s", folder);
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".icd") == 0)
            vib_str_printf(s, "%s%s", n++ ? ", " : " (found ", entry->d_name);
    }
    vib_str_add(s, n ? ")" : dir ? " (no .icd file)" : " (not a folder)");
    if (dir)
        closedir(dir);
}

static int no_device(const char *what)
{
    vib_str s = {0};
    describe_vendors(&s);
    const int err =
        vib_fail(VIB_NO_DEVICE, "%s: %s; for a CPU install pocl-opencl-icd, for a GPU its vendor's driver",
                 what, s.failed ? "" : s.text);
    vib_str_free(&s);
    return err;
}

/* Keeps a string for the life of the list, without the blanks some drivers put around it. */
static const char *keep(holder *h, const char *text)
{
    while (*text == ' ')
        text++;
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\n'))
        n--;
    if (vib_grow(&h->texts, &h->cap_texts, h->n_texts + 1, sizeof *h->texts) < 0)
        return NULL;
    char *copy = vib_strndup(text, n);
    if (copy)
        h->texts[h->n_texts++] = copy;
    return copy;
}

static int platform_text(holder *h, cl_platform_id platform, cl_platform_info key, const char **out)
{
    int err = 0;
    char *text = NULL;
    size_t n = 0;
    CL_TRY(clGetPlatformInfo(platform, key, 0, NULL, &n));
    text = vib_calloc(n + 1, 1);
    VIB_CHECK_MEM(text);
    CL_TRY(clGetPlatformInfo(platform, key, n, text, NULL));
    *out = keep(h, text);
    VIB_CHECK_MEM(*out);
fail:
    free(text);
    return err;
}

static int device_text(holder *h, cl_device_id id, cl_device_info key, const char **out)
{
    int err = 0;
    char *text = NULL;
    size_t n = 0;
    CL_TRY(clGetDeviceInfo(id, key, 0, NULL, &n));
    text = vib_calloc(n + 1, 1);
    VIB_CHECK_MEM(text);
    CL_TRY(clGetDeviceInfo(id, key, n, text, NULL));
    *out = keep(h, text);
    VIB_CHECK_MEM(*out);
fail:
    free(text);
    return err;
}

/* A number of up to eight bytes; 0 where the driver does not know it. */
static uint64_t device_number(cl_device_id id, cl_device_info key)
{
    union {
        cl_uint u32;
        cl_ulong u64;
    } value = {.u64 = 0};
    size_t n = 0;
    if (clGetDeviceInfo(id, key, sizeof value, &value, &n) != CL_SUCCESS)
        return 0;
    return n == sizeof value.u32 ? value.u32 : n == sizeof value.u64 ? value.u64 : 0;
}

static unsigned type_bits(cl_device_type type)
{
    return (type & CL_DEVICE_TYPE_CPU ? VIB_DEVICE_CPU : 0u) |
           (type & CL_DEVICE_TYPE_GPU ? VIB_DEVICE_GPU : 0u) |
           (type & CL_DEVICE_TYPE_ACCELERATOR ? VIB_DEVICE_ACCELERATOR : 0u) |
           (type & CL_DEVICE_TYPE_CUSTOM ? VIB_DEVICE_CUSTOM : 0u);
}

/* "OpenCL 1.1 ..." is too old; anything unlike that is given a try. */
static int too_old(const char *version)
{
    unsigned major = 0;
    if (strncmp(version, "OpenCL ", 7) != 0)
        return 0;
    char *end;
    major = (unsigned)strtoul(version + 7, &end, 10);
    return *end == '.' && (major < 1 || (major == 1 && strtoul(end + 1, NULL, 10) < 2));
}

static const char *why_unusable(cl_device_id id, const vib_device_info *info, const char *profile,
                                const char *extensions)
{
    if (!device_number(id, CL_DEVICE_AVAILABLE))
        return "the driver says it is not available";
    if (info->type == VIB_DEVICE_CUSTOM)
        return "runs only functions built into it";
    if (too_old(info->version))
        return "OpenCL 1.2 is needed";
    if (!info->compiler_available)
        return "has no compiler: needs kernels built beforehand";
    if (!device_number(id, CL_DEVICE_ENDIAN_LITTLE))
        return "big-endian";
    if (strcmp(profile, "EMBEDDED_PROFILE") == 0 && !strstr(extensions, "cles_khr_int64"))
        return "has no 64-bit integers";
    return NULL;
}

double vib_device_score(const vib_device_info *info)
{
    return (double)VIB_MAX(info->compute_units, 1) * VIB_MAX(info->clock_mhz, 1) *
           VIB_MAX(info->float_width, 1);
}

int vib_device_is_gpu(const vib_device_info *info)
{
    return (info->type & VIB_DEVICE_GPU) && !(info->type & VIB_DEVICE_CPU);
}

vib_family vib_device_default_family(const vib_device_info *info)
{
    return vib_device_is_gpu(info) && info->local_is_real ? VIB_FAMILY_GPU : VIB_FAMILY_CPU;
}

static void fill_numbers(cl_device_id id, vib_device_info *info)
{
    cl_device_type type = 0;
    if (clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL) == CL_SUCCESS)
        info->type = type_bits(type);
    info->compute_units = (unsigned)device_number(id, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = (unsigned)device_number(id, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    info->float_width = VIB_MAX((unsigned)device_number(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT), 1);
    info->global_bytes = device_number(id, CL_DEVICE_GLOBAL_MEM_SIZE);
    info->max_alloc_bytes = device_number(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    info->local_bytes = device_number(id, CL_DEVICE_LOCAL_MEM_SIZE);
    info->local_is_real = device_number(id, CL_DEVICE_LOCAL_MEM_TYPE) == CL_LOCAL;
    info->max_work_group = (size_t)device_number(id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    info->compiler_available = device_number(id, CL_DEVICE_COMPILER_AVAILABLE) != 0;
    info->unified_memory = device_number(id, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
    info->correct_divide_sqrt =
        (device_number(id, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;

    size_t sizes[16] = {0}, n = 0;
    if (clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof sizes, sizes, &n) == CL_SUCCESS)
        memcpy(info->max_work_item_sizes, sizes, sizeof info->max_work_item_sizes);
}

static int add_device(vib_device_list *list, cl_device_id id, const char *platform, int platform_index,
                      int device_index)
{
    int err = 0;
    holder *h = list->strings;
    const char *profile = NULL, *extensions = NULL;
    vib_device_info info = {
        .platform = platform, .platform_index = platform_index, .device_index = device_index};
    VIB_TRY(device_text(h, id, CL_DEVICE_NAME, &info.name));
    VIB_TRY(device_text(h, id, CL_DEVICE_VENDOR, &info.vendor));
    VIB_TRY(device_text(h, id, CL_DEVICE_VERSION, &info.version));
    VIB_TRY(device_text(h, id, CL_DRIVER_VERSION, &info.driver));
    VIB_TRY(device_text(h, id, CL_DEVICE_PROFILE, &profile));
    VIB_TRY(device_text(h, id, CL_DEVICE_EXTENSIONS, &extensions));
    fill_numbers(id, &info);
    info.score = vib_device_score(&info);
    info.on_request = vib_quirks_of(&info) & VIB_QUIRK_EMULATOR       ? 2
                      : info.type & (VIB_DEVICE_CPU | VIB_DEVICE_GPU) ? 0
                                                                      : 1;
    info.unusable = why_unusable(id, &info, profile, extensions);

    if (vib_grow(&h->ids, &h->cap_ids, list->n + 1, sizeof *h->ids) < 0 ||
        vib_grow(&list->devices, &h->cap_devices, list->n + 1, sizeof *list->devices) < 0)
        VIB_FAIL(VIB_FAILED, "out of memory");
    h->ids[list->n] = id;
    list->devices[list->n++] = info;
fail:
    return err;
}

/* CL_DEVICE_TYPE_ALL leaves out custom devices, so they are asked for apart. */
static int add_devices(vib_device_list *list, cl_platform_id platform, const char *name, int platform_index,
                       cl_device_type type, int *n_found)
{
    int err = 0;
    cl_uint n = 0;
    cl_device_id *ids = NULL;
    const cl_int code = clGetDeviceIDs(platform, type, 0, NULL, &n);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && n == 0) ||
        (code != CL_SUCCESS && type == CL_DEVICE_TYPE_CUSTOM))
        return 0;
    if (code != CL_SUCCESS)
        return vib_cl_fail(__FILE__, __LINE__, "clGetDeviceIDs", code, "");
    ids = vib_calloc(n, sizeof *ids);
    VIB_CHECK_MEM(ids);
    CL_TRY(clGetDeviceIDs(platform, type, n, ids, NULL));
    for (cl_uint i = 0; i < n; i++) {
        const holder *h = list->strings;
        size_t known = 0;
        while (known < list->n && h->ids[known] != ids[i])
            known++;
        if (known == list->n && (err = add_device(list, ids[i], name, platform_index, *n_found)) == 0)
            (*n_found)++;
        else if (err < 0)
            goto fail;
    }
fail:
    free(ids);
    return err;
}

/* Whatever is wrong with one platform must not take the others away. */
static void add_platform(vib_device_list *list, cl_platform_id platform, int index)
{
    const char *name = NULL;
    int found = 0;
    if (platform_text(list->strings, platform, CL_PLATFORM_NAME, &name) < 0 ||
        add_devices(list, platform, name, index, CL_DEVICE_TYPE_ALL, &found) < 0 ||
        add_devices(list, platform, name, index, CL_DEVICE_TYPE_CUSTOM, &found) < 0)
        vib_warn("platform %d (%s) fails: skipped", index, name ? name : "without a name");
    else if (!found)
        vib_debug("platform %d (%s) has no device", index, name);
}

static int used;

int vib_device_opencl_used(void)
{
    return used;
}

int vib_device_list_get(vib_device_list *out)
{
    int err = 0;
    cl_uint n = 0;
    cl_platform_id *platforms = NULL;
    vib_device_list list = {0};

    used = 1;
    vib_quirks_prepare();
    *out = (vib_device_list){0};
    const cl_int code = clGetPlatformIDs(0, NULL, &n);
    if (code != CL_SUCCESS || n == 0) {
        vib_debug("clGetPlatformIDs: %s (%d)", vib_cl_name(code), (int)code);
        return no_device("no OpenCL driver");
    }
    platforms = vib_calloc(n, sizeof(cl_platform_id));
    VIB_CHECK_MEM(platforms);
    list.strings = vib_calloc(1, sizeof(holder));
    VIB_CHECK_MEM(list.strings);
    list.n_platforms = n;
    CL_TRY(clGetPlatformIDs(n, platforms, NULL));
    for (cl_uint i = 0; i < n; i++)
        add_platform(&list, platforms[i], (int)i);
    if (list.n == 0)
        VIB_TRY(no_device("no OpenCL driver has a device"));
    *out = list;
    list = (vib_device_list){0};
fail:
    free(platforms);
    vib_device_list_free(&list);
    return err;
}

void vib_device_list_free(vib_device_list *list)
{
    holder *h = list->strings;
    for (size_t i = 0; h && i < h->n_texts; i++)
        free(h->texts[i]);
    if (h) {
        free(h->texts);
        free(h->ids);
    }
    free(h);
    free(list->devices);
    *list = (vib_device_list){0};
}

cl_device_id vib_device_list_id(const vib_device_list *list, size_t i)
{
    const holder *h = list->strings;
    return h->ids[i];
}
