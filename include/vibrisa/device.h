#ifndef VIBRISA_DEVICE_H
#define VIBRISA_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bits of vib_device_info.type; emulators may set several. */
enum {
    VIB_DEVICE_CPU = 1u << 0,
    VIB_DEVICE_GPU = 1u << 1,
    VIB_DEVICE_ACCELERATOR = 1u << 2,
    VIB_DEVICE_CUSTOM = 1u << 3,
};

/** Which of the two families of kernels a device runs (docs/architecture.md). */
typedef enum vib_family {
    VIB_FAMILY_AUTO = 0, ///< by the device: GPU with real local memory → gpu, else cpu
    VIB_FAMILY_CPU = 1,  ///< no local memory, no barriers, vectors over channels
    VIB_FAMILY_GPU = 2,  ///< local-memory tiles, pixels across lanes
} vib_family;

/** How exact the arithmetic must be (docs/arithmetic.md). */
typedef enum vib_math {
    VIB_MATH_AUTO = 0,  ///< exact where the device passes the probe, else the same kernels with a warning
    VIB_MATH_EXACT = 1, ///< refuse a device that fails the probe
    VIB_MATH_FAST = 2,  ///< other orders of summation and CLBlast allowed
} vib_math;

/** Facts about one device, filled once. Strings are owned by the list or the open device. */
typedef struct vib_device_info {
    int platform_index;            ///< position of its platform in this process; not stable between runs
    int device_index;              ///< position inside its platform
    const char *platform;          ///< CL_PLATFORM_NAME
    const char *name;              ///< CL_DEVICE_NAME
    const char *vendor;            ///< CL_DEVICE_VENDOR
    const char *version;           ///< CL_DEVICE_VERSION, e.g. "OpenCL 3.0 pocl"
    const char *driver;            ///< CL_DRIVER_VERSION
    unsigned type;                 ///< VIB_DEVICE_* bits
    unsigned compute_units;        ///< may be 0 on odd devices
    unsigned clock_mhz;            ///< may be 0
    unsigned float_width;          ///< native vector width for float, at least 1
    uint64_t global_bytes;         ///< device memory
    uint64_t max_alloc_bytes;      ///< largest single allocation
    uint64_t local_bytes;          ///< local memory of a work-group
    int local_is_real;             ///< 1: dedicated local memory, 0: carved out of global memory
    size_t max_work_group;         ///< of the device; a built kernel may allow less
    size_t max_work_item_sizes[3]; ///< per dimension
    int compiler_available;        ///< 0: needs binaries (vibrisa compile, --kernels)
    int unified_memory;            ///< 1: shares memory with the host
    int correct_divide_sqrt;       ///< CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT
    double score;                  ///< units × clock × width; what the automatic choice ranks by
    int on_request;                ///< 1: accelerator, taken when asked for or alone; 2: emulator, when named
    const char *unusable;          ///< NULL, or why it cannot be used
} vib_device_info;

/** Every device of every platform, in the order found; unusable ones too, with the reason. */
typedef struct vib_device_list {
    vib_device_info *devices;
    size_t n;
    size_t n_platforms;
    void *strings; ///< owns the strings
} vib_device_list;

/**
 * Lists what the OpenCL loader offers. A platform that fails is skipped with a warning.
 *
 * @param out filled; release with vib_device_list_free
 * @return VIB_OK, also with devices that are unusable · VIB_NO_DEVICE  no platform or no device at all: the
 *         log names the package to install
 *
 * Thread-safety: one thread at a time.
 */
VIB_API int vib_device_list_get(vib_device_list *out);
/** Frees the arrays and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_device_list_free(vib_device_list *list);

/** Receives one line without a newline; borrowed until the call returns. */
typedef void vib_hint_fn(void *user, const char *line);

/**
 * Reports each GPU on this machine's PCI bus that no OpenCL driver offers, with the package to install or the
 * right that is missing. vib_device_open does the same as warnings when it takes a CPU by itself.
 *
 * @param list   what vib_device_list_get found, borrowed; NULL: nothing
 * @param report gets each line
 * @param user   first argument of report
 * @return number of lines reported
 *
 * Thread-safety: safe.
 */
VIB_API int vib_device_hints(const vib_device_list *list, vib_hint_fn *report, void *user);

/** Which device to open; zero everywhere means the best one. Needs to live only for the call. */
typedef struct vib_device_params {
    const char *platform; ///< index, or case-insensitive part of the platform's name; NULL: any
    const char *device;   ///< index (in the platform if one is given, else in the list), "P:D", or
                          ///< case-insensitive part of the device's name; NULL: best
    unsigned type;        ///< VIB_DEVICE_* bits it must have one of; 0: GPU, then CPU, then accelerator
    vib_family family;    ///< kernels to use
    vib_math math;        ///< exactness
    const char *cache;    ///< folder of built programs and of what vib_tune found; NULL:
                          ///< $XDG_CACHE_HOME/vibrisa, for programs none with a driver that keeps its own
                          ///< better (PoCL); "": neither
    int profile;          ///< 1: measure each launch
    const char *helper;   ///< path of a program that compiles half of the kernels in a cold start, where that
                          ///< helps (PoCL): vibrisa, or any that calls vib_device_compile_ahead; NULL: none
} vib_device_params;

/** An open device: a context and a queue. */
typedef struct vib_device vib_device;

/**
 * Opens the device the parameters choose, and probes its arithmetic.
 *
 * @param params borrowed; NULL: defaults
 * @param out    the open device; close with vib_device_close
 * @return VIB_OK · VIB_USAGE  a text that cannot be one · VIB_NO_DEVICE  none matches, several match, or it
 *         fails the probe under VIB_MATH_EXACT (the log lists the candidates) · VIB_FAILED  OpenCL refused
 *
 * Thread-safety: a vib_device belongs to one thread at a time; different devices are independent.
 */
VIB_API int vib_device_open(const vib_device_params *params, vib_device **out);

/** The one argument a helper is started with. */
#define VIB_COMPILE_AHEAD "--compile-ahead"

/**
 * What a helper does, and nothing else: compiles kernels for the process that has started it, which tells it
 * which by its standard input, into the driver's cache.
 *
 * @return VIB_OK · VIB_USAGE  started by something else · VIB_NO_DEVICE, VIB_FAILED  OpenCL refused; nobody
 *         depends on it
 *
 * Thread-safety: one thread at a time.
 */
VIB_API int vib_device_compile_ahead(void);

/** Closes and sets *dev to NULL; NULL is fine. Everything made on it must be gone. */
VIB_API void vib_device_close(vib_device **dev);

/** Facts of an open device; valid until it is closed. */
VIB_API const vib_device_info *vib_device_get_info(const vib_device *dev);

/** 1 when the device passed the probe, so that its results are the defined bits. */
VIB_API int vib_device_is_exact(const vib_device *dev);

/** The family in use, never VIB_FAMILY_AUTO. */
VIB_API vib_family vib_device_get_family(const vib_device *dev);

#ifdef __cplusplus
}
#endif

#endif
