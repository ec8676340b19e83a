#include "device/ahead.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "device/quirks.h"

extern char **environ;

/* Measured: a first launch takes 2 ms when its kernel is on disk, and else 40 or more. */
static const double found_seconds = 10e-3;

/* Fewer kernels are not worth a process. */
enum { LEAST_LAUNCHES = 4 };

/* PoCL compiles once more for grids from here on; a helper's are the smallest there are. */
enum { LARGE_GRID = 65535 };

enum { NAME_SIZE = 128, MOST_ARGS = 32 };

enum { LONGEST = 300 }; /* seconds */

/* A job: this, source and options, then launches in their order. */
typedef struct job_head {
    int platform, device;
    size_t source, options; /* lengths */
} job_head;

typedef struct job_launch {
    char name[NAME_SIZE];
    size_t local[3], n;
    vib_arg args[MOST_ARGS]; /* of a buffer, as.u64: its bytes */
} job_launch;

struct vib_ahead {
    char *program;
    vib_str job;
    size_t n; /* launches in it */
    int noting;
    pid_t helper; /* 0: none */
    int progress; /* a pipe that gets a byte for each kernel the helper has compiled */
};

/* ---- the process that trains ---- */

/* Not where launches are measured: a busy core would be measured with them. */
static int can_help(const vib_device *dev)
{
    const char *cache = getenv("POCL_KERNEL_CACHE");
    return (dev->quirks & VIB_QUIRK_OWN_CACHE) && !(dev->quirks & VIB_QUIRK_EMULATOR) &&
           (dev->info->type & VIB_DEVICE_CPU) && dev->info->compute_units > 1 && !dev->profile.on &&
           !(cache && !strcmp(cache, "0"));
}

int vib_ahead_open(vib_device *dev, const char *helper)
{
    int err = 0;
    if (!helper || !can_help(dev))
        return 0;
    VIB_CHECK_MEM(dev->ahead = vib_calloc(1, sizeof *dev->ahead));
    VIB_CHECK_MEM(dev->ahead->program = vib_strdup(helper));
fail:
    return err;
}

void vib_ahead_built(vib_device *dev, const vib_str *source, const vib_str *options, double date)
{
    vib_ahead *a = dev->ahead;
    if (!a)
        return;
    a->noting = !a->helper && vib_pocl_built_new(date);
    if (!a->noting)
        return;
    const job_head head = {dev->info->platform_index, dev->info->device_index, source->len, options->len};
    vib_str_free(&a->job);
    vib_str_add_n(&a->job, (const char *)&head, sizeof head);
    vib_str_add_n(&a->job, source->text, source->len);
    vib_str_add_n(&a->job, options->text, options->len);
    a->n = 0;
}

static int is_small(const vib_kernel *kernel, const size_t groups[3])
{
    for (size_t i = 0; i < 3; i++)
        if (groups[i] * kernel->local[i] >= LARGE_GRID)
            return 0;
    return 1;
}

void vib_ahead_note(vib_kernel *kernel, const size_t groups[3], const vib_arg *args, size_t n)
{
    vib_ahead *a = kernel->dev->ahead;
    if (!a || !a->noting || kernel->noted)
        return;
    kernel->noted = 1;
    if (!is_small(kernel, groups) || n > MOST_ARGS || strlen(kernel->name) >= NAME_SIZE)
        return;
    job_launch launch = {.n = n};
    strcpy(launch.name, kernel->name);
    memcpy(launch.local, kernel->local, sizeof launch.local);
    for (size_t i = 0; i < n; i++) {
        launch.args[i] = args[i];
        if (args[i].type == VIB_ARG_BUFFER)
            launch.args[i].as.u64 = args[i].as.buffer ? args[i].as.buffer->bytes : 0;
    }
    vib_str_add_n(&a->job, (const char *)&launch, sizeof launch);
    a->n++;
}

static int spawn(const char *program, int in, const int out[2], pid_t *pid)
{
    char *const argv[] = {(char *)program, (char *)VIB_COMPILE_AHEAD, NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return 0;
    const int ok = posix_spawn_file_actions_addclose(&actions, out[0]) == 0 &&
                   posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO) == 0 &&
                   posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO) == 0 &&
                   posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
                   posix_spawn(pid, program, &actions, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    return ok;
}

/* The job is in a file: a pipe would have to wait for its reader. */
static int start(vib_ahead *a)
{
    int ok = 0, ends[2];
    pid_t pid = 0;
    FILE *job = a->job.failed ? NULL : tmpfile();
    if (!job || fwrite(a->job.text, a->job.len, 1, job) != 1 || fseek(job, 0, SEEK_SET) < 0 || pipe(ends) < 0)
        goto done;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ok = spawn(a->program, fileno(job), ends, &pid);
    close(ends[1]);
    if (ok) {
        a->helper = pid;
        a->progress = ends[0];
    } else {
        close(ends[0]);
    }
done:
    if (job)
        fclose(job);
    return ok;
}

void vib_ahead_start(vib_device *dev)
{
    vib_ahead *a = dev->ahead;
    if (!a || !a->noting || a->n < LEAST_LAUNCHES)
        return;
    a->noting = 0;
    if (!start(a))
        vib_debug("%s: cannot be started to compile ahead", a->program);
    vib_str_free(&a->job);
}

