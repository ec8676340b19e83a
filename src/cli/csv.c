#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terminal.h"

csv csv_stdout(void)
{
    return (csv){.file = stdout};
}

static char *joined(const char *a, const char *b)
{
    const size_t size = strlen(a) + strlen(b) + 1;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s%s", a, b);
    return text;
}

int csv_open(csv *c, const char *path)
{
    struct stat st;
    const int in_place = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    *c = (csv){.path = joined(path, "")};
    if (!in_place)
        c->temporary = joined(path, ".tmp");
    if (c->path && (in_place || c->temporary))
        c->file = fopen(in_place ? c->path : c->temporary, "w");
    if (c->file)
        return 0;
    complain("%s: cannot write: %s", path, strerror(errno));
    csv_close(c, 0);
    return -1;
}

void csv_text(csv *c, const char *text)
{
    if (c->fields++)
        putc(',', c->file);
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, c->file);
        return;
    }
    putc('"', c->file);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', c->file);
        putc(*text, c->file);
    }
    putc('"', c->file);
}

void csv_number(csv *c, double x)
{
    char text[32] = "";
    if (!isnan(x))
        snprintf(text, sizeof text, "%.9g", x);
    csv_text(c, text);
}

void csv_end_row(csv *c)
{
    putc('\n', c->file);
    c->fields = 0;
}

void csv_classes(csv *c, const vib_model *model)
{
    for (size_t k = 0; k < vib_model_classes(model); k++) {
        char *name = joined("probability_", vib_model_class_name(model, k));
        csv_text(c, name ? name : "");
        free(name);
    }
}

int csv_close(csv *c, int keep)
{
    int failed = 0;
    if (c->file && c->path) {
        failed = ferror(c->file) || fflush(c->file) == EOF || (c->temporary && fsync(fileno(c->file)) < 0);
        failed |= fclose(c->file) == EOF;
    }
    if (c->file && c->temporary && keep && !failed)
        failed = rename(c->temporary, c->path) < 0;
    if (keep && failed)
        complain("%s: cannot write: %s", c->path, strerror(errno));
    if (c->file && c->temporary && (failed || !keep))
        unlink(c->temporary);
    free(c->path);
    free(c->temporary);
    *c = (csv){0};
    return keep && failed ? -1 : 0;
}
