#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "command.h"

/* A picture's bytes at most; seconds after which a silent browser is let go, and that a picture may take to
 * come; browsers at once. Memory a connection: headers, and one piece of the body. */
enum {
    MOST_BYTES = 32 << 20,
    PATIENCE = 15,
    MOST_SECONDS = 60,
    MOST_CONNECTIONS = 16,
    CONNECTION_MEMORY = 64 << 10
};

typedef struct server {
    vib_model *model;
    vib_device *dev;
    vib_language language;
    char *page;
    char hosts[2][40]; /* names that are ours: in Host, and behind http:// in Origin */
    int quiet;
} server;

/* One request under way. */
typedef struct request {
    int file; /* where the picture goes; < 0: nowhere */
    char path[64];
    size_t bytes;
    double began;
    int status; /* refused already: the status to answer with */
} request;

/* ---- answers ---- */

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *type, const char *text)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
                                    "script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; "
                                    "base-uri 'none'; form-action 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
    };
    /* libmicrohttpd copies it, and so leaves it alone. */
    struct MHD_Response *r =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result done = r ? MHD_YES : MHD_NO;
    for (size_t i = 0; done == MHD_YES && i < sizeof headers / sizeof *headers; i++)
        done = MHD_add_response_header(r, headers[i][0], headers[i][1]);
    if (done == MHD_YES)
        done = MHD_add_response_header(r, "Content-Type", type);
    if (done == MHD_YES)
        done = MHD_queue_response(c, status, r);
    if (r)
        MHD_destroy_response(r);
    return done;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status)
{
    const char *text = status == MHD_HTTP_FORBIDDEN               ? "This page answers only to itself."
                       : status == MHD_HTTP_NOT_FOUND             ? "There is nothing here."
                       : status == MHD_HTTP_METHOD_NOT_ALLOWED    ? "This cannot be asked."
                       : status == MHD_HTTP_CONTENT_TOO_LARGE     ? "This file is too large."
                       : status == MHD_HTTP_INTERNAL_SERVER_ERROR ? "Failed; the terminal says why."
                                                                  : "This is no picture that can be read.";
    return reply(c, status, "text/plain; charset=utf-8", text);
}

/* ---- who asks ---- */

static int is_ours(const server *s, const char *host)
{
    return !strcmp(host, s->hosts[0]) || !strcmp(host, s->hosts[1]);
}

/* Host keeps out pages whose name was made to lead here (DNS rebinding), Origin those of other sites.
 * Programs without a browser send no Origin. */
static int is_welcome(const server *s, struct MHD_Connection *c)
{
    static const char scheme[] = "http://";
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
    const char *origin = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Origin");
    if (!host || !is_ours(s, host))
        return 0;
    return !origin || (!strncmp(origin, scheme, strlen(scheme)) && is_ours(s, origin + strlen(scheme)));
}

/* ---- a picture comes ---- */

static int is_large(struct MHD_Connection *c)
{
    const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
    char *end;
    if (!length)
        return 0;
    errno = 0;
    const unsigned long long bytes = strtoull(length, &end, 10);
    return errno || *end || bytes > MOST_BYTES;
}

static int open_file(request *r)
{
    const char *folder = getenv("TMPDIR");
    if (snprintf(r->path, sizeof r->path, "%s/vibrisa-XXXXXX", folder && *folder ? folder : "/tmp") >=
        (int)sizeof r->path)
        strcpy(r->path, "/tmp/vibrisa-XXXXXX");
    r->file = mkstemp(r->path);
    if (r->file >= 0)
        return 0;
    complain("%s: cannot keep a picture here: %s", r->path, strerror(errno));
    return -1;
}

/* Writes a piece of the body, or takes note of why not. MHD_NO: enough of it, the connection ends. */
static enum MHD_Result take_piece(request *r, const char *data, size_t n)
{
    const size_t to_write = r->status ? 0 : n;
    r->bytes += n;
    if (!r->status && r->bytes > MOST_BYTES)
        r->status = MHD_HTTP_CONTENT_TOO_LARGE;
    if (terminal_clock() - r->began > MOST_SECONDS || r->bytes > 2 * MOST_BYTES)
        return MHD_NO;
    for (size_t at = 0; !r->status && at < to_write;) {
        const ssize_t done = write(r->file, data + at, to_write - at);
        if (done < 0) {
            complain("%s: cannot keep a picture here: %s", r->path, strerror(errno));
            r->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
        } else {
            at += (size_t)done;
        }
    }
    return MHD_YES;
}

static enum MHD_Result answer(server *s, struct MHD_Connection *c, request *r)
{
    char *html = NULL;
    const char *name = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "name");
    if (!r->status && !r->bytes)
        r->status = MHD_HTTP_UNPROCESSABLE_CONTENT;
    const double began = terminal_clock();
    const int err = r->status ? VIB_OK
                              : vib_page_picture(s->model, s->dev, r->path, name && *name ? name : "picture",
                                                 s->language, &html);
    if (err < 0)
        r->status = err == VIB_BAD_DATA ? MHD_HTTP_UNPROCESSABLE_CONTENT : MHD_HTTP_INTERNAL_SERVER_ERROR;
    if (!s->quiet)
        fprintf(stderr, "%zu bytes: %s, %.2f s\n", r->bytes, r->status ? "refused" : "answered",
                terminal_clock() - began);
    const enum MHD_Result done =
        r->status ? refuse(c, (unsigned)r->status) : reply(c, MHD_HTTP_OK, "text/html; charset=utf-8", html);
    free(html);
    return done;
}