static void end(vib_ahead *a)
{
    char bytes[1024];
    const ssize_t n = read(a->progress, bytes, sizeof bytes);
    vib_debug("a helper compiled %d of %zu kernels", n > 0 ? (int)n : 0, a->n);
    close(a->progress);
    a->helper = 0;
}

void vib_ahead_watch(vib_device *dev)
{
    vib_ahead *a = dev->ahead;
    if (a && a->helper && waitpid(a->helper, NULL, WNOHANG) != 0)
        end(a);
}

void vib_ahead_close(vib_device *dev)
{
    vib_ahead *a = dev->ahead;
    if (!a)
        return;
    vib_ahead_watch(dev);
    if (a->helper) {
        kill(a->helper, SIGKILL);
        waitpid(a->helper, NULL, 0);
        end(a);
    }
    vib_str_free(&a->job);
    free(a->program);
    free(a);
    dev->ahead = NULL;
}

/* ---- the helper: it gives nothing back, for it ends soon ---- */

/* Zeros, which take no memory before they are touched; NULL for none. */
static int make_buffer(vib_device *dev, size_t bytes, cl_mem *out)
{
    int err = 0;
    *out = NULL;
    if (!bytes)
        return 0;
    void *zeros = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (zeros == MAP_FAILED)
        VIB_FAIL(VIB_FAILED, "out of memory");
    CL_NEW(*out, clCreateBuffer(dev->context, CL_MEM_USE_HOST_PTR, bytes, zeros, &cl_err));
fail:
    return err;
}

/* One work-group of it, with nothing but zeros in its buffers. */
static int launch_one(vib_device *dev, cl_kernel kernel, const job_launch *launch)
{
    int err = 0;
    for (size_t i = 0; i < launch->n; i++) {
        vib_arg arg = launch->args[i];
        vib_buffer buffer = {0};
        if (arg.type == VIB_ARG_BUFFER) {
            VIB_TRY(make_buffer(dev, arg.as.u64, &buffer.mem));
            arg.as.buffer = &buffer;
        }
        CL_TRY(vib_cl_set_arg(kernel, (cl_uint)i, &arg));
    }
    CL_TRY(clEnqueueNDRangeKernel(dev->queue, kernel, 3, NULL, launch->local, launch->local, 0, NULL, NULL));
    CL_TRY(clFinish(dev->queue));
fail:
    return err;
}

/* Backwards, until it meets the process that began with the first. */
static int launch_all(vib_device *dev, cl_program program, const job_launch *launches, size_t n)
{
    int err = 0;
    const char one = 1;
    while (n--) {
        const double start = vib_clock();
        cl_kernel kernel = clCreateKernel(program, launches[n].name, NULL);
        if (!kernel) /* another program's */
            continue;
        VIB_TRY(launch_one(dev, kernel, &launches[n]));
        if (vib_clock() - start < found_seconds || write(STDOUT_FILENO, &one, 1) != 1)
            break;
    }
fail:
    return err;
}

/* The driver knows a program by its text: this one has been built. */
static int build(vib_device *dev, const char *source, size_t length, const char *options, cl_program *program)
{
    int err = 0;
    CL_NEW(*program, clCreateProgramWithSource(dev->context, 1, &source, &length, &cl_err));
    CL_TRY(clBuildProgram(*program, 1, &dev->id, options, NULL, NULL));
fail:
    return err;
}

static int read_text(size_t length, char **out)
{
    int err = 0;
    VIB_CHECK_MEM(*out = vib_calloc(length + 1, 1));
    if (fread(*out, 1, length, stdin) != length)
        VIB_FAIL(VIB_USAGE, "standard input ends early");
fail:
    return err;
}

static int read_launches(job_launch **launches, size_t *n)
{
    int err = 0;
    size_t cap = 0;
    do
        if (vib_grow(launches, &cap, *n + 1, sizeof **launches) < 0)
            VIB_FAIL(VIB_FAILED, "out of memory");
    while (fread(&(*launches)[*n], sizeof **launches, 1, stdin) == 1 && (*launches)[*n].n <= MOST_ARGS &&
           ++*n);
fail:
    return err;
}

int vib_device_compile_ahead(void)
{
    int err = 0;
    const struct rlimit none = {0, 0};
    char *source = NULL, *options = NULL, name[64];
    job_head head;
    job_launch *launches = NULL;
    size_t n = 0;
    vib_device *dev = NULL;
    cl_program program = NULL;

    /* Whatever a kernel makes of zeros, nobody has to know, or to wait for. */
    setrlimit(RLIMIT_CORE, &none);
    alarm(LONGEST);
    if (fread(&head, sizeof head, 1, stdin) != 1)
        VIB_FAIL(VIB_USAGE, "standard input has no job for a helper");
    VIB_TRY(read_text(head.source, &source));
    VIB_TRY(read_text(head.options, &options));
    VIB_TRY(read_launches(&launches, &n));
    snprintf(name, sizeof name, "%d:%d", head.platform, head.device);
    VIB_TRY(vib_device_open(&(vib_device_params){.device = name, .cache = ""}, &dev));
    VIB_TRY(build(dev, source, head.source, options, &program));
    VIB_TRY(launch_all(dev, program, launches, n));
fail:
    vib_cl_release_program(&program);
    vib_device_close(&dev);
    free(launches);
    free(options);
    free(source);
    return err;
}
