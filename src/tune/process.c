#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/clock.h"
#include "tune/worker.h"

/* How long an ended process may take to go. */
static const double seconds_to_go = 5;

/* In the child: it goes when its parent does, and does not take a terminal's signals for its own. */
static void settle(pid_t parent)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    const struct rlimit none = {0, 0};
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent)
        _exit(1);
    for (size_t i = 0; i < VIB_COUNT(signals); i++)
        signal(signals[i], SIG_IGN);
    setrlimit(RLIMIT_CORE, &none);
}

int vib_worker_start(vib_worker *worker, const vib_tune_job *job, int quiet)
{
    int ends[2];
    const pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return vib_fail(VIB_FAILED, "cannot talk to a process to tune in: %s", strerror(errno));
    const pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return vib_fail(VIB_FAILED, "cannot start a process to tune in: %s", strerror(errno));
    }
    if (pid == 0) {
        close(ends[0]);
        settle(parent);
        vib_tune_work(job, ends[1], quiet);
        _exit(0);
    }
    close(ends[1]);
    *worker = (vib_worker){pid, ends[0]};
    return VIB_OK;
}

/* Waits for the process to be gone; its exit status, or -1 when it stays. */
static int reap(vib_worker *worker, double seconds)
{
    const struct timespec moment = {0, 5000000};
    const double start = vib_clock();
    int status = 0;
    do {
        const pid_t got = waitpid(worker->pid, &status, WNOHANG);
        if (got == worker->pid || (got < 0 && errno != EINTR)) {
            worker->pid = 0;
            return got < 0 ? 0 : status;
        }
        nanosleep(&moment, NULL);
    } while (vib_clock() - start < seconds);
    return -1;
}

int vib_worker_stop(vib_worker *worker)
{
    int err = VIB_OK;
    if (worker->socket)
        close(worker->socket);
    if (worker->pid) {
        kill(worker->pid, SIGKILL);
        if (reap(worker, seconds_to_go) < 0)
            err =
                vib_fail(VIB_FAILED, "process %ld cannot be ended: the driver holds it; restart the machine",
                         (long)worker->pid);
    }
    *worker = (vib_worker){0};
    return err;
}

int vib_worker_ask(vib_worker *worker, const vib_tune_request *request)
{
    /* Shorter than what is waiting to be read may be; one that has gone is noticed when it should answer. */
    const ssize_t n = send(worker->socket, request, sizeof *request, MSG_NOSIGNAL);
    if (n != (ssize_t)sizeof *request && errno != EPIPE && errno != ECONNRESET)
        return vib_fail(VIB_FAILED, "cannot talk to the process to tune in: %s", strerror(errno));
    return VIB_OK;
}

static void tell_end(vib_worker *worker, vib_str *why)
{
    const int status = reap(worker, seconds_to_go);
    if (status >= 0 && WIFSIGNALED(status))
        vib_str_printf(why, "crashed: %s", strsignal(WTERMSIG(status)));
    else
        vib_str_add(why, "the process ended by itself");
}

int vib_worker_read(vib_worker *worker, void *to, size_t n, double deadline, const vib_tune_params *params,
                    vib_str *why)
{
    enum { SLICE_MS = 100 };
    const double start = vib_clock();
    for (char *p = to; n;) {
        struct pollfd ready = {worker->socket, POLLIN, 0};
        const int got = poll(&ready, 1, SLICE_MS);
        if (params->interrupted && params->interrupted(params->user))
            return VIB_INTERRUPTED;
        if (got > 0) {
            const ssize_t size = recv(worker->socket, p, n, 0);
            if (size == 0 || (size < 0 && errno == ECONNRESET)) {
                tell_end(worker, why);
                return VIB_FAILED;
            }
            if (size > 0) {
                p += size;
                n -= (size_t)size;
            }
        } else if (vib_clock() > deadline) {
            vib_str_printf(why, "hung: no answer in %.1f s", vib_clock() - start);
            return VIB_FAILED;
        }
    }
    return VIB_OK;
}
