#include "device/program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "device/ahead.h"
#include "device/cache.h"
#include "device/cl.h"
#include "device/quirks.h"
#include <vibrisa/version.h>

struct vib_program {
    vib_device *dev;
    const vib_embedded *files; /* tests */
    vib_kernel **kernels;
    size_t n, cap;
    vib_str source, options;
    cl_program program;
    int built, from_cache;
};

vib_define vib_define_int(const char *name, long value)
{
    vib_define d = {.name = name};
    snprintf(d.value, sizeof d.value, "%ld", value);
    return d;
}

int vib_program_create(vib_device *dev, vib_program **out)
{
    int err = 0;
    vib_program *p = vib_calloc(1, sizeof *p);
    VIB_CHECK_MEM(p);
    p->dev = dev;
    *out = p;
fail:
    return err;
}

static void kernel_free(vib_kernel *k)
{
    if (!k)
        return;
    if (vib_device_may_release(k->dev))
        vib_cl_release_kernel(&k->kernel);
    free(k->name);
    free(k->file);
    free(k->macros);
    free(k);
}

void vib_program_destroy(vib_program **program)
{
    vib_program *p = *program;
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        kernel_free(p->kernels[i]);
    free(p->kernels);
    if (vib_device_may_release(p->dev))
        vib_cl_release_program(&p->program);
    vib_str_free(&p->source);
    vib_str_free(&p->options);
    free(p);
    *program = NULL;
}

void vib_program_set_files(vib_program *program, const vib_embedded *files)
{
    program->files = files;
}

void vib_program_keep_only(vib_program *program, vib_kernel *const *kernels, size_t n)
{
    size_t kept = 0;
    assert(!program->built);
    for (size_t i = 0; i < program->n; i++) {
        size_t k = 0;
        while (k < n && kernels[k] != program->kernels[i])
            k++;
        if (k < n)
            program->kernels[kept++] = program->kernels[i];
        else
            kernel_free(program->kernels[i]);
    }
    program->n = kept;
}

int vib_kernel_is_same(const vib_kernel *a, const vib_kernel *b)
{
    return !strcmp(a->name, b->name);
}

int vib_program_from_cache(const vib_program *program)
{
    return program->from_cache;
}

const char *vib_program_source(const vib_program *program)
{
    return program->source.text;
}