/* ---- requests ---- */

/* The first call of a request, with its headers: 0, or the status to refuse it with. */
static unsigned check(const server *s, struct MHD_Connection *c, const char *url, const char *method)
{
    const int asks = !strcmp(method, MHD_HTTP_METHOD_POST);
    if (!is_welcome(s, c))
        return MHD_HTTP_FORBIDDEN;
    if (strcmp(url, asks ? "/answer" : "/"))
        return MHD_HTTP_NOT_FOUND;
    if (!asks && strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    return 0;
}

/* What is refused is let in all the same and thrown away, so that the browser comes to read why; but for what
 * says itself that it is too large. */
static enum MHD_Result begin(server *s, struct MHD_Connection *c, const char *url, const char *method,
                             void **state)
{
    const unsigned status = check(s, c, url, method);
    if (strcmp(method, MHD_HTTP_METHOD_POST))
        return status ? refuse(c, status) : reply(c, MHD_HTTP_OK, "text/html; charset=utf-8", s->page);
    if (is_large(c))
        return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE);
    request *r = calloc(1, sizeof *r);
    if (!r)
        return MHD_NO;
    *state = r;
    r->file = -1;
    r->began = terminal_clock();
    r->status = (int)status;
    if (!r->status && open_file(r) < 0)
        r->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    return MHD_YES;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *c, const char *url, const char *method,
                                  const char *version, const char *data, size_t *size, void **state)
{
    (void)version;
    request *r = *state;
    if (!r)
        return begin(user, c, url, method, state);
    if (!*size)
        return answer(user, c, r);
    const size_t n = *size;
    *size = 0;
    return take_piece(r, data, n);
}

static void on_end(void *user, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
    (void)user, (void)c, (void)why;
    request *r = *state;
    if (r && r->file >= 0) {
        close(r->file);
        unlink(r->path);
    }
    free(r);
    *state = NULL;
}

/* ---- the server ---- */

static struct MHD_Daemon *start(server *s, int port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* No threads: one request at a time reaches the device, from the thread that opened it. */
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_NO_FLAG, (uint16_t)port, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&here, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)PATIENCE, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
    if (!d) {
        complain("cannot listen on 127.0.0.1:%d: %s; --port chooses another", port, strerror(errno));
        return NULL;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
    const int bound = info ? info->port : port;
    snprintf(s->hosts[0], sizeof s->hosts[0], "127.0.0.1:%d", bound);
    snprintf(s->hosts[1], sizeof s->hosts[1], "localhost:%d", bound);
    return d;
}

/* Until a signal: it ends the wait, or the next request's end finds it. */
static int loop(struct MHD_Daemon *d)
{
    while (!stop_signal(NULL)) {
        fd_set in, out, bad;
        MHD_socket most = -1;
        struct timeval wait = {.tv_usec = 200000};
        FD_ZERO(&in);
        FD_ZERO(&out);
        FD_ZERO(&bad);
        if (MHD_get_fdset(d, &in, &out, &bad, &most) != MHD_YES)
            return EXIT_FAILURE;
        if (select(most + 1, &in, &out, &bad, &wait) < 0 && errno != EINTR) {
            complain("cannot wait for the browser: %s", strerror(errno));
            return EXIT_FAILURE;
        }
        MHD_run(d);
    }
    return 0;
}

static void announce(const options *o, const server *s)
{
    if (o->value[OPT_JSON]) {
        char url[64];
        snprintf(url, sizeof url, "http://%s/", s->hosts[0]);
        print_json(json_pack("{s:s}", "url", url), JSON_COMPACT);
    } else {
        printf("http://%s/  Ctrl-C ends it\n", s->hosts[0]);
        fflush(stdout);
    }
}

int command_serve(const options *o)
{
    server s = {.quiet = o->value[OPT_QUIET] != NULL};
    struct MHD_Daemon *d = NULL;
    int port = 8080;
    if (check_operands(o, 1, 1, "a model or a run") < 0 || take_language(o, &s.language) < 0 ||
        option_int(o, OPT_PORT, 0, &port) < 0)
        return EXIT_USAGE;
    if (port > 65535) {
        complain("--port: %d is above 65535", port);
        return EXIT_USAGE;
    }
    int code = exit_code(vib_model_open(o->operands[0], &s.model));
    if (!code)
        code = exit_code(vib_page_serve(s.model, s.language, MOST_BYTES, &s.page));
    if (!code)
        code = open_device(o, &s.dev);
    if (!code && !(d = start(&s, port)))
        code = EXIT_FAILURE;
    if (!code) {
        announce(o, &s);
        code = loop(d);
    }
    if (d)
        MHD_stop_daemon(d);
    vib_device_close(&s.dev);
    free(s.page);
    vib_model_free(&s.model);
    return code;
}
