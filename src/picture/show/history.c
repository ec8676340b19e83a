#include "picture/show/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

static const char *const names[VIB_LOG_COLUMNS] = {
    "epoch", "accuracy", "loss", "val_accuracy", "val_loss", "seconds", "images_per_second",
};

/* Which column of the log a field of the file is; VIB_LOG_COLUMNS: none. */
static size_t column_of(const char *text, size_t n)
{
    size_t k = 0;
    while (k < VIB_LOG_COLUMNS && (strlen(names[k]) != n || memcmp(names[k], text, n)))
        k++;
    return k;
}

static int grow(vib_run_log *log)
{
    size_t cap = 0;
    for (size_t k = 0; k < VIB_LOG_COLUMNS; k++) {
        cap = log->cap;
        if (vib_grow(&log->column[k], &cap, log->n + 1, sizeof(double)) < 0)
            return -1;
    }
    log->cap = cap;
    for (size_t k = 0; k < VIB_LOG_COLUMNS; k++)
        log->column[k][log->n] = NAN;
    return 0;
}

static int read_row(vib_run_log *log, const char *header, const char *line)
{
    if (grow(log) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    while (*header && *line) {
        const size_t name = strcspn(header, ",\n"), field = strcspn(line, ",\n");
        const size_t k = column_of(header, name);
        char *end;
        const double v = strtod(line, &end);
        if (k < VIB_LOG_COLUMNS && end > line && (size_t)(end - line) == field)
            log->column[k][log->n] = v;
        header += name + (header[name] == ',');
        line += field + (line[field] == ',');
        if (*line == '\n' || *header == '\n')
            break;
    }
    if (isfinite(log->column[VIB_LOG_EPOCH][log->n]))
        log->n++;
    return 0;
}

/* As training chooses best.safetensors. */
static void find_best(vib_run_log *log)
{
    double *const *c = log->column;
    for (size_t i = 0; i < log->n; i++)
        log->validated |= isfinite(c[VIB_LOG_VAL_ACCURACY][i]);
    for (size_t i = 1; i < log->n; i++) {
        const size_t b = log->best;
        const double gain = log->validated ? c[VIB_LOG_VAL_ACCURACY][i] - c[VIB_LOG_VAL_ACCURACY][b] : 0;
        const size_t loss = log->validated ? VIB_LOG_VAL_LOSS : VIB_LOG_LOSS;
        if (gain > 0 || (gain >= 0 && c[loss][i] < c[loss][b]))
            log->best = i;
    }
}

int vib_run_log_read(const char *run, vib_run_log *out)
{
    int err = 0;
    char *text = NULL, *line;
    size_t size;
    vib_run_log log = {.n = 0};
    char *path = vib_path_join(run, "log.csv");
    VIB_CHECK_MEM(path);
    const int error = vib_file_read(path, (size_t)1 << 28, &text, &size);
    if (error)
        VIB_FAIL(VIB_BAD_MODEL, "%s: cannot read: %s; a run's folder has one", path, strerror(error));
    line = strchr(text, '\n');
    while (line && *++line && strchr(line, '\n')) {
        VIB_TRY(read_row(&log, text, line));
        line = strchr(line, '\n');
    }
    if (!log.n)
        VIB_FAIL(VIB_BAD_MODEL, "%s: no epoch is finished yet", path);
    find_best(&log);
    *out = log;
    log = (vib_run_log){.n = 0};
fail:
    vib_run_log_free(&log);
    free(path);
    free(text);
    return err;
}

void vib_run_log_free(vib_run_log *log)
{
    for (size_t k = 0; k < VIB_LOG_COLUMNS; k++)
        free(log->column[k]);
    memset(log, 0, sizeof *log);
}

const char *vib_run_name(const char *run, char *text, size_t size)
{
    snprintf(text, size, "%s", run);
    size_t n = strlen(text);
    while (n > 1 && text[n - 1] == '/')
        text[--n] = 0;
    const char *slash = strrchr(text, '/');
    return slash && slash[1] ? slash + 1 : text;
}