static const vib_embedded *find_file(const vib_program *p, const char *name)
{
    for (const vib_embedded *f = p->files; f && f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    for (const vib_embedded *f = vib_embedded_kernels; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

/* The work-group limits that are known before anything is built. */
static int check_group(const vib_device_info *info, const char *name, const size_t local[3])
{
    for (size_t i = 0; i < 3; i++)
        if (local[i] == 0 || (info->max_work_item_sizes[i] && local[i] > info->max_work_item_sizes[i]))
            return vib_fail(VIB_FAILED, "kernel %s: %zu work-items along dimension %zu: %s allows %zu", name,
                            local[i], i, info->name, info->max_work_item_sizes[i]);
    if (info->max_work_group && local[0] * local[1] * local[2] > info->max_work_group)
        return vib_fail(VIB_FAILED, "kernel %s: work-groups of %zu work-items: %s allows %zu", name,
                        local[0] * local[1] * local[2], info->name, info->max_work_group);
    return 0;
}

int vib_program_add(vib_program *program, const char *file, const char *name, const vib_define *defines,
                    size_t n_defines, const size_t local[3], vib_kernel **out)
{
    int err = 0;
    vib_kernel *k = NULL;
    vib_str macros = {0};
    assert(!program->built);
    vib_str_printf(&macros, "#define NAME %s\n", name);
    for (size_t i = 0; i < n_defines; i++)
        vib_str_printf(&macros, "#define %s %s\n", defines[i].name, defines[i].value);
    if (macros.failed)
        VIB_FAIL(VIB_FAILED, "out of memory");

    for (size_t i = 0; i < program->n; i++) {
        vib_kernel *known = program->kernels[i];
        if (strcmp(known->name, name) != 0)
            continue;
        if (strcmp(known->macros, macros.text) != 0 || strcmp(known->file, file) != 0 ||
            memcmp(known->local, local, sizeof known->local) != 0)
            VIB_FAIL(VIB_FAILED, "kernel %s: asked for twice, with different macros", name);
        *out = known;
        goto fail;
    }

    if (!find_file(program, file))
        VIB_FAIL(VIB_FAILED, "kernel %s: there is no file %s", name, file);
    VIB_TRY(check_group(program->dev->info, name, local));
    k = vib_calloc(1, sizeof *k);
    VIB_CHECK_MEM(k);
    k->dev = program->dev;
    k->name = vib_strdup(name);
    k->file = vib_strdup(file);
    k->macros = macros.text;
    macros = (vib_str){0};
    memcpy(k->local, local, sizeof k->local);
    if (!k->name || !k->file ||
        vib_grow(&program->kernels, &program->cap, program->n + 1, sizeof(vib_kernel *)) < 0)
        VIB_FAIL(VIB_FAILED, "out of memory");
    program->kernels[program->n++] = *out = k;
    k = NULL;
fail:
    kernel_free(k);
    vib_str_free(&macros);
    return err;
}

/* Takes back what an instance defined, so that the next one starts clean. */
static void undefine(vib_str *s, const char *macros)
{
    static const char define[] = "#define ";
    for (const char *p = macros; (p = strstr(p, define));) {
        p += sizeof define - 1;
        vib_str_printf(s, "#undef %.*s\n", (int)strcspn(p, " "), p);
    }
}

/* ---- kernels that were built lately: networks of one run have many in common ---- */

/* All that a kernel's code depends on. */
static char *describe(const vib_kernel *k)
{
    vib_str s = {0};
    vib_str_printf(&s, "%s %s %zu %zu %zu\n%s", k->file, k->name, k->local[0], k->local[1], k->local[2],
                   k->macros);
    if (s.failed)
        vib_str_free(&s);
    return s.text;
}

static void forget(const vib_device *dev, vib_built *b)
{
    if (vib_device_may_release(dev))
        vib_cl_release_program(&b->program);
    free(b->what);
    *b = (vib_built){0};
}

void vib_built_free(vib_device *dev)
{
    for (size_t i = 0; i < VIB_COUNT(dev->built); i++)
        forget(dev, &dev->built[i]);
}

/* One that cannot be remembered is built again. */
static void remember(const vib_kernel *k, cl_program program)
{
    vib_built *b = &k->dev->built[k->dev->n_built++ % VIB_BUILT_KEPT];
    forget(k->dev, b);
    if ((b->what = describe(k)) && clRetainProgram(program) == CL_SUCCESS)
        b->program = program;
}

/* Leaves it without a kernel when it is not among those. */
static void recall(vib_kernel *k)
{
    cl_int code = CL_SUCCESS;
    char *what = describe(k);
    for (size_t i = 0; what && !k->kernel && i < VIB_COUNT(k->dev->built); i++) {
        const vib_built *b = &k->dev->built[i];
        if (b->program && strcmp(b->what, what) == 0)
            k->kernel = clCreateKernel(b->program, k->name, &code);
    }
    k->recalled = k->kernel != NULL;
    free(what);
}

/* Each file begins with its own #line, so the compiler's messages name our files. */
static int assemble(vib_program *p)
{
    static const char *const prelude[] = {"common.cl", "exact.h"};
    vib_str *s = &p->source;
    vib_str_free(s);
    for (size_t i = 0; i < VIB_COUNT(prelude); i++) {
        const vib_embedded *f = find_file(p, prelude[i]);
        vib_str_add(s, f->text);
        vib_str_add(s, "\n");
    }
    for (size_t i = 0; i < p->n; i++) {
        const vib_kernel *k = p->kernels[i];
        if (k->recalled)
            continue;
        vib_str_printf(s, "#line 1 \"macros of %s\"\n%s", k->name, k->macros);
        vib_str_add(s, find_file(p, k->file)->text);
        vib_str_add(s, "\n");
        undefine(s, k->macros);
    }
    return s->failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

static int set_options(vib_program *p)
{
    vib_str *s = &p->options;
    vib_str_free(s);
    vib_str_add(s, p->dev->quirks & VIB_QUIRK_NO_STD ? "" : "-cl-std=CL1.2");
    if (p->dev->info->correct_divide_sqrt)
        vib_str_add(s, " -cl-fp32-correctly-rounded-divide-sqrt");
    return s->failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

/* The compiler's own words: on success only for those who want to see everything. */
static void show_log(const vib_program *p, vib_log_level level)
{
    char *text = NULL;
    size_t n = 0;
    if (clGetProgramBuildInfo(p->program, p->dev->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &n) == CL_SUCCESS &&
        n > 1 && (text = vib_calloc(n + 1, 1)) &&
        clGetProgramBuildInfo(p->program, p->dev->id, CL_PROGRAM_BUILD_LOG, n, text, NULL) == CL_SUCCESS)
        while ((n = strlen(text)) && strchr(" \n\r\t", text[n - 1]))
            text[n - 1] = 0;
    if (text && *text)
        vib_log(level, "build log, options %s:\n%s", p->options.text, text);
    else if (level == VIB_LOG_ERROR)
        vib_log(level, "build log, options %s: empty; is the driver's own cache folder writable?",
                p->options.text);
    free(text);
}

/* For compilers that ignore #line (Oclgrind's). */
static void show_source(const vib_program *p)
{
    vib_str s = {0};
    size_t line = 1;
    for (const char *text = p->source.text; *text; line++) {
        const size_t n = strcspn(text, "\n");
        vib_str_printf(&s, "%s%5zu  %.*s", s.len ? "\n" : "", line, (int)n, text);
        text += n + (text[n] == '\n');
    }
    if (s.len && !s.failed)
        vib_debug("the source it was given:\n%s", s.text);
    vib_str_free(&s);
}

static int fail_build(const vib_program *p, cl_int code)
{
    const vib_device_info *info = p->dev->info;
    show_source(p);
    show_log(p, VIB_LOG_ERROR);
    return vib_fail(VIB_FAILED, "the kernels do not build on %s / %s, driver %s: %s (%d)", info->platform,
                    info->name, info->driver, vib_cl_name(code), (int)code);
}

/* Of what was not recalled; the first refusal ends it. */
static cl_int create_kernels(vib_program *p, const vib_kernel **failed)
{
    cl_int code = CL_SUCCESS;
    for (size_t i = 0; code == CL_SUCCESS && i < p->n; i++) {
        vib_kernel *k = p->kernels[i];
        if (k->recalled)
            continue;
        vib_cl_release_kernel(&k->kernel);
        k->kernel = clCreateKernel(p->program, k->name, &code);
        *failed = k;
    }
    return code;
}

static int build_source(vib_program *p)
{
    int err = 0;
    const char *text = p->source.text;
    const size_t length = p->source.len;
    CL_NEW(p->program, clCreateProgramWithSource(p->dev->context, 1, &text, &length, &cl_err));
    const vib_kernel *k = NULL;
    const double start = vib_clock_date();
    cl_int code = clBuildProgram(p->program, 1, &p->dev->id, p->options.text, NULL, NULL);
    if (code != CL_SUCCESS)
        VIB_TRY(fail_build(p, code));
    vib_ahead_built(p->dev, &p->source, &p->options, start);
    show_log(p, VIB_LOG_DEBUG);
    code = create_kernels(p, &k);
    if (code != CL_SUCCESS) {
        char about[128];
        snprintf(about, sizeof about, "kernel %s in %s: ", k->name, k->file);
        VIB_TRY(vib_cl_fail(__FILE__, __LINE__, "clCreateKernel", code, about));
    }
fail:
    return err;
}

/* What the cache knows a program by: everything that could change the binary or what it computes. */
static void make_key(const vib_program *p, const char *platform_version, unsigned char key[VIB_CACHE_KEY])
{
    const vib_device_info *info = p->dev->info;
    cl_uint bits = 0;
    char numbers[64];
    clGetDeviceInfo(p->dev->id, CL_DEVICE_ADDRESS_BITS, sizeof bits, &bits, NULL);
    snprintf(numbers, sizeof numbers, "%u %u %d", (unsigned)bits, info->type, VIB_ARITHMETIC);
    const char *const texts[] = {
        p->source.text, p->options.text, info->platform, platform_version, info->name,
        info->vendor,   info->version,   info->driver,   numbers,          vib_version(),
    };
    vib_cache_key(texts, VIB_COUNT(texts), key);
}

static int cache_key(const vib_program *p, unsigned char key[VIB_CACHE_KEY])
{
    int err = 0;
    char *version = NULL;
    size_t n = 0;
    cl_platform_id platform = NULL;
    CL_TRY(clGetDeviceInfo(p->dev->id, CL_DEVICE_PLATFORM, sizeof(cl_platform_id), &platform, NULL));
    CL_TRY(clGetPlatformInfo(platform, CL_PLATFORM_VERSION, 0, NULL, &n));
    version = vib_calloc(n + 1, 1);
    VIB_CHECK_MEM(version);
    CL_TRY(clGetPlatformInfo(platform, CL_PLATFORM_VERSION, n, version, NULL));
    make_key(p, version, key);
fail:
    free(version);
    return err;
}

/* 0 when the kernels are there; anything else: build from source. */
static int load_cached(vib_program *p, const unsigned char key[VIB_CACHE_KEY])
{
    size_t size = 0;
    cl_int status = CL_SUCCESS, code = CL_SUCCESS;
    unsigned char *binary = vib_cache_load(p->dev->cache, key, &size);
    if (!binary)
        return -1;
    const unsigned char *const binaries[] = {binary};
    p->program = clCreateProgramWithBinary(p->dev->context, 1, &p->dev->id, &size,
                                           (const unsigned char **)binaries, &status, &code);
    if (code == CL_SUCCESS)
        code = status;
    if (code == CL_SUCCESS)
        code = clBuildProgram(p->program, 1, &p->dev->id, p->options.text, NULL, NULL);
    const vib_kernel *k = NULL;
    if (code == CL_SUCCESS)
        code = create_kernels(p, &k);
    free(binary);
    if (code == CL_SUCCESS)
        return 0;
    vib_debug("the driver refuses a program it built before (%s): building from source", vib_cl_name(code));
    vib_cl_release_program(&p->program);
    return -1;
}

static void store(const vib_program *p, const unsigned char key[VIB_CACHE_KEY])
{
    size_t size = 0;
    if (clGetProgramInfo(p->program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS ||
        size == 0)
        return;
    unsigned char *binary = vib_calloc(size, 1);
    if (binary &&
        clGetProgramInfo(p->program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS)
        vib_cache_store(p->dev->cache, key, binary, size);
    free(binary);
}

/* Drivers abort, corrupt memory or say nothing when a kernel asks for too much, so it is asked here. */
static int check_kernel(const vib_kernel *k)
{
    int err = 0;
    const vib_device *dev = k->dev;
    const size_t items = k->local[0] * k->local[1] * k->local[2];
    size_t largest = 0, written[3] = {0};
    cl_ulong local_bytes = 0;
    CL_TRY(clGetKernelWorkGroupInfo(k->kernel, dev->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof largest, &largest,
                                    NULL));
    CL_TRY(clGetKernelWorkGroupInfo(k->kernel, dev->id, CL_KERNEL_COMPILE_WORK_GROUP_SIZE, sizeof written,
                                    written, NULL));
    CL_TRY(clGetKernelWorkGroupInfo(k->kernel, dev->id, CL_KERNEL_LOCAL_MEM_SIZE, sizeof local_bytes,
                                    &local_bytes, NULL));
    if (dev->quirks & VIB_QUIRK_LOCAL_TWICE)
        local_bytes /= 2;
    if (written[0] && memcmp(written, k->local, sizeof written) != 0)
        VIB_FAIL(VIB_FAILED, "kernel %s: launched in groups of %zu x %zu x %zu, written for %zu x %zu x %zu",
                 k->name, k->local[0], k->local[1], k->local[2], written[0], written[1], written[2]);
    if (largest && items > largest && !(dev->quirks & VIB_QUIRK_GROUP_LOW))
        VIB_FAIL(VIB_FAILED,
                 "kernel %s: work-groups of %zu work-items: %s can run %zu of it: try --family cpu", k->name,
                 items, dev->info->name, largest);
    if (local_bytes > dev->info->local_bytes)
        VIB_FAIL(VIB_FAILED, "kernel %s: %llu bytes of local memory: %s has %llu: try --family cpu", k->name,
                 (unsigned long long)local_bytes, dev->info->name,
                 (unsigned long long)dev->info->local_bytes);
fail:
    return err;
}

/* The kernels that were not recalled, in one program. */
static int build_rest(vib_program *p)
{
    int err = 0;
    unsigned char key[VIB_CACHE_KEY];
    const char *cache = p->dev->cache;
    VIB_TRY(assemble(p));
    VIB_TRY(set_options(p));
    if (cache)
        VIB_TRY(cache_key(p, key));
    p->from_cache = cache && load_cached(p, key) == 0;
    if (!p->from_cache)
        VIB_TRY(build_source(p));
    for (size_t i = 0; i < p->n; i++)
        VIB_TRY(check_kernel(p->kernels[i]));
    if (cache && !p->from_cache)
        store(p, key);
    for (size_t i = 0; !p->files && i < p->n; i++)
        if (!p->kernels[i]->recalled)
            remember(p->kernels[i], p->program);
fail:
    return err;
}

int vib_program_build(vib_program *program)
{
    int err = 0;
    size_t recalled = 0;
    const double start = vib_clock();
    assert(!program->built);
    VIB_TRY(vib_device_check(program->dev));
    for (size_t i = 0; !program->files && i < program->n; i++) {
        recall(program->kernels[i]);
        recalled += (size_t)program->kernels[i]->recalled;
    }
    if (recalled < program->n || !recalled)
        VIB_TRY(build_rest(program));
    program->built = 1;
    vib_debug("%zu kernels %s in %.0f ms, %zu were there", program->n - recalled,
              program->from_cache ? "loaded" : "built", (vib_clock() - start) * 1e3, recalled);
fail:
    return err;
}
